package store

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/ivendnext/whatsapp-accounts/internal/account"
	"github.com/ivendnext/whatsapp-accounts/internal/event"
	"github.com/ivendnext/whatsapp-accounts/internal/provider"
	"github.com/ivendnext/whatsapp-accounts/internal/provider/meta"
	"github.com/ivendnext/whatsapp-accounts/internal/queue"
	"github.com/ivendnext/whatsapp-accounts/internal/template"
)

// lister is a provider of the Spec of Meta that lists what a test says.
type lister struct {
	spec   provider.Spec
	listed []provider.KnownTemplate
	err    error
	asked  int
	during func() // what happens while it lists
}

func (l *lister) Spec() provider.Spec { return l.spec }

func (l *lister) Templates(context.Context, provider.Credentials) ([]provider.KnownTemplate, error) {
	l.asked++
	if l.during != nil {
		l.during()
	}
	return l.listed, l.err
}

// listing is the use cases of templates with a provider that lists.
func (f *fixture) listing(l *lister) *template.Service {
	f.Helper()
	l.spec = f.spec(meta.Type)
	registry, err := provider.Register(l)
	require.NoError(f, err)
	open := func(context.Context, account.Account) (provider.Credentials, error) {
		return provider.Credentials{}, nil
	}
	return template.NewService(f.Templates(), f.accounts, registry, open, f.clock.now, newID)
}

// sync lists the templates of an account, as a job does that was asked for now.
func (f *fixture) sync(s *template.Service, a account.Account) {
	f.Helper()
	f.clock.advance(time.Minute)
	write, err := s.Sync(f.Context(), a.Site, a.ID, f.clock.now())
	require.NoError(f, err)
	require.NoError(f, f.Transact(f.Context(), write))
	f.clock.advance(time.Minute)
}

func (f *fixture) all(of account.Account) map[string]template.Template {
	f.Helper()
	page, err := f.templates().List(f.Context(), of.Site, template.Query{Limit: 200})
	require.NoError(f, err)
	all := map[string]template.Template{}
	for _, t := range page.Templates {
		all[t.Name] = t
	}
	return all
}

func (f *fixture) toldOfTemplates(a account.Account) []event.Event {
	f.Helper()
	page, err := f.Events().Read(f.Context(), a.Site, event.Query{Types: []event.Type{event.TemplateStatus}, Limit: 100})
	require.NoError(f, err)
	return page.Events
}

func listed(name, status string) provider.KnownTemplate {
	return provider.KnownTemplate{ID: "1" + name, Name: name, Language: "en_US", Category: "UTILITY", Status: status, Content: provider.TemplateContent{Body: "Hi from " + name}}
}

func TestASyncFindsWhatIsNewChangedAndGone(t *testing.T) {
	onBoth(t, func(f *fixture) {
		a := f.ofHome(f.one, "A", "77")
		sister := f.ofHome(f.one, "B", "77")
		l := &lister{listed: []provider.KnownTemplate{listed("first", "PENDING"), listed("second", "APPROVED"), listed("first", "PENDING")}}
		s := f.listing(l)
		f.sync(s, a)
		require.Len(f, f.all(a), 2)
		require.Empty(f, f.toldOfTemplates(a), "what is new has no news")
		before := f.all(a)
		f.sync(s, sister)
		require.Equal(f, before, f.all(a), "numbers of one business account share its templates, and what is the same is not written")

		l.listed = []provider.KnownTemplate{listed("first", "APPROVED"), listed("third", "PAUSED")}
		f.sync(s, a)
		now := f.all(a)
		require.Equal(f, []template.Status{"APPROVED", "DELETED", "PAUSED"}, []template.Status{now["first"].Status, now["second"].Status, now["third"].Status})
		require.Empty(f, now["second"].ProviderID)
		told := f.toldOfTemplates(a)
		require.Len(f, told, 2)
		require.JSONEq(f, `{"template_id":"`+now["first"].ID+`","before":"PENDING","status":"APPROVED","found_by":"sync"}`, string(told[0].Data))
		facts, err := f.Books().Health(f.Context(), f.one, a.ID)
		require.NoError(f, err)
		require.JSONEq(f, `{"outcome":"done","templates":2}`, string(facts["template_sync"].Value))
	})
}

func TestASyncLeavesEditsAndWhatIsNewer(t *testing.T) {
	onBoth(t, func(f *fixture) {
		a := f.ofHome(f.one, "A", "77")
		l := &lister{listed: []provider.KnownTemplate{listed("first", "APPROVED"), listed("second", "PENDING")}}
		s := f.listing(l)
		f.sync(s, a)
		first := f.all(a)["first"]
		_, err := s.Update(f.Context(), caller(f.one), first.ID, func(t template.Template) (template.Draft, error) {
			d := template.DraftOf(t)
			d.Content.Body = "Edited here"
			return d, nil
		}, nil)
		require.NoError(f, err)
		l.listed = []provider.KnownTemplate{listed("first", "PAUSED"), listed("second", "PENDING")}
		l.during = func() { // a webhook comes while the list is read
			f.clock.advance(time.Second)
			_, err := f.Templates().Update(f.Context(), f.one, f.all(a)["second"].ID, func(t template.Template) (template.Template, error) {
				t.Status, t.ToldAt = template.Approved, f.clock.now()
				return t, nil
			})
			require.NoError(f, err)
		}
		f.sync(s, a)
		now := f.all(a)
		require.Equal(f, "Edited here", now["first"].Content.Body)
		require.Equal(f, "Hi from first", now["first"].AtProvider.Content.Body)
		require.Equal(f, template.Paused, now["first"].Status)
		require.True(f, now["first"].Unsubmitted())
		require.Equal(f, template.Approved, now["second"].Status, "what was told since is newer")
	})
}

func TestADraftThatTheProviderHasByThisNameBecomesThatOneAndKeepsItsText(t *testing.T) {
	onBoth(t, func(f *fixture) {
		a := f.ofHome(f.one, "A", "77")
		mine := f.template(f.one, written(a, "First"))
		f.sync(f.listing(&lister{listed: []provider.KnownTemplate{listed("first", "APPROVED")}}), a)
		now := f.all(a)["first"]
		require.Equal(f, mine.ID, now.ID)
		require.Equal(f, mine.Content, now.Content)
		require.Equal(f, "1first", now.ProviderID)
		require.True(f, now.Unsubmitted())
	})
}

func TestOnlyActiveAccountsAreSyncedEachOnceForATurn(t *testing.T) {
	onBoth(t, func(f *fixture) {
		a := f.ofHome(f.one, "A", "77")
		b := f.ofHome(f.two, "B", "77")
		off := f.ofHome(f.one, "C", "78")
		f.update(f.one, off.ID, account.Change{Status: new(account.Inactive)})
		f.create(f.one, f.wasender("D"))
		l := &lister{listed: []provider.KnownTemplate{listed("first", "APPROVED")}}
		s := f.listing(l)
		f.clock.advance(time.Hour)
		for range 2 {
			require.NoError(f, s.EnqueueDue(f.Context(), f.clock.now().Add(-time.Minute)))
		}
		runs, err := f.Jobs().Claim(f.Context(), template.Queue, queue.Want{Runs: 9, Each: 9}, time.Minute)
		require.NoError(f, err)
		var accounts []string
		for _, run := range runs {
			for _, j := range run {
				accounts = append(accounts, j.OrderKey)
			}
		}
		require.ElementsMatch(f, []string{a.ID, b.ID}, accounts)
		require.ErrorIs(f, s.AskSync(f.Context(), f.one, off.ID), account.ErrInactive)
		require.ErrorIs(f, s.AskSync(f.Context(), f.two, a.ID), account.ErrNotFound)
		f.sync(s, off)
		require.Zero(f, l.asked)

		l.during = func() { f.update(f.one, a.ID, account.Change{Status: new(account.Inactive)}) }
		f.sync(s, a)
		require.Empty(f, f.all(a), "it was switched off while the list was read")
	})
}

func TestWhatWasSyncedSinceItWasAskedForIsNotSyncedAgain(t *testing.T) {
	onBoth(t, func(f *fixture) {
		a := f.ofHome(f.one, "A", "77")
		l := &lister{}
		s := f.listing(l)
		asked := f.clock.now()
		f.sync(s, a)
		write, err := s.Sync(f.Context(), f.one, a.ID, asked)
		require.NoError(f, err)
		require.NoError(f, write(f.Context()))
		require.Equal(f, 1, l.asked)
	})
}

func TestAFailureIsTriedAgainOrKeptForWhoeverMustMendIt(t *testing.T) {
	onBoth(t, func(f *fixture) {
		a := f.ofHome(f.one, "A", "77")
		l := &lister{err: &provider.CallError{Class: provider.ClassRetry, Meaning: "Later."}}
		s := f.listing(l)
		_, err := s.Sync(f.Context(), f.one, a.ID, f.clock.now())
		require.ErrorIs(f, err, l.err)
		l.err = &provider.CallError{Class: provider.ClassToken, Meaning: "The token has expired.", Fix: "Enter another."}
		f.sync(s, a)
		facts, err := f.Books().Health(f.Context(), f.one, a.ID)
		require.NoError(f, err)
		require.JSONEq(f, `{"outcome":"failed","detail":"The token has expired.","fix":"Enter another."}`, string(facts["template_sync"].Value))
		require.NoError(f, f.service.Delete(f.Context(), caller(f.one), a.ID, nil))
		write, err := s.Sync(f.Context(), f.one, a.ID, f.clock.now())
		require.NoError(f, err)
		require.NoError(f, write(f.Context()), "an account that is gone has nobody to mend it")
	})
}
