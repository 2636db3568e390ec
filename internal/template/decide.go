package template

import (
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/ivendnext/whatsapp-accounts/internal/account"
	"github.com/ivendnext/whatsapp-accounts/internal/fault"
	"github.com/ivendnext/whatsapp-accounts/internal/provider"
)

// Draft is what people write of a template.
type Draft struct {
	AccountID string
	Label     string
	Name      string // empty makes it of the label
	Language  string // a name or a code
	Category  string
	Content   provider.TemplateContent
	// Wrong is what is at fault in the request already, before any rule looks at it: it is told with all that the rules find.
	Wrong fault.Fields
}

// DraftOf is what somebody would have to write to get the template as it is.
func DraftOf(t Template) Draft {
	d := Draft{AccountID: t.AccountID, Label: t.Label, Name: t.Name, Language: t.Language, Category: t.Category, Content: Clone(t.Content)}
	if d.Name == NameOf(d.Label) {
		d.Name = ""
	}
	return d
}

// decide turns a template as it is and what is asked into the template as it will be. A new one carries only identity, account, home and times.
func decide(spec provider.Spec, before Template, ask Draft, now time.Time) (Template, error) {
	after, wrong := before, slices.Clone(ask.Wrong)
	after.Content = Clone(ask.Content)
	after.Content.Foreign = before.Content.Foreign
	if ask.AccountID != before.AccountID {
		wrong.Add("/account_id", "read_only_field", "A template stays with its account. Create another one for the other account.")
	}
	after.Label, after.Name = nameIt(before, ask, &wrong)
	after.Language = speak(ask.Language, &wrong)
	after.Category = categorise(spec, ask.Category, &wrong)
	judge(spec, after.Content, &wrong)
	keepIdentity(before, after, &wrong)
	if err := once(wrong).Err(); err != nil {
		return Template{}, err
	}
	if DraftOf(after).same(DraftOf(before)) {
		return before, nil
	}
	if err := editable(spec, before, after); err != nil {
		return Template{}, err
	}
	after.UpdatedAt = now
	return after, nil
}

func (d Draft) same(other Draft) bool {
	return d.Label == other.Label && d.Name == other.Name && d.Language == other.Language && d.Category == other.Category &&
		Same(d.Content, other.Content) && slices.Equal(sorted(d.Content.Samples), sorted(other.Content.Samples)) &&
		!slices.ContainsFunc(sorted(d.Content.Samples), func(key string) bool { return d.Content.Samples[key] != other.Content.Samples[key] })
}

// once keeps the first thing that was noted about each member.
func once(wrong fault.Fields) fault.Fields {
	var kept fault.Fields
	for _, f := range wrong {
		if !kept.Has(f.Pointer) {
			kept = append(kept, f)
		}
	}
	return kept
}

func nameIt(before Template, ask Draft, wrong *fault.Fields) (label, name string) {
	label = strings.TrimSpace(ask.Label)
	switch {
	case label == "":
		wrong.Add("/label", "invalid_value", "The template needs a label.")
	case utf8.RuneCountInString(label) > maxName || !utf8.ValidString(label) || strings.ContainsFunc(label, unicode.IsControl):
		wrong.Add("/label", "invalid_value", fmt.Sprintf("A label is one line of at most %d characters.", maxName))
	}
	name = ask.Name
	switch {
	case name == "" && before.ProviderID != "":
		name = before.Name
	case name == "":
		if name = NameOf(label); name == "" {
			wrong.Add("/label", "invalid_value", "No name can be made of this label, which has no Latin letter or digit: send name too.")
		}
	case !namePattern.MatchString(name):
		wrong.Add("/name", "invalid_value", "A name has 1 to 512 small Latin letters, digits and underscores.")
	}
	return label, name
}

func speak(language string, wrong *fault.Fields) string {
	code, ok := LanguageOf(language)
	if !ok {
		wrong.Add("/language", "invalid_value", "There is no such language: send a code such as en_US, or a name such as English (US).")
	}
	return code
}

func categorise(spec provider.Spec, category string, wrong *fault.Fields) string {
	category = strings.ToUpper(category)
	switch known := spec.Templates.Categories; {
	case category == "":
	case len(known) == 0:
		wrong.Add("/category", "field_not_applicable", fmt.Sprintf("Templates of %s have no category.", spec.Type))
	case !slices.Contains(known, category):
		wrong.Add("/category", "invalid_value", "category must be one of "+strings.Join(known, ", ")+".")
	}
	return category
}

// keepIdentity refuses what a provider does not change of a template that it has.
func keepIdentity(before, after Template, wrong *fault.Fields) {
	if before.ProviderID == "" {
		return
	}
	const detail = "%s has the template under this %s, which never changes. Create another one."
	if after.Name != before.Name {
		wrong.Add("/name", "read_only_field", fmt.Sprintf(detail, before.Type, "name"))
	}
	if after.Language != before.Language {
		wrong.Add("/language", "read_only_field", fmt.Sprintf(detail, before.Type, "language"))
	}
	if before.Status == Approved && after.Category != before.Category {
		wrong.Add("/category", "read_only_field", fmt.Sprintf("%s does not change the category of an approved template.", before.Type))
	}
}

// editable refuses a change of what the provider reviews, in a state in which it takes none. The label is ours.
func editable(spec provider.Spec, before, after Template) error {
	switch {
	case before.ProviderID == "" || Same(before.Content, after.Content) && before.Category == after.Category:
		return nil
	case len(before.Content.Foreign) > 0:
		return errForeign(before)
	case !slices.Contains(spec.Templates.Editable, string(before.Status)):
		return errLocked(before, "change")
	}
	return nil
}

// blank is a new template of an account.
func blank(spec provider.Spec, a account.Account, id string, now time.Time) (Template, error) {
	t := Template{
		ID: id, Site: a.Site, AccountID: a.ID, Type: a.Type, Home: spec.TemplateHome(a.ID, a.Settings), Status: New, CreatedAt: now, UpdatedAt: now,
	}
	switch {
	case spec.Can(provider.CanTemplateLocalRendering):
		t.Status = Local
	case !spec.Can(provider.CanTemplateApproval):
		return t, fault.Fields{{Pointer: "/account_id", Code: "capability_unsupported", Detail: fmt.Sprintf("%s has no templates.", a.Type)}}.Err()
	}
	if t.Home == "" {
		home, _ := spec.Field(spec.Templates.Home)
		return t, fault.Fields{{
			Pointer: "/account_id", Code: "required", Detail: fmt.Sprintf("Templates belong to the %s, which %q does not have yet: set %s first.", home.Label, a.Name, spec.Pointer(home.Name)),
		}}.Err()
	}
	return t, nil
}
