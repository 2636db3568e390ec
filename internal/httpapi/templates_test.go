package httpapi_test

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	v1 "github.com/ivendnext/whatsapp-accounts/api/v1"
	"github.com/ivendnext/whatsapp-accounts/internal/site"
)

// written is a template of an account, changed as more says.
func written(accountID, label string, more ...obj) obj {
	return merged(obj{
		"account_id": accountID, "label": label, "language": "en_US", "body": "Hi {{1}}, your order {{2}} is ready.", "samples": obj{"1": "Ann", "2": "42"},
	}, more...)
}

const templatesPath = "/v1/templates"

func templateAt(id string) string { return templatesPath + "/" + id }

func (a *answer) template() v1.Template {
	a.t.Helper()
	return read[v1.Template](a)
}

// write makes a template.
func (c *caller) write(t testing.TB, body any, headers ...string) *answer {
	t.Helper()
	return c.send(t, http.MethodPost, templatesPath, body, headers...)
}

func TestATemplateIsCreatedReadChangedAndDeleted(t *testing.T) {
	t.Parallel()
	for database, start := range databases() {
		t.Run(database, func(t *testing.T) {
			t.Parallel()
			w := start(t)
			id := w.boss.make(t, meta("A")).ID
			first := w.boss.write(t, written(id, "Order ready", obj{"category": "UTILITY", "footer": "Brand A"}), keyed("k")...).is(201)
			made := first.template()
			assert.Equal(t, templateAt(made.ID), first.header.Get("Location"))
			assert.Equal(t, []string{"order_ready", "Meta", "English (US)", "en_US", "DRAFT", "positional"},
				[]string{made.Name, made.AccountType, made.Language, made.LanguageCode, made.Status, made.ParameterFormat})
			assert.True(t, made.Unsubmitted)
			assert.False(t, made.Sendable)
			assert.Equal(t, []v1.TemplatePlace{{Key: "1", Kind: "body", Pointer: "/body"}, {Key: "2", Kind: "body", Pointer: "/body"}}, made.Placeholders)
			again := w.boss.write(t, written(id, "Order ready", obj{"category": "UTILITY", "footer": "Brand A"}), keyed("k")...).is(201)
			assert.True(t, again.replayed())
			assert.Equal(t, string(first.body), string(again.body))

			got := w.boss.get(t, templateAt(made.ID)).is(200)
			assert.Equal(t, first.etag(), got.etag())
			w.boss.get(t, templateAt(made.ID), "If-None-Match", got.etag()).is(304)
			changed := w.boss.patch(t, templateAt(made.ID), obj{"footer": nil, "samples": obj{"2": "43"}, "header": obj{"format": "text", "text": "Order"}}, "If-Match", got.etag()).is(200).template()
			assert.Nil(t, changed.Footer)
			assert.Equal(t, map[string]string{"1": "Ann", "2": "43"}, changed.Samples, "an object is merged")
			assert.Equal(t, "Order", *changed.Header.Text)
			w.boss.patch(t, templateAt(made.ID), obj{"label": "X"}, "If-Match", got.etag()).refused(412, "stale_representation")
			w.boss.delete(t, templateAt(made.ID), "If-Match", got.etag()).refused(412, "stale_representation")
			w.boss.delete(t, templateAt(made.ID)).is(204)
			w.boss.get(t, templateAt(made.ID)).refused(404, "template_not_found")
			w.boss.delete(t, templateAt(made.ID)).refused(404, "template_not_found")
		})
	}
}

func TestWhatIsWrongWithATemplateIsToldAtOnceAndAtItsPlace(t *testing.T) {
	t.Parallel()
	w := start(t)
	id, sender := w.boss.make(t, meta("A")).ID, w.boss.make(t, wasender("B")).ID
	for name, c := range map[string]struct {
		body     any
		status   int
		code     string
		pointers []string
	}{
		"nothing":                 {obj{}, 422, "required", []string{"/account_id", "/label", "/language", "/body"}},
		"an unknown account":      {written(never, "T"), 404, "account_not_found", []string{"/account_id"}},
		"an account that is none": {written("x", "T"), 404, "account_not_found", []string{"/account_id"}},
		"several faults": {
			written(id, "  ", obj{"language": "Klingon", "body": "{{1}}", "category": "NEWS", "footer": "{{1}}", "buttons": []obj{{"type": "otp"}}}), 422, "invalid_value",
			[]string{"/label", "/language", "/category", "/body", "/footer", "/buttons/0/type"},
		},
		"a null that clears nothing": {`{"account_id":"` + id + `","label":"T","language":"en","body":null}`, 422, "null_not_allowed", []string{"/body"}},
		"a member of answers":        {written(id, "T", obj{"status": "APPROVED"}), 400, "read_only_member", []string{"/status"}},
		"an unknown member":          {written(id, "T", obj{"header": obj{"kind": "text"}}), 400, "unknown_member", []string{"/header/kind"}},
		"another type":               {written(id, "T", obj{"buttons": obj{}}), 400, "wrong_type", []string{"/buttons"}},
		"a label without a name":     {written(id, "طلب"), 422, "invalid_value", []string{"/label"}},
		"a category of WASender":     {written(sender, "T", obj{"category": "UTILITY"}), 422, "field_not_applicable", []string{"/category"}},
		"what WASender cannot carry": {
			written(sender, "T", obj{"header": obj{"format": "image"}, "buttons": []obj{{"type": "quick_reply", "text": "Yes"}}}), 422, "capability_unsupported",
			[]string{"/header/format", "/buttons/0"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			w.boss.beyond().write(t, c.body).refused(c.status, c.code, c.pointers...)
		})
	}
	assert.Contains(t, w.boss.write(t, written(sender, "T", obj{"buttons": []obj{{"type": "flow", "text": "Book", "flow_id": "1"}}})).problem().Detail, "flows")
	w.boss.write(t, written(id, "طلب", obj{"name": "order", "language": "ar"})).is(201)
}

func TestTemplatesAreListedByAccountStatusAndName(t *testing.T) {
	t.Parallel()
	w := start(t)
	id, sister, sender := w.boss.make(t, meta("A")).ID, w.boss.make(t, meta("A2")).ID, w.boss.make(t, wasender("B")).ID
	ready := w.boss.write(t, written(id, "Order ready")).is(201).template()
	sale := w.boss.write(t, written(sender, "Sale")).is(201).template()
	list := func(query string) v1.TemplateList {
		return read[v1.TemplateList](w.boss.get(t, templatesPath+query).is(200))
	}
	for query, want := range map[string][]v1.Template{
		"": {sale, ready}, "?account_id=" + id: {ready}, "?account_id=" + sister: {ready}, "?account_id=" + sender: {sale}, "?status=LOCAL": {sale}, "?q=Order+r": {ready}, "?q=ready": {},
		"?account_id=" + never: {}, "?status=APPROVED": {},
	} {
		assert.Equal(t, want, list(query).Data, query)
	}
	first := list("?limit=1")
	assert.Equal(t, []v1.Template{ready}, list("?limit=1&cursor="+*first.NextCursor).Data)
	w.boss.get(t, templatesPath+"?account_id=&q=%21&status=&limit=0&cursor=x").refused(422, "validation_failed", "status", "limit", "cursor", "account_id", "q")
	w.boss.write(t, written(sister, "order ready")).refused(409, "template_exists", "/label")
}

func TestReadersReadTemplatesAndManagersWriteThemAndSitesDoNotMeet(t *testing.T) {
	t.Parallel()
	w := start(t)
	id := w.boss.make(t, meta("A")).ID
	made := w.boss.write(t, written(id, "T")).is(201).template()
	reader, stranger := w.caller(t, "one", site.Viewer), w.caller(t, "two", site.SystemManager)
	reader.get(t, templateAt(made.ID)).is(200)
	reader.write(t, written(id, "U")).refused(403, "forbidden")
	reader.patch(t, templateAt(made.ID), obj{"label": "U"}).refused(403, "forbidden")
	stranger.get(t, templateAt(made.ID)).refused(404, "template_not_found")
	stranger.patch(t, templateAt(made.ID), obj{"label": "U"}, "If-Match", "x").refused(404, "template_not_found")
	stranger.delete(t, templateAt(made.ID)).refused(404, "template_not_found")
	stranger.write(t, written(id, "U")).refused(404, "account_not_found", "/account_id")
	require.Empty(t, read[v1.TemplateList](stranger.get(t, templatesPath)).Data)
}

func TestAPatchOfATemplateIsAMergePatch(t *testing.T) {
	t.Parallel()
	w := start(t)
	id := w.boss.make(t, meta("A")).ID
	at := templateAt(w.boss.write(t, written(id, "T", obj{"buttons": []obj{{"type": "quick_reply", "text": "Yes"}}})).is(201).template().ID)
	same := w.boss.get(t, at)
	for _, patch := range []obj{{}, {"label": "T"}, {"account_id": id}, {"buttons": []obj{{"type": "quick_reply", "text": "Yes"}}}} {
		assert.Equal(t, same.etag(), w.boss.patch(t, at, patch).is(200).etag(), "%v", patch)
	}
	assert.Empty(t, w.boss.patch(t, at, obj{"buttons": nil}).is(200).template().Buttons)
	w.boss.patch(t, at, obj{"account_id": never}).refused(422, "read_only_field", "/account_id")
	w.boss.beyond().patch(t, at, obj{"body": nil, "label": nil}).refused(422, "null_not_allowed", "/body", "/label")
	assert.Equal(t, map[string]string{"2": "42"}, w.boss.beyond().patch(t, at, obj{"samples": obj{"1": nil}}).is(200).template().Samples)
	assert.Empty(t, w.boss.patch(t, at, obj{"samples": nil}).is(200).template().Samples)
	renamed := w.boss.patch(t, at, obj{"name": "another"}).is(200).template()
	assert.Equal(t, "another", w.boss.patch(t, at, obj{"label": "U"}).is(200).template().Name, "a name that was given stays: "+renamed.Name)
	assert.Equal(t, "u", w.boss.patch(t, at, obj{"name": nil}).is(200).template().Name)
}

func TestAnAccountWithTemplatesIsNotDeletedAndTheyAreListed(t *testing.T) {
	t.Parallel()
	w := start(t)
	id := w.boss.make(t, meta("A")).ID
	made := w.boss.write(t, written(id, "Order ready")).is(201).template()
	p := w.boss.delete(t, at(id)).refused(409, "account_has_templates")
	assert.Equal(t, []v1.LinkedTemplate{{ID: made.ID, Label: "Order ready", Name: "order_ready", LanguageCode: "en_US"}}, p.Templates)
	w.boss.delete(t, templateAt(made.ID)).is(204)
	w.boss.delete(t, at(id)).is(204)
}
