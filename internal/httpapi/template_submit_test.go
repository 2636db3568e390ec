package httpapi_test

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/ivendnext/whatsapp-accounts/pkg/whatsapptest"
)

func (c *caller) submit(t testing.TB, id string) *answer {
	t.Helper()
	return c.send(t, http.MethodPost, templateAt(id)+"/submit", nil)
}

// useful is what makes a template one that can be submitted.
func useful() obj { return obj{"category": "UTILITY"} }

func TestATemplateIsSubmittedOnceAndAgainWhenItIsEdited(t *testing.T) {
	t.Parallel()
	w, double, a := atDouble(t)
	id := w.boss.write(t, written(a.ID, "Order", useful())).is(201).template().ID
	first := w.boss.submit(t, id).is(200).template()
	assert.Equal(t, "PENDING", first.Status)
	assert.False(t, first.Unsubmitted)
	require.NotNil(t, first.ProviderID)
	require.NotNil(t, first.SubmittedAt)
	assert.Equal(t, first, w.boss.submit(t, id).is(200).template(), "what Meta has is not submitted again")
	assert.Len(t, double.Requests(whatsapptest.CreateTemplate), 1)
	w.boss.patch(t, templateAt(id), obj{"body": "Hello {{1}}, {{2}} is here."}).refused(409, "template_locked")

	_, err := double.Review(*first.ProviderID, "APPROVED", "")
	require.NoError(t, err)
	w.approve(t, id)
	edited := w.boss.patch(t, templateAt(id), obj{"body": "Hello {{1}}, {{2}} is here."}).is(200).template()
	assert.True(t, edited.Unsubmitted)
	w.boss.patch(t, templateAt(id), obj{"category": "MARKETING", "name": "x", "language": "ar"}).refused(422, "read_only_field", "/name", "/language", "/category")
	again := w.boss.submit(t, id).is(200).template()
	assert.Equal(t, []any{"PENDING", false}, []any{again.Status, again.Unsubmitted})
	assert.Len(t, double.Requests(whatsapptest.EditTemplate), 1)
	w.boss.delete(t, templateAt(id)).is(204)
	assert.Len(t, double.Requests(whatsapptest.DeleteTemplate), 1)
}

func TestWhatMetaWantsIsAskedForBeforeAnythingLeaves(t *testing.T) {
	t.Parallel()
	w, double, a := atDouble(t)
	id := w.boss.write(t, written(a.ID, "Order", obj{"samples": nil})).is(201).template().ID
	w.boss.submit(t, id).refused(422, "required", "/samples/1", "/samples/2", "/category")
	w.boss.patch(t, templateAt(id), obj{"samples": obj{"1": "Ann", "2": "42"}, "category": "UTILITY"}).is(200)
	w.boss.patch(t, at(a.ID), inactive()).is(200)
	w.boss.submit(t, id).refused(409, "account_inactive")
	w.boss.patch(t, at(a.ID), active()).is(200)
	w.boss.patch(t, at(a.ID), obj{"meta_settings": obj{"business_id": "999"}}).is(200)
	w.boss.submit(t, id).refused(422, "template_unavailable")
	assert.Empty(t, double.Requests(whatsapptest.CreateTemplate))
	sender := w.boss.make(t, wasender("B")).ID
	local := w.boss.write(t, written(sender, "Order")).is(201).template().ID
	assert.Contains(t, w.boss.submit(t, local).refused(422, "capability_unsupported").Detail, "template_approval")
	w.boss.submit(t, never).refused(404, "template_not_found")
}

func TestASubmissionOfWhichNobodyKnowsIsRepeatedWithoutHarm(t *testing.T) {
	t.Parallel()
	w, double, a := atDouble(t)
	id := w.boss.write(t, written(a.ID, "Order", useful())).is(201).template().ID
	for _, fault := range []whatsapptest.Fault{whatsapptest.MetaError(10), whatsapptest.HTML(http.StatusBadGateway)} {
		double.FailNext(1, fault, whatsapptest.CreateTemplate)
		assert.Equal(t, 502, w.boss.submit(t, id).status)
		assert.Equal(t, "DRAFT", w.boss.get(t, templateAt(id)).template().Status)
	}
	twin := w.boss.write(t, written(a.ID, "Twin", useful())).is(201).template().ID
	known := w.boss.submit(t, twin).is(200).template()
	w.forget(t, twin)
	again := w.boss.submit(t, twin).is(200).template()
	assert.Equal(t, known.ProviderID, again.ProviderID, "Meta had it, so it is that one")
}

func TestATemplateThatMetaKeepsIsKeptHereUnlessItIsOnlyForgotten(t *testing.T) {
	t.Parallel()
	w, double, a := atDouble(t)
	id := w.boss.write(t, written(a.ID, "Order", useful())).is(201).template().ID
	w.boss.submit(t, id).is(200)
	double.FailNext(1, whatsapptest.MetaError(10), whatsapptest.DeleteTemplate)
	w.boss.delete(t, templateAt(id)).refused(502, "provider_refused")
	w.boss.delete(t, templateAt(id), "If-Match", `"x"`).refused(412, "stale_representation")
	w.boss.patch(t, at(a.ID), inactive()).is(200)
	w.boss.delete(t, templateAt(id)).refused(409, "account_inactive")
	w.boss.get(t, templateAt(id)).is(200)
	w.boss.delete(t, templateAt(id)+"?only_here=yes").refused(422, "invalid_value", "only_here")
	asked := len(double.Requests(whatsapptest.DeleteTemplate))
	w.boss.delete(t, templateAt(id)+"?only_here=true").is(204)
	assert.Len(t, double.Requests(whatsapptest.DeleteTemplate), asked)
}

func TestASyncIsAskedForActiveAccountsWhoseProviderHasTemplates(t *testing.T) {
	t.Parallel()
	w := start(t)
	a, sender := w.boss.make(t, meta("A")).ID, w.boss.make(t, wasender("B")).ID
	ask := func(id string) *answer { return w.boss.send(t, http.MethodPost, at(id)+"/sync-templates", nil) }
	assert.JSONEq(t, `{"account_id":"`+a+`","status":"queued"}`, string(ask(a).is(202).body))
	ask(sender).refused(422, "capability_unsupported")
	ask(never).refused(404, "account_not_found")
	w.boss.patch(t, at(a), inactive()).is(200)
	ask(a).refused(409, "account_inactive")
	depth, err := w.DB.Jobs().Depth(t.Context(), "template-syncs")
	require.NoError(t, err)
	assert.Equal(t, 1, depth.Ready)
}
