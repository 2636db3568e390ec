package account_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/ivendnext/whatsapp-accounts/internal/account"
	"github.com/ivendnext/whatsapp-accounts/internal/app"
	"github.com/ivendnext/whatsapp-accounts/internal/fault"
	"github.com/ivendnext/whatsapp-accounts/internal/provider"
	"github.com/ivendnext/whatsapp-accounts/internal/site"
)

func TestACreatedAccountIsReadAsItWasAnswered(t *testing.T) {
	h := open(t)
	for _, ask := range []account.Change{aMeta("Meta", "305", account.Active), aWASender("WASender", account.Active), aMeta("Draft", "306", account.Inactive)} {
		a := h.create(t, ask)
		assert.Equal(t, a, h.read(t, a))
		assert.Equal(t, h.now, a.CreatedAt)
		assert.NotEmpty(t, a.ID)
	}
}

func TestAnAccountOfATypeThatIsNotThereIsNotCreated(t *testing.T) {
	h := open(t)
	for _, unknown := range []*provider.Type{nil, new(provider.Type("")), new(provider.Type("meta")), new(provider.Type(strings.Repeat("x", 1000)))} {
		_, err := h.Create(t.Context(), caller(t, "home"), account.Change{Name: new("A"), Type: unknown})
		var f *fault.Error
		require.ErrorAs(t, err, &f)
		assert.Equal(t, fault.Invalid, f.Kind)
		assert.Equal(t, "/account_type", f.Fields[0].Pointer)
		assert.Contains(t, f.Detail, "Meta, WASender", "what there is")
		assert.NotContains(t, f.Detail, "xxx", "nothing is echoed")
	}
}

func TestAChangeIsReadAsItWasAnswered(t *testing.T) {
	h := open(t)
	a := h.create(t, aMeta("A", "305", account.Active))
	h.now = h.now.Add(time.Hour)
	changed := h.update(t, a, account.Change{Name: new("B"), IsDefaultIncoming: new(true), Sections: map[string]account.Section{"meta_settings": {"app_secret": nil, "token": set("new")}}})
	assert.Equal(t, changed, h.read(t, a))
	assert.Equal(t, h.now, changed.UpdatedAt)
	assert.Equal(t, h.now, changed.SecretsSet["token"])
	assert.NotContains(t, changed.SecretsSet, "app_secret")
}

func TestAChangeThatChangesNothingWritesNothing(t *testing.T) {
	h := open(t)
	a := h.create(t, aMeta("A", "305", account.Active))
	h.now = h.now.Add(time.Hour)
	assert.Equal(t, a, h.update(t, a, account.Change{Name: new(" A "), Status: new(account.Active), IsDefaultOutgoing: new(false)}))
	assert.Len(t, h.lines(t, a), 1)
}

func TestASecretOf4096CharactersIsStoredToTheLastOne(t *testing.T) {
	h := open(t)
	long := strings.Repeat("é", 4095) + "!"
	ask := aMeta("A", "305", account.Active)
	ask.Sections["meta_settings"]["token"] = set(long)
	a := h.create(t, ask)
	stored, err := h.db.Accounts().Secret(t.Context(), a.Site, a.ID, "token")
	require.NoError(t, err)
	assert.Equal(t, long, stored.Reveal())
}

func TestThePreconditionSpeaksBeforeTheRulesAndAfterNotFound(t *testing.T) {
	h, stale := open(t), errors.New("stale")
	a := h.create(t, aMeta("A", "305", account.Active))
	broken := account.Change{Name: new("")}
	asked := 0
	pre := func(current account.Account) error {
		asked++
		assert.Equal(t, a, current)
		return stale
	}
	_, err := h.Update(t.Context(), caller(t, "home"), app.NewID(), broken, pre)
	require.ErrorIs(t, err, account.ErrNotFound)
	_, err = h.Update(t.Context(), caller(t, "elsewhere"), a.ID, broken, pre)
	require.ErrorIs(t, err, account.ErrNotFound)
	require.ErrorIs(t, h.Delete(t.Context(), caller(t, "elsewhere"), a.ID, pre), account.ErrNotFound)
	assert.Zero(t, asked)

	_, err = h.Update(t.Context(), caller(t, "home"), a.ID, broken, pre)
	require.ErrorIs(t, err, stale)
	require.ErrorIs(t, h.Delete(t.Context(), caller(t, "home"), a.ID, pre), stale)
	assert.Equal(t, 2, asked)
	assert.Equal(t, a, h.read(t, a), "nothing was written")
}

func TestAPreconditionThatHoldsLetsTheChangePass(t *testing.T) {
	h := open(t)
	a := h.create(t, aMeta("A", "305", account.Active))
	fine := func(account.Account) error { return nil }
	_, err := h.Update(t.Context(), caller(t, "home"), a.ID, account.Change{Name: new("B")}, fine)
	require.NoError(t, err)
	require.NoError(t, h.Delete(t.Context(), caller(t, "home"), a.ID, fine))
}

func TestANameIsUniqueInItsSite(t *testing.T) {
	h := open(t)
	h.create(t, aMeta("Straße", "305", account.Active))
	b := h.create(t, aMeta("B", "306", account.Active))
	_, err := h.Create(t.Context(), caller(t, "home"), aWASender(" STRASSE ", account.Inactive))
	require.ErrorIs(t, err, account.ErrNameTaken)
	_, err = h.Update(t.Context(), caller(t, "home"), b.ID, account.Change{Name: new("strasse")}, nil)
	require.ErrorIs(t, err, account.ErrNameTaken)
	_, err = h.Create(t.Context(), caller(t, "elsewhere"), aMeta("Straße", "305", account.Active))
	require.NoError(t, err, "another site has its own names and numbers")
	h.update(t, b, account.Change{Name: new("b")})
}

func TestAPhoneIDIsUniqueInItsSite(t *testing.T) {
	h := open(t)
	a := h.create(t, aMeta("A", "305", account.Active))
	_, err := h.Create(t.Context(), caller(t, "home"), aMeta("B", "305", account.Inactive))
	require.ErrorIs(t, err, account.ErrValueTaken("", "phone_id", ""))
	var f *fault.Error
	require.ErrorAs(t, err, &f)
	assert.Equal(t, fault.Conflict, f.Kind)
	assert.Equal(t, "/meta_settings/phone_id", f.Fields[0].Pointer)

	require.NoError(t, h.Delete(t.Context(), caller(t, "home"), a.ID, nil))
	h.create(t, aMeta("B", "305", account.Active))
}

func TestVerifyTokenAndAppSecretMayBeShared(t *testing.T) {
	h := open(t)
	h.create(t, aMeta("A", "305", account.Active))
	h.create(t, aMeta("B", "306", account.Active))
}

func TestEveryChangeIsRecorded(t *testing.T) {
	h := open(t)
	a := h.create(t, aWASender("A", account.Inactive))
	h.now = h.now.Add(time.Hour)
	h.update(t, a, account.Change{AllowAutoReadReceipt: new(true)})
	require.NoError(t, h.Delete(t.Context(), caller(t, "home"), a.ID, nil))

	lines := h.lines(t, a)
	require.Len(t, lines, 3, "history outlives the account")
	assert.Equal(t, []account.Action{account.Created, account.Updated, account.Deleted}, []account.Action{lines[0].Action, lines[1].Action, lines[2].Action})
	for i, line := range lines {
		assert.Equal(t, "erp", line.Actor)
		assert.Equal(t, "request-1", line.RequestID)
		assert.Equal(t, h.now, line.At.Add(map[bool]time.Duration{true: time.Hour}[i == 0]))
	}
	assert.Equal(t, "account_type", lines[0].Changes[0].Field)
	assert.Equal(t, "WASender", lines[0].Changes[0].To.Text)
	assert.Equal(t, "allow_auto_read_receipt", lines[1].Changes[0].Field)
}

func TestAnAccountOfAnotherSiteIsNotThere(t *testing.T) {
	h := open(t)
	a, stranger := h.create(t, aMeta("A", "305", account.Active)), caller(t, "elsewhere")
	_, err := h.Get(t.Context(), stranger.Site, a.ID)
	require.ErrorIs(t, err, account.ErrNotFound)
	_, err = h.History(t.Context(), stranger.Site, a.ID, "", 10)
	require.ErrorIs(t, err, account.ErrNotFound)
	_, err = h.SetDefault(t.Context(), stranger, account.Outgoing, a.ID, nil)
	require.ErrorIs(t, err, account.ErrNotFound)
	page, err := h.List(t.Context(), stranger.Site, account.Query{Limit: 10})
	require.NoError(t, err)
	assert.Empty(t, page.Accounts)
}

func TestAListIsWhatWasAskedFor(t *testing.T) {
	h := open(t)
	a, b := h.create(t, aMeta("A", "305", account.Active)), h.create(t, aWASender("B", account.Inactive))
	for q, want := range map[*account.Query][]account.Account{
		{}: {b, a}, {Status: account.Active}: {a}, {Type: "WASender"}: {b}, {Name: " a"}: {a}, {Prefix: "b"}: {b},
	} {
		q.Limit = 10
		page, err := h.List(t.Context(), caller(t, "home").Site, *q)
		require.NoError(t, err)
		assert.Equal(t, want, page.Accounts, "%+v", *q)
		assert.Zero(t, page.Next)
	}
}

func TestNobodysSiteIsRefused(t *testing.T) {
	h := open(t)
	_, err := h.Create(t.Context(), site.Caller{}, aMeta("A", "305", account.Active))
	require.Error(t, err)
	_, _, err = h.Defaults(t.Context(), site.Site{})
	require.Error(t, err)
}

func TestReadinessIsJudgedByTheClock(t *testing.T) {
	h := open(t)
	a := h.create(t, aMeta("A", "305", account.Active))
	assert.True(t, h.Readiness(a).Receive.OK)
	assert.Empty(t, h.Readiness(a).Warnings)
	h.now = h.now.AddDate(10, 0, 0)
	assert.Equal(t, "graph_version_expired", h.Readiness(a).Warnings[0].Code)
}
