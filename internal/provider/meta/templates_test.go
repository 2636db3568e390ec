package meta_test

import (
	"fmt"
	"net/http"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/ivendnext/whatsapp-accounts/internal/provider"
	"github.com/ivendnext/whatsapp-accounts/internal/secret"
	"github.com/ivendnext/whatsapp-accounts/pkg/whatsapptest"
)

// atDouble is a double of Meta with these templates, and the credentials of its sample account.
func atDouble(t *testing.T, templates ...whatsapptest.Template) (*whatsapptest.Meta, provider.Credentials) {
	t.Helper()
	config := whatsapptest.SampleMeta()
	config.Businesses[0].Templates = templates
	double := whatsapptest.StartMeta(t, config)
	return double, provider.Credentials{
		Settings: map[string]string{"url": double.URL, "version": "v25.0", "phone_id": whatsapptest.SamplePhoneID, "app_id": whatsapptest.SampleAppID, "business_id": whatsapptest.SampleBusinessID},
		Secrets:  map[string]secret.Text{"token": secret.New(whatsapptest.SampleToken)},
	}
}

// sale is a submission with everything in it.
func sale() provider.TemplateSubmission {
	content := provider.TemplateContent{
		Header: &provider.TemplateHeader{Format: provider.HeaderText, Text: "Order {{1}}"}, Body: "Hi {{1}}, {{2}} is ready.", Footer: "Bye",
		Buttons: []provider.TemplateButton{
			{Kind: provider.ButtonQuickReply, Text: "Thanks"}, {Kind: provider.ButtonURL, Text: "Track", URL: "https://example.com/{{1}}"},
			{Kind: provider.ButtonPhone, Text: "Call", Phone: "+97145550100"}, {Kind: provider.ButtonCopyCode}, {Kind: provider.ButtonFlow, Text: "Book", FlowID: "123456"},
		},
		Samples: map[string]string{"header_1": "42", "1": "Ann", "2": "a ring", "button_1": "x", "button_3": "SAVE"},
	}
	return provider.TemplateSubmission{Category: "UTILITY", Content: content, Samples: provider.TemplateMessage{
		Name: "sale", Language: "en_US", Header: []provider.TemplateValue{{Name: "1", Text: "42"}}, Body: []provider.TemplateValue{{Name: "1", Text: "Ann"}, {Name: "2", Text: "a ring"}},
		Buttons: []provider.ButtonValue{{Kind: provider.ButtonURL, Index: 1, Text: "x"}, {Kind: provider.ButtonCopyCode, Index: 3, Text: "SAVE"}, {Kind: provider.ButtonFlow, Index: 4}},
	}}
}

func TestATemplateIsListedAsItWasSubmitted(t *testing.T) {
	_, c := atDouble(t)
	p, numbered := open(t), sale()
	named := sale()
	named.Content = provider.TemplateContent{
		Header: &provider.TemplateHeader{Format: provider.HeaderText, Text: "For {{name}}"}, Body: "Hi {{name}}, {{order}} is ready.", Samples: map[string]string{"name": "Ann", "order": "42"},
	}
	named.Samples = provider.TemplateMessage{
		Name: "named", Language: "de", Named: true, Header: []provider.TemplateValue{{Name: "name", Text: "Ann"}},
		Body: []provider.TemplateValue{{Name: "name", Text: "Ann"}, {Name: "order", Text: "42"}},
	}
	var want []provider.KnownTemplate
	for _, s := range []provider.TemplateSubmission{numbered, named} {
		made, err := p.SubmitTemplate(t.Context(), c, s)
		require.NoError(t, err)
		assert.NotEmpty(t, made.ID)
		assert.Equal(t, []string{"PENDING", "UTILITY", s.Samples.Name, s.Samples.Language}, []string{made.Status, made.Category, made.Name, made.Language})
		want = append(want, made)
	}
	got, err := p.Templates(t.Context(), c)
	require.NoError(t, err)
	assert.Equal(t, want, got)
}

func TestASubmissionThatIsRepeatedGivesWhatMetaHas(t *testing.T) {
	_, c := atDouble(t, whatsapptest.Template{Name: "sale_2", Language: "en_US"}, whatsapptest.Template{Name: "sale", Language: "de"})
	p := open(t)
	made, err := p.SubmitTemplate(t.Context(), c, sale())
	require.NoError(t, err)
	other := sale()
	other.Content.Body = "Something else {{1}}, {{2}}."
	again, err := p.SubmitTemplate(t.Context(), c, other)
	require.NoError(t, err)
	assert.Equal(t, made.ID, again.ID)
	assert.Equal(t, "Hi {{1}}, {{2}} is ready.", again.Content.Body, "as Meta has it, and not as it was sent again")
}

func TestEditsAndDeletionsKeepMetasRules(t *testing.T) {
	double, c := atDouble(t)
	p := open(t)
	made, err := p.SubmitTemplate(t.Context(), c, sale())
	require.NoError(t, err)
	edit := sale()
	edit.ID, edit.Content.Body = made.ID, "Hello {{1}}, {{2}} is here."
	_, err = p.SubmitTemplate(t.Context(), c, edit)
	assert.Equal(t, provider.ClassPermanent, failure(t, err).Class, "one that is being reviewed is not edited")
	_, err = double.Review(made.ID, "APPROVED", "")
	require.NoError(t, err)
	edited, err := p.SubmitTemplate(t.Context(), c, edit)
	require.NoError(t, err)
	assert.Equal(t, "PENDING", edited.Status)
	listed, err := p.Templates(t.Context(), c)
	require.NoError(t, err)
	assert.Equal(t, "Hello {{1}}, {{2}} is here.", listed[0].Content.Body)
	_, err = double.Review(made.ID, "DISABLED", "")
	require.NoError(t, err)
	assert.Equal(t, provider.ClassPermanent, failure(t, p.WithdrawTemplate(t.Context(), c, made.ID, "sale")).Class)
	_, err = double.Review(made.ID, "REJECTED", "INVALID_FORMAT")
	require.NoError(t, err)
	listed, err = p.Templates(t.Context(), c)
	require.NoError(t, err)
	assert.Equal(t, []string{"REJECTED", "INVALID_FORMAT"}, []string{listed[0].Status, listed[0].Reason})
	require.NoError(t, p.WithdrawTemplate(t.Context(), c, made.ID, "sale"))
	require.NoError(t, p.WithdrawTemplate(t.Context(), c, made.ID, "sale"), "what is gone is deleted")
	_, err = p.SubmitTemplate(t.Context(), c, sale())
	assert.Contains(t, failure(t, err).Meaning, "30 days")
}

func TestEveryPageOfTheListIsRead(t *testing.T) {
	var many []whatsapptest.Template
	for i := range 250 {
		many = append(many, whatsapptest.Template{Name: fmt.Sprintf("t_%03d", i), Language: "en_US", Components: []component{{"type": "BODY", "text": "Hi"}}})
	}
	double, c := atDouble(t, many...)
	got, err := open(t).Templates(t.Context(), c)
	require.NoError(t, err)
	require.Len(t, got, 250)
	names := map[string]bool{}
	for _, k := range got {
		names[k.Name] = true
	}
	assert.Len(t, names, 250)
	assert.Len(t, double.Requests(whatsapptest.ListTemplates), 3)
	double.FailNext(1, whatsapptest.MetaError(80007), whatsapptest.ListTemplates)
	_, err = open(t).Templates(t.Context(), c)
	assert.Equal(t, provider.ClassRetry, failure(t, err).Class, "half a list is none")
}

func TestWhatHasNoPlaceInATemplateIsNamed(t *testing.T) {
	_, c := atDouble(t, whatsapptest.Template{Name: "code", Language: "en_US", Category: "AUTHENTICATION", Components: []component{
		{"type": "HEADER", "format": "LOCATION"}, {"type": "BODY", "text": "{{1}} is your code.", "add_security_recommendation": true}, {"type": "FOOTER", "code_expiration_minutes": 5},
		{"type": "CAROUSEL", "cards": []any{}}, {"type": "BUTTONS", "buttons": []any{map[string]any{"type": "OTP", "otp_type": "COPY_CODE", "text": "Copy"}}},
	}})
	got, err := open(t).Templates(t.Context(), c)
	require.NoError(t, err)
	assert.Equal(t, []string{"HEADER LOCATION", "BODY of Meta's own", "FOOTER of Meta's own", "CAROUSEL", "BUTTON OTP"}, got[0].Content.Foreign)
	assert.Equal(t, "{{1}} is your code.", got[0].Content.Body)
}

func TestAListThatIsNoneIsNoEmptyList(t *testing.T) {
	for _, body := range []string{`{}`, `[]`, `<html>`} {
		_, err := open(t).Templates(t.Context(), serve(t, reply(http.StatusOK, body)))
		assert.Equal(t, provider.ClassUnknown, failure(t, err).Class, body)
	}
}
