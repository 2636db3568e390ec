package whatsapptest_test

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/ivendnext/whatsapp-accounts/pkg/whatsapptest"
)

// answer is what a provider said.
type answer struct {
	status int
	header http.Header
	text   string
}

// at gives a value of a JSON answer by its path: names, and [0] for a place in a list.
func (a answer) at(t *testing.T, path string) any {
	t.Helper()
	var value any
	decoder := json.NewDecoder(strings.NewReader(a.text))
	decoder.UseNumber()
	require.NoError(t, decoder.Decode(&value), a.text)
	for step := range strings.SplitSeq(path, ".") {
		switch in := value.(type) {
		case map[string]any:
			value = in[step]
		case []any:
			n, err := json.Number(step).Int64()
			require.NoError(t, err, "%s is a list in %s", path, a.text)
			require.Less(t, int(n), len(in), "%s in %s", path, a.text)
			value = in[n]
		default:
			return nil
		}
	}
	return value
}

// ask calls a double with a bearer token.
func ask(t *testing.T, method, address, bearer, body string) answer {
	t.Helper()
	got, err := try(t.Context(), method, address, bearer, body)
	require.NoError(t, err)
	return got
}

func try(ctx context.Context, method, address, bearer, body string) (answer, error) {
	request, err := http.NewRequestWithContext(ctx, method, address, strings.NewReader(body))
	if err != nil {
		return answer{}, err
	}
	if bearer != "" {
		request.Header.Set("Authorization", "Bearer "+bearer)
	}
	request.Header.Set("Content-Type", "application/json")
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return answer{}, err
	}
	defer func() { _ = response.Body.Close() }()
	text, err := io.ReadAll(response.Body)
	return answer{response.StatusCode, response.Header, string(text)}, err
}

// graph is the sample double of Meta.
func graph(t *testing.T) *whatsapptest.Meta {
	t.Helper()
	return whatsapptest.StartMeta(t, whatsapptest.SampleMeta())
}

// read asks the sample double for a path with the sample token.
func read(t *testing.T, m *whatsapptest.Meta, path string) answer {
	t.Helper()
	return ask(t, http.MethodGet, m.URL+"/v25.0"+path, whatsapptest.SampleToken, "")
}

// send posts a message from the sample number with the sample token.
func send(t *testing.T, m *whatsapptest.Meta, body string) answer {
	t.Helper()
	return ask(t, http.MethodPost, m.URL+"/v25.0/"+whatsapptest.SamplePhoneID+"/messages", whatsapptest.SampleToken, body)
}

const hello = `{"messaging_product":"whatsapp","to":"+447700900123","type":"text","text":{"body":"Hi"}}`

// inbox is a callback URL. It answers with the statuses in turn, and then with 200.
type inbox struct {
	*httptest.Server

	mu       sync.Mutex
	statuses []int
	bodies   []string
	headers  []http.Header
	asked    []string
}

func callback(t *testing.T, statuses ...int) *inbox {
	t.Helper()
	in := &inbox{statuses: statuses}
	in.Server = httptest.NewServer(in)
	t.Cleanup(in.Close)
	return in
}

func (in *inbox) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	in.mu.Lock()
	defer in.mu.Unlock()
	if r.Method == http.MethodGet {
		in.asked = append(in.asked, r.URL.RawQuery)
		if r.URL.Query().Get("hub.verify_token") != "choose-any" {
			w.WriteHeader(http.StatusForbidden)
			return
		}
		_, _ = io.WriteString(w, r.URL.Query().Get("hub.challenge"))
		return
	}
	in.bodies, in.headers = append(in.bodies, string(body)), append(in.headers, r.Header)
	if len(in.statuses) > 0 {
		w.WriteHeader(in.statuses[0])
		in.statuses = in.statuses[1:]
	}
}

// received is what came, in its order.
func (in *inbox) received() []string {
	in.mu.Lock()
	defer in.mu.Unlock()
	return append([]string{}, in.bodies...)
}

// last is the newest of what came, as an answer so that it can be looked into.
func (in *inbox) last(t *testing.T) answer {
	t.Helper()
	all := in.received()
	require.NotEmpty(t, all)
	return answer{text: all[len(all)-1]}
}

// soon bounds waits for what should be there already.
func soon(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	t.Cleanup(cancel)
	return ctx
}

// refused asserts an error of the Graph API.
func refused(t *testing.T, got answer, status int, code string, why ...any) {
	t.Helper()
	assert.Equal(t, status, got.status, why...)
	assert.Equal(t, json.Number(code), got.at(t, "error.code"), "%v: %s", why, got.text)
}

// callbackFunc is a callback URL of another kind.
func callbackFunc(t *testing.T, do http.HandlerFunc) string {
	t.Helper()
	server := httptest.NewServer(do)
	t.Cleanup(server.Close)
	return server.URL
}
