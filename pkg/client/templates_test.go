package client_test

import (
	"errors"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	v1 "github.com/ivendnext/whatsapp-accounts/api/v1"
	"github.com/ivendnext/whatsapp-accounts/pkg/client"
)

func TestATemplateIsWrittenReadListedChangedAndDeleted(t *testing.T) {
	c := running(t)
	account, err := c.CreateAccount(t.Context(), brandA())
	require.NoError(t, err)
	ask := v1.TemplateCreate{
		AccountID: &account.ID, Label: new("Order ready"), Language: new("en_US"), Body: new("Hi {{1}}, your order is ready."), Samples: map[string]*string{"1": new("Ann")},
	}
	made, err := c.CreateTemplate(t.Context(), ask, client.IdempotencyKey("k"))
	require.NoError(t, err)
	assert.Equal(t, "order_ready", made.Name)
	again, err := c.CreateTemplate(t.Context(), ask, client.IdempotencyKey("k"))
	require.NoError(t, err)
	assert.True(t, again.Replayed)

	changed, err := c.UpdateTemplate(t.Context(), made.ID, client.Patch{"footer": "Brand A", "samples": client.Patch{"1": nil}}, client.IfMatch(made.ETag))
	require.NoError(t, err)
	assert.Empty(t, changed.Samples)
	read, err := c.GetTemplate(t.Context(), made.ID)
	require.NoError(t, err)
	assert.Equal(t, changed.Template, read.Template)
	var listed []v1.Template
	for one, err := range c.AllTemplates(t.Context(), client.TemplateQuery{AccountID: account.ID, Prefix: "order", Status: "DRAFT", Page: client.Page{Limit: 1}}) {
		require.NoError(t, err)
		listed = append(listed, one)
	}
	assert.Equal(t, []v1.Template{read.Template}, listed)

	err = c.DeleteAccount(t.Context(), account.ID)
	p, _ := errors.AsType[*client.Problem](err)
	require.NotNil(t, p)
	require.Len(t, p.Templates, 1)
	require.NoError(t, c.DeleteTemplate(t.Context(), made.ID))
	_, err = c.GetTemplate(t.Context(), made.ID)
	assert.True(t, client.HasCode(err, "template_not_found"), "%v", err)
}

func TestATemplateIsRenderedByListAndByKeys(t *testing.T) {
	c := running(t)
	account, err := c.CreateAccount(t.Context(), brandA())
	require.NoError(t, err)
	made, err := c.CreateTemplate(t.Context(), v1.TemplateCreate{AccountID: &account.ID, Label: new("A"), Language: new("en_US"), Body: new("Hi {{1}}, bye.")})
	require.NoError(t, err)
	for _, parameters := range []any{[]string{"{{1}}"}, map[string]string{"1": "{{1}}"}} {
		rendered, err := c.RenderTemplate(t.Context(), made.ID, parameters)
		require.NoError(t, err)
		assert.Equal(t, "Hi {{1}}, bye.", rendered.Text)
		assert.Len(t, rendered.Providers, 2)
	}
	_, err = c.RenderTemplate(t.Context(), made.ID, nil)
	assert.True(t, client.HasCode(err, "required"), "%v", err)
}
