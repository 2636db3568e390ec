package providertest

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/ivendnext/whatsapp-accounts/internal/provider"
)

// toy is a provider with a field in every role.
func toy() provider.Spec {
	return provider.Spec{
		Type: "Toy", Title: "Toy", SettingsKey: "toy_settings", WebhookPath: "/webhooks/toy", DefaultOutgoing: provider.ByChoice,
		Capabilities: []provider.Capability{provider.CanText, provider.CanFlows},
		Fields: []provider.Field{
			{
				Name: "key", Label: "Key", Help: "The key of the toy.", Kind: provider.Secret, MaxLength: provider.SecretMax,
				ProvesWebhooks: true, AnswersVerification: true, KeepReplaced: time.Hour, Clean: provider.CleanIssuedSecret,
			},
			{
				Name: "number", Label: "Number", Help: "The number of the toy.", Kind: provider.Digits, MaxLength: provider.DigitsMax,
				Default: "7", Pattern: provider.DigitsPattern, RequiredToActivate: true, Identifies: true, UniqueInSite: true,
				Clean: provider.CleanDigits(),
			},
		},
		Warn: func(settings map[string]string, _ time.Time) []provider.Warning {
			if settings["number"] != "0" {
				return nil
			}
			return []provider.Warning{{Code: "number_is_zero", Field: "number", Detail: "Zero will not be served for long."}}
		},
	}
}

func TestToyConforms(t *testing.T) { Conform(t, toy()) }

// field and warning break one member of the toy.
func field(i int, breakIt func(*provider.Field)) func(*provider.Spec) {
	return func(s *provider.Spec) { breakIt(&s.Fields[i]) }
}

func warning(w provider.Warning) func(*provider.Spec) {
	return func(s *provider.Spec) {
		s.Warn = func(map[string]string, time.Time) []provider.Warning { return []provider.Warning{w} }
	}
}

func cleaning(clean func(string) (string, string)) func(*provider.Spec) {
	return field(1, func(f *provider.Field) { f.Clean = clean })
}

func TestConformFindsWhatIsBroken(t *testing.T) {
	for name, broken := range map[string]struct {
		find func(provider.Spec) []string
		how  func(*provider.Spec)
	}{
		"no title":                       {identity, func(s *provider.Spec) { s.Title = "" }},
		"settings key in camel case":     {identity, func(s *provider.Spec) { s.SettingsKey = "toySettings" }},
		"no way to default outgoing":     {identity, func(s *provider.Spec) { s.DefaultOutgoing = "" }},
		"webhooks elsewhere":             {identity, func(s *provider.Spec) { s.WebhookPath = "/toy" }},
		"a secret with a default":        {registered, field(0, func(f *provider.Field) { f.Default = "x" })},
		"capabilities out of order":      {capabilities, func(s *provider.Spec) { s.Capabilities = []provider.Capability{provider.CanFlows, provider.CanText} }},
		"an unknown capability":          {capabilities, func(s *provider.Spec) { s.Capabilities = []provider.Capability{"telepathy"} }},
		"a field name in capitals":       {names, field(0, func(f *provider.Field) { f.Name = "Key" })},
		"two fields of one name":         {names, field(0, func(f *provider.Field) { f.Name = "number" })},
		"no help":                        {forms, field(0, func(f *provider.Field) { f.Help = "" })},
		"help that is no sentence":       {forms, field(0, func(f *provider.Field) { f.Help = "key" })},
		"an unknown kind":                {forms, field(0, func(f *provider.Field) { f.Kind = "colour" })},
		"no Clean":                       {forms, field(1, func(f *provider.Field) { f.Clean = nil })},
		"nothing required":               {required, field(1, func(f *provider.Field) { f.RequiredToActivate = false })},
		"everything is taken":            {refusals, cleaning(func(v string) (string, string) { return v, "" })},
		"a Clean that grows":             {idempotence, cleaning(func(v string) (string, string) { return v + "0", "" })},
		"a Clean that stores nothing":    {idempotence, cleaning(func(string) (string, string) { return "", "" })},
		"a complaint that is a code":     {complaints, cleaning(func(string) (string, string) { return "", "bad" })},
		"a complaint that tells":         {complaints, cleaning(func(v string) (string, string) { return "", "Not " + v + " please." })},
		"a complaint beside a value":     {complaints, cleaning(func(v string) (string, string) { return "1", "Enter a number." })},
		"a default that is not clean":    {defaults, field(1, func(f *provider.Field) { f.Default = "seven" })},
		"a pattern that is not anchored": {patterns, field(1, func(f *provider.Field) { f.Pattern = "[0-9]+" })},
		"a pattern that does not parse":  {patterns, field(1, func(f *provider.Field) { f.Pattern = "^[0-9$" })},
		"a pattern that is laxer":        {patterns, field(1, func(f *provider.Field) { f.Pattern = "^[0-9]{1,40}$" })},
		"a pattern that is stricter":     {patterns, field(1, func(f *provider.Field) { f.Pattern = "^[1-9][0-9]{0,31}$" })},
		"a warning about no field":       {warnings, warning(provider.Warning{Code: "odd", Field: "colour", Detail: "Paint it."})},
		"a warning about a secret":       {warnings, warning(provider.Warning{Code: "odd", Field: "key", Detail: "It is weak."})},
		"a warning without words":        {warnings, warning(provider.Warning{Code: "odd", Field: "number"})},
	} {
		t.Run(name, func(t *testing.T) {
			s := toy()
			assert.Empty(t, broken.find(s), "the toy itself")
			broken.how(&s)
			assert.NotEmpty(t, broken.find(s))
		})
	}
}

func TestValuesAreAlwaysTheSame(t *testing.T) {
	f, _ := toy().Field("number")
	assert.Equal(t, strings.Join(values(f), "\n"), strings.Join(values(f), "\n"))
}

func TestRefusesHostileURLsPassesWhoTakesNothing(t *testing.T) {
	RefusesHostileURLs(t, provider.Field{Name: "url", Clean: func(string) (string, string) { return "", "Enter another." }}, "host.example")
}
