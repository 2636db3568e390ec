package whatsapptest

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// WASenderConfig is what a double of WASender knows from its beginning.
type WASenderConfig struct {
	// Sessions are connected numbers, each with a key of its own.
	Sessions []Session
	// Clock is the time of everything that happens; nil is time.Now.
	Clock func() time.Time
}

// Session is a connected number.
type Session struct {
	// ID is its number at WASender.
	ID int
	// Name is what the record shows in place of the key; empty is session and the id.
	Name string
	// PhoneNumber is in E.164 form, with +.
	PhoneNumber string
	// APIKey is what callers show as bearer.
	APIKey string
	// Callback is where its webhooks go unless [WASender.Webhooks] names another place.
	Callback string
	// WebhookSecret comes with each webhook in [SecretHeader]; without it the header is left out.
	WebhookSecret string
	// Status is connected, disconnected, need_scan and so on; empty is connected. Only a connected session sends.
	Status string
	// Pace is the least time between two messages: 5 seconds under account protection, a minute on trial. Zero is no limit. A message that
	// comes too early is answered with 429 and retry_after.
	Pace time.Duration
}

// WASender is a double of WASender and of the sender of its webhooks. It is an http.Handler, with and without /api. It is safe for concurrent use.
type WASender struct {
	*double

	client *http.Client // calls callbacks

	world    sync.Mutex // guards what follows
	sessions []*session
	sent     []SentByWASender
	read     []MessageKey
	inbound  []MessageKey
	lastID   int
}

// session is a session and what happened to it.
type session struct {
	Session
	next time.Time // when it may send again
}

// SentByWASender is a message that WASender's double accepted.
type SentByWASender struct {
	// MsgID is what its sender was told.
	MsgID int `json:"msg_id"`
	// Session is the id of the session that sent it.
	Session int `json:"session"`
	// Key is WhatsApp's own, which webhooks and GET /messages/{msgId}/info tell.
	Key MessageKey `json:"key"`
	// Body is the request's body.
	Body []byte `json:"-"`
	// At is when it was accepted.
	At time.Time `json:"at"`
	// Status is 0 error, 1 pending, 2 sent, 3 delivered, 4 read or 5 played.
	Status int `json:"status"`
}

// MessageKey is how WhatsApp names a message in a chat.
type MessageKey struct {
	// ID is the message's.
	ID string `json:"id"`
	// FromMe tells whether the session sent it.
	FromMe bool `json:"fromMe"` //nolint:tagliatelle // WASender's name
	// RemoteJID is the chat: 447700900123@s.whatsapp.net, a group or a hidden number.
	RemoteJID string `json:"remoteJid"` //nolint:tagliatelle // WASender's name
}

// NewWASender makes a double that does not listen: serve it, or see [StartWASender] and [WASender.Listen].
func NewWASender(c WASenderConfig) *WASender {
	s := &WASender{double: newDouble(c.Clock), client: callbackClient(), lastID: 99999}
	for _, one := range c.Sessions {
		one.Name = or(one.Name, "session "+strconv.Itoa(one.ID))
		s.sessions = append(s.sessions, &session{Session: one})
	}
	return s
}

// StartWASender makes a double that listens on loopback, at its URL, until the test ends.
func StartWASender(t TB, c WASenderConfig) *WASender {
	t.Helper()
	s := NewWASender(c)
	s.start(t, s)
	return s
}

// Listen serves the double and its [WASender.Control] on HOST:PORT, for programs that are not tests; port 0 picks a free one. URL says where.
// [WASender.Close] ends it.
func (s *WASender) Listen(address string) error { return s.listen(address, commanded(s, s.Control())) }

// ServeHTTP answers as www.wasenderapi.com does.
func (s *WASender) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.serve(w, r, s.understand) }

func (s *WASender) understand(r *http.Request, body []byte) call {
	path := strings.Trim(strings.TrimPrefix(r.URL.Path, "/api/"), "/")
	kind, answer := s.operationOf(r.Method, path)
	key := bearerOf(r)
	one, name := s.byKey(key)
	query := r.URL.Query()
	query.Del("access_token")
	return call{kind: kind, token: name, query: query, answer: func() reply {
		s.world.Lock()
		defer s.world.Unlock()
		if one == nil {
			return failure(http.StatusUnauthorized, "Unnotarized")
		}
		return s.limited(one, kind, answer(s, one, path, paramsOf(r, body), body))
	}}
}

type sessionAnswer func(s *WASender, one *session, path string, p params, body []byte) reply

// operationOf finds what a call asks for.
func (s *WASender) operationOf(method, path string) (Kind, sessionAnswer) {
	switch {
	case method == http.MethodPost && path == "send-message":
		return SendMessage, (*WASender).sendMessage
	case method == http.MethodPost && path == "messages/read":
		return MarkRead, (*WASender).markRead
	case method == http.MethodGet && path == "status":
		return ReadStatus, (*WASender).readStatus
	case method == http.MethodGet && path == "user":
		return ReadUser, (*WASender).readUser
	case method == http.MethodGet && strings.HasPrefix(path, "messages/") && strings.HasSuffix(path, "/info"):
		return ReadMessage, (*WASender).readMessage
	}
	return Other, func(*WASender, *session, string, params, []byte) reply {
		return failure(http.StatusNotFound, "The route could not be found.") // a guess
	}
}

// byKey finds a session, and its name for the record.
func (s *WASender) byKey(key string) (*session, string) {
	if key == "" {
		return nil, NoToken
	}
	s.world.Lock()
	defer s.world.Unlock()
	i := slices.IndexFunc(s.sessions, func(one *session) bool { return one.APIKey == key })
	if i < 0 {
		return nil, UnknownToken
	}
	return s.sessions[i], s.sessions[i].Name
}

// limited adds the headers that every answer has: on a paid plan 256 messages a minute, with a pace one message in its time.
func (s *WASender) limited(one *session, kind Kind, r reply) reply {
	limit, left, reset := 256, 255, s.clock().Add(time.Minute)
	if one.Pace > 0 && kind == SendMessage {
		limit, left, reset = 1, 0, one.next
	}
	if r.header == nil {
		r.header = http.Header{}
	}
	r.header.Set("X-Ratelimit-Limit", strconv.Itoa(limit))
	r.header.Set("X-Ratelimit-Remaining", strconv.Itoa(left))
	r.header.Set("X-Ratelimit-Reset", strconv.FormatInt(reset.Unix(), 10))
	return r
}

func failure(status int, message string) reply {
	return reply{status: status, body: object{{"success", false}, {"message", message}}}
}

func done(data any) reply {
	return reply{status: http.StatusOK, body: object{{"success", true}, {"data", data}}}
}

// SetSession changes a session: change gets it as it is. It reports whether there is one with this id.
func (s *WASender) SetSession(id int, change func(*Session)) bool {
	s.world.Lock()
	defer s.world.Unlock()
	i := slices.IndexFunc(s.sessions, func(one *session) bool { return one.ID == id })
	if i < 0 {
		return false
	}
	change(&s.sessions[i].Session)
	s.sessions[i].ID = id
	return true
}

// Sent gives the messages that were accepted, in their order.
func (s *WASender) Sent() []SentByWASender {
	s.world.Lock()
	defer s.world.Unlock()
	return slices.Clone(s.sent)
}

// Receipts gives the keys of the messages that were marked as read, in their order, repeated ones too.
func (s *WASender) Receipts() []MessageKey {
	s.world.Lock()
	defer s.world.Unlock()
	return slices.Clone(s.read)
}
