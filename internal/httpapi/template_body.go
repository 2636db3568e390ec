package httpapi

import (
	"slices"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	v1 "github.com/ivendnext/whatsapp-accounts/api/v1"
	"github.com/ivendnext/whatsapp-accounts/internal/fault"
	"github.com/ivendnext/whatsapp-accounts/internal/provider"
	"github.com/ivendnext/whatsapp-accounts/internal/template"
)

// readOnlyOfTemplates are the members of an answer that no request may carry.
func readOnlyOfTemplates() []string {
	return []string{
		"id", "account_type", "language_code", "parameter_format", "placeholders", "unsupported_parts", "status", "status_reason", "quality", "sendable", "unsubmitted",
		"provider_id", "submitted_at", "synced_at", "created_at", "updated_at",
	}
}

// readTemplate reads a body strictly and notes the nulls that clear nothing.
func readTemplate(body []byte, into any) (wrong fault.Fields, err error) {
	var members map[string]jsontext.Value
	if err := decode(body, &members); err != nil {
		return nil, err
	}
	if err := refuseReadOnly(members, readOnlyOfTemplates()); err != nil {
		return nil, err
	}
	if err := decode(body, into); err != nil {
		return nil, err
	}
	for name := range members {
		if !slices.Contains([]string{"account_id", "label", "language", "body"}, name) {
			delete(members, name)
		}
	}
	return nulls(members), nil
}

// templateBody reads POST /v1/templates.
func templateBody(body []byte) (template.Draft, error) {
	var sent v1.TemplateCreate
	wrong, err := readTemplate(body, &sent)
	if err == nil {
		err = misshapen(&sent, &wrong)
	}
	draft := draftOf(v1.TemplateUpdate(sent))
	draft.Wrong = wrong
	return draft, err
}

// templatePatch reads PATCH /v1/templates/{id}, and gives what applies it to a template.
func templatePatch(body []byte) (func(template.Template) (template.Draft, error), error) {
	wrong, err := readTemplate(body, new(v1.TemplateUpdate))
	return func(before template.Template) (template.Draft, error) {
		written, err := json.Marshal(writtenOf(before))
		if err != nil {
			return template.Draft{}, err
		}
		merged, err := mergeInto(written, body)
		if err != nil {
			return template.Draft{}, err
		}
		var whole v1.TemplateUpdate
		err = decode(merged, &whole)
		draft := draftOf(whole)
		draft.Wrong = wrong
		return draft, err
	}, err
}

// mergeInto applies a merge patch, RFC 7396 section 2.
func mergeInto(target, patch jsontext.Value) (jsontext.Value, error) {
	if patch.Kind() != '{' {
		return patch, nil
	}
	members, changes := map[string]jsontext.Value{}, map[string]jsontext.Value{}
	if target.Kind() == '{' {
		if err := json.Unmarshal(target, &members); err != nil {
			return nil, err
		}
	}
	if err := json.Unmarshal(patch, &changes); err != nil {
		return nil, err
	}
	for name, change := range changes {
		if change.Kind() == 'n' {
			delete(members, name)
			continue
		}
		merged, err := mergeInto(members[name], change)
		if err != nil {
			return nil, err
		}
		members[name] = merged
	}
	return json.Marshal(members)
}

// draftOf is what a body asks for.
func draftOf(sent v1.TemplateUpdate) template.Draft {
	d := template.Draft{
		AccountID: orEmpty(sent.AccountID), Label: orEmpty(sent.Label), Name: orEmpty(sent.Name), Language: orEmpty(sent.Language), Category: orEmpty(sent.Category),
		Content: provider.TemplateContent{Body: orEmpty(sent.Body), Footer: orEmpty(sent.Footer)},
	}
	if h := sent.Header; h != nil {
		d.Content.Header = &provider.TemplateHeader{Format: provider.HeaderFormat(orEmpty(h.Format)), Text: orEmpty(h.Text)}
	}
	for _, b := range sent.Buttons {
		d.Content.Buttons = append(d.Content.Buttons, provider.TemplateButton{
			Kind: provider.ButtonKind(orEmpty(b.Type)), Text: orEmpty(b.Text), URL: orEmpty(b.URL), Phone: orEmpty(b.PhoneNumber), FlowID: orEmpty(b.FlowID),
		})
	}
	for key, sample := range sent.Samples {
		if sample == nil {
			continue
		}
		if d.Content.Samples == nil {
			d.Content.Samples = map[string]string{}
		}
		d.Content.Samples[key] = *sample
	}
	return d
}

func orEmpty(text *string) string {
	if text == nil {
		return ""
	}
	return *text
}

// writtenOf is the body that would make the template as it is.
func writtenOf(t template.Template) v1.TemplateUpdate {
	d := template.DraftOf(t)
	w := v1.TemplateUpdate{
		AccountID: &d.AccountID, Label: &d.Label, Name: unlessEmpty(d.Name), Language: &d.Language, Category: unlessEmpty(d.Category), Body: &d.Content.Body,
		Footer: unlessEmpty(d.Content.Footer), Samples: map[string]*string{},
	}
	if h := d.Content.Header; h != nil {
		w.Header = &v1.TemplateHeaderWrite{Format: (*string)(&h.Format), Text: unlessEmpty(h.Text)}
	}
	for _, b := range d.Content.Buttons {
		w.Buttons = append(w.Buttons, v1.TemplateButtonWrite{
			Type: (*string)(&b.Kind), Text: unlessEmpty(b.Text), URL: unlessEmpty(b.URL), PhoneNumber: unlessEmpty(b.Phone), FlowID: unlessEmpty(b.FlowID),
		})
	}
	for key, sample := range d.Content.Samples {
		w.Samples[key] = &sample
	}
	return w
}
