package whatsapptest

import (
	"encoding/json"
	"errors"
	"io"
	"maps"
	"net/http"
	"net/url"
	"sync"
	"time"
)

// maxBody is more than any provider accepts in one call.
const maxBody = 4 << 20

// double is what both providers have in common: calls are recorded, recipes are followed, answers are given.
type double struct {
	listener

	clock func() time.Time

	mu       sync.Mutex
	requests []Request
	news     chan struct{} // closed, and made anew, at each request
	recipes  []*recipe
}

func newDouble(clock func() time.Time) *double {
	if clock == nil {
		clock = time.Now
	}
	return &double{listener: listener{closed: make(chan struct{})}, clock: clock, news: make(chan struct{})}
}

// call is a request that was understood: what it is for, who asks, and how it is answered. Only answer has effects.
type call struct {
	kind   Kind
	token  string
	query  url.Values // without tokens
	answer func() reply
}

// reply is an answer, before it is written.
type reply struct {
	status int
	header http.Header
	body   any // marshalled, except bytes
}

// serve reads a request, records it, and answers it unless a recipe says otherwise.
func (d *double) serve(w http.ResponseWriter, r *http.Request, understand func(*http.Request, []byte) call) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	if _, long := errors.AsType[*http.MaxBytesError](err); long {
		w.WriteHeader(http.StatusRequestEntityTooLarge)
		return
	}
	if err != nil { // the caller went away while it was asking
		panic(http.ErrAbortHandler)
	}
	c := understand(r, body)
	f := d.follow(c.kind)
	d.note(requestOf(r, body, c, d.clock()))
	if f.do == nil {
		c.answer().write(w)
		return
	}
	f.do(exchange{w: w, request: r, answer: c.answer, closed: d.closed})
}

func (r reply) write(w http.ResponseWriter) {
	text, bare := r.body.([]byte)
	if !bare {
		text = encode(r.body)
		w.Header().Set("Content-Type", "application/json; charset=UTF-8")
	}
	maps.Copy(w.Header(), r.header)
	w.WriteHeader(r.status)
	_, _ = w.Write(text)
}

// decode reads a JSON object; whatever else the text is, it has no members.
func decode(text []byte, into any) bool { return json.Unmarshal(text, into) == nil }
