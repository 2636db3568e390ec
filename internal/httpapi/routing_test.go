package httpapi_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	v1 "github.com/ivendnext/whatsapp-accounts/api/v1"
)

// short is what was considered, as "name outcome"; "?" is an account that is none.
func short(considered []v1.Candidate) []string {
	out := []string{}
	for _, c := range considered {
		name := "?"
		if c.AccountName != nil {
			name = *c.AccountName
		}
		out = append(out, name+" "+c.Outcome)
	}
	return out
}

func TestRouteSaysWhichAccountAndWhy(t *testing.T) {
	t.Parallel()
	for database, start := range databases() {
		t.Run(database, func(t *testing.T) {
			t.Parallel()
			w := start(t)
			a := w.boss.make(t, meta("A", incoming)).ID
			b := w.boss.make(t, wasender("B")).ID
			for name, c := range map[string]struct {
				query, account, reason string
				considered             []string
			}{
				"nothing asked":                {"", "B", "default", []string{"B chosen"}},
				"outgoing":                     {"direction=outgoing", "B", "default", []string{"B chosen"}},
				"incoming":                     {"direction=incoming", "A", "default", []string{"A chosen"}},
				"a kind the default can":       {"type=text", "B", "default", []string{"B chosen"}},
				"an account":                   {"account_id=" + a, "A", "account", []string{"A chosen", "B passed_over"}},
				"an account, incoming":         {"direction=incoming&account_id=" + b, "B", "account", []string{"B chosen", "A passed_over"}},
				"the default itself":           {"account_id=" + b, "B", "account", []string{"B chosen"}},
				"an account that can":          {"type=flow&account_id=" + a, "A", "account", []string{"A chosen", "B passed_over"}},
				"a template, rendered locally": {"type=template", "B", "default", []string{"B chosen"}},
			} {
				t.Run(name, func(t *testing.T) {
					route := read[v1.Route](w.boss.get(t, "/v1/route?"+c.query).is(200))
					assert.Equal(t, c.account, route.Account.AccountName)
					assert.Equal(t, c.reason, route.Reason)
					assert.Equal(t, c.considered, short(route.Considered))
					for _, candidate := range route.Considered {
						assert.Regexp(t, `\.$`, candidate.Detail)
					}
				})
			}
		})
	}
}

func TestARefusalOfRoutingTellsWhatWasConsidered(t *testing.T) {
	t.Parallel()
	for database, start := range databases() {
		t.Run(database, func(t *testing.T) {
			t.Parallel()
			w := start(t)
			idle := w.boss.make(t, meta("Idle", inactive())).ID
			sender := w.boss.make(t, wasender("Sender")).ID
			for name, c := range map[string]struct {
				query      string
				status     int
				code       string
				considered []string
			}{
				"nobody is default incoming":          {"direction=incoming", 404, "no_default_account", []string{}},
				"an account that is Inactive":         {"account_id=" + idle, 409, "account_inactive", []string{"Idle refused", "Sender passed_over"}},
				"an account that never was":           {"account_id=" + never, 404, "account_not_found", []string{"? refused", "Sender passed_over"}},
				"a malformed id":                      {"account_id=x", 404, "account_not_found", []string{"? refused", "Sender passed_over"}},
				"an id that is no text":               {"account_id=%ff", 404, "account_not_found", []string{"? refused", "Sender passed_over"}},
				"never was, and nobody is default":    {"direction=incoming&account_id=" + never, 404, "account_not_found", []string{"? refused"}},
				"the default cannot":                  {"type=flow", 422, "capability_unsupported", []string{"Sender refused"}},
				"the named account cannot":            {"type=buttons&account_id=" + sender, 422, "capability_unsupported", []string{"Sender refused"}},
				"Inactive counts before what it can":  {"type=flow&account_id=" + idle, 409, "account_inactive", []string{"Idle refused", "Sender passed_over"}},
				"the refused one comes before others": {"direction=incoming&type=list&account_id=" + sender, 422, "capability_unsupported", []string{"Sender refused"}},
			} {
				t.Run(name, func(t *testing.T) {
					a := w.boss.get(t, "/v1/route?"+c.query)
					p := a.refused(c.status, c.code)
					assert.Equal(t, c.considered, short(p.Considered))
					assert.Equal(t, strings.Contains(c.query, "account_id"), p.Reason == "account", p.Reason)
					assert.Contains(t, []string{"account", "default"}, p.Reason)
					assert.Contains(t, string(a.body), `"considered":[`)
				})
			}
		})
	}
}

func TestARefusalOfTheQuestionTellsThatNothingWasConsidered(t *testing.T) {
	t.Parallel()
	w := start(t)
	w.boss.make(t, meta("A", outgoing))
	for query, c := range map[string]struct{ reason, pointer string }{
		"type=fax": {"default", "type"}, "direction=sideways": {"default", "direction"}, "account_id=": {"default", "account_id"}, "type=&account_id=" + never: {"account", "type"},
	} {
		a := w.boss.get(t, "/v1/route?"+query)
		p := a.refused(422, "invalid_value", c.pointer)
		assert.Equal(t, c.reason, p.Reason, query)
		assert.Contains(t, string(a.body), `"considered":[]`, query)
	}
	assert.NotContains(t, string(w.boss.get(t, at(never)).body), `"reason"`)
}

func TestAnInactiveDefaultIsPassedOverAndNamed(t *testing.T) {
	t.Parallel()
	w := start(t)
	id := w.boss.make(t, meta("Head office", outgoing)).ID
	w.boss.patch(t, at(id), inactive()).is(200)
	p := w.boss.get(t, "/v1/route").refused(404, "no_default_account")
	assert.Equal(t, []string{"Head office passed_over"}, short(p.Considered))
	assert.Contains(t, p.Detail, "Head office")
	assert.Equal(t, id, p.Considered[0].AccountID)
	named := w.boss.make(t, meta("Branch")).ID
	route := read[v1.Route](w.boss.get(t, "/v1/route?account_id="+named).is(200))
	assert.Equal(t, []string{"Branch chosen", "Head office passed_over"}, short(route.Considered))
}

func TestEachKindIsRoutedByWhatTheProviderCan(t *testing.T) {
	t.Parallel()
	w := start(t)
	m, s := w.boss.make(t, meta("M")).ID, w.boss.make(t, wasender("S")).ID
	for kind, local := range map[string]bool{
		"text": true, "media": true, "location": true, "contacts": true, "template": true, "buttons": false, "list": false, "flow": false, "reaction": false,
	} {
		w.boss.get(t, "/v1/route?type="+kind+"&account_id="+m).is(200)
		if a := w.boss.get(t, "/v1/route?type="+kind+"&account_id="+s); local {
			a.is(200)
		} else {
			p := a.refused(422, "capability_unsupported")
			require.Len(t, p.Considered, 1)
			assert.Contains(t, p.Detail, "WASender", kind)
		}
	}
}

func TestRouteShowsTheAccountAsItIsReadElsewhere(t *testing.T) {
	t.Parallel()
	w := start(t)
	id := w.boss.make(t, meta("A", outgoing)).ID
	assert.Equal(t, w.boss.account(t, id), read[v1.Route](w.boss.get(t, "/v1/route").is(200)).Account)
}

func TestEveryRoleMayAskForARoute(t *testing.T) {
	t.Parallel()
	w := start(t)
	w.boss.make(t, meta("A", outgoing))
	w.caller(t, "one", "service").get(t, "/v1/route").is(200)
	w.caller(t, "one", "viewer").get(t, "/v1/route").is(200)
}

func TestAskingForARouteChangesNothing(t *testing.T) {
	t.Parallel()
	w := start(t)
	id := w.boss.make(t, meta("A", outgoing)).ID
	w.boss.unchanged(t, func() {
		w.boss.get(t, "/v1/route?account_id="+id).is(200)
		w.boss.get(t, "/v1/route?account_id="+never).refused(404, "account_not_found")
	})
}
