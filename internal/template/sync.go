package template

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/ivendnext/whatsapp-accounts/internal/account"
	"github.com/ivendnext/whatsapp-accounts/internal/provider"
	"github.com/ivendnext/whatsapp-accounts/internal/queue"
	"github.com/ivendnext/whatsapp-accounts/internal/site"
)

// Queue is where the jobs wait that sync templates: their subject and their order key are an account.
const Queue = "template-syncs"

// Changes are what a sync found out about the templates of a home.
type Changes struct {
	Changed []Template
	Fresh   []Template
	Told    []Told
}

// Told is a status that a sync found changed.
type Told struct {
	TemplateID     string
	Before, Status Status
	Reason         string
}

// Outcome is what became of a sync: a fact of the account's health.
type Outcome struct {
	At        time.Time
	Done      bool
	Templates int    // that the provider listed
	Detail    string // why it was not done
	Fix       string
}

// AskSync has the templates of an account read from its provider soon. account.ErrNotFound, account.ErrInactive, capability_unsupported.
func (s *Service) AskSync(ctx context.Context, in site.Site, accountID string) error {
	a, err := s.accounts.Get(ctx, in, accountID)
	if err != nil {
		return err
	}
	if _, can := provider.As[provider.TemplateSyncer](s.providers, a.Type); !can {
		return errCannot.Saying("%s has no templates of its own to sync.", a.Type)
	}
	if !a.IsActive() {
		return account.ErrUnusable(a.Standing())
	}
	return s.store.Enqueue(ctx, in, a.ID)
}

// EnqueueDue has the templates synced of the accounts whose turn was not since before, a few at a time. Replicas share the accounts between them.
func (s *Service) EnqueueDue(ctx context.Context, before time.Time) error {
	var types []provider.Type
	for _, t := range s.providers.Types() {
		if _, can := provider.As[provider.TemplateSyncer](s.providers, t); can {
			types = append(types, t)
		}
	}
	for len(types) > 0 && ctx.Err() == nil {
		n, err := s.store.EnqueueDue(ctx, types, before, dueAtOnce)
		if err != nil || n == 0 {
			return err
		}
	}
	return nil
}

// dueAtOnce is how many accounts get their turn in one transaction.
const dueAtOnce = 50

// Sync reads all templates of an account from its provider, in no transaction, and gives what writes them. An account that is gone or Inactive is left alone,
// and one that was synced since asked is not synced again. What may succeed later is an error; what somebody must mend becomes the outcome.
func (s *Service) Sync(ctx context.Context, in site.Site, accountID string, asked time.Time) (func(context.Context) error, error) {
	nothing := func(context.Context) error { return nil }
	a, err := s.accounts.Get(ctx, in, accountID)
	if errors.Is(err, account.ErrNotFound) || err == nil && !a.IsActive() {
		return nothing, nil
	}
	if err != nil {
		return nil, err
	}
	syncer, can := provider.As[provider.TemplateSyncer](s.providers, a.Type)
	if !can {
		return nothing, nil
	}
	if last, err := s.store.Synced(ctx, in, accountID); err != nil || last.After(asked) {
		return nothing, err
	}
	c, err := s.open(ctx, a)
	if err != nil {
		return nil, err
	}
	at, home := s.now(), s.specOf(a.Type).TemplateHome(a.ID, a.Settings)
	listed, err := syncer.Templates(ctx, c)
	if err != nil {
		return s.failed(in, accountID, at, err)
	}
	return func(ctx context.Context) error {
		return s.store.Reconcile(ctx, a, home, Outcome{At: at, Done: true, Templates: len(listed)}, func(have []Template) Changes {
			return s.reconcile(a, home, have, listed, at)
		})
	}, nil
}

// failed gives what notes a failure that trying again does not cure; any other is tried again.
func (s *Service) failed(in site.Site, accountID string, at time.Time, err error) (func(context.Context) error, error) {
	failed, known := errors.AsType[*provider.CallError](err)
	if !known {
		return nil, err
	}
	switch failed.Class {
	case provider.ClassRetry, provider.ClassWait, provider.ClassUnknown:
		return nil, queue.RetryAfter(err, failed.RetryAfter)
	case provider.ClassToken, provider.ClassAccount, provider.ClassPermanent:
	}
	return func(ctx context.Context) error {
		return s.store.Unsynced(ctx, in, accountID, Outcome{At: at, Detail: failed.Meaning, Fix: failed.Fix})
	}, nil
}

type identity struct{ name, language string }

// reconcile compares what is here with what the provider listed at a time. What was told since then is newer and stays, and so do edits that were not submitted.
func (s *Service) reconcile(a account.Account, home string, have []Template, listed []provider.KnownTemplate, at time.Time) Changes {
	var changes Changes
	here, there := map[identity]Template{}, map[identity]bool{}
	for _, t := range have {
		here[identity{t.Name, t.Language}] = t
	}
	for _, k := range listed {
		id := identity{k.Name, k.Language}
		if there[id] {
			continue
		}
		there[id] = true
		k.Content = legible(k.Content)
		if t, known := here[id]; known {
			changes.add(t, t.learn(k, at))
			continue
		}
		changes.Fresh = append(changes.Fresh, s.found(a, home, k, at))
	}
	for _, t := range have {
		if t.ProviderID != "" && !there[identity{t.Name, t.Language}] && !t.ToldAt.After(at) {
			gone := t
			gone.Status, gone.Reason, gone.ProviderID, gone.AtProvider, gone.ToldAt, gone.UpdatedAt = Deleted, "", "", nil, at, at
			changes.add(t, gone)
		}
	}
	return changes
}

func (c *Changes) add(before, after Template) {
	if after.UpdatedAt.Equal(before.UpdatedAt) {
		return
	}
	c.Changed = append(c.Changed, after)
	if after.Status != before.Status {
		c.Told = append(c.Told, Told{TemplateID: after.ID, Before: before.Status, Status: after.Status, Reason: after.Reason})
	}
}

// learn gives the template as the provider has it. One that nothing is new about is the same, to the time of its last change.
func (t Template) learn(k provider.KnownTemplate, at time.Time) Template {
	if t.ToldAt.After(at) {
		return t
	}
	held := Held{Category: k.Category, Content: k.Content}
	same := t.ProviderID == k.ID && t.Status == Status(k.Status) && t.Reason == k.Reason && t.Quality == k.Quality && t.AtProvider != nil &&
		t.AtProvider.Category == k.Category && Same(t.AtProvider.Content, k.Content)
	if same {
		return t
	}
	if !t.Unsubmitted() {
		samples := t.Content.Samples
		t.Category, t.Content = k.Category, Clone(k.Content)
		if len(t.Content.Samples) < len(samples) && Same(t.AtProvider.Content, k.Content) {
			t.Content.Samples = samples // a medium's sample is not given back
		}
	}
	t.ProviderID, t.Status, t.Reason, t.Quality, t.AtProvider = k.ID, Status(k.Status), k.Reason, k.Quality, &held
	t.ToldAt, t.SyncedAt, t.UpdatedAt = at, at, at
	return t
}

// found is a template that was made elsewhere. Its name is the best label that it has.
func (s *Service) found(a account.Account, home string, k provider.KnownTemplate, at time.Time) Template {
	return Template{
		ID: s.newID(), Site: a.Site, AccountID: a.ID, Type: a.Type, Home: home, Label: k.Name, Name: k.Name, Language: k.Language, Category: k.Category, Content: Clone(k.Content),
		Status: Status(k.Status), Reason: k.Reason, Quality: k.Quality, ProviderID: k.ID, AtProvider: &Held{Category: k.Category, Content: k.Content},
		ToldAt: at, SyncedAt: at, CreatedAt: at, UpdatedAt: at,
	}
}

// legible is what can be kept of a provider's texts. A text whose braces are no placeholders of ours makes the template one that is not edited here.
func legible(c provider.TemplateContent) provider.TemplateContent {
	c = Clone(c)
	clean := func(text *string) {
		*text = strings.ReplaceAll(*text, "\x00", "")
		if _, complaint := parse(*text); complaint != "" && !slices.Contains(c.Foreign, oddText) {
			c.Foreign = append(c.Foreign, oddText)
		}
	}
	clean(&c.Body)
	clean(&c.Footer)
	if c.Header != nil {
		clean(&c.Header.Text)
	}
	for i := range c.Buttons {
		clean(&c.Buttons[i].Text)
		clean(&c.Buttons[i].URL)
	}
	for key, sample := range c.Samples {
		c.Samples[key] = strings.ReplaceAll(sample, "\x00", "")
	}
	return c
}

// oddText names a text that cannot be filled in here.
const oddText = "TEXT with other braces"
