package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"time"

	"github.com/ivendnext/whatsapp-accounts/internal/app"
	"github.com/ivendnext/whatsapp-accounts/internal/config"
)

// serveCmd runs the service.
type serveCmd struct {
	config.Serve `embed:""`
}

// Run serves until the process is told to stop.
func (c *serveCmd) Run(ctx context.Context, s streams) error {
	providers, err := app.Providers(c.Providers)
	if err != nil {
		return usageError{err}
	}
	log := app.NewLog(c.Log, s.err)
	slog.SetDefault(log)
	return app.Serve(ctx, c.Serve, providers, s.err, log)
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
	host, port, err := net.SplitHostPort(c.Listen)
	if err != nil {
		return usageError{fmt.Errorf("WA_LISTEN (--listen) must be HOST:PORT: %w", err)}
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
	_, err = io.Copy(io.Discard, answer.Body)
	if answer.StatusCode != http.StatusOK {
		return errors.New("the service is not ready; GET /readyz says why")
	}
	return errors.Join(err, answer.Body.Close())
}
