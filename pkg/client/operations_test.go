package client_test

import (
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	v1 "github.com/ivendnext/whatsapp-accounts/api/v1"
	"github.com/ivendnext/whatsapp-accounts/pkg/client"
)

// running gives a client of the real service.
func running(t *testing.T) *client.Client {
	t.Helper()
	c, stop := service()
	t.Cleanup(stop)
	return c
}

func TestAccountIsReadAsItWasAnswered(t *testing.T) {
	c := running(t)
	made, err := c.CreateAccount(t.Context(), brandA(), client.RequestID("import-7"))
	require.NoError(t, err)
	assert.Equal(t, "import-7", made.RequestID)
	assert.NotEmpty(t, made.ETag)
	assert.False(t, made.Replayed)
	assert.WithinDuration(t, time.Now(), made.CreatedAt.Time, time.Minute)
	assert.Equal(t, "https://wa.example.com/webhooks/meta", made.WebhookURL)
	read, err := c.GetAccount(t.Context(), made.ID)
	require.NoError(t, err)
	assert.Equal(t, made.Account, read.Account)
	assert.Equal(t, made.ETag, read.ETag)
}

func TestWASenderAccountIsRead(t *testing.T) {
	made, err := running(t).CreateAccount(t.Context(), v1.AccountCreate{
		AccountName: new("Brand B"), AccountType: new("WASender"), Status: new("Active"),
		WASenderSettings: &v1.WASenderSettingsWrite{WASenderURL: new("www.wasenderapi.com"), WASenderAPIKey: new("a-session-api-key")},
	})
	require.NoError(t, err)
	assert.True(t, made.IsDefaultOutgoing)
	assert.True(t, made.WASenderSettings.WASenderAPIKey.IsSet)
	assert.Nil(t, made.MetaSettings)
}

func TestDeletedAccountIsGoneAndItsHistoryStays(t *testing.T) {
	c := running(t)
	made, err := c.CreateAccount(t.Context(), brandA())
	require.NoError(t, err)
	err = c.DeleteAccount(t.Context(), made.ID, client.IfMatch(`"another"`))
	assert.True(t, client.HasCode(err, "stale_representation"), "%v", err)
	require.NoError(t, c.DeleteAccount(t.Context(), made.ID, client.IfMatch(made.ETag)))
	_, err = c.GetAccount(t.Context(), made.ID)
	assert.True(t, client.HasCode(err, "account_not_found"), "%v", err)

	var actions []string
	for line, err := range c.AllHistory(t.Context(), made.ID, client.Page{Limit: 1}) {
		require.NoError(t, err)
		actions = append(actions, line.Action)
	}
	assert.Equal(t, []string{"deleted", "created"}, actions)
	page, err := c.History(t.Context(), made.ID, client.Page{})
	require.NoError(t, err)
	assert.Len(t, page.Data, 2)
	assert.Equal(t, "example", page.Data[0].Actor)
}

func TestDesignationsAreNamedAndCleared(t *testing.T) {
	c := running(t)
	made, err := c.CreateAccount(t.Context(), brandA())
	require.NoError(t, err)
	named, err := c.SetDefault(t.Context(), client.Incoming, made.ID)
	require.NoError(t, err)
	assert.True(t, named.IsDefaultIncoming)
	assert.NotEqual(t, made.ETag, named.ETag)
	both, err := c.Defaults(t.Context())
	require.NoError(t, err)
	assert.Equal(t, made.ID, both.Outgoing.AccountID)
	assert.Equal(t, made.ID, both.Incoming.AccountID)

	_, err = c.SetDefault(t.Context(), client.Outgoing, made.ID, client.IfMatch(made.ETag))
	assert.True(t, client.HasCode(err, "stale_representation"), "%v", err)
	require.NoError(t, c.ClearDefault(t.Context(), client.Outgoing, client.IfMatch(named.ETag)))
	both, err = c.Defaults(t.Context())
	require.NoError(t, err)
	assert.Nil(t, both.Outgoing)
	found, err := c.Default(t.Context(), client.Incoming)
	require.NoError(t, err)
	assert.Equal(t, made.ID, found.ID)
	route, err := c.Route(t.Context(), client.RouteQuery{AccountID: made.ID, Type: "text", Direction: client.Incoming})
	require.NoError(t, err)
	assert.Equal(t, "account", route.Reason)
}

func TestAccountTypesAndCallerAreRead(t *testing.T) {
	c := running(t)
	types, err := c.AccountTypes(t.Context())
	require.NoError(t, err)
	names := make([]string, 0, len(types))
	for _, of := range types {
		names = append(names, of.AccountType)
	}
	slices.Sort(names)
	assert.Equal(t, []string{"Meta", "WASender"}, names)
	me, err := c.Me(t.Context())
	require.NoError(t, err)
	assert.Equal(t, v1.Me{Site: "default", Role: "system_manager", Name: "example"}, *me)
}

func TestRefusalOfEachOperationIsAProblem(t *testing.T) {
	c, err := client.New("http://127.0.0.1:1", apiKey, client.WithoutRetries())
	require.NoError(t, err)
	ctx := t.Context()
	_, gone := c.Accounts(ctx, client.AccountQuery{})
	require.ErrorContains(t, gone, "client: Get \"http://127.0.0.1:1/v1/accounts\"")

	c = running(t)
	const nobody = "0198b2f0-5c1e-7c3a-9d1f-6a2b8c4d0e11"
	calls := map[string]func() error{
		"null_not_allowed":   func() error { _, err := c.CreateAccount(ctx, v1.AccountCreate{}); return err },
		"account_not_found":  func() error { _, err := c.UpdateAccount(ctx, nobody, client.Patch{}); return err },
		"wrong_type":         func() error { _, err := c.UpdateAccount(ctx, nobody, nil); return err },
		"invalid_value":      func() error { _, err := c.Accounts(ctx, client.AccountQuery{Status: "On"}); return err },
		"no_default_account": func() error { _, err := c.Route(ctx, client.RouteQuery{Direction: client.Incoming}); return err },
		"route_not_found":    func() error { return c.ClearDefault(ctx, "sideways") },
		"invalid_cursor":     func() error { _, err := c.History(ctx, nobody, client.Page{Cursor: "x"}); return err },
	}
	for code, call := range calls {
		err := call()
		assert.True(t, client.HasCode(err, code), "%s: %v", code, err)
	}
	_, err = c.UpdateAccount(ctx, nobody, client.Patch{"status": func() {}})
	assert.ErrorContains(t, err, "cannot be written as JSON")
}

func TestAnAccountIsCheckedAdoptedForAndItsHealthRead(t *testing.T) {
	c := running(t)
	made, err := c.CreateAccount(t.Context(), v1.AccountCreate{AccountName: new("Draft"), AccountType: new("Meta")})
	require.NoError(t, err)
	found, err := c.CheckAccount(t.Context(), made.ID)
	require.NoError(t, err)
	assert.Equal(t, "rejected", found.Verdict, "there is no token to ask with")
	health, err := c.AccountHealth(t.Context(), made.ID)
	require.NoError(t, err)
	assert.Contains(t, health.Facts, "last_check")
	_, err = c.SubscribeAccount(t.Context(), made.ID)
	assert.True(t, client.HasCode(err, "account_inactive"), "%v", err)
	_, err = c.AdoptWebhooks(t.Context(), made.ID)
	assert.True(t, client.HasCode(err, "account_inactive"), "%v", err)
}

func TestParkedJobsAreReadAndReplayed(t *testing.T) {
	c := running(t)
	for j, err := range c.AllParkedJobs(t.Context(), "read-receipts", client.Page{Limit: 1}) {
		require.NoError(t, err)
		t.Errorf("a new site has no parked job: %v", j)
	}
	err := c.ReplayJob(t.Context(), "01900000-0000-7000-8000-000000000000")
	assert.True(t, client.HasCode(err, "job_not_found"), "%v", err)
}
