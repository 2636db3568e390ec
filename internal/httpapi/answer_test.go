package httpapi_test

import (
	"net/http"
	"os"
	"regexp"
	"strings"
	"sync"
	"testing"

	"github.com/go-json-experiment/json"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	v1 "github.com/ivendnext/whatsapp-accounts/api/v1"
)

// answer is a response that was read to its end.
type answer struct {
	t      testing.TB
	graph  bool // it is of Meta's Graph API, as this service plays it
	status int
	header http.Header
	body   []byte
}

// is demands a status.
func (a *answer) is(status int) *answer {
	a.t.Helper()
	require.Equal(a.t, status, a.status, "%s", a.body)
	return a
}

// refused demands a refusal, and that it names exactly these spots.
func (a *answer) refused(status int, code string, pointers ...string) v1.Problem {
	a.t.Helper()
	if a.graph {
		return a.refusedAsGraph(code)
	}
	require.Equal(a.t, status, a.status, "%.2000s", a.body)
	p := read[v1.Problem](a)
	require.Equal(a.t, code, p.Code, "%.2000s", a.body)
	var named []string
	for _, e := range p.Errors {
		named = append(named, e.Pointer)
		assert.NotEmpty(a.t, e.Code)
		assert.NotEmpty(a.t, e.Detail)
	}
	require.Equal(a.t, pointers, named, "%.2000s", a.body)
	return p
}

func (a *answer) problem() v1.Problem {
	a.t.Helper()
	return read[v1.Problem](a)
}

func (a *answer) account() v1.Account {
	a.t.Helper()
	return read[v1.Account](a)
}

func (a *answer) etag() string { return a.header.Get("ETag") }

// timeless is the body without what tells two equal answers apart.
func (a *answer) timeless() string {
	return ofOneRequest.ReplaceAllString(string(a.body), `"$1":""`)
}

// read takes the body for a T and nothing else.
func read[T any](a *answer) T {
	a.t.Helper()
	var v T
	require.NoError(a.t, json.Unmarshal(a.body, &v, json.RejectUnknownMembers(true)), "%.2000s", a.body)
	return v
}

// Compiled once: to compile them for each of a hundred thousand answers took a tenth of the time of these tests.
var (
	requestIDs   = regexp.MustCompile(`^[!#&(-;=?-\[\]^_a-z|~]{1,128}$`)
	codeForm     = regexp.MustCompile(`^[a-z][a-z0-9_]*$`)
	sentences    = regexp.MustCompile(`^[A-Z].*\.$`)
	ofOneRequest = regexp.MustCompile(`"(request_id|instance|fbtrace_id)":"[^"]*"`)
	thisHost     = sync.OnceValue(func() string {
		host, err := os.Hostname()
		if err != nil {
			panic(err)
		}
		return host
	})
	asAWord = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`\b` + regexp.QuoteMeta(thisHost()) + `\b`) })
)

func namesThisHost(text string) bool {
	return strings.Contains(text, thisHost()) && asAWord().MatchString(text)
}

// behaves holds the answer against "Manners, everywhere" of the contract.
func (a *answer) behaves(req *http.Request) {
	a.t.Helper()
	assert.Regexp(a.t, requestIDs, a.header.Get("X-Request-Id"))
	for name, want := range map[string]string{
		"X-Content-Type-Options": "nosniff", "X-Frame-Options": "DENY", "Referrer-Policy": "no-referrer", "Cache-Control": "private, no-cache",
	} {
		assert.Equal(a.t, []string{want}, a.header.Values(name), name)
	}
	assert.Contains(a.t, a.header.Get("Content-Security-Policy"), "frame-ancestors 'none'")
	a.leaksNothing()
	if a.status >= 300 && a.status != http.StatusNotModified && !a.isMove(req) {
		a.isProblem(req)
	}
}

// isMove tells the one redirection there is: to the page for people.
func (a *answer) isMove(req *http.Request) bool {
	return a.status == http.StatusMovedPermanently && strings.HasPrefix(req.URL.Path+"/", "/docs/")
}

func (a *answer) isProblem(req *http.Request) {
	a.t.Helper()
	if a.graph {
		a.isGraphError(req)
		return
	}
	require.Equal(a.t, "application/problem+json", a.header.Get("Content-Type"), "%.300s", a.body)
	assert.Equal(a.t, "default-src 'none'; frame-ancestors 'none'", a.header.Get("Content-Security-Policy"))
	assert.NotContains(a.t, a.header.Values("Vary"), "Accept-Encoding", "a problem has one form")
	assert.Empty(a.t, a.etag())
	if req.Method == http.MethodHead {
		return
	}
	p := read[v1.Problem](a)
	assert.Equal(a.t, a.status, p.Status)
	assert.Equal(a.t, http.StatusText(a.status), p.Title)
	assert.Regexp(a.t, codeForm, p.Code)
	assert.Equal(a.t, "urn:whatsapp-accounts:problem:"+p.Code, p.Type)
	assert.Equal(a.t, a.header.Get("X-Request-Id"), p.RequestID)
	assert.Equal(a.t, req.URL.EscapedPath(), p.Instance)
	assert.Regexp(a.t, sentences, p.Fix)
	assert.True(a.t, strings.HasSuffix(p.Detail, "."), p.Detail)
	assert.False(a.t, namesThisHost(string(a.body)), "%s", a.body)
}

// leaksNothing looks for what no answer may hold: secrets, SQL, stacks, paths and the host.
func (a *answer) leaksNothing() {
	a.t.Helper()
	text := string(a.body)
	for _, leak := range []string{mark, "goroutine ", ".go:", "SQLSTATE", "SELECT ", "INSERT ", "UPDATE ", "gorm", "pgx", "sqlite", "/tmp/"} {
		if strings.Contains(text, leak) && strings.HasSuffix(a.header.Get("Content-Type"), "json") {
			a.t.Errorf("the answer holds %q: %.500s", leak, text)
		}
	}
	for name, values := range a.header {
		assert.NotContains(a.t, strings.Join(values, ","), mark, name)
	}
}
