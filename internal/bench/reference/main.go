// Command reference is what the service is measured against: what a competent engineer gets from Echo, GORM and the service's own tables when
// nothing is asked but the answer. It does not authorise by role, log, measure, time out, or tell anybody why.
//
// Per scenario there are two handlers: one that does the same look-ups, with the same indexes, on the same rows, through a tuned pool;
// and below /bare one that answers prebuilt bytes of the same length from memory, which is what Echo itself costs.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
	"time"

	"github.com/labstack/echo/v4" //nolint:depguard // the reference is a bare Echo

	"github.com/ivendnext/whatsapp-accounts/internal/secret"
)

// options are the flags.
type options struct {
	postgres, sqlite string // one of them
	conns            int
	keyset           string // whose digests find verify tokens
	answers          string // a folder of bodies to answer from memory
	write            string // the site that new accounts are written to
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, os.Args[1:], os.Stderr)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "reference:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string, out io.Writer) error {
	o, err := parse(args)
	if err != nil {
		return err
	}
	db, err := open(ctx, o)
	if err != nil {
		return err
	}
	keys, err := secret.ReadFile(o.keyset)
	if err != nil {
		return err
	}
	e := echo.New()
	e.HTTPErrorHandler = func(err error, c echo.Context) {
		fmt.Fprintln(out, "reference:", err)
		e.DefaultHTTPErrorHandler(err, c)
	}
	h := handlers{db: db, box: secret.NewBox(keys), write: o.write}
	e.GET("/v1/defaults/outgoing", h.resolve)
	e.GET("/webhooks/meta", h.verify)
	e.GET("/v1/me", h.me)
	if db.raw != nil {
		e.POST("/v1/accounts", h.create)
		e.POST("/v1/messages", h.accept)
	}
	if err := answerFromMemory(e, o.answers); err != nil {
		return err
	}
	return serve(ctx, e, out)
}

func parse(args []string) (options, error) {
	var o options
	flags := flag.NewFlagSet("reference", flag.ContinueOnError)
	flags.StringVar(&o.postgres, "postgres", "", "the service's database, as a URL")
	flags.StringVar(&o.sqlite, "sqlite", "", "the service's database, as a file")
	flags.IntVar(&o.conns, "conns", 12, "connections to the database")
	flags.StringVar(&o.keyset, "keyset", "", "the service's keyset file")
	flags.StringVar(&o.answers, "answers", "", "a folder of bodies to answer from memory")
	flags.StringVar(&o.write, "write", "", "the site that new accounts are written to")
	return o, flags.Parse(args)
}

// answerFromMemory serves each file of a folder under its name, as it was read at the start.
func answerFromMemory(e *echo.Echo, dir string) error {
	files, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	for _, f := range files {
		body, err := os.ReadFile(filepath.Join(dir, f.Name()))
		if err != nil {
			return err
		}
		e.GET("/bare/"+f.Name(), func(c echo.Context) error { return c.Blob(http.StatusOK, echo.MIMEApplicationJSON, body) })
	}
	return nil
}

// serve listens on a free port, tells which, and ends with ctx.
func serve(ctx context.Context, h http.Handler, out io.Writer) error {
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	server := &http.Server{Handler: h, ReadHeaderTimeout: 5 * time.Second}
	defer context.AfterFunc(ctx, func() { _ = server.Close() })()
	fmt.Fprintf(out, "listening on http://%s\n", listener.Addr())
	if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}
