package meta_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/ivendnext/whatsapp-accounts/internal/provider"
	"github.com/ivendnext/whatsapp-accounts/internal/provider/meta"
	"github.com/ivendnext/whatsapp-accounts/internal/provider/providertest"
	"github.com/ivendnext/whatsapp-accounts/pkg/whatsapptest"
)

var _ provider.Sender = (*meta.Provider)(nil)

// customer is whom messages of the tests go to.
func customer() provider.Recipient {
	return provider.Recipient{Kind: provider.ToPhone, Value: "+447700900123"}
}

func outgoing(kind provider.MessageType, content string) provider.Outgoing {
	return provider.Outgoing{To: customer(), Type: kind, Content: json.RawMessage(content), Ref: "msg_1"}
}

// refusedMessage sends a text to a Graph API that answers so, and gives the error.
func refusedMessage(t *testing.T, h http.HandlerFunc) *provider.CallError {
	t.Helper()
	_, err := open(t).Send(t.Context(), serve(t, h), outgoing("text", `{"body":"Hi"}`))
	return failure(t, err)
}

func TestAMessageIsSentAsMetaDocumentsItWithTheContentByteForByte(t *testing.T) {
	content := ` {"body":"<&>\u2028\/ é" , "new":{"n":1.0e2,"a":[ null ]}} `
	var asked *http.Request
	var body []byte
	c := serve(t, func(w http.ResponseWriter, r *http.Request) {
		asked = r
		body, _ = io.ReadAll(r.Body)
		_, _ = w.Write([]byte(`{"messaging_product":"whatsapp","contacts":[{"input":"+447700900123","wa_id":"447700900123"}],"messages":[{"id":"` + wamid + `"}]}`))
	})
	m := outgoing("text", content)
	m.ReplyTo = "wamid.in"
	accepted, err := open(t).Send(t.Context(), c, m)
	require.NoError(t, err)
	assert.Equal(t, provider.Accepted{ID: wamid}, accepted)
	assert.Equal(t, "POST /v25.0/305/messages", asked.Method+" "+asked.RequestURI)
	assert.Equal(t, "Bearer "+token, asked.Header.Get("Authorization"))
	assert.Equal(t, `{"messaging_product":"whatsapp","recipient_type":"individual","to":"+447700900123","context":{"message_id":"wamid.in"},"biz_opaque_callback_data":"msg_1",`+
		`"type":"text","text":`+content+`}`, string(body))
}

func TestEachKindOfRecipientHasItsMember(t *testing.T) {
	for want, to := range map[string]provider.Recipient{
		`{"recipient_type":"individual","to":"+447700900123"}`: customer(),
		`{"recipient_type":"individual","recipient":"GB.1"}`:   {Kind: provider.ToUser, Value: "GB.1"},
		`{"recipient_type":"group","to":"Y2FwaQ"}`:             {Kind: provider.ToGroup, Value: "Y2FwaQ"},
	} {
		double, c := atDouble(t)
		m := outgoing("text", `{"body":"Hi"}`)
		m.To, m.Ref = to, ""
		_, err := open(t).Send(t.Context(), c, m)
		require.NoError(t, err)
		assert.JSONEq(t, strings.TrimSuffix(want, "}")+`,"messaging_product":"whatsapp","type":"text","text":{"body":"Hi"}}`, string(double.Sent()[0].Body))
	}
}

func TestAComposedTemplateTakesThePlaceOfTheContent(t *testing.T) {
	double, c := atDouble(t, whatsapptest.SampleMeta().Businesses[0].Templates...)
	p := open(t)
	composed, err := p.Compose(provider.TemplateMessage{Name: whatsapptest.SampleTemplate, Language: "en_US", Body: []provider.TemplateValue{{Text: "Ann"}, {Text: "42"}}})
	require.NoError(t, err)
	m := provider.Outgoing{To: customer(), Type: provider.TypeTemplate, Composed: composed, Ref: "msg_1"}
	lack, wrong := p.Judge(m)
	assert.Empty(t, lack)
	assert.Empty(t, wrong)
	accepted, err := p.Send(t.Context(), c, m)
	require.NoError(t, err)
	sent := double.Sent()[0]
	assert.Equal(t, []string{accepted.ID, "template", "msg_1"}, []string{sent.ID, sent.Type, sent.CallbackData})
}

func TestWhatOurJudgeTakesMetasTakesToo(t *testing.T) {
	double, c := atDouble(t, whatsapptest.SampleMeta().Businesses[0].Templates...)
	p := open(t)
	for _, good := range append(providertest.Contents(), providertest.ByID()...) {
		m := outgoing(good.Type, good.JSON)
		lack, wrong := p.Judge(m)
		assert.Empty(t, lack, good.Why)
		assert.Empty(t, wrong, good.Why)
		accepted, err := p.Send(t.Context(), c, m)
		require.NoError(t, err, good.Why)
		sent := double.Sent()
		assert.Equal(t, []string{accepted.ID, string(good.Type)}, []string{sent[len(sent)-1].ID, sent[len(sent)-1].Type}, good.Why)
	}
}

func TestWhatMetasJudgeRefusesOursRefusedBefore(t *testing.T) {
	_, c := atDouble(t, whatsapptest.SampleMeta().Businesses[0].Templates...)
	p, refused := open(t), 0
	for _, bad := range providertest.BadContents() {
		m := outgoing(bad.Type, bad.JSON)
		if _, err := p.Send(t.Context(), c, m); err != nil {
			_, wrong := p.Judge(m)
			assert.NotEmpty(t, wrong, "%s %.200s: %v", bad.Type, bad.JSON, err)
			refused++
		}
	}
	assert.Greater(t, refused, 40, "the double judges too")
}

func TestAReactionAnswersNothingAndAUserIDHasItsForm(t *testing.T) {
	p := open(t)
	m := outgoing("reaction", `{"message_id":"wamid.1","emoji":"👍"}`)
	m.ReplyTo = "wamid.1"
	_, wrong := p.Judge(m)
	require.Len(t, wrong, 1)
	assert.Equal(t, "/context", wrong[0].Pointer)
	m.Type, m.Content = "text", json.RawMessage(`{"body":"Hi"}`)
	_, wrong = p.Judge(m)
	assert.Empty(t, wrong)
	for id, right := range map[string]bool{"GB.1": true, "US.ENT.a1B2": true, "gb.1": false, "GB.": false, "447700900123": false, "GB.1 ": false, "GB." + strings.Repeat("1", 129): false} {
		m.To = provider.Recipient{Kind: provider.ToUser, Value: id}
		_, wrong = p.Judge(m)
		assert.Equal(t, !right, wrong.Has("/recipient"), id)
	}
}

func TestWhatIsNoWholeContentIsNotSent(t *testing.T) {
	c := serve(t, func(http.ResponseWriter, *http.Request) { t.Error("it was sent") })
	for _, m := range []provider.Outgoing{
		outgoing("text", ``), outgoing("text", `{"body":"Hi"},"to":"+1"`), outgoing("text", `{`),
		{To: customer(), Composed: json.RawMessage(`{ }`)}, {To: customer(), Composed: json.RawMessage(`[]`)}, {To: customer(), Composed: json.RawMessage(`null`)},
		{To: customer(), Composed: json.RawMessage(`{"type":"text"}}`)}, {To: customer(), Composed: json.RawMessage{}},
	} {
		_, err := open(t).Send(t.Context(), c, m)
		assert.Equal(t, provider.ClassPermanent, failure(t, err).Class, "%s%s", m.Content, m.Composed)
	}
}

func TestTheCodeDecidesOfAMessageToo(t *testing.T) {
	for code, class := range map[int]provider.Class{
		131056: provider.ClassRetry, 131000: provider.ClassRetry, 2: provider.ClassRetry, 190: provider.ClassToken, 131042: provider.ClassAccount, 131047: provider.ClassPermanent,
		131048: provider.ClassWait,
	} {
		for _, status := range []int{200, 400, 500, 503} {
			assert.Equal(t, class, refusedMessage(t, reply(status, fmt.Sprintf(`{"error":{"message":"words","code":%d}}`, code))).Class, "%d with %d", code, status)
		}
	}
}

func TestAMessageThatMayHaveBeenTakenIsUnknown(t *testing.T) {
	for _, body := range []string{"", "<html>", "null", "[]", "{}", `{"error":null}`, `{"error":{}}`, `{"messages":[]}`, `{"messages":[{}]}`, `{"messages":{"id":"a"}}`, `{"messages":[{"id":""}]}`, `{"mess`} {
		assert.Equal(t, provider.ClassUnknown, refusedMessage(t, reply(200, body)).Class, "200 %s", body)
	}
	for _, status := range []int{500, 502, 503, 504} {
		e := refusedMessage(t, reply(status, "<html>Bad gateway"))
		assert.Equal(t, provider.ClassUnknown, e.Class, status)
		assert.Zero(t, e.RetryAfter)
		assert.Contains(t, e.Meaning, "does not tell")
	}
	for status, limit := range map[int]provider.Limit{400: "", 429: provider.LimitAccount} {
		e := refusedMessage(t, reply(status, "<html>"))
		assert.Equal(t, []any{provider.ClassRetry, limit}, []any{e.Class, e.Limit}, "%d without a code is not taken", status)
	}
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

func TestARefusalSaysWhatIsLimitedAndForHowLong(t *testing.T) {
	for code, want := range map[int]provider.CallError{
		131056: {Limit: provider.LimitPair, RetryAfter: 6 * time.Second}, 130429: {Limit: provider.LimitAccount, RetryAfter: time.Second},
		80007: {Limit: provider.LimitAccount, RetryAfter: 5 * time.Minute}, 131000: {},
	} {
		double, c := atDouble(t)
		double.FailNext(1, whatsapptest.MetaError(code), whatsapptest.SendMessage)
		_, err := open(t).Send(t.Context(), c, outgoing("text", `{"body":"Hi"}`))
		e := failure(t, err)
		assert.Equal(t, []any{want.Limit, want.RetryAfter}, []any{e.Limit, e.RetryAfter}, code)
	}
}

func TestPacesAreThoseOfMetasPages(t *testing.T) {
	assert.Equal(t, provider.SendRules{Apart: 12500 * time.Microsecond, PairApart: 6 * time.Second, PairBurst: 45}, open(t).Spec().Sending)
}
