package wasender_test

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/ivendnext/whatsapp-accounts/internal/provider"
	"github.com/ivendnext/whatsapp-accounts/internal/provider/providertest"
	"github.com/ivendnext/whatsapp-accounts/internal/provider/wasender"
	"github.com/ivendnext/whatsapp-accounts/internal/secret"
	"github.com/ivendnext/whatsapp-accounts/pkg/whatsapptest"
)

var _ provider.Sender = (*wasender.Provider)(nil)

func atDouble(t *testing.T) (*whatsapptest.WASender, provider.Credentials) {
	t.Helper()
	double := whatsapptest.StartWASender(t, whatsapptest.SampleWASender())
	return double, provider.Credentials{
		Settings: map[string]string{"wasender_url": double.URL + "/api"}, Secrets: map[string]secret.Text{"wasender_api_key": secret.New(whatsapptest.SampleAPIKey)},
	}
}

func outgoing(kind provider.MessageType, content string) provider.Outgoing {
	return provider.Outgoing{To: provider.Recipient{Kind: provider.ToPhone, Value: "+447700900123"}, Type: kind, Content: json.RawMessage(content), Ref: "msg_1"}
}

// refusedMessage sends a text to a WASender that answers so, and gives the error.
func refusedMessage(t *testing.T, h http.HandlerFunc) *provider.CallError {
	t.Helper()
	_, err := open(t).Send(t.Context(), serve(t, h), outgoing("text", `{"body":"Hi"}`))
	return failure(t, err)
}

func TestAMessageIsTranslatedIntoWASendersMembers(t *testing.T) {
	for _, c := range []struct{ kind, content, want string }{
		{"text", `{"body":"<Hi> & \u2028","preview_url":true}`, `"text":"<Hi> & \u2028"`},
		{"image", `{"link":"https://a.example/b.png","caption":"Hi"}`, `"imageUrl":"https://a.example/b.png","text":"Hi"`},
		{"video", `{"link":"https://a.example/b.mp4"}`, `"videoUrl":"https://a.example/b.mp4"`},
		{"document", `{"link":"https://a.example/b","filename":"b.pdf","caption":"Hi"}`, `"documentUrl":"https://a.example/b","fileName":"b.pdf","text":"Hi"`},
		{"audio", `{"link":"https://a.example/b.ogg","voice":true}`, `"audioUrl":"https://a.example/b.ogg"`},
		{"sticker", `{"link":"https://a.example/b.webp"}`, `"stickerUrl":"https://a.example/b.webp"`},
		{"location", `{"latitude":"25.20","longitude":55,"name":"Dubai"}`, `"location":{"latitude":25.2,"longitude":55,"name":"Dubai"}`},
		{"location", `{"latitude":0,"longitude":0}`, `"location":{"latitude":0,"longitude":0}`},
		{"contacts", `[{"name":{"formatted_name":"Ann","first_name":"Ann"},"phones":[{"phone":"+1 555-010-0200"}]}]`, `"contact":{"name":"Ann","phone":"+1 555-010-0200"}`},
	} {
		double, credentials := atDouble(t)
		_, err := open(t).Send(t.Context(), credentials, outgoing(provider.MessageType(c.kind), c.content))
		require.NoError(t, err, c.content)
		assert.JSONEq(t, `{"to":"+447700900123",`+c.want+`}`, string(double.Sent()[0].Body))
	}
}

func TestAMessageIsNamedByWhatsAppsOwnID(t *testing.T) {
	double, c := atDouble(t)
	m := outgoing("text", `{"body":"Hi"}`)
	m.To, m.ReplyTo = provider.Recipient{Kind: provider.ToGroup, Value: "120363000000000001@g.us"}, "100000"
	accepted, err := open(t).Send(t.Context(), c, m)
	require.NoError(t, err)
	assert.Equal(t, double.Sent()[0].Key.ID, accepted.ID)
	assert.JSONEq(t, `{"to":"120363000000000001@g.us","text":"Hi","replyTo":100000}`, string(double.Sent()[0].Body))
	assert.Equal(t, []int{1, 1}, []int{len(double.Requests(whatsapptest.SendMessage)), len(double.Requests(whatsapptest.ReadMessage))})
}

func TestAMessageThatWasTakenIsTakenThoughItsIDIsNotTold(t *testing.T) {
	for name, f := range map[string]whatsapptest.Fault{
		"429": whatsapptest.TooManyRequests(time.Minute), "a page": whatsapptest.HTML(502), "half an answer": whatsapptest.HalfAnswer(), "nothing": whatsapptest.Answer(200, `{"data":{}}`, nil),
	} {
		double, c := atDouble(t)
		double.FailNext(1, f, whatsapptest.ReadMessage)
		accepted, err := open(t).Send(t.Context(), c, outgoing("text", `{"body":"Hi"}`))
		require.NoError(t, err, name)
		assert.Empty(t, accepted.ID, name)
		assert.Len(t, double.Requests(whatsapptest.ReadMessage), 1, name)
	}
	ctx, cancel := context.WithCancel(t.Context())
	double, c := atDouble(t)
	double.FailNext(1, whatsapptest.Hang(), whatsapptest.ReadMessage)
	go func() {
		_, _ = double.Wait(t.Context(), 1, whatsapptest.ReadMessage)
		cancel()
	}()
	_, err := open(t).Send(ctx, c, outgoing("text", `{"body":"Hi"}`))
	require.NoError(t, err, "whoever stops waiting for the id has sent the message")
}

func TestAnIDIsReadHoweverWASenderWritesIt(t *testing.T) {
	for answers, want := range map[[2]string]string{
		{`{"success":true,"data":{"msgId":7}}`, `{"data":{"id":"a","key":{"id":"b"}}}`}:   "b",
		{`{"success":true,"data":{"msgId":"7"}}`, `{"data":{"id":"a"}}`}:                  "a",
		{`{"data":{"msgId":7}}`, `{"data":{"key":{"id":"b"}}}`}:                           "b",
		{`{"success":true}`, `{"data":{"id":"a"}}`}:                                       "",
		{`{"success":true,"data":{"msgId":"../status"}}`, `{"data":{"id":"a"}}`}:          "",
		{`{"success":true,"data":{"msgId":7}}`, `{"success":false,"message":"Not yet."}`}: "",
	} {
		c := serve(t, func(w http.ResponseWriter, r *http.Request) {
			if r.Method == http.MethodGet {
				assert.Equal(t, "/api/messages/7/info", r.URL.Path)
				reply(200, answers[1])(w, r)
				return
			}
			reply(200, answers[0])(w, r)
		})
		accepted, err := open(t).Send(t.Context(), c, outgoing("text", `{"body":"Hi"}`))
		require.NoError(t, err)
		assert.Equal(t, want, accepted.ID, answers)
	}
}

func TestATemplateIsSentAsItsText(t *testing.T) {
	double, c := atDouble(t)
	p := open(t)
	composed, err := p.Compose(provider.TemplateMessage{Text: "Hello Ann."})
	require.NoError(t, err)
	m := provider.Outgoing{To: outgoing("", "").To, Type: provider.TypeTemplate, Composed: composed}
	lack, wrong := p.Judge(m)
	assert.Empty(t, lack)
	assert.Empty(t, wrong)
	_, err = p.Send(t.Context(), c, m)
	require.NoError(t, err)
	assert.JSONEq(t, `{"to":"+447700900123","text":"Hello Ann."}`, string(double.Sent()[0].Body))
}

func TestWhatOurJudgeTakesWASendersTakesToo(t *testing.T) {
	double, c := atDouble(t)
	p, taken := open(t), 0
	for _, good := range providertest.Contents() {
		m := outgoing(good.Type, good.JSON)
		lack, wrong := p.Judge(m)
		assert.Empty(t, wrong, good.Why)
		if p.Spec().Can(good.Needs) {
			assert.Empty(t, lack, good.Why)
			_, err := p.Send(t.Context(), c, m)
			require.NoError(t, err, good.Why)
			taken++
		} else {
			assert.Equal(t, good.Needs, lack, good.Why)
		}
	}
	assert.Len(t, double.Sent(), taken)
}

func TestWhatWASenderCannotSayIsRefusedWithItsCure(t *testing.T) {
	to := func(kind provider.RecipientKind, value string) provider.Outgoing {
		m := outgoing("text", `{"body":"Hi"}`)
		m.To = provider.Recipient{Kind: kind, Value: value}
		return m
	}
	answering := func(id string) provider.Outgoing {
		m := outgoing("text", `{"body":"Hi"}`)
		m.ReplyTo = id
		return m
	}
	const ann, number = `"name":{"formatted_name":"Ann"}`, `"phones":[{"phone":"+1"}]`
	for _, c := range []struct {
		m     provider.Outgoing
		wrong string
	}{
		{outgoing("image", `{"id":"7"}`), "/image/id"},
		{outgoing("document", `{"id":"7","filename":"a"}`), "/document/id"},
		{outgoing("contacts", `[{`+ann+`}]`), "/contacts/0/phones"},
		{outgoing("contacts", `[{`+ann+`,"phones":[{"phone":"+1"},{"phone":"+2"}]}]`), "/contacts/0/phones"},
		{outgoing("contacts", `[{`+ann+`,"phones":[{"type":"HOME"}]}]`), "/contacts/0/phones"},
		{outgoing("contacts", `[{`+ann+`,`+number+`,"emails":[{"email":"a@a.example"}],"org":{}}]`), "/contacts/0/emails /contacts/0/org"},
		{outgoing("contacts", `[{`+ann+`,`+number+`},{`+ann+`,`+number+`}]`), "/contacts"},
		{to(provider.ToUser, "GB.1"), "/recipient"},
		{to(provider.ToGroup, "Y2FwaQ"), "/to"},
		{to(provider.ToGroup, "120363000000000001@g.us"), ""},
		{to(provider.ToGroup, "447700900123-1600000000@g.us"), ""},
		{to(provider.ToGroup, "447700900123@s.whatsapp.net"), "/to"},
		{answering("wamid.1"), "/context/message_id"},
		{answering("0"), "/context/message_id"},
		{answering("-7"), "/context/message_id"},
		{answering("1234567890123456789"), "/context/message_id"},
		{answering("100000"), ""},
	} {
		lack, wrong := open(t).Judge(c.m)
		assert.Empty(t, lack)
		var found []string
		for _, f := range wrong {
			found = append(found, f.Pointer)
			assert.Equal(t, "invalid_value", f.Code)
			assert.Regexp(t, `^(Leave|Send|Write) .+\.$`, f.Detail)
		}
		assert.Equal(t, c.wrong, strings.Join(found, " "), "%s", c.m.Content)
	}
}

func TestWhatIsRefusedIsNotSent(t *testing.T) {
	c := serve(t, func(http.ResponseWriter, *http.Request) { t.Error("it was sent") })
	refused := []provider.Outgoing{
		outgoing("contacts", `[]`), outgoing("text", ``), outgoing("poll", `{}`), outgoing("reaction", `{"message_id":"a","emoji":""}`), outgoing("template", `{"name":"a","language":{"code":"en"}}`),
	}
	for _, composed := range []string{``, `[]`, `null`, `{}`, `{"text":"a"},"to":"b"`} {
		refused = append(refused, provider.Outgoing{To: refused[0].To, Composed: json.RawMessage(composed)})
	}
	for _, m := range refused {
		_, err := open(t).Send(t.Context(), c, m)
		assert.Equal(t, provider.ClassPermanent, failure(t, err).Class, "%s%s", m.Content, m.Composed)
	}
}

func TestTheStatusDecidesWhetherAMessageMayHaveBeenTaken(t *testing.T) {
	for status, class := range map[int]provider.Class{
		400: provider.ClassPermanent, 401: provider.ClassToken, 402: provider.ClassAccount, 404: provider.ClassAccount, 408: provider.ClassRetry, 422: provider.ClassPermanent,
		429: provider.ClassRetry, 500: provider.ClassUnknown, 502: provider.ClassUnknown, 503: provider.ClassRetry, 504: provider.ClassUnknown, 302: provider.ClassAccount,
	} {
		for _, body := range []string{`{"success":false,"message":"No."}`, "<html>", ""} {
			assert.Equal(t, class, refusedMessage(t, reply(status, body)).Class, "%d %s", status, body)
		}
	}
	for _, body := range []string{"", "<html>", "[]", "null", "{}", `{"success":"yes"}`, `{"data":{}}`} {
		assert.Equal(t, provider.ClassUnknown, refusedMessage(t, reply(200, body)).Class, body)
	}
	assert.Equal(t, provider.ClassPermanent, refusedMessage(t, reply(200, `{"success":false,"message":"No."}`)).Class)
}

func TestALimitIsTheAccountsAndSaysHowLong(t *testing.T) {
	config := whatsapptest.SampleWASender()
	config.Sessions[0].Pace = time.Minute
	double := whatsapptest.StartWASender(t, config)
	_, c := atDouble(t)
	c.Settings["wasender_url"] = double.URL + "/api"
	m := outgoing("text", `{"body":"Hi"}`)
	_, err := open(t).Send(t.Context(), c, m)
	require.NoError(t, err)
	_, err = open(t).Send(t.Context(), c, m)
	e := failure(t, err)
	assert.Equal(t, []any{provider.ClassRetry, provider.LimitAccount, time.Minute}, []any{e.Class, e.Limit, e.RetryAfter})
	assert.Equal(t, provider.SendRules{Apart: 234375 * time.Microsecond}, open(t).Spec().Sending)
}

func TestALostAnswerIsUnknownAndTheMessageIsSentOnce(t *testing.T) {
	for name, f := range map[string]whatsapptest.Fault{"lost": whatsapptest.LoseAnswer(), "half": whatsapptest.HalfAnswer(), "a page": whatsapptest.HTML(502)} {
		double, c := atDouble(t)
		double.FailNext(1, f, whatsapptest.SendMessage)
		_, err := open(t).Send(t.Context(), c, outgoing("text", `{"body":"Hi"}`))
		assert.Equal(t, provider.ClassUnknown, failure(t, err).Class, name)
		assert.Len(t, double.Requests(whatsapptest.SendMessage), 1, name)
	}
}
