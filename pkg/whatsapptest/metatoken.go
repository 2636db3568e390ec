package whatsapptest

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
)

func namedTokens(tokens []Token) []Token {
	named := slices.Clone(tokens)
	for i := range named {
		if named[i].Name == "" {
			named[i].Name = "token " + strconv.Itoa(i+1)
		}
		if named[i].Scopes == nil {
			named[i].Scopes = []string{ScopeManagement, ScopeMessaging}
		}
	}
	return named
}

func (t Token) may(scope string) bool { return slices.Contains(t.Scopes, scope) }

func (t Token) sees(businessID string) bool {
	return len(t.Businesses) == 0 || slices.Contains(t.Businesses, businessID)
}

// tokenOf finds a bearer token, its name for the record, and why it is refused.
func (m *Meta) tokenOf(bearer string) (t Token, name string, refused *graphError) {
	if bearer == "" {
		missing := newGraphError(190, "")
		missing.message = "An access token is required to request this resource."
		return Token{}, NoToken, missing
	}
	if id, secret, pair := strings.Cut(bearer, "|"); pair && m.isApp(id, secret) {
		return Token{App: id}, "app " + id, newGraphError(190, "")
	}
	t, known := m.token(bearer)
	if !known {
		return Token{}, UnknownToken, newGraphError(190, "")
	}
	if m.expired(t) {
		ended := newGraphError(190, "")
		ended.subcode = 463
		ended.message = "Error validating access token: Session has expired on " + t.Expires.UTC().Format("Monday, 02-Jan-06 15:04:05 MST") + "."
		return t, t.Name, ended
	}
	return t, t.Name, nil
}

func (m *Meta) token(value string) (Token, bool) {
	m.world.Lock()
	defer m.world.Unlock()
	i := slices.IndexFunc(m.tokens, func(t Token) bool { return t.Value == value })
	if i < 0 {
		return Token{}, false
	}
	return m.tokens[i], true
}

func (m *Meta) expired(t Token) bool { return !t.Expires.IsZero() && !m.clock().Before(t.Expires) }

// Revoke makes a token unknown, as its owner's click in the dashboard does.
func (m *Meta) Revoke(token string) {
	m.world.Lock()
	defer m.world.Unlock()
	m.tokens = slices.DeleteFunc(m.tokens, func(t Token) bool { return t.Value == token })
}

func (m *Meta) isApp(id, secret string) bool {
	a, known := m.app(id)
	return known && a.Secret == secret
}

// app gives a copy.
func (m *Meta) app(id string) (App, bool) {
	m.world.Lock()
	defer m.world.Unlock()
	for _, a := range m.apps {
		if a.ID == id {
			return *a, true
		}
	}
	return App{}, false
}

// debugToken tells what input_token is worth, to an app about its own tokens.
func (m *Meta) debugToken(c graphCall) reply {
	asker, _, refused := m.tokenOf(c.bearer)
	if id, secret, pair := strings.Cut(c.bearer, "|"); pair && m.isApp(id, secret) {
		refused = nil
	}
	if refused != nil {
		return refused.reply()
	}
	input := c.query.Get("input_token")
	if input == "" {
		return invalidParameter("The parameter input_token is required.").reply()
	}
	t, known := m.token(input)
	switch {
	case !known:
		return debugAnswer(object{{"error", object{{"code", 190}, {"message", "Invalid OAuth access token."}}}, {"is_valid", false}, {"scopes", []string{}}})
	case t.App != asker.App:
		other := invalidParameter("")
		other.message = "(#100) The App_id in the input_token did not match the Viewing App"
		return other.reply()
	}
	return debugAnswer(m.debugOf(t))
}

func debugAnswer(data object) reply {
	return reply{status: http.StatusOK, body: object{{"data", data}}}
}

func (m *Meta) debugOf(t Token) object {
	a, _ := m.app(t.App)
	expires := int64(0)
	if !t.Expires.IsZero() {
		expires = t.Expires.Unix()
	}
	granular := make([]object, len(t.Scopes))
	for i, scope := range t.Scopes {
		granular[i] = object{{"scope", scope}}
		if len(t.Businesses) > 0 {
			granular[i] = append(granular[i], member{"target_ids", t.Businesses})
		}
	}
	data := object{{"app_id", t.App}, {"type", "SYSTEM_USER"}, {"application", a.Name}, {"data_access_expires_at", 0}, {"expires_at", expires}}
	if m.expired(t) {
		data = append(data, member{"error", object{{"code", 190}, {"message", "Error validating access token: Session has expired."}, {"subcode", 463}}})
	}
	return append(data, object{
		{"is_valid", !m.expired(t)}, {"issued_at", 1712099387}, {"scopes", t.Scopes}, {"granular_scopes", granular}, {"user_id", "122100000000000001"},
	}...)
}
