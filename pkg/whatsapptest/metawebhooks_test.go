package whatsapptest_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/ivendnext/whatsapp-accounts/pkg/whatsapptest"
)

// hooks sends the sample app's webhooks to an inbox.
func hooks(t *testing.T, in *inbox, options ...whatsapptest.SendOption) *whatsapptest.MetaWebhooks {
	t.Helper()
	return graph(t).Webhooks(whatsapptest.SampleAppID, in.URL, options...)
}

func said(text string) whatsapptest.Incoming {
	return whatsapptest.Incoming{Content: whatsapptest.Text(text)}
}

func TestWebhookIsEscapedAndThenSigned(t *testing.T) {
	in := callback(t)
	d, err := hooks(t, in).Send(t.Context(), said("50 % off </b> 👍"))
	require.NoError(t, err)
	assert.True(t, d.Delivered)
	assert.Equal(t, []int{200}, d.Statuses)
	body := in.received()[0]
	assert.Equal(t, body, string(d.Body))
	assert.Contains(t, body, `"50 % off <\/b> \ud83d\udc4d"`)
	assert.Contains(t, body, `Zo\u00eb Ok`)
	header := in.headers[0]
	assert.Equal(t, whatsapptest.Sign(whatsapptest.SampleAppSecret, []byte(body)), header.Get("X-Hub-Signature-256"))
	assert.Equal(t, "application/json", header.Get("Content-Type"))
	assert.Equal(t, d.MessageIDs[0], in.last(t).at(t, "entry.0.changes.0.value.messages.0.id"))
}

func TestSignatureIsWrongOrMissingOnRequest(t *testing.T) {
	in := callback(t)
	right := hooks(t, in)
	for _, option := range []whatsapptest.SendOption{whatsapptest.WronglySigned(), whatsapptest.SignedWith("previous-secret"), whatsapptest.Unsigned(), whatsapptest.Unescaped()} {
		_, err := right.With(option).Send(t.Context(), said("ë/"))
		require.NoError(t, err)
	}
	bodies := in.received()
	signature := func(i int) string { return in.headers[i].Get("X-Hub-Signature-256") }
	assert.Regexp(t, "^sha256=[0-9a-f]{64}$", signature(0))
	assert.NotEqual(t, whatsapptest.Sign(whatsapptest.SampleAppSecret, []byte(bodies[0])), signature(0))
	assert.Equal(t, whatsapptest.Sign("previous-secret", []byte(bodies[1])), signature(1))
	assert.NotContains(t, in.headers[2], "X-Hub-Signature-256")
	assert.Contains(t, bodies[3], `"ë/"`)
	assert.Equal(t, whatsapptest.Sign(whatsapptest.SampleAppSecret, []byte(bodies[3])), signature(3))
}

func TestBodyIsSentAgainUntilItIsTaken(t *testing.T) {
	in := callback(t, 503, 401)
	d, err := hooks(t, in, whatsapptest.Attempts(5, time.Millisecond)).Send(t.Context(), said("x"))
	require.NoError(t, err)
	assert.Equal(t, []int{503, 401, 200}, d.Statuses)
	assert.True(t, d.Delivered)
	all := in.received()
	assert.Equal(t, []string{all[0], all[0], all[0]}, all)

	in = callback(t, 500, 500, 500)
	d, err = hooks(t, in, whatsapptest.Attempts(2, 0)).Send(t.Context(), said("x"))
	require.NoError(t, err)
	assert.Equal(t, []int{500, 500}, d.Statuses)
	assert.False(t, d.Delivered)
}

func TestCallbackThatIsAwayIsAnError(t *testing.T) {
	in := callback(t)
	in.Close()
	d, err := hooks(t, in, whatsapptest.Attempts(2, 0)).Send(t.Context(), said("x"))
	require.Error(t, err)
	assert.Equal(t, []int{0, 0}, d.Statuses)
	assert.False(t, d.Delivered)
}

func TestDuplicatesAreTheSameBytes(t *testing.T) {
	in := callback(t)
	d, err := hooks(t, in, whatsapptest.Copies(3)).Send(t.Context(), said("x"))
	require.NoError(t, err)
	assert.Equal(t, []int{200, 200, 200}, d.Statuses)
	assert.Equal(t, []string{string(d.Body), string(d.Body), string(d.Body)}, in.received())
}

func TestEventsOfOneBodyShareItAsPacked(t *testing.T) {
	events := []whatsapptest.Event{said("a"), whatsapptest.Status{MessageID: "wamid.X", Status: "sent"}, said("b"), whatsapptest.AccountReview("APPROVED")}
	for packing, want := range map[whatsapptest.Packing][]int{whatsapptest.OneValue: {1, 2}, whatsapptest.OneChangeEach: {1, 4}, whatsapptest.OneEntryEach: {4, 4}} {
		in := callback(t)
		d, err := hooks(t, in, whatsapptest.Packed(packing)).Send(t.Context(), events...)
		require.NoError(t, err)
		assert.Len(t, d.MessageIDs, 2)
		var body struct {
			Entry []struct {
				ID      string
				Changes []struct {
					Value struct{ Contacts, Messages, Statuses []json.RawMessage }
				}
			}
		}
		require.NoError(t, json.Unmarshal(d.Body, &body))
		changes := 0
		for _, e := range body.Entry {
			assert.Equal(t, whatsapptest.SampleBusinessID, e.ID)
			changes += len(e.Changes)
		}
		assert.Equal(t, want, []int{len(body.Entry), changes})
		if packing == whatsapptest.OneValue {
			value := body.Entry[0].Changes[0].Value
			assert.Equal(t, []int{1, 2, 1}, []int{len(value.Contacts), len(value.Messages), len(value.Statuses)}, "a contact is named once")
		}
	}
}

func TestEventsAreReorderedOnRequest(t *testing.T) {
	texts := func(option ...whatsapptest.SendOption) (all string) {
		in := callback(t)
		d, err := hooks(t, in, option...).SendEach(t.Context(), said("a"), said("b"), said("c"), said("d"))
		require.NoError(t, err)
		for i, text := range []string{"a", "b", "c", "d"} {
			assert.Contains(t, string(d[i].Body), `"body":"`+text+`"`, "deliveries are in the order of the events")
		}
		for _, body := range in.received() {
			all += answer{text: body}.at(t, "entry.0.changes.0.value.messages.0.text.body").(string)
		}
		return all
	}
	assert.Equal(t, "abcd", texts())
	assert.Equal(t, "dcba", texts(whatsapptest.Reversed()))
	shuffled := texts(whatsapptest.Shuffled(7))
	assert.Equal(t, shuffled, texts(whatsapptest.Shuffled(7)))
	assert.Len(t, shuffled, 4)
}

func TestBodyOfOnesOwnIsSentAsItIs(t *testing.T) {
	in := callback(t)
	big := `{"object":"whatsapp_business_account","x":"` + strings.Repeat("é/", 1<<20) + `"}`
	d, err := hooks(t, in).SendBody(t.Context(), []byte(big))
	require.NoError(t, err)
	assert.True(t, d.Delivered)
	assert.Equal(t, big, in.received()[0])
	assert.Equal(t, whatsapptest.Sign(whatsapptest.SampleAppSecret, []byte(big)), d.Signature)
}

func TestVerificationWantsTheChallengeAlone(t *testing.T) {
	in := callback(t)
	h := hooks(t, in)
	require.NoError(t, h.Verify(t.Context(), "choose-any"))
	require.ErrorIs(t, h.Verify(t.Context(), "wrong"), whatsapptest.ErrNotVerified)
	assert.Regexp(t, `^hub\.challenge=[^&]+&hub\.mode=subscribe&hub\.verify_token=choose-any$`, in.asked[0])

	chatty := callbackFunc(t, func(w http.ResponseWriter, r *http.Request) {
		_, _ = w.Write([]byte(r.URL.Query().Get("hub.challenge") + "\n"))
	})
	err := graph(t).Webhooks(whatsapptest.SampleAppID, chatty).Verify(t.Context(), "choose-any")
	require.ErrorIs(t, err, whatsapptest.ErrNotVerified)
	assert.NotContains(t, err.Error(), "choose-any")
}

func TestWebhookGoesWhereMetaWouldSendIt(t *testing.T) {
	m, app, account, number := graph(t), callback(t), callback(t), callback(t)
	hooks := m.Webhooks(whatsapptest.SampleAppID, "")
	_, err := hooks.Send(t.Context(), said("x"))
	require.ErrorContains(t, err, "has no callback URL")

	require.ErrorIs(t, m.SetCallback(t.Context(), whatsapptest.SampleAppID, app.URL, "wrong"), whatsapptest.ErrNotVerified)
	require.NoError(t, m.SetCallback(t.Context(), whatsapptest.SampleAppID, app.URL, "choose-any"))
	override := func(path, member, callback string) {
		body := `{"override_callback_uri":"` + callback + `","verify_token":"choose-any"}`
		if member != "" {
			body = `{"` + member + `":` + body + `}`
		}
		got := ask(t, http.MethodPost, m.URL+"/v25.0/"+path, whatsapptest.SampleToken, body)
		require.Equal(t, `{"success":true}`, got.text)
	}
	counts := func() []int { return []int{len(app.received()), len(account.received()), len(number.received())} }
	send := func(e whatsapptest.Event) {
		_, err := hooks.Send(t.Context(), e)
		require.NoError(t, err)
	}
	send(said("x"))
	assert.Equal(t, []int{1, 0, 0}, counts())
	override(whatsapptest.SampleBusinessID+"/subscribed_apps", "", account.URL)
	send(said("x"))
	assert.Equal(t, []int{1, 1, 0}, counts())
	override(whatsapptest.SamplePhoneID, "webhook_configuration", number.URL)
	send(said("x"))
	assert.Equal(t, []int{1, 1, 1}, counts())
	send(whatsapptest.AccountReview("APPROVED"))
	assert.Equal(t, []int{2, 1, 1}, counts(), "overrides are for messages only")
	_, err = hooks.Send(t.Context(), said("x"), whatsapptest.AccountReview("APPROVED"))
	require.ErrorContains(t, err, "one body cannot go both")

	ask(t, http.MethodDelete, m.URL+"/v25.0/"+whatsapptest.SampleBusinessID+"/subscribed_apps", whatsapptest.SampleToken, "")
	_, err = hooks.Send(t.Context(), said("x"))
	require.ErrorContains(t, err, "is not subscribed")
}

func TestEventAboutNothingIsAnError(t *testing.T) {
	m := graph(t)
	for _, e := range []whatsapptest.Event{whatsapptest.Incoming{PhoneID: "1"}, whatsapptest.Status{PhoneID: "1"}, whatsapptest.NumberErrors{PhoneID: "1"}} {
		_, err := m.Webhooks(whatsapptest.SampleAppID, "http://127.0.0.1:1").Send(t.Context(), e)
		require.ErrorContains(t, err, "there is no phone number 1")
	}
	for _, change := range []func(string, string) (whatsapptest.Change, error){m.Regrade, m.Recategorise} {
		_, err := change("1", "x")
		require.Error(t, err)
	}
	_, err := m.Review("1", "APPROVED", "")
	require.Error(t, err)
}
