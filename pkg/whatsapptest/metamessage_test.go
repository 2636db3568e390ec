package whatsapptest_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/ivendnext/whatsapp-accounts/pkg/whatsapptest"
)

func TestMessageIsAcceptedUnderAnyVersionPrefix(t *testing.T) {
	m := graph(t)
	for _, prefix := range []string{"/v18.0", "/v25.0", "/v99.1", ""} {
		got := ask(t, http.MethodPost, m.URL+prefix+"/"+whatsapptest.SamplePhoneID+"/messages", whatsapptest.SampleToken, hello)
		require.Equal(t, http.StatusOK, got.status, got.text)
		assert.Equal(t, "+447700900123", got.at(t, "contacts.0.input"))
		assert.Equal(t, "447700900123", got.at(t, "contacts.0.wa_id"))
		assert.Regexp(t, `^wamid\.[A-Za-z0-9+/]+=*$`, got.at(t, "messages.0.id"))
	}
}

func TestEveryMessageHasAnIdOfItsOwn(t *testing.T) {
	m := graph(t)
	for range 50 {
		send(t, m, hello)
	}
	seen := map[string]bool{}
	for _, s := range m.Sent() {
		seen[s.ID] = true
	}
	assert.Len(t, seen, 50)
}

// member is a message of a type, without what all types have.
func message(kind, content string) string {
	return `{"messaging_product":"whatsapp","recipient_type":"individual","to":"447700900123","type":"` + kind + `",` + content + `}`
}

func TestEveryTypeOfMessageIsAccepted(t *testing.T) {
	m := graph(t)
	for _, body := range []string{
		`{"messaging_product":"whatsapp","to":"+44 7700-900123","text":{"body":"type is text when it is left out"}}`,
		message("text", `"text":{"body":"Hi","preview_url":true},"context":{"message_id":"wamid.X"},"biz_opaque_callback_data":"job-42"`),
		message("image", `"image":{"link":"https://example.com/a.jpg","caption":"this one"}`),
		message("video", `"video":{"id":"900100"}`),
		message("audio", `"audio":{"id":"900100","voice":true}`),
		message("document", `"document":{"link":"https://example.com/a.pdf","filename":"a.pdf"}`),
		message("sticker", `"sticker":{"id":"900100"}`),
		message("location", `"location":{"latitude":"53.79","longitude":-1.54,"name":"Leeds"}`),
		message("contacts", `"contacts":[{"name":{"formatted_name":"Ann Lee","first_name":"Ann"},"phones":[{"phone":"+44 1"}]}]`),
		message("reaction", `"reaction":{"message_id":"wamid.X","emoji":"👍"}`),
		message("reaction", `"reaction":{"message_id":"wamid.X","emoji":""}`),
		message("template", `"template":{"name":"order_ready","language":{"code":"en_US"},"components":[{"type":"body","parameters":[{"type":"text","text":"Ann"},{"type":"text","text":"42"}]}]}`),
		message("interactive", `"interactive":{"type":"button","body":{"text":"Ready?"},"action":{"buttons":[{"type":"reply","reply":{"id":"y","title":"Yes"}},{"type":"reply","reply":{"id":"n","title":"No"}}]}}`),
		message("interactive", `"interactive":{"type":"list","body":{"text":"Choose"},"action":{"button":"Sizes","sections":[{"title":"S","rows":[{"id":"s","title":"Small"}]},{"title":"L","rows":[{"id":"l","title":"Large"}]}]}}`),
		message("interactive", `"interactive":{"type":"cta_url","body":{"text":"See"},"action":{"name":"cta_url","parameters":{"display_text":"Open","url":"https://example.com"}}}`),
		message("interactive", `"interactive":{"type":"flow","body":{"text":"Book"},"action":{"name":"flow","parameters":{"flow_message_version":"3","flow_token":"t","flow_id":"1","flow_cta":"Open"}}}`),
		message("interactive", `"interactive":{"type":"location_request_message","body":{"text":"Where?"},"action":{"name":"send_location"}}`),
		message("interactive", `"interactive":{"type":"product_list","anything":"passes"}`),
		`{"messaging_product":"whatsapp","recipient":"GB.1029384756102938","type":"text","text":{"body":"Hi"}}`,
	} {
		require.True(t, json.Valid([]byte(body)), body)
		got := send(t, m, body)
		assert.Equal(t, http.StatusOK, got.status, "%s: %s", body, got.text)
	}
	last := m.Sent()[len(m.Sent())-1]
	assert.Equal(t, "GB.1029384756102938", last.To)
	assert.Equal(t, "job-42", m.Sent()[1].CallbackData)
}

func TestUserIdIsAnsweredAsUserId(t *testing.T) {
	got := send(t, graph(t), `{"messaging_product":"whatsapp","recipient":"GB.1029384756102938","text":{"body":"Hi"}}`)
	assert.Equal(t, "GB.1029384756102938", got.at(t, "contacts.0.user_id"))
	assert.Nil(t, got.at(t, "contacts.0.wa_id"))
}

func TestWrongMessageIsRefusedAsMetaDoes(t *testing.T) {
	m := graph(t)
	long := strings.Repeat("x", 4097)
	button := func(id, title string) string {
		return `{"type":"reply","reply":{"id":"` + id + `","title":"` + title + `"}}`
	}
	buttons := func(list ...string) string {
		return message("interactive", `"interactive":{"type":"button","body":{"text":"?"},"action":{"buttons":[`+strings.Join(list, ",")+`]}}`)
	}
	for _, c := range []struct{ why, code, body string }{
		{"no JSON", "100", `{`},
		{"no product", "100", `{"to":"+447700900123","text":{"body":"x"}}`},
		{"nobody", "100", `{"messaging_product":"whatsapp","text":{"body":"x"}}`},
		{"no number", "131009", `{"messaging_product":"whatsapp","to":"Ann","text":{"body":"x"}}`},
		{"no user id", "131009", `{"messaging_product":"whatsapp","recipient":"Ann","text":{"body":"x"}}`},
		{"itself", "131021", `{"messaging_product":"whatsapp","to":"+15550100200","text":{"body":"x"}}`},
		{"unknown type", "100", message("fax", `"fax":{}`)},
		{"no content", "100", message("image", `"text":{"body":"x"}`)},
		{"no text", "131008", message("text", `"text":{}`)},
		{"long text", "100", message("text", `"text":{"body":"`+long+`"}`)},
		{"id and link", "100", message("image", `"image":{"id":"1","link":"https://example.com"}`)},
		{"neither", "100", message("image", `"image":{"caption":"x"}`)},
		{"caption of audio", "100", message("audio", `"audio":{"id":"1","caption":"x"}`)},
		{"no link", "100", message("image", `"image":{"link":"ftp://example.com"}`)},
		{"nowhere", "131009", message("location", `"location":{"latitude":"north","longitude":1}`)},
		{"beyond the pole", "131009", message("location", `"location":{"latitude":91,"longitude":1}`)},
		{"nameless contact", "131008", message("contacts", `"contacts":[{"phones":[]}]`)},
		{"reaction to nothing", "131008", message("reaction", `"reaction":{"emoji":"x"}`)},
		{"reaction as answer", "100", message("reaction", `"reaction":{"message_id":"w","emoji":"x"},"context":{"message_id":"w"}`)},
		{"no buttons", "131009", buttons()},
		{"four buttons", "131009", buttons(button("1", "1"), button("2", "2"), button("3", "3"), button("4", "4"))},
		{"twins", "131009", buttons(button("1", "same"), button("2", "same"))},
		{"long title", "100", buttons(button("1", "a title of 21 letters"))},
		{"unknown interactive", "131009", message("interactive", `"interactive":{"type":"dance"}`)},
		{"empty list", "131009", message("interactive", `"interactive":{"type":"list","body":{"text":"?"},"action":{"button":"b","sections":[]}}`)},
		{"flow without name", "131009", message("interactive", `"interactive":{"type":"flow","body":{"text":"?"},"action":{"name":"flow","parameters":{"flow_message_version":"3","flow_cta":"x"}}}`)},
		{"long callback data", "100", message("text", `"text":{"body":"x"},"biz_opaque_callback_data":"`+long+`"`)},
	} {
		refused(t, send(t, m, c.body), http.StatusBadRequest, c.code, c.why)
	}
	assert.Empty(t, m.Sent())
}

func TestClosedWindowLetsTemplatesPassAlone(t *testing.T) {
	m := graph(t)
	m.CloseWindow("447700900123")
	refused(t, send(t, m, hello), http.StatusBadRequest, "131047")
	assert.Equal(t, http.StatusOK, send(t, m, strings.Replace(hello, "447700900123", "447700900124", 1)).status, "another user's is open")
	template := message("template", `"template":{"name":"order_ready","language":{"code":"en_US"},"components":[{"type":"body","parameters":[{"type":"text","text":"a"},{"type":"text","text":"b"}]}]}`)
	got := send(t, m, template)
	assert.Equal(t, http.StatusOK, got.status)
	assert.Equal(t, "accepted", got.at(t, "messages.0.message_status"))

	in := callback(t)
	_, err := m.Webhooks(whatsapptest.SampleAppID, in.URL).Send(t.Context(), whatsapptest.Incoming{})
	require.NoError(t, err)
	assert.Equal(t, http.StatusOK, send(t, m, hello).status, "the user wrote")

	m.CloseWindow()
	refused(t, send(t, m, hello), http.StatusBadRequest, "131047")
	m.OpenWindow()
	assert.Equal(t, http.StatusOK, send(t, m, hello).status)
}

func TestNumberThatIsNotConnectedDoesNotSend(t *testing.T) {
	m := graph(t)
	for status, code := range map[string]string{"BANNED": "131031", "PENDING": "133010", "RATE_LIMITED": "130429"} {
		require.True(t, m.SetPhone(whatsapptest.SamplePhoneID, func(p *whatsapptest.Phone) { p.Status = status }))
		assert.Equal(t, json.Number(code), send(t, m, hello).at(t, "error.code"))
	}
	assert.False(t, m.SetPhone("1", func(*whatsapptest.Phone) {}))
}
