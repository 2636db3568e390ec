package whatsapptest_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/ivendnext/whatsapp-accounts/pkg/whatsapptest"
)

func TestPhoneShowsTheFieldsThatAreAskedFor(t *testing.T) {
	m := graph(t)
	usual := read(t, m, "/"+whatsapptest.SamplePhoneID)
	assert.Equal(t, "+1 555-010-0200", usual.at(t, "display_phone_number"))
	assert.Equal(t, "GREEN", usual.at(t, "quality_rating"))
	assert.Nil(t, usual.at(t, "status"))
	assert.Equal(t, "v25.0", usual.header.Get("facebook-api-version"))

	got := read(t, m, "/"+whatsapptest.SamplePhoneID+"?fields=status,throughput{level},name_status,last_onboarded_time")
	assert.JSONEq(t, `{"status":"CONNECTED","throughput":{"level":"STANDARD"},"name_status":"APPROVED","id":"`+whatsapptest.SamplePhoneID+`"}`, got.text)
	refused(t, read(t, m, "/"+whatsapptest.SamplePhoneID+"?fields=mood"), http.StatusBadRequest, "100")
	health := read(t, m, "/"+whatsapptest.SamplePhoneID+"?fields=health_status")
	assert.Equal(t, "AVAILABLE", health.at(t, "health_status.can_send_message"))
}

func TestBusinessIsReadAndListsItsPhones(t *testing.T) {
	m := graph(t)
	got := read(t, m, "/"+whatsapptest.SampleBusinessID+"?fields=id,name,account_review_status")
	assert.JSONEq(t, `{"name":"Brand A","account_review_status":"APPROVED","id":"`+whatsapptest.SampleBusinessID+`"}`, got.text)
	phones := read(t, m, "/"+whatsapptest.SampleBusinessID+"/phone_numbers")
	assert.Equal(t, whatsapptest.SamplePhoneID, phones.at(t, "data.0.id"))
	assert.NotNil(t, phones.at(t, "paging.cursors.after"))
	assert.Nil(t, phones.at(t, "paging.next"))
}

func TestUnknownObjectIsCode100Subcode33(t *testing.T) {
	m := graph(t)
	for _, c := range [][2]string{
		{http.MethodGet, "/999"}, {http.MethodGet, "/999/phone_numbers"}, {http.MethodPost, "/999/messages"}, {http.MethodGet, "/999/message_templates"},
		{http.MethodPost, "/999/message_templates"}, {http.MethodDelete, "/999/message_templates?name=x"}, {http.MethodGet, "/999/subscribed_apps"},
		{http.MethodPost, "/999/subscribed_apps"}, {http.MethodDelete, "/999/subscribed_apps"}, {http.MethodPost, "/" + whatsapptest.SampleBusinessID + "/messages"},
	} {
		body := strings.Replace(hello, `{`, `{"components":[{"type":"BODY","text":"x"}],`, 1)
		got := ask(t, c[0], m.URL+"/v25.0"+c[1], whatsapptest.SampleToken, body)
		refused(t, got, http.StatusBadRequest, "100", c)
		assert.Equal(t, json.Number("33"), got.at(t, "error.error_subcode"), c)
	}
	refused(t, read(t, m, "/"+whatsapptest.SampleBusinessID+"/moods"), http.StatusBadRequest, "2500")
}

func TestCallWithoutRightTokenIsCode190(t *testing.T) {
	config := whatsapptest.SampleMeta()
	now := time.Unix(1795345200, 0)
	config.Clock = func() time.Time { return now }
	config.Tokens = append(config.Tokens, whatsapptest.Token{Value: "old", App: whatsapptest.SampleAppID, Expires: now})
	m := whatsapptest.StartMeta(t, config)
	for _, bearer := range []string{"", "wrong", "old"} {
		for _, path := range []string{"/" + whatsapptest.SamplePhoneID, "/999", "/" + whatsapptest.SampleBusinessID + "/phone_numbers", "/debug_token?input_token=x"} {
			refused(t, ask(t, http.MethodGet, m.URL+"/v25.0"+path, bearer, ""), http.StatusUnauthorized, "190", bearer+path)
		}
	}
	old := ask(t, http.MethodGet, m.URL+"/v25.0/"+whatsapptest.SamplePhoneID, "old", "")
	assert.Equal(t, json.Number("463"), old.at(t, "error.error_subcode"))
	m.Revoke(whatsapptest.SampleToken)
	refused(t, send(t, m, hello), http.StatusUnauthorized, "190")
}

func TestTokenDoesWhatItsScopesAndAccountsAllow(t *testing.T) {
	config := whatsapptest.SampleMeta()
	config.Businesses = append(config.Businesses, whatsapptest.Business{ID: "205", Phones: []whatsapptest.Phone{{ID: "306"}}})
	config.Tokens = []whatsapptest.Token{
		{Value: "sends", Scopes: []string{whatsapptest.ScopeMessaging}},
		{Value: "manages", Scopes: []string{whatsapptest.ScopeManagement}, Businesses: []string{"205"}},
	}
	m := whatsapptest.StartMeta(t, config)
	get := func(token, path string) answer { return ask(t, http.MethodGet, m.URL+"/v25.0"+path, token, "") }
	messages := m.URL + "/v25.0/" + whatsapptest.SamplePhoneID + "/messages"
	assert.Equal(t, http.StatusOK, ask(t, http.MethodPost, messages, "sends", hello).status)
	refused(t, ask(t, http.MethodPost, messages, "manages", hello), http.StatusForbidden, "200")
	refused(t, get("sends", "/205"), http.StatusForbidden, "200")
	assert.Equal(t, http.StatusOK, get("manages", "/205").status)
	assert.Equal(t, http.StatusOK, get("manages", "/306").status)
	refused(t, get("manages", "/"+whatsapptest.SampleBusinessID), http.StatusBadRequest, "100")
	refused(t, get("manages", "/"+whatsapptest.SamplePhoneID), http.StatusBadRequest, "100")
}

func TestDebugTokenTellsWhatATokenIsWorth(t *testing.T) {
	config := whatsapptest.SampleMeta()
	config.Apps = append(config.Apps, whatsapptest.App{ID: "2", Secret: "s2"})
	config.Tokens = append(config.Tokens, whatsapptest.Token{Value: "other", App: "2"},
		whatsapptest.Token{Value: "old", App: whatsapptest.SampleAppID, Expires: time.Unix(1, 0), Businesses: []string{"204"}})
	m := whatsapptest.StartMeta(t, config)
	debug := func(bearer, input string) answer {
		return ask(t, http.MethodGet, m.URL+"/v25.0/debug_token?input_token="+input, bearer, "")
	}
	app := whatsapptest.SampleAppID + "|" + whatsapptest.SampleAppSecret
	for _, bearer := range []string{app, whatsapptest.SampleToken} {
		got := debug(bearer, whatsapptest.SampleToken)
		assert.Equal(t, http.StatusOK, got.status)
		assert.Equal(t, whatsapptest.SampleAppID, got.at(t, "data.app_id"))
		assert.Equal(t, true, got.at(t, "data.is_valid"))
		assert.Equal(t, json.Number("0"), got.at(t, "data.expires_at"))
		assert.Equal(t, []any{whatsapptest.ScopeManagement, whatsapptest.ScopeMessaging}, got.at(t, "data.scopes"))
	}
	assert.Equal(t, false, debug(app, "unknown").at(t, "data.is_valid"))
	old := debug(app, "old")
	assert.Equal(t, false, old.at(t, "data.is_valid"))
	assert.Equal(t, "204", old.at(t, "data.granular_scopes.0.target_ids.0"))
	refused(t, debug(app, "other"), http.StatusBadRequest, "100")
	refused(t, debug(app, ""), http.StatusBadRequest, "100")
	refused(t, debug(whatsapptest.SampleAppID+"|wrong", whatsapptest.SampleToken), http.StatusUnauthorized, "190")
	for _, r := range m.Requests(whatsapptest.DebugToken) {
		assert.NotContains(t, fmt.Sprintf("%+v", r), whatsapptest.SampleToken)
		assert.NotContains(t, fmt.Sprintf("%+v", r), whatsapptest.SampleAppSecret)
	}
	assert.Equal(t, "sample", m.Requests()[0].Query.Get("input_token"))
	refused(t, ask(t, http.MethodGet, m.URL+"/v25.0/"+whatsapptest.SamplePhoneID, app, ""), http.StatusUnauthorized, "190")
}

func TestAppIsSubscribedAndUnsubscribed(t *testing.T) {
	m, in := graph(t), callback(t)
	path := m.URL + "/v25.0/" + whatsapptest.SampleBusinessID + "/subscribed_apps"
	call := func(method, body string) answer { return ask(t, method, path, whatsapptest.SampleToken, body) }
	assert.Equal(t, `{"success":true}`, call(http.MethodDelete, "").text)
	assert.False(t, m.Subscribed(whatsapptest.SampleBusinessID, whatsapptest.SampleAppID))
	assert.JSONEq(t, `{"data":[]}`, call(http.MethodGet, "").text)
	assert.Equal(t, `{"success":true}`, call(http.MethodPost, "").text)
	assert.True(t, m.Subscribed(whatsapptest.SampleBusinessID, whatsapptest.SampleAppID))

	refused(t, call(http.MethodPost, `{"override_callback_uri":"`+in.URL+`","verify_token":"wrong"}`), http.StatusBadRequest, "2200")
	refused(t, call(http.MethodPost, `{"override_callback_uri":"`+in.URL+strings.Repeat("/x", 100)+`","verify_token":"choose-any"}`), http.StatusBadRequest, "100")
	assert.Equal(t, `{"success":true}`, call(http.MethodPost, `{"override_callback_uri":"`+in.URL+`","verify_token":"choose-any"}`).text)
	list := call(http.MethodGet, "")
	assert.Equal(t, whatsapptest.SampleAppID, list.at(t, "data.0.whatsapp_business_api_data.id"))
	assert.Equal(t, in.URL, list.at(t, "data.0.override_callback_uri"))
	assert.Equal(t, in.URL, read(t, m, "/"+whatsapptest.SamplePhoneID+"?fields=webhook_configuration").at(t, "webhook_configuration.whatsapp_business_account"))
	call(http.MethodPost, "")
	assert.Nil(t, call(http.MethodGet, "").at(t, "data.0.override_callback_uri"))
}
