package readreceipt

import (
	"context"
	"encoding/json"
	"errors"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/ivendnext/whatsapp-accounts/internal/account"
	"github.com/ivendnext/whatsapp-accounts/internal/event"
	"github.com/ivendnext/whatsapp-accounts/internal/provider"
	"github.com/ivendnext/whatsapp-accounts/internal/site"
)

// byID is a provider that knows a message by its id, byKey one that wants more of it, and mute one that has no read receipts.
type (
	byID  struct{ typed provider.Type }
	byKey struct{ byID }
	mute  struct{ typed provider.Type }
)

func (p byID) Spec() provider.Spec {
	return provider.Spec{Type: p.typed, SettingsKey: string(p.typed)}
}
func (p mute) Spec() provider.Spec { return byID(p).Spec() }

func (byID) MessageKey(string) string { return "" }
func (byID) ReferTo(id string, told json.RawMessage) (provider.Reference, bool) {
	return json.RawMessage(id), id != "none" && told == nil
}

func (byKey) MessageKey(id string) string { return "key/" + id }
func (byKey) ReferTo(_ string, told json.RawMessage) (provider.Reference, bool) {
	return told, string(told) != `"odd"`
}

// asked is what the provider was asked, and the events that are kept.
type asked struct {
	marked, typed []string
	fails         error
}

func (a *asked) Mark(_ context.Context, _ account.Account, ref json.RawMessage) error {
	a.marked = append(a.marked, string(ref))
	return a.fails
}

func (a *asked) MarkTyping(_ context.Context, _ account.Account, ref json.RawMessage) error {
	a.typed = append(a.typed, string(ref))
	return a.fails
}

func (a *asked) Keyed(_ context.Context, _ site.Site, n event.New) (event.Event, error) {
	if n.Key == "key/away" {
		return event.Event{}, errors.New("the database is away")
	}
	if n.AccountID != "a" || n.Type != event.MessageReceived || n.Key != "key/1" && n.Key != "key/2" {
		return event.Event{}, event.ErrNotKept
	}
	return event.Event{Data: json.RawMessage(map[string]string{"key/1": `{"message":{"key":1}}`, "key/2": `{"message":"odd"}`}[n.Key])}, nil
}

func TestAMessageIsReferredToAsItsProviderWants(t *testing.T) {
	registry, err := provider.Register(byID{"ID"}, byKey{byID{"Key"}}, mute{"Mute"})
	require.NoError(t, err)
	a := new(asked)
	s := NewService(a, registry, a)
	read := func(of provider.Type, status account.Status, id string, typing bool) error {
		return s.Read(t.Context(), account.Account{ID: "a", Type: of, Status: status}, id, typing)
	}
	require.NoError(t, read("ID", account.Active, "7", false))
	require.NoError(t, read("ID", account.Active, "8", true))
	require.NoError(t, read("Key", account.Active, "1", false))
	assert.Equal(t, []string{"7", `{"key":1}`}, a.marked)
	assert.Equal(t, []string{"8"}, a.typed)

	require.ErrorIs(t, read("ID", account.Active, "none", false), ErrUnknownMessage)
	require.ErrorIs(t, read("Key", account.Active, "2", false), ErrUnknownMessage)
	require.ErrorIs(t, read("Key", account.Active, "3", false), ErrUnknownMessage)
	require.ErrorContains(t, read("Key", account.Active, "away", false), "away")
	require.ErrorIs(t, read("ID", account.Inactive, "7", false), account.ErrInactive)
	require.ErrorIs(t, read("Mute", account.Active, "7", false), ErrCannot)
	assert.Len(t, a.marked, 2, "nothing more was asked")

	a.fails = &provider.CallError{Code: "131009"}
	require.ErrorIs(t, read("ID", account.Active, "9", false), a.fails)
}
