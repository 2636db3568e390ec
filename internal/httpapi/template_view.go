package httpapi

import (
	"time"

	v1 "github.com/ivendnext/whatsapp-accounts/api/v1"
	"github.com/ivendnext/whatsapp-accounts/internal/provider"
	"github.com/ivendnext/whatsapp-accounts/internal/template"
)

// templateAnswer is a template as it is answered.
func templateAnswer(of template.Template) v1.Template {
	return v1.Template{
		ID: of.ID, AccountID: of.AccountID, AccountType: string(of.Type), Label: of.Label, Name: of.Name,
		Language: template.LanguageName(of.Language), LanguageCode: of.Language, Category: unlessEmpty(of.Category), ParameterFormat: formatOf(of.Content),
		Header: headerOf(of.Content.Header), Body: of.Content.Body, Footer: unlessEmpty(of.Content.Footer), Buttons: buttonsOf(of.Content.Buttons), Samples: of.Content.Samples,
		Placeholders: placesOf(of.Content), UnsupportedParts: of.Content.Foreign, Status: string(of.Status), StatusReason: unlessEmpty(of.Reason), Quality: unlessEmpty(of.Quality),
		Sendable: of.Sendable(), Unsubmitted: of.Unsubmitted(), ProviderID: unlessEmpty(of.ProviderID), SubmittedAt: timeOrNull(of.SubmittedAt), SyncedAt: timeOrNull(of.SyncedAt),
		CreatedAt: v1.Time{Time: of.CreatedAt}, UpdatedAt: v1.Time{Time: of.UpdatedAt},
	}
}

func formatOf(c provider.TemplateContent) string {
	if template.Named(c) {
		return "named"
	}
	return "positional"
}

func headerOf(h *provider.TemplateHeader) *v1.TemplateHeader {
	if h == nil {
		return nil
	}
	return &v1.TemplateHeader{Format: string(h.Format), Text: unlessEmpty(h.Text)}
}

func buttonsOf(buttons []provider.TemplateButton) []v1.TemplateButton {
	out := make([]v1.TemplateButton, len(buttons))
	for i, b := range buttons {
		out[i] = v1.TemplateButton{Type: string(b.Kind), Text: unlessEmpty(b.Text), URL: unlessEmpty(b.URL), PhoneNumber: unlessEmpty(b.Phone), FlowID: unlessEmpty(b.FlowID)}
	}
	return out
}

func placesOf(c provider.TemplateContent) []v1.TemplatePlace {
	places := template.PlacesOf(c)
	out := make([]v1.TemplatePlace, len(places))
	for i, p := range places {
		out[i] = v1.TemplatePlace{Key: p.Key, Kind: string(p.Kind), Pointer: p.Pointer}
	}
	return out
}

// timeOrNull is null for what never was.
func timeOrNull(t time.Time) *v1.Time {
	if t.IsZero() {
		return nil
	}
	return &v1.Time{Time: t}
}
