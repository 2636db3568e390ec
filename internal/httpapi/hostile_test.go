package httpapi_test

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/ivendnext/whatsapp-accounts/internal/config"
	"github.com/ivendnext/whatsapp-accounts/internal/provider/providertest"
)

// target is the setting of a type that a token travels to.
type target struct{ key, field, host string }

func targets() map[string]target {
	return map[string]target{
		"Meta":     {"meta_settings", "url", "graph.facebook.com"},
		"WASender": {"wasender_settings", "wasender_url", "www.wasenderapi.com"},
	}
}

// with is the body of an account of the type with that URL.
func (g target) with(name, kind, url string) obj {
	body := obj{"account_name": name, "account_type": kind, g.key: obj{g.field: url}}
	if kind == "Meta" {
		return merged(meta(name), body)
	}
	return merged(wasender(name), body)
}

// private is the development setting that lets providers be on this machine.
func private(c *config.Serve) { c.AllowPrivateProviders = true }

// A9, as far as saving goes: no hostile URL is stored, neither at creation nor later, and none comes back.
func TestHostileURLsAreRefusedOnCreateAndUpdate(t *testing.T) {
	t.Parallel()
	for setting, change := range map[string]func(*config.Serve){"strict": func(*config.Serve) {}, "with private providers": private} {
		for kind, g := range targets() {
			t.Run(kind+" "+setting, func(t *testing.T) {
				t.Parallel()
				w := start(t, change)
				w.log.forbid(providertest.Canary)
				id := w.boss.make(t, g.with("Kept", kind, "https://"+g.host)).ID
				w.boss.unchanged(t, func() {
					for _, u := range providertest.HostileURLs(g.host) {
						refuse(t, u, w.boss.create(t, text(t, g.with("New", kind, u.Text))), g)
						refuse(t, u, w.boss.patch(t, at(id), text(t, obj{g.key: obj{g.field: u.Text}})), g)
					}
				})
			})
		}
	}
}

func refuse(t *testing.T, u providertest.URL, a *answer, g target) {
	t.Helper()
	assert.NotContains(t, string(a.body), providertest.Canary, u.Why)
	assert.NotContains(t, string(a.body), "evil", u.Why)
	if a.status == 400 { // bytes that JSON cannot carry
		a.refused(400, "invalid_json", "/"+g.key+"/"+g.field)
		return
	}
	a.refused(422, "invalid_value", "/"+g.key+"/"+g.field)
}

func TestLoopbackIsRefusedUnlessPrivateProvidersAreAllowed(t *testing.T) {
	t.Parallel()
	strict, open := start(t), start(t, private)
	for kind, g := range targets() {
		for _, u := range providertest.LoopbackURLs() {
			strict.boss.create(t, g.with("A", kind, u.Text)).refused(422, "invalid_value", "/"+g.key+"/"+g.field)
			made := open.boss.make(t, g.with("A", kind, u.Text))
			open.boss.delete(t, at(made.ID)).is(204)
		}
	}
}

func TestTheListOfHostsIsTheOperators(t *testing.T) {
	t.Parallel()
	w := start(t, func(c *config.Serve) { c.AllowedProviderHosts = "Meta=graph.proxy.example" })
	w.boss.make(t, meta("A", obj{"meta_settings": obj{"url": "https://graph.proxy.example"}}))
	w.boss.create(t, meta("B", obj{"meta_settings": obj{"url": "https://graph.facebook.com"}})).refused(422, "invalid_value", "/meta_settings/url")
	w.boss.create(t, meta("B")).refused(422, "required", "/meta_settings/url")
	w.boss.create(t, wasender("C")).refused(422, "invalid_value", "/wasender_settings/wasender_url")
}

func TestURLsAreStoredInOneForm(t *testing.T) {
	t.Parallel()
	w := start(t)
	for given, stored := range map[string]string{
		"wasenderapi.com": "https://wasenderapi.com/api", "https://www.wasenderapi.com": "https://www.wasenderapi.com/api",
		"https://www.wasenderapi.com/api/send-message": "https://www.wasenderapi.com/api", "HTTPS://WWW.WASENDERAPI.COM/api/": "https://www.wasenderapi.com/api",
	} {
		made := w.boss.make(t, wasender("A", obj{"wasender_settings": obj{"wasender_url": given}}))
		assert.Equal(t, stored, *made.WASenderSettings.WASenderURL)
		w.boss.delete(t, at(made.ID)).is(204)
	}
	made := w.boss.make(t, meta("B", obj{"meta_settings": obj{"url": "https://Graph.Facebook.com:443/"}}))
	assert.Equal(t, "https://graph.facebook.com", *made.MetaSettings.URL)
}
