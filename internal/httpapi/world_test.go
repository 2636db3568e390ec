package httpapi_test

import (
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/ivendnext/whatsapp-accounts/internal/app"
	"github.com/ivendnext/whatsapp-accounts/internal/config"
	"github.com/ivendnext/whatsapp-accounts/internal/pgtest"
	"github.com/ivendnext/whatsapp-accounts/internal/site"
	"github.com/ivendnext/whatsapp-accounts/internal/storetest"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

// publicURL is where the worlds are reached from outside.
const publicURL = "https://wa.example.com"

// world is the whole service in this process, as the program puts it together. Its log, at debug level, is searched for secrets at the end.
type world struct {
	*app.App
	log       *journal
	transport http.RoundTripper
	url       string
	boss      *caller // the system manager of site "one"
}

// start makes a world on SQLite behind a real server.
func start(t testing.TB, change ...func(*config.Serve)) *world {
	t.Helper()
	w := assemble(t, change...)
	server := httptest.NewServer(w.Handler)
	t.Cleanup(server.Close)
	transport := &http.Transport{DisableCompression: true, MaxIdleConnsPerHost: 64}
	t.Cleanup(transport.CloseIdleConnections)
	w.url, w.transport = server.URL, transport
	return w
}

// startInProcess makes a world without a network, for thousands of requests.
func startInProcess(t testing.TB) *world {
	t.Helper()
	w := assemble(t)
	w.url, w.transport = "http://in.process", inProcess{w.Handler}
	return w
}

func assemble(t testing.TB, change ...func(*config.Serve)) *world {
	t.Helper()
	c := config.Serve{
		Storage:        config.Storage{DataDir: t.TempDir(), DBMaxConns: 4},
		Log:            config.Log{LogFormat: "json", LogLevel: "debug"},
		PublicURL:      publicURL,
		RequestTimeout: 20 * time.Second,
	}
	for _, f := range change {
		f(&c)
	}
	installed(t, c.Storage)
	w := &world{log: new(journal)}
	log := app.NewLog(c.Log, w.log)
	opened, err := app.Open(t.Context(), c.Storage, log)
	require.NoError(t, err)
	t.Cleanup(func() {
		require.NoError(t, opened.DB.Close())
		w.log.tellsNoSecret(t)
	})
	providers, err := app.Providers(c.Providers)
	require.NoError(t, err)
	w.App, err = app.New(c, opened, providers, log)
	require.NoError(t, err)
	w.boss = w.caller(t, "one", site.SystemManager)
	return w
}

// installed puts a migrated SQLite file and its keyset into the folder, as a first start leaves them: to copy them takes a tenth of the time.
func installed(t testing.TB, c config.Storage) {
	t.Helper()
	if !c.UsesSQLite() {
		return
	}
	files, err := firstStart()
	require.NoError(t, err)
	for name, content := range files {
		require.NoError(t, os.WriteFile(filepath.Join(c.DataDir, name), content, 0o600))
	}
}

// firstStart gives what is in the data folder after a first start.
var firstStart = sync.OnceValues(func() (map[string][]byte, error) {
	dir, err := os.MkdirTemp("", "httpapi-")
	if err != nil {
		return nil, err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	opened, err := app.Open(context.Background(), config.Storage{DataDir: dir, DBMaxConns: 1}, slog.New(slog.DiscardHandler))
	if err != nil {
		return nil, err
	}
	if err := opened.DB.Close(); err != nil {
		return nil, err
	}
	files := map[string][]byte{}
	for _, path := range []string{(config.Storage{DataDir: dir}).SQLitePath(), (config.Storage{DataDir: dir}).KeysetPath()} {
		if files[filepath.Base(path)], err = os.ReadFile(path); err != nil {
			return nil, err
		}
	}
	return files, nil
})

// caller makes a key and gives its holder.
func (w *world) caller(t testing.TB, of string, role site.Role) *caller {
	t.Helper()
	in, err := site.Named(of)
	require.NoError(t, err)
	k, clear, err := w.Keys.Create(t.Context(), in, role, string(role)+" of "+of)
	require.NoError(t, err)
	w.log.forbid(clear.Reveal())
	return &caller{w: w, key: clear.Reveal(), keyID: k.ID, site: in}
}

// stranger calls without a key.
func (w *world) stranger() *caller { return &caller{w: w} }

// databases are the ways to start a world. A database that is missing fails the test.
func databases() map[string]func(testing.TB, ...func(*config.Serve)) *world {
	return map[string]func(testing.TB, ...func(*config.Serve)) *world{
		"SQLite": start,
		"PostgreSQL": func(t testing.TB, change ...func(*config.Serve)) *world {
			t.Helper()
			return start(t, append(change, func(c *config.Serve) { c.DatabaseURL = storetest.Postgres(t).URL })...)
		},
	}
}

// inProcess hands a request to the handler without a network in between.
type inProcess struct{ http.Handler }

// RoundTrip serves the request.
func (p inProcess) RoundTrip(req *http.Request) (*http.Response, error) {
	in := req.Clone(req.Context())
	in.RequestURI, in.RemoteAddr = req.URL.RequestURI(), "192.0.2.1:1234"
	if in.Body == nil {
		in.Body = http.NoBody
	}
	out := httptest.NewRecorder()
	p.ServeHTTP(out, in)
	return out.Result(), nil
}
