package account

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/ivendnext/whatsapp-accounts/internal/fault"
	"github.com/ivendnext/whatsapp-accounts/internal/provider"
	"github.com/ivendnext/whatsapp-accounts/internal/provider/endpoint"
	"github.com/ivendnext/whatsapp-accounts/internal/provider/meta"
	"github.com/ivendnext/whatsapp-accounts/internal/provider/wasender"
	"github.com/ivendnext/whatsapp-accounts/internal/secret"
	"github.com/ivendnext/whatsapp-accounts/internal/site"
)

// marked is in every secret of these tests, so that one that got out is found.
const marked = "MARKED-SECRET"

func noon() time.Time  { return time.Date(2026, time.November, 22, 12, 0, 0, 0, time.UTC) }
func later() time.Time { return noon().Add(time.Hour) }

func metaSpec(t require.TestingT) provider.Spec {
	hosts, err := endpoint.ParseHosts(endpoint.DefaultHosts, []provider.Type{meta.Type, wasender.Type})
	require.NoError(t, err)
	return meta.Spec(meta.Options{Endpoints: endpoint.Policy{Hosts: hosts}})
}

func wasenderSpec(t require.TestingT) provider.Spec {
	hosts, err := endpoint.ParseHosts(endpoint.DefaultHosts, []provider.Type{meta.Type, wasender.Type})
	require.NoError(t, err)
	return wasender.Spec(wasender.Options{Endpoints: endpoint.Policy{Hosts: hosts}})
}

// toySpec is a provider that is like neither: automatic and yet able to be default incoming, with a default that nothing requires
// and fields without a rule of their own.
func toySpec() provider.Spec {
	return provider.Spec{
		Type: "Toy", Title: "Toy", SettingsKey: "toy_settings", DefaultOutgoing: provider.Automatic,
		Capabilities: []provider.Capability{provider.CanText, provider.CanDefaultIncoming},
		Fields: []provider.Field{
			{Name: "toy_region", Label: "Region", Kind: provider.Text, MaxLength: 8, Default: "eu", Help: "Where the toy lives."},
			{Name: "toy_key", Label: "Key", Kind: provider.Secret, MaxLength: 64, RequiredToActivate: true, Help: "The toy's key."},
			{Name: "toy_number", Label: "Number", Kind: provider.Digits, MaxLength: 32, RequiredToActivate: true, Identifies: true, UniqueInSite: true,
				Help: "The toy's number.", Clean: provider.CleanDigits()},
			{Name: "toy_note", Label: "Note", Kind: provider.Text, MaxLength: 8, Help: "Anything."},
		},
	}
}

func allSpecs(t require.TestingT) []provider.Spec {
	return []provider.Spec{metaSpec(t), wasenderSpec(t), toySpec()}
}

// valid gives a value that the field takes.
func valid(f provider.Field) string {
	switch f.Kind {
	case provider.Secret:
		return marked + "-" + f.Name
	case provider.Digits:
		return "305000000000007"
	case provider.Version:
		return "v25.0"
	case provider.URL:
		if f.Name == "wasender_url" {
			return "https://www.wasenderapi.com/api"
		}
		return "https://graph.facebook.com"
	case provider.Text:
	}
	return "x"
}

// complete is every setting that an Active account needs.
func complete(spec provider.Spec) Section {
	section := Section{}
	for _, f := range spec.Fields {
		if f.RequiredToActivate {
			section[f.Name] = set(valid(f))
		}
	}
	return section
}

func set(value string) *secret.Text { return new(secret.New(value)) }

// with asks for settings of the type itself.
func with(spec provider.Spec, section Section) map[string]Section {
	return map[string]Section{spec.SettingsKey: section}
}

// blank is what Service.Create starts from.
func blank(t require.TestingT, spec provider.Spec) Account {
	home, err := site.Named("home")
	require.NoError(t, err)
	return Account{ID: "0198b2f0-5c1e-7c3a-9d1f-6a2b8c4d0e11", Site: home, Type: spec.Type, Status: Inactive, CreatedAt: noon(), UpdatedAt: noon()}
}

// made decides the creation of a complete account with the status.
func made(t require.TestingT, spec provider.Spec, status Status) Account {
	return created(t, spec, Change{Name: new("Brand A"), Status: &status, Sections: with(spec, complete(spec))}).Account
}

func created(t require.TestingT, spec provider.Spec, ask Change) Decision {
	d, err := decide(spec, blank(t, spec), withDefaults(spec, ask), noon())
	require.NoError(t, err)
	return d
}

// changed decides a change that must be allowed, an hour later.
func changed(t *testing.T, spec provider.Spec, before Account, ask Change) Decision {
	t.Helper()
	d, err := decide(spec, before, ask, later())
	require.NoError(t, err)
	return d
}

// refused decides a change that must not be allowed, and gives the fault with the pointers it names, each with its code.
func refused(t *testing.T, spec provider.Spec, before Account, ask Change) (*fault.Error, []string) {
	t.Helper()
	d, err := decide(spec, before, ask, later())
	require.Empty(t, d, "a refusal decides nothing")
	return faultIn(t, err)
}

func faultIn(t require.TestingT, err error) (*fault.Error, []string) {
	var f *fault.Error
	require.ErrorAs(t, err, &f)
	var at []string
	for _, field := range f.Fields {
		at = append(at, field.Pointer+" "+field.Code)
	}
	return f, at
}
