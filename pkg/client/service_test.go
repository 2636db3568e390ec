package client_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"sync/atomic"
	"time"

	"github.com/ivendnext/whatsapp-accounts/internal/app"
	"github.com/ivendnext/whatsapp-accounts/internal/config"
	"github.com/ivendnext/whatsapp-accounts/internal/site"
	"github.com/ivendnext/whatsapp-accounts/pkg/client"
)

// service runs the real service on a new SQLite file and gives a client with the key of a system manager.
// It panics when it cannot: examples have nobody to report to.
func service() (c *client.Client, stop func()) {
	dir, err := os.MkdirTemp("", "client-example-")
	check(err)
	allowed := config.Providers{MetaVersion: "v25.0", AllowPrivateProviders: true}
	providers, err := app.Providers(allowed)
	check(err)
	serve := config.Serve{Providers: allowed, Storage: config.Storage{DataDir: filepath.Join(dir, "data"), DBMaxConns: 2}, RequestTimeout: 10 * time.Second, PublicURL: "https://wa.example.com"}
	opened, err := app.Open(context.Background(), serve.Storage, slog.New(slog.DiscardHandler))
	check(err)
	a, err := app.New(serve, opened, providers, slog.New(slog.DiscardHandler))
	check(err)
	in, err := site.Named("default")
	check(err)
	_, key, err := a.Keys.Create(context.Background(), in, site.SystemManager, "example")
	check(err)
	server := httptest.NewServer(a.Handler)
	c, err = client.New(server.URL, key.Reveal())
	check(err)
	return c, func() {
		server.Close()
		check(errors.Join(opened.DB.Close(), os.RemoveAll(dir)))
	}
}

// failTwice runs a server whose first two answers are a proxy's, and the rest an account.
func failTwice() *httptest.Server {
	var made atomic.Int32
	return httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		if made.Add(1) <= 2 {
			w.WriteHeader(http.StatusBadGateway)
			return
		}
		fmt.Fprint(w, `{"account_name":"Brand A, UAE"}`)
	}))
}

func check(err error) {
	if err != nil {
		panic(err)
	}
}
