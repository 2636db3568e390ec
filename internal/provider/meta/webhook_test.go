package meta

import (
	"encoding/hex"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/ivendnext/whatsapp-accounts/internal/provider"
	"github.com/ivendnext/whatsapp-accounts/internal/secret"
)

// The vectors were made with openssl, python and node.
func TestProvesTheExactBytes(t *testing.T) {
	key := secret.New("app-secret")
	for body, signature := range map[string]string{
		`{"object":"whatsapp_business_account","entry":[]}`:    "d3e4f9da0ce6c71ab3dba55929b8eeeee2455349e534924ead19f98d143e904f",
		`{"object": "whatsapp_business_account", "entry": []}`: "7c9e9df41d8d95d6d7c4e5beb7d28be3e77c7c5a4b562ee8d509bfa5720d898e",
		`{"object":"whatsapp_business_account","entry":[{"id":"1","changes":[{"field":"messages","value":{"t":"Zo` + "\\u00eb \\ud83d\\udc4d" + `"}}]}]}`: "2094401a1ae4bcbc02fc2a497b3eaacfbf913f4ca3fb3a3100916833c9532c41",
		`{"object":"whatsapp_business_account","entry":[{"id":"1","changes":[{"field":"messages","value":{"t":"Zoë 👍"}}]}]}`:                              "9d2ac43be536eccafc09e4aae79308ff51e5736b08e29d848c00de2998b7ba0b",
	} {
		assert.True(t, Receiver{}.Proves("sha256="+signature, []byte(body), key), body)
		assert.False(t, Receiver{}.Proves("sha256="+signature, []byte(body+" "), key), body)
		assert.False(t, Receiver{}.Proves("sha256="+signature, []byte(body), secret.New("app-secreT")), body)
	}
}

func TestOnlyTheOneFormOfASignatureProves(t *testing.T) {
	body, key := []byte(`{"object":"whatsapp_business_account","entry":[]}`), secret.New("app-secret")
	const right = "d3e4f9da0ce6c71ab3dba55929b8eeeee2455349e534924ead19f98d143e904f"
	require.True(t, Receiver{}.Proves("sha256="+right, body, key))
	for _, wrong := range []string{
		"", right, "sha256=", "sha1=9759b9386dc2668da67aebfacb40d33ff46150f0", "sha256=" + right[:62], "sha256=" + right + "00", "sha256=" + strings.ToUpper(right),
		"SHA256=" + right, "sha256= " + right, "sha256=" + right + ",sha256=" + right, "sha256=" + strings.Repeat("z", 64),
	} {
		assert.False(t, Receiver{}.Proves(wrong, body, key), wrong)
	}
	assert.False(t, Receiver{}.Proves("sha256="+right, body, secret.Text{}), "no secret proves nothing")
}

func sample(t testing.TB, name string) []byte {
	t.Helper()
	body, err := os.ReadFile(filepath.Join("testdata", name+".json"))
	require.NoError(t, err)
	return body
}

// items reads a body in which everything must be for the number or the business account of the samples.
func items(t *testing.T, body []byte) []provider.Item {
	t.Helper()
	all := Receiver{}.Items(body)
	keys := map[string]bool{}
	for _, i := range all {
		require.False(t, keys[i.Key], "two items have the key %s", i.Key)
		keys[i.Key] = true
		for name, raw := range i.Data {
			require.True(t, json.Valid(raw), name)
		}
		require.True(t, json.Valid(i.Change))
	}
	return all
}

func TestEverySampleIsRecognised(t *testing.T) {
	for name, kind := range map[string]provider.ItemKind{
		"in_text": provider.ItemMessage, "in_text_bsuid_only": provider.ItemMessage, "in_text_reply": provider.ItemMessage, "in_image": provider.ItemMessage,
		"in_button": provider.ItemMessage, "in_interactive_button": provider.ItemMessage, "in_reaction": provider.ItemMessage,
		"in_unsupported": provider.ItemMessage, "in_system_number": provider.ItemMessage,
		"st_sent": provider.ItemStatus, "st_delivered": provider.ItemStatus, "st_read": provider.ItemStatus, "st_failed": provider.ItemStatus,
		"tmpl_approved": provider.ItemTemplate, "tmpl_rejected": provider.ItemTemplate,
		"phone_quality": provider.ItemHealth, "account_restricted": provider.ItemHealth, "value_errors": provider.ItemHealth,
	} {
		body := sample(t, name)
		all := items(t, body)
		require.Len(t, all, 1, name)
		assert.Equal(t, kind, all[0].Kind, name)
		names := Receiver{}.Names(body)
		assert.Equal(t, []string{"204000000000001"}, names["business_id"], name)
		if kind == provider.ItemMessage || kind == provider.ItemStatus || name == "value_errors" {
			assert.Equal(t, map[string]string{"phone_id": "305000000000007"}, all[0].Names, name)
		} else {
			assert.Equal(t, map[string]string{"business_id": "204000000000001"}, all[0].Names, name)
		}
	}
}

func TestWhatCanBeReadIsMarkedReadable(t *testing.T) {
	for name, want := range map[string]bool{
		"in_text": true, "in_text_bsuid_only": true, "in_image": true, "in_button": true, "in_interactive_button": true,
		"in_reaction": false, "in_unsupported": false, "in_system_number": false,
	} {
		assert.Equal(t, want, items(t, sample(t, name))[0].Readable, name)
	}
}

func TestAMessageIsPassedOnAsItCameWithWhoSentIt(t *testing.T) {
	item := items(t, sample(t, "in_text"))[0]
	var message struct {
		ID   string
		Text struct{ Body string }
	}
	require.NoError(t, json.Unmarshal(item.Data["message"], &message))
	assert.Equal(t, "Do you ship to Leeds?", message.Text.Body)
	assert.Equal(t, message.ID, item.MessageID)
	assert.Equal(t, "message/"+message.ID, item.Key)
	assert.JSONEq(t, `{"profile":{"name":"Zoë Ok"},"wa_id":"447700900123","user_id":"GB.1029384756102938"}`, string(item.Data["contact"]))
	assert.JSONEq(t, `{"display_phone_number":"15550100200","phone_number_id":"305000000000007"}`, string(item.Data["metadata"]))
	assert.Equal(t, time.Unix(1795345200, 0).UTC(), item.At)
}

func TestASenderWithoutANumberIsFoundByItsUserID(t *testing.T) {
	item := items(t, sample(t, "in_text_bsuid_only"))[0]
	assert.NotEmpty(t, item.Data["contact"])
	assert.NotEmpty(t, item.MessageID)
}

func TestAFailedStatusKeepsItsErrors(t *testing.T) {
	item := items(t, sample(t, "st_failed"))[0]
	assert.Equal(t, provider.StateFailed, item.State)
	assert.Equal(t, []int{131047}, item.ErrorCodes)
	assert.Contains(t, string(item.Data["status"]), "More than 24 hours have passed")
}

func TestEveryEntryChangeMessageAndStatusIsAnItem(t *testing.T) {
	body := `{"entry":[
		{"id":"1","changes":[
			{"field":"messages","value":{"metadata":{"phone_number_id":"11"},"messages":[{"id":"a","type":"text"},{"id":"b","type":"text"}],"statuses":[{"id":"c","status":"sent"}]}},
			{"field":"messages","value":{"metadata":{"phone_number_id":"12"},"messages":[{"id":"d","type":"text"}]}}]},
		{"id":"2","changes":[{"field":"account_update","value":{"event":"X"}},{"field":"something_new","value":[1,2]}]}]}`
	var got []string
	for _, i := range items(t, []byte(body)) {
		got = append(got, string(i.Kind)+" "+i.Names["phone_id"]+i.Names["business_id"]+" "+i.MessageID)
	}
	assert.Equal(t, []string{"message 11 a", "message 11 b", "status 11 c", "message 12 d", "health 2 ", "other 2 "}, got)
	assert.Equal(t, provider.Names{"phone_id": {"11", "12"}, "business_id": {"1", "2"}}, Receiver{}.Names([]byte(body)))
}

func TestAnOddPartSpoilsNothingElse(t *testing.T) {
	body := `{"entry":[7, {"id":"1"}, {"id":1,"changes":{"field":"messages","value":{"metadata":{"phone_number_id":11},
		"messages":[5, {"id":7,"type":"text"}, {"type":"text"}, {"id":"ok","type":"text","timestamp":1795345200}],"statuses":[{"status":"sent"},{"id":"s","status":"novel"}],"contacts":"nobody"}}},
		{"id":"2","changes":[{"field":"messages","value":"text"},{"field":"messages","value":{}},null]}]}`
	all := items(t, []byte(body))
	var messages, states []string
	for _, i := range all {
		if i.Kind == provider.ItemMessage && i.MessageID != "" {
			messages = append(messages, i.MessageID)
		}
		if i.Kind == provider.ItemStatus {
			states = append(states, i.MessageID+string(i.State))
		}
	}
	assert.Equal(t, []string{"7", "ok"}, messages)
	assert.Equal(t, []string{"s"}, states)
	assert.Len(t, all, 11)
}

func TestLargeIdsKeepEveryDigit(t *testing.T) {
	body := `{"entry":[{"id":12345678901234567890123,"changes":[{"field":"messages","value":{"metadata":{"phone_number_id":98765432109876543210},"messages":[{"id":"m","type":"text"}]}}]}]}`
	assert.Equal(t, provider.Names{"phone_id": {"98765432109876543210"}, "business_id": {"12345678901234567890123"}}, Receiver{}.Names([]byte(body)))
}

func TestABodyThatCannotBeReadNamesNobodyAndIsKeptWhole(t *testing.T) {
	for _, body := range []string{"", "{", "null", "[]", `"text"`, `{"entry":`, "\xff"} {
		assert.True(t, Receiver{}.Names([]byte(body)).Nobody(), body)
		for _, i := range items(t, []byte(body)) {
			assert.Equal(t, provider.ItemOther, i.Kind, body)
		}
	}
}

func TestTheSameToldAgainHasTheSameKeyAndAnotherTimeAnother(t *testing.T) {
	one := items(t, sample(t, "phone_quality"))[0]
	assert.Equal(t, one.Key, items(t, sample(t, "phone_quality"))[0].Key)
	later := strings.Replace(string(sample(t, "phone_quality")), "1795345200", "1795345201", 1)
	assert.NotEqual(t, one.Key, items(t, []byte(later))[0].Key)
}

func FuzzItems(f *testing.F) {
	files, err := filepath.Glob("testdata/*.json")
	require.NoError(f, err)
	for _, name := range files {
		body, err := os.ReadFile(name)
		require.NoError(f, err)
		f.Add(body)
	}
	for _, body := range oddBodies() {
		f.Add([]byte(body))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		assert.Equal(t, unfoldedNames(body), Receiver{}.Names(body), "what is asked for is what the items are of")
		for _, i := range (Receiver{}).Items(body) {
			for name, raw := range i.Data {
				if !json.Valid(raw) {
					t.Errorf("%s is not JSON: %q", name, raw)
				}
			}
			if i.Key == "" || !json.Valid(i.Change) {
				t.Errorf("an item without key or change: %+v", i)
			}
		}
	})
}

func FuzzProves(f *testing.F) {
	body := []byte(`{"entry":[]}`)
	right := "sha256=" + hex.EncodeToString(secret.New("key").Sign(body))
	for _, signature := range []string{"", "sha256=", right, right + "0", "sha1=" + right, strings.ToUpper(right)} {
		f.Add(signature, body)
	}
	f.Fuzz(func(t *testing.T, signature string, body []byte) {
		with := secret.New("key")
		only := "sha256=" + hex.EncodeToString(with.Sign(body))
		if got := (Receiver{}).Proves(signature, body, with); got != (signature == only) {
			t.Errorf("%q proves %q: %v", signature, body, got)
		}
		if (Receiver{}).Proves(signature, body, secret.Text{}) {
			t.Errorf("no secret proves %q by %q", body, signature)
		}
		if !(Receiver{}).Proves(only, body, with) {
			t.Errorf("the right signature does not prove %q", body)
		}
	})
}
