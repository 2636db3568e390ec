package account

import (
	"fmt"
	"maps"
	"slices"
	"time"
	"unicode/utf8"

	"github.com/ivendnext/whatsapp-accounts/internal/fault"
	"github.com/ivendnext/whatsapp-accounts/internal/provider"
	"github.com/ivendnext/whatsapp-accounts/internal/secret"
)

// applySettings splits settings from secrets and checks each by its own rules.
func (d *Decision) applySettings(spec provider.Spec, sections map[string]Section, now time.Time, wrong *fault.Fields) {
	refuseForeign(spec, sections, wrong)
	section := sections[spec.SettingsKey]
	for _, f := range spec.Fields {
		if value, sent := section[f.Name]; sent {
			d.applySetting(spec, f, value, now, wrong)
		}
	}
}

// withDefaults asks for the default of every setting that a new account leaves out.
func withDefaults(spec provider.Spec, ask Change) Change {
	section := Section{}
	for _, f := range spec.Fields {
		if f.Default != "" {
			section[f.Name] = nil
		}
	}
	maps.Copy(section, ask.Sections[spec.SettingsKey])
	sections := map[string]Section{}
	maps.Copy(sections, ask.Sections)
	sections[spec.SettingsKey] = section
	ask.Sections = sections
	return ask
}

// refuseForeign refuses settings of another provider. They are refused rather than ignored: a manager who sends them expects them to work.
func refuseForeign(spec provider.Spec, sections map[string]Section, wrong *fault.Fields) {
	for _, key := range slices.Sorted(maps.Keys(sections)) {
		if key == spec.SettingsKey {
			continue
		}
		for _, name := range slices.Sorted(maps.Keys(sections[key])) {
			if sections[key][name] == nil {
				continue // clears what is not there: a full form may send it
			}
			wrong.Add("/"+key+"/"+name, "field_not_applicable",
				fmt.Sprintf("%s does not apply to a %s account. Leave it out; %s holds the settings of this one.", name, spec.Type, spec.SettingsKey))
		}
	}
}

func (d *Decision) applySetting(spec provider.Spec, f provider.Field, value *secret.Text, now time.Time, wrong *fault.Fields) {
	if value == nil {
		d.clear(f)
		return
	}
	stored, complaint := clean(f, value.Reveal())
	if complaint != "" {
		wrong.Add(spec.Pointer(f.Name), "invalid_value", complaint)
		return
	}
	if !f.IsSecret() {
		d.Account.Settings[f.Name] = stored
		return
	}
	sealed := secret.New(stored)
	d.setSecret(f.Name, &sealed)
	d.Account.SecretsSet[f.Name] = now
}

// clear removes a secret, or puts a setting back to its default.
func (d *Decision) clear(f provider.Field) {
	switch {
	case f.IsSecret():
		if _, set := d.Account.SecretsSet[f.Name]; set {
			d.setSecret(f.Name, nil)
			delete(d.Account.SecretsSet, f.Name)
		}
	case f.Default != "":
		d.Account.Settings[f.Name] = f.Default
	default:
		delete(d.Account.Settings, f.Name)
	}
}

func (d *Decision) setSecret(name string, value *secret.Text) {
	if d.Secrets == nil {
		d.Secrets = map[string]*secret.Text{}
	}
	d.Secrets[name] = value
}

// clean checks a value by its field's own rules. What it complains about never quotes a value: it may be a secret in the wrong box.
func clean(f provider.Field, value string) (stored, complaint string) {
	switch {
	case value == "":
		return "", fmt.Sprintf("%s is empty. Send null to clear it.", f.Label)
	case !utf8.ValidString(value):
		return "", fmt.Sprintf("%s is not valid text.", f.Label)
	case utf8.RuneCountInString(value) > f.MaxLength:
		return "", fmt.Sprintf("%s is longer than %d characters.", f.Label, f.MaxLength)
	case f.Clean == nil:
		return value, ""
	}
	return f.Clean(value)
}
