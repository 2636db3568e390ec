package whatsapptest

import (
	"net/http"
	"slices"
)

func (m *Meta) listSubscriptions(c graphCall, token Token) reply {
	m.world.Lock()
	defer m.world.Unlock()
	b, missing := m.businessFor(c, token)
	if missing != nil {
		return missing.reply()
	}
	data := []object{}
	for _, id := range b.Apps {
		name := ""
		for _, a := range m.apps {
			if a.ID == id {
				name = a.Name
			}
		}
		app := object{{"id", id}, {"name", name}, {"link", "https://www.facebook.com/games/?app_id=" + id}}
		data = append(data, object{{"whatsapp_business_api_data", app}}.with("override_callback_uri", b.overrides[id]))
	}
	return reply{status: http.StatusOK, body: object{{"data", data}}}
}

// subscribe adds the token's app. An override in the body is verified and kept; an empty body removes the one that was.
func (m *Meta) subscribe(c graphCall, token Token) reply {
	uri := or(c.params.text("override_callback_uri"), c.query.Get("override_callback_uri"))
	verifyToken := or(c.params.text("verify_token"), c.query.Get("verify_token"))
	if refused := m.checkOverride(c, uri, verifyToken); refused != nil {
		return refused.reply()
	}
	m.world.Lock()
	defer m.world.Unlock()
	b, missing := m.businessFor(c, token)
	if missing != nil {
		return missing.reply()
	}
	if !slices.Contains(b.Apps, token.App) {
		b.Apps = append(b.Apps, token.App)
	}
	b.overrides[token.App] = uri
	return success()
}

func (m *Meta) unsubscribe(c graphCall, token Token) reply {
	m.world.Lock()
	defer m.world.Unlock()
	b, missing := m.businessFor(c, token)
	if missing != nil {
		return missing.reply()
	}
	b.Apps = slices.DeleteFunc(b.Apps, func(id string) bool { return id == token.App })
	delete(b.overrides, token.App)
	return success()
}

// Subscribed reports whether an app gets the webhooks of a business account.
func (m *Meta) Subscribed(businessID, appID string) bool {
	m.world.Lock()
	defer m.world.Unlock()
	b := m.business(businessID)
	return b != nil && slices.Contains(b.Apps, appID)
}
