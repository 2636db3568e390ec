package httpapi_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ivendnext/whatsapp-accounts/internal/template"
)

// approve notes that the provider approved a template, as a webhook would.
func (w *world) approve(t testing.TB, id string) {
	t.Helper()
	w.become(t, id, func(one *template.Template) { one.Status = template.Approved })
}

// forget makes a template one of which it is not known that the provider has it.
func (w *world) forget(t testing.TB, id string) {
	t.Helper()
	w.become(t, id, func(one *template.Template) { one.Status, one.ProviderID, one.AtProvider = template.New, "", nil })
}

func (w *world) become(t testing.TB, id string, change func(*template.Template)) {
	t.Helper()
	_, err := w.DB.Templates().Update(t.Context(), w.boss.site, id, func(one template.Template) (template.Template, error) {
		change(&one)
		return one, nil
	})
	require.NoError(t, err)
}
