package httpapi_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	v1 "github.com/ivendnext/whatsapp-accounts/api/v1"
	"github.com/ivendnext/whatsapp-accounts/internal/httpapi"
)

func TestAnUnknownParameterIs400OnEveryRoute(t *testing.T) {
	t.Parallel()
	w := start(t)
	for _, r := range httpapi.Routes() {
		if r.Query == nil { // the provider's own
			continue
		}
		for query, spot := range map[string]string{
			"?colour=1": "colour", "?limit=1&Limit=1": "Limit", "?%00=1": "\x00", "?%ff=1": "\ufffd", "?=1": "", "?utm_source": "utm_source",
			"?token=" + mark: "token", "?site=two": "site", "?limit[]=1": "limit[]",
		} {
			if strings.HasPrefix(query, "?limit=") && !slices.Contains(r.Query, "limit") {
				continue
			}
			a := w.boss.send(t, r.Method, pathOf(r.Path, never)+query, "{}")
			if spot == "" {
				a.refused(400, "unknown_parameter")
			} else {
				a.refused(400, "unknown_parameter", spot)
			}
		}
	}
}

func TestARepeatedParameterIs400(t *testing.T) {
	t.Parallel()
	w := start(t)
	for _, r := range httpapi.Routes() {
		for _, name := range r.Query {
			w.boss.send(t, r.Method, pathOf(r.Path, never)+"?"+name+"=1&"+name+"=1", nil).refused(400, "duplicate_parameter", name)
		}
	}
}

func TestAQueryThatCannotBeReadIs400(t *testing.T) {
	t.Parallel()
	w := start(t)
	for _, query := range []string{"?limit=%", "?limit=%zz", "?q=%4", "?limit=1;cursor=2", "?%=1"} {
		for _, path := range []string{"/v1/accounts", "/v1/route", "/v1/me", "/healthz", at(never) + "/history"} {
			w.boss.get(t, path+query).refused(400, "invalid_query")
		}
	}
}

func TestValuesOfParametersAreJudged(t *testing.T) {
	t.Parallel()
	w := start(t)
	id := w.boss.make(t, meta("A")).ID
	accounts, history := "/v1/accounts", at(id)+"/history"
	for name, c := range map[string]struct{ path, pointer string }{
		"limit 0":                       {accounts + "?limit=0", "limit"},
		"limit 201":                     {accounts + "?limit=201", "limit"},
		"a negative limit":              {accounts + "?limit=-1", "limit"},
		"an empty limit":                {accounts + "?limit=", "limit"},
		"a limit without value":         {accounts + "?limit", "limit"},
		"a word as limit":               {accounts + "?limit=ten", "limit"},
		"a fraction as limit":           {accounts + "?limit=1.5", "limit"},
		"a limit with a sign":           {accounts + "?limit=%2B5", "limit"},
		"a limit with a space":          {accounts + "?limit=+5", "limit"},
		"a limit with a zero before":    {accounts + "?limit=05", "limit"},
		"a limit beyond any number":     {accounts + "?limit=99999999999999999999", "limit"},
		"a limit in other digits":       {accounts + "?limit=%D9%A5", "limit"},
		"limit 0 of history":            {history + "?limit=0", "limit"},
		"limit 201 of history":          {history + "?limit=201", "limit"},
		"a status that is none":         {accounts + "?status=active", "status"},
		"an empty status":               {accounts + "?status=", "status"},
		"a type that is none":           {accounts + "?account_type=meta", "account_type"},
		"an empty type":                 {accounts + "?account_type=", "account_type"},
		"an empty name":                 {accounts + "?account_name=", "account_name"},
		"a name of spaces":              {accounts + "?account_name=%20", "account_name"},
		"a name of 141 characters":      {accounts + "?account_name=" + strings.Repeat("a", 141), "account_name"},
		"a NUL in a name":               {accounts + "?account_name=a%00", "account_name"},
		"a name that is no text":        {accounts + "?account_name=%ff", "account_name"},
		"half a character":              {accounts + "?account_name=%c3", "account_name"},
		"an empty search":               {accounts + "?q=", "q"},
		"a NUL in a search":             {accounts + "?q=%00", "q"},
		"a search that is no text":      {accounts + "?q=%fe%ff", "q"},
		"a line feed in a search":       {accounts + "?q=a%0Ab", "q"},
		"a search of 141 characters":    {accounts + "?q=" + strings.Repeat("%C3%A9", 141), "q"},
		"an empty account id":           {"/v1/route?account_id=", "account_id"},
		"a kind that is none":           {"/v1/route?type=sms", "type"},
		"a kind in capitals":            {"/v1/route?type=TEXT", "type"},
		"an empty kind":                 {"/v1/route?type=", "type"},
		"a direction that is none":      {"/v1/route?direction=sideways", "direction"},
		"an empty direction":            {"/v1/route?direction=", "direction"},
		"a direction that is no text":   {"/v1/route?direction=%ff", "direction"},
		"a capability in place of kind": {"/v1/route?type=interactive_buttons", "type"},
	} {
		t.Run(name, func(t *testing.T) { w.boss.get(t, c.path).refused(422, "invalid_value", c.pointer) })
	}
}

func TestEverythingWrongWithAQueryIsToldAtOnce(t *testing.T) {
	t.Parallel()
	w := start(t)
	w.boss.get(t, "/v1/accounts?limit=x&status=x&account_type=x&cursor=x&q=%00&account_name=").
		refused(422, "validation_failed", "status", "account_type", "account_name", "q", "limit", "cursor")
	w.boss.get(t, "/v1/route?account_id=&type=x&direction=x").refused(422, "invalid_value", "type", "direction", "account_id")
}

func TestParametersArePercentEncodedText(t *testing.T) {
	t.Parallel()
	w := start(t)
	made := w.boss.make(t, draft(`50% off & more + "ü"`))
	page := read[v1.AccountList](w.boss.get(t, "/v1/accounts?account_name=50%25+off%20%26+more%20%2B%20%22%C3%BC%22").is(200))
	assert.Equal(t, []v1.Account{made}, page.Data)
}
