package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"runtime/debug"
	"strconv"
	"time"

	"github.com/ivendnext/whatsapp-accounts/internal/app"
	"github.com/ivendnext/whatsapp-accounts/internal/config"
)

// serveCmd runs the service.
type serveCmd struct {
	config.Serve `embed:""`
}

// Help is what serve --help tells beside its flags.
func (*serveCmd) Help() string {
	return "The first start makes the data folder, the database and the keyset, and on SQLite it prints an API key, once. It writes where it listens to standard error, where its log goes too. " +
		"SIGTERM or Ctrl-C stops it, when the requests in flight are answered. With --demo it shows itself to whoever has no account at Meta or WASender yet, " +
		"prints curl lines to try, and keeps nothing."
}

// Run serves until the process is told to stop.
func (c *serveCmd) Run(ctx context.Context, s streams) error {
	providers, err := app.Providers(c.Providers)
	if err := errors.Join(err, c.checkAddresses()); err != nil {
		return usageError{err}
	}
	if c.Demo && c.LogLevel == "info" {
		c.LogLevel = "warn" // a line for each request would hide what the demo tells
	}
	log := app.NewLog(c.Log, s.err)
	slog.SetDefault(log)
	collectSeldom()
	if c.Demo {
		return app.Demo(ctx, c.Serve, s.err, log)
	}
	return app.Serve(ctx, c.Serve, providers, s.err, log)
}

// heapGrowth is by how many percent the heap grows before it is collected. At Go's 100 a small heap is collected many times a second, for a
// fifth of all CPU time; docs/performance.md has the figures.
const heapGrowth = 200

// collectSeldom leaves the choice to an operator who has made it.
func collectSeldom() {
	if _, chosen := os.LookupEnv("GOGC"); !chosen {
		debug.SetGCPercent(heapGrowth)
	}
}

func (c *serveCmd) checkAddresses() error {
	_, _, err := splitAddress("WA_LISTEN (--listen)", c.Listen)
	if c.OperatorListen != "" {
		_, _, operator := splitAddress("WA_OPERATOR_LISTEN (--operator-listen)", c.OperatorListen)
		err = errors.Join(err, operator)
	}
	return err
}

// splitAddress takes HOST:PORT apart; an error names the setting.
func splitAddress(setting, address string) (host, port string, err error) {
	host, port, err = net.SplitHostPort(address)
	if err == nil {
		_, err = strconv.ParseUint(port, 10, 16)
	}
	if err != nil {
		return "", "", fmt.Errorf("%s must be HOST:PORT, for example 127.0.0.1:8080, and not %q", setting, address)
	}
	return host, port, nil
}

// versionCmd prints the version.
type versionCmd struct{}

// Run prints it alone on standard output.
func (versionCmd) Run(s streams) error {
	_, err := fmt.Fprintln(s.out, version)
	return err
}

// healthcheckCmd asks a running service.
type healthcheckCmd struct {
	Listen  string        `help:"Address of the API." env:"WA_LISTEN" default:"127.0.0.1:8080" placeholder:"HOST:PORT"`
	Timeout time.Duration `help:"How long the answer may take." default:"5s" placeholder:"TIME"`
}

// Run succeeds when /readyz answers 200.
func (c *healthcheckCmd) Run(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, c.Timeout)
	defer cancel()
	host, port, err := splitAddress("WA_LISTEN (--listen)", c.Listen)
	if err != nil {
		return usageError{err}
	}
	if ip := net.ParseIP(host); host == "" || ip.IsUnspecified() {
		host = "localhost"
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+net.JoinHostPort(host, port)+"/readyz", nil)
	if err != nil {
		return err
	}
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		return fmt.Errorf("the service does not answer: %w", err)
	}
	if answer.StatusCode != http.StatusOK {
		err = errors.New("the service is not ready; GET /readyz says why")
	}
	return errors.Join(err, answer.Body.Close())
}
