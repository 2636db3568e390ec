package httpapi_test

import (
	"testing"

	"github.com/stretchr/testify/assert"

	v1 "github.com/ivendnext/whatsapp-accounts/api/v1"
)

// considered are the outcomes of the accounts that were looked at, in their order.
func considered(all []v1.Candidate) (outcomes []string) {
	for _, c := range all {
		name := ""
		if c.AccountName != nil {
			name = *c.AccountName
		}
		outcomes = append(outcomes, name+" "+c.Outcome)
	}
	return outcomes
}

func TestATemplateIsSentWithItsAccountWithThoseThatShareItAndElsewhereOnlyWhereItFits(t *testing.T) {
	t.Parallel()
	w := start(t)
	home := func(id string) obj { return obj{"meta_settings": obj{"business_id": id}} }
	a := w.boss.make(t, meta("A", home("77"))).ID
	sister, other := w.boss.make(t, meta("Sister", home("77"))).ID, w.boss.make(t, meta("Other", home("78"))).ID
	sender := w.boss.make(t, wasender("Sender")).ID // and default outgoing by that
	second := w.boss.make(t, wasender("Second")).ID
	w.boss.put(t, "/v1/defaults/outgoing", obj{"account_id": other}).is(200)
	plain := w.boss.write(t, written(a, "T")).is(201).template().ID
	button := w.boss.write(t, written(a, "B", obj{"buttons": []obj{{"type": "quick_reply", "text": "Yes"}}})).is(201).template().ID
	local := w.boss.write(t, written(sender, "L")).is(201).template().ID
	route := func(template, account string) *answer {
		query := "/v1/route?template_id=" + template
		if account != "" {
			query += "&account_id=" + account
		}
		return w.boss.get(t, query)
	}

	assert.Contains(t, route(plain, "").refused(422, "template_unavailable").Detail, "DRAFT")
	w.approve(t, plain)
	w.approve(t, button)
	own := read[v1.Route](route(plain, "").is(200))
	assert.Equal(t, []string{"template", "A"}, []string{own.Reason, own.Account.AccountName})
	assert.Equal(t, []string{"A chosen", "Other passed_over"}, considered(own.Considered))
	shared := read[v1.Route](route(plain, sister).is(200))
	assert.Equal(t, "account", shared.Reason)
	assert.Equal(t, []string{"Sister chosen", "A passed_over", "Other passed_over"}, considered(shared.Considered))

	p := route(plain, other).refused(422, "template_unavailable")
	assert.Equal(t, []string{"Other refused", "A passed_over"}, considered(p.Considered))
	twin := w.boss.write(t, written(other, "T")).is(201).template().ID
	assert.Contains(t, route(plain, other).refused(422, "template_unavailable").Detail, "DRAFT", "there is one, and it is not approved")
	w.approve(t, twin)
	route(plain, other).is(200)

	route(plain, sender).is(200)
	assert.Contains(t, route(button, sender).refused(422, "capability_unsupported").Detail, "interactive_buttons")
	route(local, "").is(200)
	route(local, second).is(200)
	route(local, a).refused(422, "template_unavailable")

	assert.Equal(t, "template", route(never, "").refused(422, "template_unavailable").Reason)
	route(never, a).refused(422, "template_unavailable")
	route("x", "").refused(422, "template_unavailable")
	route(plain, never).refused(404, "account_not_found")
	route("", "").refused(422, "invalid_value", "template_id")
	w.boss.patch(t, at(a), inactive()).is(200)
	off := route(plain, "").refused(409, "account_inactive")
	assert.Equal(t, []string{"A refused", "Other passed_over"}, considered(off.Considered), "the sender never changes silently")
	route(plain, sister).is(200)
}
