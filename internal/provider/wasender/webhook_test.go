package wasender

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/ivendnext/whatsapp-accounts/internal/provider"
	"github.com/ivendnext/whatsapp-accounts/internal/secret"
)

const received = `{"event":"messages.received","sessionId":"the-api-key","timestamp":1795345200,"data":{"messages":{"key":{"id":"3EB0X1","fromMe":false,
	"remoteJid":"447700900123@s.whatsapp.net","cleanedSenderPn":"447700900123"},"messageBody":"Hi","message":{"conversation":"Hi"}}}}`

func TestTheSecretItselfIsTheProof(t *testing.T) {
	key := secret.New("0123456789abcdef0123456789abcdef")
	assert.True(t, Receiver{}.Proves("0123456789abcdef0123456789abcdef", nil, key))
	for _, wrong := range []string{"", "0123456789abcdef0123456789abcdeF", "0123456789abcdef", "0123456789abcdef0123456789abcdef "} {
		assert.False(t, Receiver{}.Proves(wrong, nil, key), wrong)
	}
	assert.False(t, Receiver{}.Proves("", nil, secret.Text{}))
}

func TestAMessageCarriesTheKeyThatMarksItRead(t *testing.T) {
	all := Receiver{}.Items([]byte(received))
	require.Len(t, all, 1)
	item := all[0]
	assert.Equal(t, provider.ItemMessage, item.Kind)
	assert.Equal(t, "3EB0X1", item.MessageID)
	assert.True(t, item.Readable)
	assert.JSONEq(t, `{"id":"3EB0X1","fromMe":false,"remoteJid":"447700900123@s.whatsapp.net","cleanedSenderPn":"447700900123"}`, string(item.Ref))
	assert.Equal(t, time.Unix(1795345200, 0).UTC(), item.At)
}

func TestOneMessageInTwoEventsIsOneItem(t *testing.T) {
	upsert := strings.NewReplacer("messages.received", "messages.upsert", `"messages":{`, `"messages":[{`, `{"conversation":"Hi"}}`, `{"conversation":"Hi"}}]`).Replace(received)
	require.True(t, json.Valid([]byte(upsert)))
	assert.Equal(t, Receiver{}.Items([]byte(received))[0].Key, Receiver{}.Items([]byte(upsert))[0].Key)
}

func TestWhatWeSentComesBackAndIsNoMessageToUs(t *testing.T) {
	item := Receiver{}.Items([]byte(strings.Replace(received, `"fromMe":false`, `"fromMe":true`, 1)))[0]
	assert.Equal(t, provider.ItemOther, item.Kind)
	assert.False(t, item.Readable)
}

func TestStatusCodesAreStates(t *testing.T) {
	for code, want := range map[string]provider.MessageState{"0": "failed", "1": "accepted", "2": "sent", "3": "delivered", "4": "read", "5": "read", "9": ""} {
		body := `{"event":"messages.update","data":{"update":{"status":` + code + `},"key":{"id":"3EB0","fromMe":true}},"timestamp":1795345200467}`
		item := Receiver{}.Items([]byte(body))[0]
		assert.Equal(t, provider.ItemStatus, item.Kind)
		assert.Equal(t, want, item.State, code)
		assert.Equal(t, time.UnixMilli(1795345200467).UTC(), item.At)
	}
}

func TestTheSessionIsHealthAndTheRestIsPassedOn(t *testing.T) {
	health := Receiver{}.Items([]byte(`{"event":"session.status","timestamp":1795345200,"data":{"status":"connected"}}`))[0]
	assert.Equal(t, provider.ItemHealth, health.Kind)
	assert.Contains(t, health.Health, "session")
	for _, body := range []string{`{"event":"chats.update","data":[]}`, `{}`, `{"event":"messages.received","data":{}}`, `{"event":"messages.received","data":{"messages":[7]}}`, `[]`, `{`, ""} {
		for _, item := range (Receiver{}).Items([]byte(body)) {
			assert.Equal(t, provider.ItemOther, item.Kind, body)
			assert.True(t, json.Valid(item.Change), body)
		}
	}
}

func TestWhatIsKeptHoldsNoCredential(t *testing.T) {
	body := `{"event":"qrcode.updated","sessionId":"anything","data":{"qr":"2@scan-me","note":"key the-api-key and hook the-hook","deep":[{"api_key":{"a":1}},"the-\u0061pi-key"],"the-hook":1,"kept":12345678901234567890}}`
	kept, readable := Receiver{}.Redact([]byte(body), secret.New("the-api-key"), secret.New("the-hook"))
	require.True(t, readable)
	for _, secret := range []string{"anything", "2@scan-me", "the-api-key", "the-hook", `"a"`} {
		assert.NotContains(t, string(kept), secret)
	}
	assert.Contains(t, string(kept), "12345678901234567890")
	assert.Contains(t, string(kept), "qrcode.updated")
}

func TestWhatIsNoJSONIsNotKept(t *testing.T) {
	for _, body := range []string{"", "{", `{"a":1} {"b":2}`, "the-api-key", `{"a":"the-api-key`} {
		_, readable := Receiver{}.Redact([]byte(body), secret.New("the-api-key"))
		assert.False(t, readable, body)
	}
}

func FuzzRedact(f *testing.F) {
	for _, body := range []string{received, `{"sessionId":["a"],"qr":{}}`, `"the-api-key"`, `[1,"the-api-key",{"the-api-key":null}]`, "\xff"} {
		f.Add([]byte(body))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		kept, readable := Receiver{}.Redact(body, secret.New("the-api-key"))
		if !readable {
			return
		}
		if !json.Valid(kept) {
			t.Errorf("what is kept is not JSON: %q", kept)
		}
		if strings.Contains(string(kept), "the-api-key") {
			t.Errorf("the secret is still there: %q", kept)
		}
		for _, i := range (Receiver{}).Items(kept) {
			for name, raw := range i.Data {
				if !json.Valid(raw) {
					t.Errorf("%s is not JSON: %q", name, raw)
				}
			}
		}
	})
}
