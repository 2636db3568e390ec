package template

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/ivendnext/whatsapp-accounts/internal/account"
	"github.com/ivendnext/whatsapp-accounts/internal/provider"
)

func noon() time.Time { return time.Date(2026, time.November, 22, 12, 0, 0, 0, time.UTC) }

func of(spec provider.Spec) account.Account {
	return account.Account{ID: "a", Name: "A", Type: spec.Type, Status: account.Active, Settings: map[string]string{"home": "77"}}
}

func TestATemplateBeginsAsItsProviderHasIt(t *testing.T) {
	t.Parallel()
	made, err := blank(approving(), of(approving()), "t", noon())
	require.NoError(t, err)
	assert.Equal(t, []string{"77", "DRAFT"}, []string{made.Home, string(made.Status)})
	made, err = blank(plain(), of(plain()), "t", noon())
	require.NoError(t, err)
	assert.Equal(t, []string{"a", "LOCAL"}, []string{made.Home, string(made.Status)})
	_, err = blank(provider.Spec{Type: "Toy"}, account.Account{ID: "a"}, "t", noon())
	assert.Equal(t, map[string]string{"/account_id": "capability_unsupported"}, refused(t, err))
	_, err = blank(approving(), account.Account{ID: "a"}, "t", noon())
	assert.Equal(t, map[string]string{"/account_id": "required"}, refused(t, err))
}

func TestWritingWhatATemplateIsChangesNothing(t *testing.T) {
	t.Parallel()
	start, err := blank(approving(), of(approving()), "t", noon())
	require.NoError(t, err)
	made, err := decide(approving(), start, Draft{AccountID: "a", Label: " Order ready ", Language: "english (us)", Category: "utility", Content: provider.TemplateContent{Body: "Hi {{1}}!"}}, noon())
	require.NoError(t, err)
	again, err := decide(approving(), made, DraftOf(made), noon().Add(time.Hour))
	require.NoError(t, err)
	assert.Equal(t, made, again)
	edited := DraftOf(made)
	edited.Content.Samples = map[string]string{"1": "Ann"}
	after, err := decide(approving(), made, edited, noon().Add(time.Hour))
	require.NoError(t, err)
	assert.Equal(t, noon().Add(time.Hour), after.UpdatedAt)
	assert.Nil(t, made.Content.Samples, "the template before is as it was")
}

func TestWhatThisServiceCannotWriteIsShownAndNotEdited(t *testing.T) {
	t.Parallel()
	foreign := Template{
		ID: "t", AccountID: "a", Type: "Approving", Label: "X", Name: "x", Language: "en", Status: Approved, ProviderID: "1",
		Content: provider.TemplateContent{Body: "Hi", Foreign: []string{"CAROUSEL"}},
	}
	ask := DraftOf(foreign)
	ask.Label = "Y"
	after, err := decide(approving(), foreign, ask, noon())
	require.NoError(t, err, "a label is ours")
	assert.Equal(t, []string{"Y", "x"}, []string{after.Label, after.Name})
	ask.Content.Body = "Hello"
	_, err = decide(approving(), foreign, ask, noon())
	assert.ErrorIs(t, err, ErrLocked)
}
