package template

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ivendnext/whatsapp-accounts/internal/fault"
	"github.com/ivendnext/whatsapp-accounts/internal/provider"
)

// approving is a provider that reviews templates and has everything in them, within small limits.
func approving() provider.Spec {
	return provider.Spec{
		Type: "Approving", SettingsKey: "approving_settings",
		Capabilities: []provider.Capability{
			provider.CanTemplateApproval, provider.CanTemplateMediaHeader, provider.CanInteractiveButtons, provider.CanFlows,
		},
		Templates: provider.TemplateRules{
			Home: "home", Categories: []string{"MARKETING", "UTILITY"}, MaxHeader: 20, MaxBody: 100, MaxFooter: 20, Surrounded: true, OneLine: true,
			MaxButtons: 4, Most: map[provider.ButtonKind]int{provider.ButtonURL: 2, provider.ButtonPhone: 1, provider.ButtonCopyCode: 1},
			MaxLabel: 10, MaxURL: 60, MaxPhone: 16, MaxCode: 5,
		},
	}
}

// plain is a provider that sends texts.
func plain() provider.Spec {
	return provider.Spec{
		Type: "Plain", SettingsKey: "plain_settings", Capabilities: []provider.Capability{provider.CanTemplateLocalRendering},
		Templates: provider.TemplateRules{MaxHeader: 20, MaxBody: 1000, MaxFooter: 20},
	}
}

// faults are the pointers and codes of what is wrong with a template.
func faults(spec provider.Spec, c provider.TemplateContent) map[string]string {
	var wrong fault.Fields
	judge(spec, c, &wrong)
	return byPointer(wrong)
}

func byPointer(wrong fault.Fields) map[string]string {
	all := map[string]string{}
	for _, f := range wrong {
		all[f.Pointer] = f.Code
	}
	return all
}

// refused gives the pointers and codes of an error.
func refused(t *testing.T, err error) map[string]string {
	t.Helper()
	var e *fault.Error
	require.ErrorAs(t, err, &e)
	return byPointer(e.Fields)
}
