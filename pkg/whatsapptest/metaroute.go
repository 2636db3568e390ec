package whatsapptest

import (
	"maps"
	"net/http"
	"net/url"
	"strings"
)

// graphCall is a request to Meta, taken apart.
type graphCall struct {
	request  *http.Request
	id, edge string
	bearer   string
	query    url.Values
	params   params
	body     []byte
}

// operation is what a graphCall asks for.
type operation struct {
	kind   Kind
	scope  string
	answer func(*Meta, graphCall, Token) reply
}

func (m *Meta) understand(r *http.Request, body []byte) call {
	c := graphCall{request: r, bearer: bearerOf(r), query: r.URL.Query(), body: body}
	c.id, c.edge = nodeOf(r.URL.Path)
	c.params = paramsOf(r, body)
	op := m.operationOf(c)
	token, name, refused := m.tokenOf(c.bearer)
	return call{kind: op.kind, token: name, query: m.withoutTokens(c.query), answer: func() reply {
		switch {
		case c.id == debugToken && strings.Contains(c.bearer, "|"): // an app's own token: its id and secret
			return m.debugToken(c)
		case refused != nil:
			return refused.reply()
		case op.scope != "" && !token.may(op.scope):
			return lacksPermission(op.scope).reply()
		}
		return op.answer(m, c, token)
	}}
}

const debugToken = "debug_token"

// operationOf finds what a call asks for by its path, method and, under /messages, its body.
func (m *Meta) operationOf(c graphCall) operation {
	switch method := c.request.Method; {
	case c.id == debugToken && method == http.MethodGet:
		return operation{DebugToken, "", func(m *Meta, c graphCall, _ Token) reply { return m.debugToken(c) }}
	case c.edge == "messages" && method == http.MethodPost && c.params.text("status") == "read":
		return operation{MarkRead, ScopeMessaging, (*Meta).markRead}
	case c.edge == "messages" && method == http.MethodPost:
		return operation{SendMessage, ScopeMessaging, (*Meta).sendMessage}
	case c.edge == "phone_numbers" && method == http.MethodGet:
		return operation{ListPhones, ScopeManagement, (*Meta).listPhones}
	case c.edge == "subscribed_apps":
		return subscriptionOperation(method)
	case c.edge == "message_templates":
		return templateOperation(method)
	case c.edge == "":
		return m.nodeOperation(c.id, method)
	}
	return unknownOperation()
}

func (m *Meta) nodeOperation(id, method string) operation {
	m.world.Lock()
	defer m.world.Unlock()
	_, p := m.phone(id)
	_, t := m.template(id)
	switch read := method == http.MethodGet; {
	case p != nil && read:
		return operation{ReadPhone, ScopeManagement, (*Meta).readPhone}
	case p != nil && method == http.MethodPost:
		return operation{ConfigurePhone, ScopeManagement, (*Meta).configurePhone}
	case t != nil && read:
		return operation{ReadTemplate, ScopeManagement, (*Meta).readTemplate}
	case t != nil && method == http.MethodPost:
		return operation{EditTemplate, ScopeManagement, (*Meta).editTemplate}
	case m.business(id) != nil && read:
		return operation{ReadBusiness, ScopeManagement, (*Meta).readBusiness}
	}
	return unknownOperation()
}

func subscriptionOperation(method string) operation {
	switch method {
	case http.MethodGet:
		return operation{ListSubscriptions, ScopeManagement, (*Meta).listSubscriptions}
	case http.MethodPost:
		return operation{Subscribe, ScopeManagement, (*Meta).subscribe}
	case http.MethodDelete:
		return operation{Unsubscribe, ScopeManagement, (*Meta).unsubscribe}
	}
	return unknownOperation()
}

func templateOperation(method string) operation {
	switch method {
	case http.MethodGet:
		return operation{ListTemplates, ScopeManagement, (*Meta).listTemplates}
	case http.MethodPost:
		return operation{CreateTemplate, ScopeManagement, (*Meta).createTemplate}
	case http.MethodDelete:
		return operation{DeleteTemplate, ScopeManagement, (*Meta).deleteTemplate}
	}
	return unknownOperation()
}

func unknownOperation() operation {
	return operation{Other, "", func(m *Meta, c graphCall, token Token) reply {
		m.world.Lock()
		defer m.world.Unlock()
		if !m.exists(c.id, token) || c.edge == "" {
			return missingObject(c.request.Method, c.id).reply()
		}
		return graphError{status: http.StatusBadRequest, code: 2500, kind: "OAuthException",
			message: "Unknown path components: /" + c.edge}.reply()
	}}
}

// withoutTokens is a query for the record: input_token becomes the token's name.
func (m *Meta) withoutTokens(query url.Values) url.Values {
	kept := maps.Clone(query)
	delete(kept, "access_token")
	if input := kept.Get("input_token"); input != "" {
		_, name, _ := m.tokenOf(input)
		kept.Set("input_token", name)
	}
	return kept
}

// bearerOf reads the token from the header, or from access_token as Graph also takes it.
func bearerOf(r *http.Request) string {
	scheme, token, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	if strings.EqualFold(scheme, "Bearer") || strings.EqualFold(scheme, "OAuth") {
		return strings.TrimSpace(token)
	}
	return r.URL.Query().Get("access_token")
}
