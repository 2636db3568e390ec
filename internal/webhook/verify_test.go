package webhook_test

import (
	"context"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/ivendnext/whatsapp-accounts/internal/account"
	"github.com/ivendnext/whatsapp-accounts/internal/app"
	"github.com/ivendnext/whatsapp-accounts/internal/config"
	"github.com/ivendnext/whatsapp-accounts/internal/provider"
	"github.com/ivendnext/whatsapp-accounts/internal/provider/meta"
	"github.com/ivendnext/whatsapp-accounts/internal/provider/wasender"
	"github.com/ivendnext/whatsapp-accounts/internal/secret"
	"github.com/ivendnext/whatsapp-accounts/internal/site"
	"github.com/ivendnext/whatsapp-accounts/internal/webhook"
)

// gate is Meta's verifier and the accounts behind it, on a real SQLite.
type gate struct {
	*webhook.Verifier
	tokens   webhook.Tokens
	accounts *account.Service
	seen     *seen
}

// seen keeps what the verifier tells of accounts.
type seen []string

func (s *seen) Verified(p webhook.Party, how webhook.Outcome, _ time.Time) {
	*s = append(*s, p.AccountID+" "+string(how))
}

func open(t *testing.T) gate {
	t.Helper()
	opened, err := app.Open(t.Context(), config.Storage{DataDir: t.TempDir(), DBMaxConns: 4}, slog.New(slog.DiscardHandler))
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, opened.DB.Close()) })
	providers, err := app.Providers(config.Providers{})
	require.NoError(t, err)
	spec, _ := providers.Get(meta.Type)
	store := opened.DB.Accounts()
	told := new(seen)
	return gate{webhook.NewVerifier(store, told, spec, app.Now), store, account.NewService(store, providers, app.Now, app.NewID), told}
}

func caller(t *testing.T) site.Caller {
	t.Helper()
	home, err := site.Named("home")
	require.NoError(t, err)
	return site.Caller{Principal: site.Principal{Name: "erp", Site: home}}
}

// aMeta makes an Active account with the verify token.
func (g gate) aMeta(t *testing.T, token string) account.Account {
	t.Helper()
	a, err := g.accounts.Create(t.Context(), caller(t), account.Change{
		Name: new(app.NewID()), Type: new(meta.Type), Status: new(account.Active),
		Sections: map[string]account.Section{"meta_settings": {
			"token": new(secret.New("EAAG")), "webhook_verify_token": new(secret.New(token)), "phone_id": new(secret.New(digits(app.NewID()))),
			"app_id": new(secret.New("1")), "business_id": new(secret.New("2")),
		}},
	})
	require.NoError(t, err)
	return a
}

// digits makes a number of an id that no other test account has.
func digits(id string) string {
	return strings.Map(func(r rune) rune { return '0' + r%10 }, strings.ReplaceAll(id, "-", ""))
}

func asking(token string) webhook.Verification {
	return webhook.Verification{Mode: "subscribe", Challenge: "1158201444", Token: secret.New(token)}
}

func (g gate) verify(t *testing.T, ask webhook.Verification) webhook.Outcome {
	t.Helper()
	outcome, err := g.Verify(t.Context(), ask)
	require.NoError(t, err)
	return outcome
}

func TestTheTokenOfAnActiveAccountVerifies(t *testing.T) {
	g := open(t)
	for _, token := range []string{"choose-any", " with spaces ", "é@\U0001F511", strings.Repeat("x", 4096)} {
		g.aMeta(t, token)
		assert.Equal(t, webhook.Verified, g.verify(t, asking(token)))
	}
}

func TestATokenThatNobodyHasIsUnknown(t *testing.T) {
	g := open(t)
	g.aMeta(t, "choose-any")
	for _, token := range []string{"choose-an", "choose-any ", "CHOOSE-ANY", "EAAG", "%", "\x00"} {
		assert.Equal(t, webhook.UnknownToken, g.verify(t, asking(token)), "%q", token)
	}
}

func TestWhatIsMissingIsToldApart(t *testing.T) {
	g := open(t)
	g.aMeta(t, "choose-any")
	for want, change := range map[webhook.Outcome]func(*webhook.Verification){
		webhook.WrongMode:   func(v *webhook.Verification) { v.Mode = "unsubscribe" },
		webhook.NoChallenge: func(v *webhook.Verification) { v.Challenge = "" },
		webhook.NoToken:     func(v *webhook.Verification) { v.Token = secret.Text{} },
	} {
		ask := asking("choose-any")
		change(&ask)
		assert.Equal(t, want, g.verify(t, ask))
	}
	for _, mode := range []string{"", "Subscribe", "subscribe "} {
		ask := asking("choose-any")
		ask.Mode = mode
		assert.Equal(t, webhook.WrongMode, g.verify(t, ask), "%q", mode)
	}
}

func TestAnInactiveAccountVerifiesNothingFromThatMomentOn(t *testing.T) {
	g := open(t)
	a := g.aMeta(t, "choose-any")
	for status, want := range map[account.Status]webhook.Outcome{account.Inactive: webhook.UnknownToken, account.Active: webhook.Verified} {
		_, err := g.accounts.Update(t.Context(), caller(t), a.ID, account.Change{Status: &status}, nil)
		require.NoError(t, err)
		assert.Equal(t, want, g.verify(t, asking("choose-any")))
	}
}

func TestAReplacedTokenVerifiesNothing(t *testing.T) {
	g := open(t)
	a := g.aMeta(t, "old")
	_, err := g.accounts.Update(t.Context(), caller(t), a.ID,
		account.Change{Sections: map[string]account.Section{"meta_settings": {"webhook_verify_token": new(secret.New("new"))}}}, nil)
	require.NoError(t, err)
	assert.Equal(t, webhook.UnknownToken, g.verify(t, asking("old")))
	assert.Equal(t, webhook.Verified, g.verify(t, asking("new")))
}

func TestAQuestionToOneAccountIsAnsweredByThatAccount(t *testing.T) {
	g := open(t)
	a, b := g.aMeta(t, "a"), g.aMeta(t, "b")
	for id, want := range map[string]webhook.Outcome{
		a.ID: webhook.Verified, b.ID: webhook.UnknownToken, app.NewID(): webhook.UnknownToken, "nonsense": webhook.UnknownToken,
	} {
		ask := asking("a")
		ask.AccountID = id
		assert.Equal(t, want, g.verify(t, ask), id)
	}
}

func TestAnotherProvidersSecretAnswersNothing(t *testing.T) {
	g := open(t)
	_, err := g.accounts.Create(t.Context(), caller(t), account.Change{
		Name: new("W"), Type: new(wasender.Type), Status: new(account.Active),
		Sections: map[string]account.Section{"wasender_settings": {
			"wasender_url": new(secret.New("www.wasenderapi.com")), "wasender_api_key": new(secret.New("shared")), "webhook_secret": new(secret.New("shared")),
		}},
	})
	require.NoError(t, err)
	assert.Equal(t, webhook.UnknownToken, g.verify(t, asking("shared")))
}

func TestAProviderThatAsksNothingIsNeverAnswered(t *testing.T) {
	g := open(t)
	outcome, err := webhook.NewVerifier(g.tokens, g.seen, wasender.Spec(wasender.Options{}), app.Now).Verify(t.Context(), asking("choose-any"))
	require.NoError(t, err)
	assert.Equal(t, webhook.NoToken, outcome)
}

func TestADatabaseThatIsAwayIsNoAnswer(t *testing.T) {
	g := open(t)
	away, cancel := context.WithCancel(t.Context())
	cancel()
	outcome, err := g.Verify(away, asking("choose-any"))
	require.ErrorIs(t, err, context.Canceled)
	assert.Empty(t, outcome)
}

// counter counts the look-ups of a store.
type counter struct {
	webhook.Tokens
	lookUps int
}

func (c *counter) AnswersVerification(ctx context.Context, of provider.Type, field, accountID string, given secret.Text) ([]webhook.Party, error) {
	c.lookUps++
	return c.Tokens.AnswersVerification(ctx, of, field, accountID, given)
}

func TestOnlyACompleteQuestionCostsALookUp(t *testing.T) {
	c := &counter{Tokens: open(t).tokens}
	g := gate{Verifier: webhook.NewVerifier(c, new(seen), meta.Spec(meta.Options{}), app.Now)}
	for _, ask := range []webhook.Verification{{}, {Mode: "subscribe"}, {Mode: "subscribe", Challenge: "1"}, {Challenge: "1", Token: secret.New("x")}} {
		g.verify(t, ask)
	}
	assert.Zero(t, c.lookUps)
	g.verify(t, asking("x"))
	assert.Equal(t, 1, c.lookUps)
}

func TestWhoAnsweredAndWhoRefusedByNameIsTold(t *testing.T) {
	g := open(t)
	a, b := g.aMeta(t, "shared"), g.aMeta(t, "shared")
	g.verify(t, asking("shared"))
	assert.ElementsMatch(t, []string{a.ID + " verified", b.ID + " verified"}, []string(*g.seen), "Meta has one token for each app")
	*g.seen = nil
	g.verify(t, asking("guess"))
	assert.Empty(t, *g.seen, "a stranger's guess that names nobody is nobody's")
	named := asking("guess")
	for _, id := range []string{a.ID, app.NewID(), "nonsense"} {
		named.AccountID = id
		g.verify(t, named)
	}
	assert.Equal(t, []string{a.ID + " unknown_token"}, []string(*g.seen))
}
