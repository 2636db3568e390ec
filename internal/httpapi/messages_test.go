package httpapi_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	v1 "github.com/ivendnext/whatsapp-accounts/api/v1"
	"github.com/ivendnext/whatsapp-accounts/internal/site"
)

const messagesPath = "/v1/messages"

// note is a text to somebody, changed as more says.
func note(more ...obj) obj {
	return merged(obj{"to": "+971501234567", "type": "text", "text": obj{"body": "Hi"}}, more...)
}

// post asks for a message to be sent.
func (c *caller) post(t testing.TB, body any, headers ...string) *answer {
	t.Helper()
	return c.send(t, http.MethodPost, messagesPath, body, headers...)
}

func (a *answer) message() v1.Message {
	a.t.Helper()
	return read[v1.Message](a)
}

func TestAMessageIsAcceptedReadListedAndTakenBack(t *testing.T) {
	t.Parallel()
	for database, start := range databases() {
		t.Run(database, func(t *testing.T) {
			t.Parallel()
			w := start(t)
			id := w.boss.make(t, meta("A", obj{"is_default_outgoing": true})).ID
			service := w.caller(t, "one", site.Service)
			later := time.Now().Add(time.Hour).UTC().Truncate(time.Second)
			body := note(obj{"reference": "order-42", "send_after": later.Format(time.RFC3339), "context": obj{"message_id": "wamid.x"}, "to": "00971 50 1234567", "if_unknown": "resend"})
			first := service.post(t, body, keyed("k")...).is(202)
			sent := first.message()
			assert.Equal(t, messagesPath+"/"+sent.ID, first.header.Get("Location"))
			assert.Equal(t, []string{"queued", id, "default", "+971501234567", "individual", "text", "resend"},
				[]string{sent.Status, sent.AccountID, sent.Reason, sent.To, sent.RecipientType, sent.Type, sent.IfUnknown})
			assert.Equal(t, []string{"A chosen"}, considered(sent.Considered))
			assert.Equal(t, later, sent.SendAfter.UTC())
			assert.Equal(t, later.Add(24*time.Hour), sent.DiscardAfter.UTC())
			assert.JSONEq(t, `{"body":"Hi"}`, string(sent.Content))
			again := service.post(t, body, keyed("k")...).is(202)
			assert.True(t, again.replayed())
			assert.Equal(t, sent.ID, again.message().ID)

			got := w.caller(t, "one", site.Viewer).get(t, messagesPath+"/"+sent.ID).is(200).message()
			assert.Equal(t, "wamid.x", *got.ContextMessageID)
			require.Len(t, got.Timeline, 1)
			assert.Equal(t, "queued", got.Timeline[0].Step)
			for query, n := range map[string]int{
				"": 1, "?status=queued": 1, "?status=failed": 0, "?reference=order-42": 1, "?reference=x": 0, "?to=%2B971+50+123+4567": 1, "?account_id=" + id: 1, "?account_id=" + never: 0,
			} {
				assert.Len(t, read[v1.MessageList](service.get(t, messagesPath+query).is(200)).Data, n, query)
			}
			for range 2 {
				assert.Equal(t, "cancelled", service.send(t, http.MethodPost, messagesPath+"/"+sent.ID+"/cancel", nil).is(200).message().Status)
			}
			for _, nobody := range []string{never, "x"} {
				service.get(t, messagesPath+"/"+nobody).refused(404, "message_not_found")
				service.send(t, http.MethodPost, messagesPath+"/"+nobody+"/cancel", nil).refused(404, "message_not_found")
			}
		})
	}
}

func TestWhatIsWrongWithAMessageIsToldAtOnceAndKeepsNothing(t *testing.T) {
	t.Parallel()
	w := start(t)
	id, sender := w.boss.make(t, meta("A", obj{"is_default_outgoing": true})).ID, w.boss.make(t, wasender("B")).ID
	w.boss.put(t, "/v1/defaults/outgoing", obj{"account_id": id}).is(200)
	for name, c := range map[string]struct {
		body     any
		status   int
		code     string
		pointers []string
	}{
		"nothing":                       {obj{}, 422, "required", []string{"/to", "/text"}},
		"no country code":               {note(obj{"to": "050 1234567"}), 422, "invalid_value", []string{"/to"}},
		"several faults":                {note(obj{"to": "x", "text": obj{"body": ""}, "send_after": "soon", "reference": "a\u0007b"}), 422, "validation_failed", []string{"/send_after", "/reference", "/to", "/text/body"}},
		"a content of another type":     {note(obj{"image": obj{"id": "1"}}), 422, "invalid_value", []string{"/image"}},
		"a content without its type":    {obj{"to": "+971501234567", "image": obj{"id": "1"}}, 422, "required", []string{"/type"}},
		"a type that is none":           {note(obj{"type": "poll"}), 422, "invalid_value", []string{"/type"}},
		"a policy that is none":         {note(obj{"if_unknown": "pray"}), 422, "invalid_value", []string{"/if_unknown"}},
		"a long reference":              {note(obj{"reference": strings.Repeat("é", 513)}), 422, "invalid_value", []string{"/reference"}},
		"too far ahead":                 {note(obj{"send_after": "2999-01-01T00:00:00Z"}), 422, "invalid_value", []string{"/send_after"}},
		"over before it begins":         {note(obj{"discard_after": "2020-01-01T00:00:00Z"}), 422, "invalid_value", []string{"/discard_after"}},
		"parameters without template":   {note(obj{"parameters": []string{"a"}}), 422, "invalid_value", []string{"/parameters"}},
		"template_id with another type": {note(obj{"template_id": never}), 422, "invalid_value", []string{"/type"}},
		"an unknown member":             {note(obj{"txt": 1}), 400, "unknown_member", []string{"/txt"}},
		"a wrong type inside":           {note(obj{"text": obj{"body": 7}}), 400, "wrong_type", []string{"/text/body"}},
		"a wrong type outside":          {note(obj{"to": 971501234567}), 400, "wrong_type", []string{"/to"}},
		"a rule of the provider":        {note(obj{"type": "image", "text": nil, "image": obj{"link": "ftp://x"}}), 422, "invalid_value", []string{"/image/link"}},
		"another product":               {note(obj{"messaging_product": "sms"}), 422, "invalid_value", []string{"/messaging_product"}},
		"a capability of the provider":  {note(obj{"account_id": sender, "type": "reaction", "text": nil, "reaction": obj{"message_id": "1", "emoji": "👍"}}), 422, "capability_unsupported", nil},
		"an account that is not there":  {note(obj{"account_id": never}), 404, "account_not_found", nil},
		"a template that is not there":  {obj{"to": "+971501234567", "template_id": never}, 422, "template_unavailable", nil},
	} {
		t.Run(name, func(t *testing.T) { w.boss.post(t, c.body).refused(c.status, c.code, c.pointers...) })
	}
	assert.Empty(t, read[v1.MessageList](w.boss.get(t, messagesPath).is(200)).Data)
	for query, parameter := range map[string]string{"?status=lost": "status", "?to=": "to", "?reference=": "reference", "?limit=0": "limit"} {
		w.boss.get(t, messagesPath+query).refused(422, "invalid_value", parameter)
	}
}

func TestWhoMayOnlyReadSendsNothing(t *testing.T) {
	t.Parallel()
	w := start(t)
	w.boss.make(t, meta("A", obj{"is_default_outgoing": true}))
	w.caller(t, "one", site.Viewer).post(t, note()).refused(403, "forbidden")
	id := w.caller(t, "one", site.Service).post(t, note()).is(202).message().ID
	w.caller(t, "one", site.Viewer).send(t, http.MethodPost, messagesPath+"/"+id+"/cancel", nil).refused(403, "forbidden")
}

func TestATemplateThatIsKeptHereIsSentByItsAccountWithItsValues(t *testing.T) {
	t.Parallel()
	w := start(t)
	a, b := w.boss.make(t, meta("A")).ID, w.boss.make(t, wasender("B")).ID
	plain, local := w.boss.write(t, written(a, "T")).is(201).template().ID, w.boss.write(t, written(b, "L", obj{"body": "Hi {{name}}: {{offer}}", "samples": nil})).is(201).template().ID
	ask := func(template string, more ...obj) obj {
		return merged(obj{"to": "+971501234567", "template_id": template, "parameters": []string{"Ann", "42"}}, more...)
	}
	assert.Equal(t, "template", w.boss.post(t, ask(plain)).refused(422, "template_unavailable").Reason, "it is a draft")
	w.approve(t, plain)
	sent := w.boss.post(t, ask(plain)).is(202).message()
	assert.Equal(t, []string{a, "template", "template", plain}, []string{sent.AccountID, sent.Reason, sent.Type, *sent.TemplateID})
	assert.Contains(t, string(sent.Content), `"Ann"`)
	w.boss.post(t, ask(plain, obj{"parameters": []string{"Ann"}})).refused(422, "required", "/parameters/1")
	w.boss.post(t, ask(plain, obj{"parameters": []string{"Ann", "a\nb"}})).refused(422, "invalid_value", "/parameters/1")
	sentText := w.boss.post(t, ask(local, obj{"parameters": obj{"name": "{{offer}}", "offer": "figs"}})).is(202).message()
	assert.JSONEq(t, `{"text":"Hi {{offer}}: figs"}`, string(sentText.Content), "a value is never expanded")
	over := w.boss.post(t, ask(plain, obj{"account_id": b})).is(202).message()
	assert.Equal(t, []string{b, "account"}, []string{over.AccountID, over.Reason})
}

func TestATemplateThatTheMessageNamesItselfIsHeldAgainstTheOneThatIsKept(t *testing.T) {
	t.Parallel()
	w := start(t)
	a, b := w.boss.make(t, meta("A")).ID, w.boss.make(t, wasender("B")).ID
	kept := w.boss.write(t, written(a, "T")).is(201).template().ID
	w.boss.write(t, written(b, "L", obj{"body": "Hi {{1}}, {{2}}!"})).is(201)
	ask := func(account, name string, values ...string) obj {
		parameters := []obj{}
		for _, v := range values {
			parameters = append(parameters, obj{"type": "text", "text": v})
		}
		return obj{"to": "+971501234567", "account_id": account, "type": "template", "template": obj{
			"name": name, "language": obj{"code": "en_US"}, "components": []obj{{"type": "body", "parameters": parameters}},
		}}
	}
	w.boss.post(t, ask(a, "t", "Ann", "42")).refused(422, "template_unavailable")
	w.approve(t, kept)
	sent := w.boss.post(t, ask(a, "t", "Ann", "42")).is(202).message()
	assert.Equal(t, kept, *sent.TemplateID)
	assert.Contains(t, string(sent.Content), `"components"`, "Meta is sent what the caller wrote")
	w.boss.post(t, ask(a, "t", "Ann")).refused(422, "required", "/template/components")
	w.boss.post(t, ask(a, "t", "Ann", "42", "more")).refused(422, "invalid_value", "/template/components")
	w.boss.post(t, ask(a, "unheard_of", "Ann")).is(202)
	w.boss.post(t, ask(b, "unheard_of", "Ann")).refused(422, "template_unavailable")
	sentText := w.boss.post(t, ask(b, "l", "Ann", "42")).is(202).message()
	assert.Equal(t, "template", sentText.Type)
}
