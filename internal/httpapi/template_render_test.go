package httpapi_test

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/assert"

	v1 "github.com/ivendnext/whatsapp-accounts/api/v1"
	"github.com/ivendnext/whatsapp-accounts/internal/site"
)

func (c *caller) render(t testing.TB, id string, parameters any) *answer {
	t.Helper()
	return c.send(t, http.MethodPost, templateAt(id)+"/render", obj{"parameters": parameters})
}

func TestRenderingShowsTheTextAndWhatEachProviderWouldBeSent(t *testing.T) {
	t.Parallel()
	w := start(t)
	id, sender := w.boss.make(t, meta("A")).ID, w.boss.make(t, wasender("B")).ID
	viewer := w.caller(t, "one", site.Viewer)
	plain := w.boss.write(t, written(id, "T")).is(201).template()
	r := read[v1.RenderedTemplate](viewer.render(t, plain.ID, []string{"{{2}}", "42"}).is(200))
	assert.Equal(t, "Hi {{2}}, your order 42 is ready.", r.Text, "a value is never expanded")
	assert.JSONEq(t, `{"type":"template","template":{"name":"t","language":{"code":"en_US"},"components":[
		{"type":"body","parameters":[{"type":"text","text":"{{2}}"},{"type":"text","text":"42"}]}]}}`, string(r.Providers[0].Message))
	assert.JSONEq(t, `{"text":"Hi {{2}}, your order 42 is ready."}`, string(r.Providers[1].Message))

	lines := read[v1.RenderedTemplate](viewer.render(t, plain.ID, obj{"1": "a\nb", "2": "42"}).is(200))
	assert.False(t, lines.Providers[0].OK, "Meta refuses a line break in a value")
	assert.True(t, lines.Providers[1].OK)

	picture := w.boss.write(t, written(id, "P", obj{"body": "Look", "samples": nil, "header": obj{"format": "image"}})).is(201).template()
	refused := read[v1.RenderedTemplate](viewer.render(t, picture.ID, []string{"https://example.com/a.png"}).is(200))
	assert.Equal(t, "template_media_header", *refused.Providers[1].Capability)
	local := w.boss.write(t, written(sender, "L")).is(201).template()
	own := read[v1.RenderedTemplate](viewer.render(t, local.ID, []string{"Ann", "42"}).is(200))
	assert.Equal(t, "template_local_rendering", *own.Providers[0].Capability, "Meta sends what it approved")
	assert.True(t, own.Providers[1].OK)
}

func TestParametersAreAllThereAndNoMore(t *testing.T) {
	t.Parallel()
	w := start(t)
	id := w.boss.write(t, written(w.boss.make(t, meta("A")).ID, "T")).is(201).template().ID
	w.boss.render(t, id, []string{"Ann"}).refused(422, "required", "/parameters/1")
	w.boss.render(t, id, []string{"Ann", ""}).refused(422, "required", "/parameters/1")
	w.boss.render(t, id, []string{"Ann", "42", "x"}).refused(422, "invalid_value", "/parameters/2")
	w.boss.render(t, id, obj{"1": "Ann", "name": "x"}).refused(422, "validation_failed", "/parameters/2", "/parameters/name")
	w.boss.send(t, http.MethodPost, templateAt(id)+"/render", obj{}).refused(422, "required", "/parameters/1", "/parameters/2")
	w.boss.beyond().render(t, id, []any{"Ann", 42}).refused(400, "wrong_type", "/parameters/1")
	w.boss.beyond().render(t, id, "Ann").refused(400, "wrong_type", "/parameters")
	w.boss.beyond().render(t, id, nil).refused(422, "invalid_value", "/parameters")
	w.boss.render(t, never, obj{}).refused(404, "template_not_found")
}
