package meta_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/ivendnext/whatsapp-accounts/internal/provider"
	"github.com/ivendnext/whatsapp-accounts/internal/provider/endpoint"
	"github.com/ivendnext/whatsapp-accounts/internal/provider/guard"
	"github.com/ivendnext/whatsapp-accounts/internal/provider/meta"
	"github.com/ivendnext/whatsapp-accounts/internal/provider/providertest"
)

// settings are those of the account that the tests call with.
func settings(base string) map[string]string {
	return map[string]string{"url": base, "version": "v25.0", "phone_id": "305", "app_id": "102", "business_id": "204"}
}

// graph is Meta's Graph API by "METHOD path" below the version: an answer for each, the answer with its status if that is not 200.
type graph map[string]string

// happy answers everything as for an account that has nothing wrong.
func happy() graph {
	return graph{
		"POST /305/messages": `{"success":true,"messages":[{"id":"` + wamid + `"}]}`, // to receipts and to messages
		"GET /debug_token": `{"data":{"app_id":"102","type":"SYSTEM_USER","is_valid":true,"expires_at":0,
			"scopes":["whatsapp_business_management","whatsapp_business_messaging"]}}`,
		"GET /204":                 `{"id":"204","name":"Lucky Shrub","account_review_status":"APPROVED"}`,
		"GET /204/phone_numbers":   `{"data":[{"id":"304"},{"id":"305","display_phone_number":"+1 555-010-0200","verified_name":"Lucky Shrub","quality_rating":"GREEN","status":"CONNECTED"}]}`,
		"GET /204/subscribed_apps": `{"data":[{"whatsapp_business_api_data":{"id":"102","name":"Shop","link":"https://example.com"}}]}`,
	}
}

// but changes answers; those for the app alone have "as app " before them.
func (g graph) but(changes ...string) graph {
	for change := range slices.Chunk(changes, 2) {
		g[change[0]] = change[1]
	}
	return g
}

func (g graph) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	name := r.Method + " " + strings.TrimPrefix(r.URL.Path, "/v25.0")
	body, found := g["as app "+name]
	if !found || !strings.Contains(r.Header.Get("Authorization"), "102|") {
		body = g[name]
	}
	if status, rest, has := strings.Cut(body, " "); has && len(status) == 3 {
		statuses := map[string]int{"400": 400, "401": 401, "403": 403, "429": 429, "500": 500}
		w.WriteHeader(statuses[status])
		body = rest
	}
	_, _ = w.Write([]byte(body))
}

func TestMetaKeepsThePromisesAboutCalls(t *testing.T) {
	providertest.ConformCalls(t, providertest.Calls{
		Open: func(p endpoint.Policy, client *guard.Client) provider.Provider {
			return meta.New(meta.Options{Endpoints: p}, client)
		},
		At: settings, Message: meta.ReferenceTo(wamid), Content: happy().ServeHTTP, CarriesRef: true,
	})
}
