package app

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	v1 "github.com/ivendnext/whatsapp-accounts/api/v1"
	"github.com/ivendnext/whatsapp-accounts/internal/config"
)

// settings are those of a service that tests start.
func settings(t *testing.T) config.Serve {
	t.Helper()
	return config.Serve{
		Storage: storage(t), Listen: "127.0.0.1:0", OperatorListen: "127.0.0.1:0", RequestTimeout: 10 * time.Second, ReadHeaderTimeout: time.Second,
		ReadTimeout: time.Second, WriteTimeout: 10 * time.Second, IdleTimeout: time.Minute, ShutdownTimeout: 5 * time.Second, KeysetPoll: 5 * time.Millisecond,
	}
}

// output is what Serve writes, while it does.
type output struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.Write(p)
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.String()
}

// find waits for a pattern's group.
func (o *output) find(t *testing.T, pattern string) (found string) {
	t.Helper()
	form := regexp.MustCompile(pattern)
	require.Eventually(t, func() bool {
		groups := form.FindStringSubmatch(o.String())
		if groups != nil {
			found = groups[1]
		}
		return groups != nil
	}, time.Minute, time.Millisecond, pattern)
	return found
}

// serving runs the service; stop ends it and gives what Serve returned.
func serving(t *testing.T, c config.Serve) (out *output, log *output, stop func() error) {
	t.Helper()
	providers, err := Providers(c.Providers)
	require.NoError(t, err)
	ctx, cancel := context.WithCancel(t.Context())
	out, log = new(output), new(output)
	ended := make(chan error, 1)
	go func() { ended <- Serve(ctx, c, providers, out, slog.New(slog.NewTextHandler(log, nil))) }()
	stop = sync.OnceValue(func() error {
		cancel()
		return <-ended
	})
	t.Cleanup(func() { assert.NoError(t, stop()) })
	return out, log, stop
}

func read(t *testing.T, url string) (int, string) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	require.NoError(t, err)
	answer, err := new(http.Transport).RoundTrip(request)
	require.NoError(t, err)
	body, err := io.ReadAll(answer.Body)
	require.NoError(t, errors.Join(err, answer.Body.Close()))
	return answer.StatusCode, string(body)
}

func TestServiceStartsOnAnyPortAndStops(t *testing.T) {
	out, log, stop := serving(t, settings(t))
	status, body := read(t, out.find(t, `(?m)^listening on (\S+)$`)+"/readyz")
	assert.Equal(t, http.StatusOK, status)
	var ready v1.Ready
	require.NoError(t, json.Unmarshal([]byte(body), &ready))
	assert.Equal(t, []v1.ReadinessCheck{{Name: "serving", OK: true}, {Name: "database", OK: true}, {Name: "schema", OK: true}, {Name: "keys", OK: true}}, ready.Checks)
	status, body = read(t, out.find(t, `(?m)^metrics\s+(\S+)$`))
	assert.Equal(t, http.StatusOK, status)
	assert.Contains(t, body, "go_sql_open_connections")
	require.NoError(t, stop())
	assert.Contains(t, log.String(), "stopping")
}

func TestPrintedAddressesCanBeReachedHoweverTheyWereGiven(t *testing.T) {
	for _, listen := range []string{"127.0.0.1:0", "0.0.0.0:0", "[::]:0", ":0"} {
		c := settings(t)
		c.Listen, c.OperatorListen = listen, listen
		out, log, stop := serving(t, c)
		url := out.find(t, `(?m)^listening on (\S+)$`)
		assert.Regexp(t, `^http://127\.0\.0\.1:\d+$`, url)
		assert.Contains(t, out.String(), "try     curl -s '"+url+"/v1/me' -H 'Authorization: Bearer wak_")
		assert.Contains(t, out.String(), "reference "+url+"/docs\n")
		status, _ := read(t, url+"/healthz")
		assert.Equal(t, http.StatusOK, status)
		status, _ = read(t, out.find(t, `(?m)^metrics\s+(http://127\.0\.0\.1:\S+)$`))
		assert.Equal(t, http.StatusOK, status)
		require.NoError(t, stop())
		assert.Contains(t, log.String(), "msg=serving address=")
	}
}

func TestMissingPublicURLIsToldOnce(t *testing.T) {
	for public, told := range map[string]int{"": 1, "https://wa.example.com": 0} {
		c := settings(t)
		c.PublicURL = public
		out, _, _ := serving(t, c)
		out.find(t, `(?m)^listening on (\S+)$`)
		assert.Equal(t, told, strings.Count(out.String(), "no WA_PUBLIC_URL: the webhook_url of every account is empty"))
	}
}

func TestFirstKeyIsOneHoweverManyStartTogether(t *testing.T) {
	c := settings(t)
	var all []*output
	for range 4 {
		out, _, _ := serving(t, c)
		all = append(all, out)
	}
	keys := 0
	for _, out := range all {
		out.find(t, `(?m)^listening on (\S+)$`)
		keys += strings.Count(out.String(), "API key wak_")
	}
	assert.Equal(t, 1, keys)
}

func TestKeysetThatChangesIsTakenOver(t *testing.T) {
	c := settings(t)
	out, log, _ := serving(t, c)
	out.find(t, `(?m)^listening on (\S+)$`)
	var waited []time.Duration
	fresh, err := rotation(t, c.Storage, &waited).Add()
	require.NoError(t, err)
	log.find(t, `(keyset changed).* keys="\w+ `+fresh.String())
}

func TestReadinessNamesWhatIsWrong(t *testing.T) {
	c := settings(t)
	providers, err := Providers(c.Providers)
	require.NoError(t, err)
	a, err := New(c, opened(t, c.Storage), providers, quiet())
	require.NoError(t, err)
	wrong := func() (names []string) {
		for _, check := range a.ready(t.Context()) {
			assert.Equal(t, check.OK, check.Detail == "")
			if !check.OK {
				names = append(names, check.Name)
			}
		}
		return names
	}
	assert.Empty(t, wrong())
	require.NoError(t, a.DB.Keys().Record(t.Context(), 7))
	assert.Equal(t, []string{"keys"}, wrong(), "a key that the keyset lacks")
	require.NoError(t, a.DB.MigrateDown(t.Context()))
	assert.Equal(t, []string{"schema", "keys"}, wrong())
	a.draining.Store(true)
	assert.Contains(t, wrong(), "serving")
	require.NoError(t, a.DB.Close())
	assert.Contains(t, wrong(), "database")
}

func TestStoppingServiceAsksCallersToComeElsewhere(t *testing.T) {
	a := new(App)
	h := a.leaving(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusTeapot) }))
	for _, draining := range []bool{false, true} {
		a.draining.Store(draining)
		w := httptest.NewRecorder()
		h.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/", nil))
		assert.Equal(t, http.StatusTeapot, w.Code)
		assert.Equal(t, draining, w.Header().Get("Connection") == "close")
	}
}

func TestServiceThatCannotListenMakesNothing(t *testing.T) {
	c := settings(t)
	out, _, _ := serving(t, c)
	taken := strings.TrimPrefix(out.find(t, `(?m)^listening on (\S+)$`), "http://")
	for setting, other := range map[string]config.Serve{"WA_LISTEN": {Listen: taken}, "WA_OPERATOR_LISTEN": {Listen: "127.0.0.1:0", OperatorListen: taken}} {
		other.Storage = storage(t)
		providers, err := Providers(other.Providers)
		require.NoError(t, err)
		err = Serve(t.Context(), other, providers, io.Discard, quiet())
		require.ErrorContains(t, err, "set "+setting+" to another address")
		assert.NoDirExists(t, other.DataDir)
	}
}

func TestBackgroundWorkGoesOnAfterAFailure(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	var log output
	a := &App{log: slog.New(slog.NewTextHandler(&log, nil))}
	runs := 0
	every(ctx, time.Millisecond, a.logged("counting", func(context.Context) error {
		if runs++; runs == 3 {
			cancel()
		}
		return errors.New("no luck")
	}))
	assert.GreaterOrEqual(t, runs, 3)
	assert.Equal(t, 2, strings.Count(log.String(), "work=counting"), "the failure that comes with the end is none")
}

func TestBeingToldToStopWhileStartingIsNoFailure(t *testing.T) {
	c := settings(t)
	providers, err := Providers(c.Providers)
	require.NoError(t, err)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	require.NoError(t, Serve(ctx, c, providers, io.Discard, slog.New(slog.DiscardHandler)))
}
