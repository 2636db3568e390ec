package meta_test

import (
	"bytes"
	"encoding/json"
	"net/http"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/ivendnext/whatsapp-accounts/internal/provider"
	"github.com/ivendnext/whatsapp-accounts/pkg/whatsapptest"
)

// component is a part of a template as the double keeps it.
type component = whatsapptest.Component

// send sends a composed message to the double and gives the status and the code of its answer.
func send(t *testing.T, double *whatsapptest.Meta, composed json.RawMessage) int {
	t.Helper()
	var message map[string]any
	require.NoError(t, json.Unmarshal(composed, &message))
	message["messaging_product"], message["to"] = "whatsapp", "+447700900123"
	body, err := json.Marshal(message)
	require.NoError(t, err)
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, double.URL+"/v25.0/"+whatsapptest.SamplePhoneID+"/messages", bytes.NewReader(body))
	require.NoError(t, err)
	request.Header.Set("Authorization", "Bearer "+whatsapptest.SampleToken)
	request.Header.Set("Content-Type", "application/json")
	response, err := http.DefaultClient.Do(request)
	require.NoError(t, err)
	require.NoError(t, response.Body.Close())
	return response.StatusCode
}

func TestWhatIsComposedFillsTheTemplateInAsMetaWantsIt(t *testing.T) {
	config := whatsapptest.SampleMeta()
	config.Businesses[0].Templates = []whatsapptest.Template{
		{Name: "numbered", Language: "en_US", Components: []component{
			{"type": "HEADER", "format": "TEXT", "text": "Order {{1}}"}, {"type": "BODY", "text": "Hi {{1}}, {{2}} is ready."},
			{"type": "BUTTONS", "buttons": []any{map[string]any{"type": "QUICK_REPLY", "text": "Yes"}, map[string]any{"type": "URL", "text": "Open", "url": "https://example.com/{{1}}"}}},
		}},
		{Name: "named", Language: "de", ParameterFormat: "NAMED", Components: []component{{"type": "BODY", "text": "Hallo {{name}}!"}}},
		{Name: "picture", Language: "en_US", Components: []component{{"type": "HEADER", "format": "IMAGE"}, {"type": "BODY", "text": "Look"}}},
	}
	double := whatsapptest.StartMeta(t, config)
	for name, m := range map[string]provider.TemplateMessage{
		"numbered": {
			Name: "numbered", Language: "en_US", Header: []provider.TemplateValue{{Name: "1", Text: "42"}}, Body: []provider.TemplateValue{{Name: "1", Text: "Ann"}, {Name: "2", Text: "a ring"}},
			Buttons: []provider.ButtonValue{{Kind: provider.ButtonURL, Index: 1, Text: "x"}},
		},
		"named":               {Name: "named", Language: "de", Named: true, Body: []provider.TemplateValue{{Name: "name", Text: "Ann"}}},
		"a medium by id":      {Name: "picture", Language: "en_US", Media: provider.HeaderImage, MediaAt: "123"},
		"a medium by address": {Name: "picture", Language: "en_US", Media: provider.HeaderImage, MediaAt: "https://example.com/a.png"},
	} {
		composed, err := open(t).Compose(m)
		require.NoError(t, err)
		assert.Equal(t, http.StatusOK, send(t, double, composed), "%s: %s", name, composed)
	}
}

func TestButtonsAreFilledInByTheirKinds(t *testing.T) {
	composed, err := open(t).Compose(provider.TemplateMessage{Name: "t", Language: "en", Buttons: []provider.ButtonValue{
		{Kind: provider.ButtonCopyCode, Index: 0, Text: "SAVE"}, {Kind: provider.ButtonFlow, Index: 2},
	}})
	require.NoError(t, err)
	assert.JSONEq(t, `{"type":"template","template":{"name":"t","language":{"code":"en"},"components":[
		{"type":"button","sub_type":"copy_code","index":"0","parameters":[{"type":"coupon_code","coupon_code":"SAVE"}]},
		{"type":"button","sub_type":"flow","index":"2","parameters":[{"type":"action","action":{"flow_token":"unused"}}]}]}}`, string(composed))
}
