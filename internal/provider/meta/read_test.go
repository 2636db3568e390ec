package meta_test

import (
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/ivendnext/whatsapp-accounts/internal/provider"
	"github.com/ivendnext/whatsapp-accounts/internal/provider/meta"
	"github.com/ivendnext/whatsapp-accounts/pkg/whatsapptest"
)

const wamid = "wamid.HBgMNDQ3NzAwOTAwMTIzFQIAEhgUM0EwMDAwMDAwMDAwMDAwMDAwMDEA"

func TestMarkReadAsksAsMetaDocumentsIt(t *testing.T) {
	var asked *http.Request
	var body []byte
	c := serve(t, func(w http.ResponseWriter, r *http.Request) {
		asked, body = r, nil
		body, _ = io.ReadAll(r.Body)
		_, _ = w.Write([]byte(`{"success":true}`))
	})
	require.NoError(t, open(t).MarkRead(t.Context(), c, meta.ReferenceTo(wamid)))
	assert.Equal(t, "POST /v25.0/305/messages", asked.Method+" "+asked.RequestURI)
	assert.Equal(t, "Bearer "+token, asked.Header.Get("Authorization"))
	assert.Equal(t, "application/json", asked.Header.Get("Content-Type"))
	assert.JSONEq(t, `{"messaging_product":"whatsapp","status":"read","message_id":"`+wamid+`"}`, string(body))
}

func TestTypingIsShownTogetherWithTheReadReceipt(t *testing.T) {
	double, c := atDouble(t)
	double.Know(whatsapptest.SamplePhoneID, wamid)
	p := open(t)
	ref, ok := p.ReferTo(wamid, nil)
	require.True(t, ok)
	require.NoError(t, p.MarkReadTyping(t.Context(), c, ref))
	assert.JSONEq(t, `{"messaging_product":"whatsapp","status":"read","message_id":"`+wamid+`","typing_indicator":{"type":"text"}}`, string(double.Requests(whatsapptest.MarkRead)[0].Body))
}

func TestAnIDIsEnoughToReferToAMessage(t *testing.T) {
	p := open(t)
	assert.Empty(t, p.MessageKey(wamid))
	for id, refers := range map[string]bool{wamid: true, "": false, strings.Repeat("a", 1025): false} {
		_, ok := p.ReferTo(id, nil)
		assert.Equal(t, refers, ok, "%.20s", id)
	}
}

func TestAReferenceKeepsEveryCharacterOfTheID(t *testing.T) {
	for _, id := range []string{wamid, "wamid.a+/b==", `"`, "<&>\u2028", "gBEGkYiEB1VXAglK1ZEqA1YKPrU"} {
		var kept string
		require.NoError(t, json.Unmarshal(meta.ReferenceTo(id), &kept))
		assert.Equal(t, id, kept)
	}
}

func TestAReferenceThatNamesNoMessageIsNotSent(t *testing.T) {
	c := serve(t, func(http.ResponseWriter, *http.Request) { t.Error("it was sent") })
	for _, ref := range []string{``, `""`, `null`, `7`, `{"id":"wamid.1"}`, `["wamid.1"]`, `"` + strings.Repeat("a", 1025) + `"`, `"wamid.1`} {
		assert.Equal(t, provider.ClassPermanent, failure(t, open(t).MarkRead(t.Context(), c, provider.Reference(ref))).Class, ref)
	}
}

func TestASettingThatIsMissingOrLeadsElsewhereIsNotSent(t *testing.T) {
	for name, values := range map[string][]string{
		"url": {"", "https://graph.facebook.com", "http://127.0.0.1:1/v25.0"}, "version": {"", ".."}, "phone_id": {"", ".", ".."},
	} {
		for _, value := range values {
			c := serve(t, func(http.ResponseWriter, *http.Request) { t.Error("it was sent") })
			c.Settings[name] = value
			e := failure(t, open(t).MarkRead(t.Context(), c, meta.ReferenceTo(wamid)))
			assert.Equal(t, provider.ClassAccount, e.Class, "%s %q", name, value)
			assert.NotEmpty(t, e.Fix)
		}
	}
	c := serve(t, func(http.ResponseWriter, *http.Request) { t.Error("it was sent") })
	delete(c.Secrets, "token")
	assert.Equal(t, provider.ClassToken, failure(t, open(t).MarkRead(t.Context(), c, meta.ReferenceTo(wamid))).Class)
}

func TestASuccessThatIsNotConfirmedIsNoSuccess(t *testing.T) {
	for body, class := range map[string]provider.Class{
		`{"success":false}`:      provider.ClassRetry,
		`{}`:                     provider.ClassRetry,
		`<html>maintenance`:      provider.ClassUnknown,
		``:                       provider.ClassUnknown,
		`{"success":"yes"}`:      provider.ClassUnknown,
		`{"error":{"code":190}}`: provider.ClassToken,
	} {
		c := serve(t, reply(http.StatusOK, body))
		assert.Equal(t, class, failure(t, open(t).MarkRead(t.Context(), c, meta.ReferenceTo(wamid))).Class, body)
	}
}

func TestWhatPeopleWriteCanBeMarkedAsReadAndNoticesCannot(t *testing.T) {
	p := open(t)
	for _, kind := range []string{
		"text", "image", "video", "audio", "document", "sticker", "location", "contacts", "button", "interactive", "order", "a kind of next year",
	} {
		assert.True(t, p.Readable(kind), kind)
	}
	for _, kind := range []string{"system", "unsupported", "unknown", "reaction"} {
		assert.False(t, p.Readable(kind), kind)
	}
}

func TestSubscribePostsNothingToTheBusinessAccount(t *testing.T) {
	var asked *http.Request
	c := serve(t, func(w http.ResponseWriter, r *http.Request) {
		asked = r
		_, _ = w.Write([]byte(`{"success":true}`))
	})
	require.NoError(t, open(t).Subscribe(t.Context(), c))
	assert.Equal(t, "POST /v25.0/204/subscribed_apps", asked.Method+" "+asked.RequestURI)
	assert.Zero(t, asked.ContentLength)
	c = serve(t, reply(http.StatusForbidden, `{"error":{"code":200,"message":"(#200) Permissions error"}}`))
	assert.Equal(t, provider.ClassAccount, failure(t, open(t).Subscribe(t.Context(), c)).Class)
}
