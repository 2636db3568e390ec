package meta

import "github.com/ivendnext/whatsapp-accounts/internal/provider"

// templateRules are the limits of Meta's page "Templates" and its pages of components. A template belongs to the business account, so the numbers of one
// share it. Authentication templates have a text of Meta's own and are made in WhatsApp Manager; a sync shows them.
func templateRules() provider.TemplateRules {
	return provider.TemplateRules{
		Home:        fieldBusiness,
		Editable:    []string{"APPROVED", "REJECTED", "PAUSED"},
		Undeletable: []string{"DISABLED"},
		Categories:  []string{"MARKETING", "UTILITY"},
		MaxHeader:   60, MaxBody: 1024, MaxFooter: 60, Surrounded: true, OneLine: true,
		MaxButtons: 10, Most: map[provider.ButtonKind]int{provider.ButtonURL: 2, provider.ButtonPhone: 1, provider.ButtonCopyCode: 1, provider.ButtonFlow: 1},
		MaxLabel: 25, MaxURL: 2000, MaxPhone: 20, MaxCode: 15,
	}
}
