package app_test

import (
	"encoding/json"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/ivendnext/whatsapp-accounts/internal/app"
	"github.com/ivendnext/whatsapp-accounts/internal/config"
	"github.com/ivendnext/whatsapp-accounts/internal/provider"
	"github.com/ivendnext/whatsapp-accounts/internal/provider/providertest"
	"github.com/ivendnext/whatsapp-accounts/internal/site"
)

// toyKey is a secret that no answer may show.
const toyKey = "MARKED-toy-key"

// toy is a third provider, as an engineer would add it: one Spec and nothing else.
func toy(of provider.Type, how provider.DefaultOutgoing) provider.Spec {
	return provider.Spec{
		Type: of, Title: "A toy", SettingsKey: strings.ToLower(string(of)) + "_settings", DefaultOutgoing: how, WebhookPath: "/webhooks/toy/{account_id}",
		Capabilities: []provider.Capability{provider.CanText, provider.CanReactions, provider.CanDefaultIncoming},
		Fields: []provider.Field{
			{
				Name: "toy_key", Label: "Key", Kind: provider.Secret, MaxLength: provider.SecretMax, RequiredToActivate: true,
				Help: "The key on the box of the toy.", Clean: provider.CleanIssuedSecret,
			},
			{
				Name: "toy_number", Label: "Number", Kind: provider.Digits, MaxLength: provider.DigitsMax, Pattern: provider.DigitsPattern, RequiredToActivate: true,
				Identifies: true, UniqueInSite: true, Help: "The number below the toy.", Clean: provider.CleanDigits(),
			},
			{
				Name: "toy_region", Label: "Region", Kind: provider.Text, MaxLength: 2, Pattern: `^[a-z]{2}$`, Default: "eu",
				Help: "Where the toy lives, in two letters.", Clean: provider.Matching(`^[a-z]{2}$`, "Write two small letters."),
			},
		},
	}
}

// shop is the whole service in process, with two toys beside Meta and WASender.
type shop struct {
	handler http.Handler
	key     string
}

func open(t *testing.T) shop {
	t.Helper()
	c := config.Serve{Storage: config.Storage{DataDir: t.TempDir(), DBMaxConns: 4}, PublicURL: "https://wa.example.com", RequestTimeout: 10 * time.Second}
	log := slog.New(slog.DiscardHandler)
	opened, err := app.Open(t.Context(), c.Storage, log)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, opened.DB.Close()) })
	known, err := app.Providers(config.Providers{})
	require.NoError(t, err)
	providers, err := provider.NewRegistry(append(known.All(), toy("Toy", provider.Automatic), toy("Plush", provider.ByChoice))...)
	require.NoError(t, err)
	a, err := app.New(c, opened, providers, log)
	require.NoError(t, err)
	home, err := site.Named("home")
	require.NoError(t, err)
	_, clear, err := a.Keys.Create(t.Context(), home, site.SystemManager, "erp")
	require.NoError(t, err)
	return shop{a.Handler, clear.Reveal()}
}

// document is an answer's JSON.
type document map[string]any

// at walks to a member, as in "toy_settings toy_key is_set".
func (d document) at(path string) any {
	var here any = map[string]any(d)
	for name := range strings.FieldsSeq(path) {
		inside, _ := here.(map[string]any)
		here = inside[name]
	}
	return here
}

// do sends a request and gives the answer, which shows no secret.
func (s shop) do(t *testing.T, method, path, body string, status int) document {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), method, path, strings.NewReader(body))
	r.Header.Set("Authorization", "Bearer "+s.key)
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	w := httptest.NewRecorder()
	s.handler.ServeHTTP(w, r)
	require.Equal(t, status, w.Code, "%s %s: %s", method, path, w.Body)
	require.NotContains(t, w.Body.String(), "MARKED")
	answer := document{}
	if w.Body.Len() > 0 {
		require.NoError(t, json.Unmarshal(w.Body.Bytes(), &answer))
	}
	return answer
}

// create makes an Active toy of number 305 and gives its id.
func (s shop) create(t *testing.T, of, name string) (string, document) {
	t.Helper()
	key := strings.ToLower(of) + "_settings"
	answer := s.do(t, http.MethodPost, "/v1/accounts", `{"account_name": "`+name+`", "account_type": "`+of+`", "status": "Active",
		"`+key+`": {"toy_key": "`+toyKey+`", "toy_number": "305"}}`, http.StatusCreated)
	id, _ := answer.at("id").(string)
	return id, answer
}

func TestTheToysKeepWhatEveryProviderMustKeep(t *testing.T) {
	providertest.Conform(t, toy("Toy", provider.Automatic))
	providertest.Conform(t, toy("Plush", provider.ByChoice))
}

func TestAThirdProvidersAccountIsCreatedAndReadWithItsSecretUnseen(t *testing.T) {
	s := open(t)
	id, made := s.create(t, "Toy", "A")
	assert.Equal(t, made, s.do(t, http.MethodGet, "/v1/accounts/"+id, "", http.StatusOK))
	assert.Equal(t, true, made.at("toy_settings toy_key is_set"))
	assert.Equal(t, "305", made.at("toy_settings toy_number"))
	assert.Equal(t, "eu", made.at("toy_settings toy_region"), "the default")
	assert.Equal(t, true, made.at("readiness send ok"))
	assert.Equal(t, "https://wa.example.com/webhooks/toy/"+id, made.at("webhook_url"))
	assert.NotContains(t, made, "meta_settings")
}

func TestAThirdProvidersAccountIsChangedAndItsHistoryTold(t *testing.T) {
	s := open(t)
	id, _ := s.create(t, "Toy", "A")
	changed := s.do(t, http.MethodPatch, "/v1/accounts/"+id, `{"toy_settings": {"toy_region": "us", "toy_key": "MARKED-2"}}`, http.StatusOK)
	assert.Equal(t, "us", changed.at("toy_settings toy_region"))
	changed = s.do(t, http.MethodPatch, "/v1/accounts/"+id, `{"toy_settings": {"toy_region": null}}`, http.StatusOK)
	assert.Equal(t, "eu", changed.at("toy_settings toy_region"))

	lines, _ := s.do(t, http.MethodGet, "/v1/accounts/"+id+"/history", "", http.StatusOK).at("data").([]any)
	require.Len(t, lines, 3)
	second, _ := lines[1].(map[string]any)
	assert.Equal(t, []any{
		map[string]any{"field": "toy_settings.toy_key", "from": "set", "to": "changed"},
		map[string]any{"field": "toy_settings.toy_region", "from": "eu", "to": "us"},
	}, second["changes"])
}

func TestAThirdProvidersRulesAreKept(t *testing.T) {
	s := open(t)
	id, _ := s.create(t, "Toy", "A")
	for body, code := range map[string]string{
		`{"toy_settings": {"toy_key": null}}`:        "required",
		`{"toy_settings": {"toy_key": ""}}`:          "invalid_value",
		`{"toy_settings": {"toy_number": "+1"}}`:     "invalid_value",
		`{"toy_settings": {"toy_region": "Europe"}}`: "invalid_value",
		`{"is_default_outgoing": false}`:             "read_only_field",
		`{"account_type": "Plush"}`:                  "read_only_field",
	} {
		assert.Equal(t, code, s.do(t, http.MethodPatch, "/v1/accounts/"+id, body, http.StatusUnprocessableEntity).at("code"), body)
	}
	problem := s.do(t, http.MethodPost, "/v1/accounts", `{"account_name": "B", "account_type": "Toy", "status": "Active"}`, http.StatusUnprocessableEntity)
	errors, _ := problem.at("errors").([]any)
	assert.Len(t, errors, 2, "everything that is missing")
	problem = s.do(t, http.MethodPost, "/v1/accounts", `{"account_name": "B", "account_type": "Toy", "toy_settings": {"toy_number": "305"}}`, http.StatusConflict)
	assert.Equal(t, "toy_number_taken", problem.at("code"))
}

func TestSettingsOfOneProviderAreRefusedOnAnother(t *testing.T) {
	s := open(t)
	for of, foreign := range map[string]string{
		"Toy": `"meta_settings": {"app_id": "1"}`, "Meta": `"toy_settings": {"toy_key": "MARKED"}`, "WASender": `"toy_settings": {"toy_region": "eu"}`,
		"Plush": `"toy_settings": {"toy_number": "1"}`,
	} {
		problem := s.do(t, http.MethodPost, "/v1/accounts", `{"account_name": "A", "account_type": "`+of+`", `+foreign+`}`, http.StatusUnprocessableEntity)
		assert.Equal(t, "field_not_applicable", problem.at("code"), of)
	}
}

func TestAThirdProvidersAccountsAreListedByTheirType(t *testing.T) {
	s := open(t)
	id, _ := s.create(t, "Toy", "A")
	s.create(t, "Plush", "B")
	data, _ := s.do(t, http.MethodGet, "/v1/accounts?account_type=Toy", "", http.StatusOK).at("data").([]any)
	require.Len(t, data, 1)
	first, _ := data[0].(map[string]any)
	assert.Equal(t, id, first["id"])
	s.do(t, http.MethodGet, "/v1/accounts?account_type=Doll", "", http.StatusUnprocessableEntity)
}

func TestAFormForAThirdProviderCanBeDrawn(t *testing.T) {
	s := open(t)
	types, _ := s.do(t, http.MethodGet, "/v1/account-types", "", http.StatusOK).at("data").([]any)
	require.Len(t, types, 4)
	third, _ := types[2].(map[string]any)
	assert.Equal(t, map[string]any{
		"account_type": "Toy", "title": "A toy", "settings_key": "toy_settings", "default_outgoing": "automatic", "capabilities": []any{"text", "reactions", "default_incoming"},
		"fields": []any{
			map[string]any{"name": "toy_key", "label": "Key", "kind": "secret", "secret": true, "required_to_activate": true, "default": nil, "pattern": nil, "help": "The key on the box of the toy."},
			map[string]any{"name": "toy_number", "label": "Number", "kind": "digits", "secret": false, "required_to_activate": true, "default": nil, "pattern": provider.DigitsPattern, "help": "The number below the toy."},
			map[string]any{"name": "toy_region", "label": "Region", "kind": "text", "secret": false, "required_to_activate": false, "default": "eu", "pattern": "^[a-z]{2}$", "help": "Where the toy lives, in two letters."},
		},
	}, third)
}

func TestAThirdProviderIsRoutedByWhatItCan(t *testing.T) {
	s := open(t)
	id, _ := s.create(t, "Toy", "A")
	for kind, status := range map[string]int{"text": http.StatusOK, "reaction": http.StatusOK, "flow": http.StatusUnprocessableEntity, "template": http.StatusUnprocessableEntity} {
		answer := s.do(t, http.MethodGet, "/v1/route?type="+kind, "", status)
		considered, _ := answer.at("considered").([]any)
		require.Len(t, considered, 1, kind)
		candidate, _ := considered[0].(map[string]any)
		assert.Equal(t, id, candidate["account_id"], kind)
	}
}

func TestAThirdProviderIsDefaultInItsOwnWay(t *testing.T) {
	s := open(t)
	plush, made := s.create(t, "Plush", "B")
	assert.Equal(t, false, made.at("is_default_outgoing"), "by choice")
	_, made = s.create(t, "Toy", "A")
	assert.Equal(t, true, made.at("is_default_outgoing"), "automatic")
	made = s.do(t, http.MethodPatch, "/v1/accounts/"+plush, `{"is_default_outgoing": true, "is_default_incoming": true}`, http.StatusOK)
	assert.Equal(t, []any{true, true}, []any{made.at("is_default_outgoing"), made.at("is_default_incoming")})
}
