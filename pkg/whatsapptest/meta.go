package whatsapptest

import (
	"net/http"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"
)

// Meta is a double of Meta's Graph API, as far as WhatsApp goes, and of the sender of its webhooks. It is an http.Handler; any version prefix,
// or none, will do. It is safe for concurrent use.
type Meta struct {
	*double

	client *http.Client // calls callbacks

	world      sync.Mutex // guards what follows
	apps       []*App
	businesses []*business
	tokens     []Token
	sent       []Sent
	receipts   []Receipt
	inbound    map[string]string // wamid to phone id
	shut       map[string]bool   // users whose service window is closed; "" is everybody
	lastID     int64
}

// business is an account and what happened to it.
type business struct {
	Business
	phones    []*phone
	templates []*Template
	overrides map[string]string    // app id to callback
	deleted   map[string]time.Time // template names that rest
}

// phone is a number and what happened to it.
type phone struct {
	Phone
	override string // callback
}

// Sent is a message that Meta's double accepted.
type Sent struct {
	// ID is the wamid that was answered.
	ID string `json:"id"`
	// PhoneID is the number that sent it.
	PhoneID string `json:"phone_id"`
	// To is the user, as digits or as a business-scoped user id.
	To string `json:"to"`
	// Type is text, template and so on.
	Type string `json:"type"`
	// CallbackData is biz_opaque_callback_data, which statuses repeat.
	CallbackData string `json:"biz_opaque_callback_data,omitempty"`
	// At is when it was accepted.
	At time.Time `json:"at"`
	// Body is the request's body.
	Body []byte `json:"-"`
}

// Receipt is a read receipt that Meta's double accepted.
type Receipt struct {
	// MessageID is the wamid of the incoming message.
	MessageID string `json:"message_id"`
	// PhoneID is the number that was written to.
	PhoneID string `json:"phone_id"`
	// Typing tells whether it also asked for the typing indicator.
	Typing bool `json:"typing"`
	// At is when it was accepted.
	At time.Time `json:"at"`
}

// NewMeta makes a double that does not listen: serve it, or see [StartMeta] and [Meta.Listen]. Ids and tokens that are not in the
// configuration do not exist.
func NewMeta(c MetaConfig) *Meta {
	m := &Meta{
		double: newDouble(c.Clock), client: callbackClient(),
		inbound: map[string]string{}, shut: map[string]bool{}, lastID: 640000000000000,
	}
	for _, a := range c.Apps {
		m.apps = append(m.apps, &a)
	}
	for _, b := range c.Businesses {
		m.businesses = append(m.businesses, m.newBusiness(b))
	}
	m.tokens = namedTokens(c.Tokens)
	return m
}

func (m *Meta) newBusiness(b Business) *business {
	kept := &business{Business: b, overrides: map[string]string{}, deleted: map[string]time.Time{}}
	kept.Apps = slices.Clone(b.Apps)
	for _, p := range b.Phones {
		kept.phones = append(kept.phones, &phone{Phone: p})
	}
	for _, t := range b.Templates {
		kept.templates = append(kept.templates, m.newTemplate(t))
	}
	return kept
}

// StartMeta makes a double that listens on loopback, at its URL, until the test ends.
func StartMeta(t TB, c MetaConfig) *Meta {
	t.Helper()
	m := NewMeta(c)
	m.start(t, m)
	return m
}

// Listen serves the double and its [Meta.Control] on HOST:PORT, for programs that are not tests; port 0 picks a free one. URL says where.
// [Meta.Close] ends it.
func (m *Meta) Listen(address string) error { return m.listen(address, commanded(m, m.Control())) }

// ServeHTTP answers as graph.facebook.com does.
func (m *Meta) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Facebook-Api-Version", versionOf(r.URL.Path))
	w.Header().Set("X-Fb-Trace-Id", newTrace())
	m.serve(w, r, m.understand)
}

// newestVersion is what a path without version means.
const newestVersion = "v26.0"

var versionPrefix = regexp.MustCompile(`^/(v[0-9]+\.[0-9]+)(/|$)`)

func versionOf(path string) string {
	if found := versionPrefix.FindStringSubmatch(path); found != nil {
		return found[1]
	}
	return newestVersion
}

// nodeOf takes /v25.0/ID/EDGE apart.
func nodeOf(path string) (id, edge string) {
	if found := versionPrefix.FindStringSubmatch(path); found != nil {
		path = strings.TrimPrefix(path, "/"+found[1])
	}
	id, edge, _ = strings.Cut(strings.Trim(path, "/"), "/")
	return id, edge
}
