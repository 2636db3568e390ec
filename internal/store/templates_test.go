package store

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/ivendnext/whatsapp-accounts/internal/account"
	"github.com/ivendnext/whatsapp-accounts/internal/fault"
	"github.com/ivendnext/whatsapp-accounts/internal/provider"
	"github.com/ivendnext/whatsapp-accounts/internal/site"
	"github.com/ivendnext/whatsapp-accounts/internal/template"
)

// templates are the use cases on the database of the test.
func (f *fixture) templates() *template.Service {
	return template.NewService(f.Templates(), f.accounts, f.registry, nil, f.clock.now, newID)
}

// written is a complete template of an account.
func written(a account.Account, label string) template.Draft {
	return template.Draft{
		AccountID: a.ID, Label: label, Language: "en_US",
		Content: provider.TemplateContent{Body: "Hi {{1}}, welcome.", Samples: map[string]string{"1": "Ann"}},
	}
}

func (f *fixture) template(in site.Site, ask template.Draft) template.Template {
	f.Helper()
	t, err := f.templates().Create(f.Context(), caller(in), ask)
	require.NoError(f, err)
	return t
}

// ofHome is a Meta account of a business account.
func (f *fixture) ofHome(in site.Site, name, home string) account.Account {
	f.Helper()
	ask := f.meta(name)
	ask.Sections["meta_settings"]["business_id"] = clear(home)
	return f.create(in, ask)
}

func TestATemplateIsReadAsItWasWritten(t *testing.T) {
	onBoth(t, func(f *fixture) {
		a := f.create(f.one, f.meta("A"))
		ask := written(a, "Order ready")
		ask.Category, ask.Content.Footer = "utility", "Bye \u2028 ü"
		ask.Content.Header = &provider.TemplateHeader{Format: provider.HeaderText, Text: "Order {{1}}"}
		ask.Content.Buttons = []provider.TemplateButton{{Kind: provider.ButtonURL, Text: "Track", URL: "https://example.com/{{1}}"}, {Kind: provider.ButtonQuickReply, Text: "Thanks"}}
		made := f.template(f.one, ask)
		require.Equal(f, "order_ready", made.Name)
		require.Equal(f, "UTILITY", made.Category)
		require.Equal(f, template.New, made.Status)
		require.Equal(f, a.Type, made.Type)
		require.True(f, made.Unsubmitted())
		got, err := f.templates().Get(f.Context(), f.one, made.ID)
		require.NoError(f, err)
		require.Equal(f, made, got)
		_, err = f.templates().Get(f.Context(), f.two, made.ID)
		require.ErrorIs(f, err, template.ErrNotFound)
		for _, id := range []string{"", "x", newID()} {
			_, err = f.templates().Get(f.Context(), f.one, id)
			require.ErrorIs(f, err, template.ErrNotFound)
		}
		local := f.template(f.one, written(f.create(f.one, f.wasender("B")), "Order ready"))
		require.Equal(f, template.Local, local.Status)
		require.False(f, local.Unsubmitted())
	})
}

func TestANameAndLanguageAreOnceInABusinessAccountAndSite(t *testing.T) {
	onBoth(t, func(f *fixture) {
		a, sister, stranger := f.ofHome(f.one, "A", "77"), f.ofHome(f.one, "B", "77"), f.ofHome(f.one, "C", "78")
		foreign := f.ofHome(f.two, "A", "77")
		f.template(f.one, written(a, "Order ready"))
		for _, of := range []account.Account{a, sister} {
			_, err := f.templates().Create(f.Context(), caller(f.one), written(of, "order READY"))
			require.ErrorIs(f, err, template.ErrExists)
		}
		other := written(sister, "Order ready")
		other.Language = "Arabic"
		f.template(f.one, other)
		f.template(f.one, written(stranger, "Order ready"))
		f.template(f.two, written(foreign, "Order ready"))
		page, err := f.templates().List(f.Context(), f.one, template.Query{AccountID: sister.ID, Limit: 10})
		require.NoError(f, err)
		require.Len(f, page.Templates, 2, "its own and its sister's")
	})
}

func TestATemplateNeedsAnAccountOfTheSiteThatHasWhatTemplatesBelongTo(t *testing.T) {
	onBoth(t, func(f *fixture) {
		a := f.create(f.one, f.meta("A"))
		for _, of := range []account.Account{{ID: "x"}, {ID: newID()}} {
			_, err := f.templates().Create(f.Context(), caller(f.one), written(of, "T"))
			require.ErrorIs(f, err, account.ErrNotFound)
		}
		_, err := f.templates().Create(f.Context(), caller(f.two), written(a, "T"))
		require.ErrorIs(f, err, account.ErrNotFound)
		name := "Draft"
		bare := f.create(f.one, account.Change{Name: &name, Type: &a.Type})
		_, err = f.templates().Create(f.Context(), caller(f.one), written(bare, "T"))
		require.ErrorContains(f, err, "Business ID")
	})
}

func TestTemplatesArePagedFilteredAndFoundByTheBeginningOfTheirNames(t *testing.T) {
	onBoth(t, func(f *fixture) {
		a, b := f.ofHome(f.one, "A", "77"), f.create(f.one, f.wasender("B"))
		var made []string
		for i := range 5 {
			made = append([]string{f.template(f.one, written(a, fmt.Sprintf("Order %d", i))).ID}, made...)
		}
		sale := f.template(f.one, written(b, "Sale"))
		list := func(q template.Query) (ids []string) {
			f.Helper()
			for range 9 {
				page, err := f.templates().List(f.Context(), f.one, q)
				require.NoError(f, err)
				for _, t := range page.Templates {
					ids = append(ids, t.ID)
				}
				if q.After = page.Next; q.After == "" {
					return ids
				}
			}
			return nil
		}
		require.Equal(f, append([]string{sale.ID}, made...), list(template.Query{Limit: 2}))
		require.Equal(f, made, list(template.Query{Prefix: "order", Limit: 3}))
		require.Equal(f, made[:1], list(template.Query{Prefix: "order_4", Limit: 3}))
		require.Equal(f, []string{sale.ID}, list(template.Query{Status: template.Local, Limit: 3}))
		require.Equal(f, made, list(template.Query{AccountID: a.ID, Limit: 3}))
		require.Empty(f, list(template.Query{AccountID: newID(), Limit: 3}))
		require.Empty(f, list(template.Query{Prefix: "a\x00", Limit: 3}))
		require.Empty(f, list(template.Query{After: "x", Limit: 3}))
	})
}

func TestAnEditIsJudgedOnTheTemplateAsItIsAndWritesOnlyWhatChanges(t *testing.T) {
	onBoth(t, func(f *fixture) {
		made := f.template(f.one, written(f.create(f.one, f.meta("A")), "Order ready"))
		f.clock.advance(time.Minute)
		edit := func(change func(*template.Draft)) (template.Template, error) {
			return f.templates().Update(f.Context(), caller(f.one), made.ID, func(t template.Template) (template.Draft, error) {
				d := template.DraftOf(t)
				change(&d)
				return d, nil
			}, nil)
		}
		same, err := edit(func(*template.Draft) {})
		require.NoError(f, err)
		require.Equal(f, made, same)
		renamed, err := edit(func(d *template.Draft) { d.Label = "Order is ready" })
		require.NoError(f, err)
		require.Equal(f, "order_is_ready", renamed.Name, "a name that was made of the label goes with it")
		require.Equal(f, f.clock.now(), renamed.UpdatedAt)
		_, err = edit(func(d *template.Draft) { d.Content.Body = "{{1}}" })
		require.Error(f, err)
		_, err = edit(func(d *template.Draft) { d.AccountID = newID() })
		require.ErrorContains(f, err, "stays with its account")
		f.template(f.one, written(account.Account{ID: made.AccountID}, "Taken"))
		_, err = edit(func(d *template.Draft) { d.Label = "Taken" })
		require.ErrorIs(f, err, template.ErrExists)
		got, err := f.templates().Get(f.Context(), f.one, made.ID)
		require.NoError(f, err)
		require.Equal(f, renamed, got)
		_, err = f.templates().Update(f.Context(), caller(f.two), made.ID, nil, nil)
		require.ErrorIs(f, err, template.ErrNotFound)
	})
}

// known makes the template one that the provider has, in a state.
func (f *fixture) known(t template.Template, status template.Status) template.Template {
	f.Helper()
	after, err := f.Templates().Update(f.Context(), t.Site, t.ID, func(t template.Template) (template.Template, error) {
		t.ProviderID, t.Status, t.AtProvider = "1"+t.ID[30:], status, &template.Held{Category: t.Category, Content: template.Clone(t.Content)}
		return t, nil
	})
	require.NoError(f, err)
	return after
}

func TestWhatTheProviderHasChangesWithinItsRules(t *testing.T) {
	onBoth(t, func(f *fixture) {
		ask := written(f.create(f.one, f.meta("A")), "Order ready")
		ask.Category = "UTILITY"
		made := f.template(f.one, ask)
		for status, ok := range map[template.Status]bool{template.Approved: true, template.Rejected: true, template.Paused: true, template.Pending: false, template.Disabled: false, "IN_APPEAL": false} {
			f.known(made, status)
			after, err := f.templates().Update(f.Context(), caller(f.one), made.ID, func(t template.Template) (template.Draft, error) {
				d := template.DraftOf(t)
				d.Label, d.Content.Body = "Another label", "Hello {{1}}, "+string(status)+"."
				return d, nil
			}, nil)
			if !ok {
				require.ErrorIs(f, err, template.ErrLocked, status)
				continue
			}
			require.NoError(f, err, status)
			require.Equal(f, "order_ready", after.Name, "a label is ours, a name is the provider's")
			require.True(f, after.Unsubmitted())
		}
		f.known(made, template.Approved)
		_, err := f.templates().Update(f.Context(), caller(f.one), made.ID, func(t template.Template) (template.Draft, error) {
			d := template.DraftOf(t)
			d.Name, d.Language, d.Category = "x", "ar", "MARKETING"
			return d, nil
		}, nil)
		for _, pointer := range []string{"/name", "/language", "/category"} {
			require.Contains(f, pointersOf(err), pointer)
		}
	})
}

func TestADeletedTemplateIsGoneForItsSiteAlone(t *testing.T) {
	onBoth(t, func(f *fixture) {
		made := f.template(f.one, written(f.create(f.one, f.meta("A")), "T"))
		require.ErrorIs(f, f.templates().Delete(f.Context(), caller(f.two), made.ID, false, nil), template.ErrNotFound)
		require.ErrorIs(f, f.templates().Delete(f.Context(), caller(f.one), made.ID, false, func(template.Template) error { return errBroken }), errBroken)
		require.NoError(f, f.templates().Delete(f.Context(), caller(f.one), made.ID, false, nil))
		require.ErrorIs(f, f.templates().Delete(f.Context(), caller(f.one), made.ID, false, nil), template.ErrNotFound)
	})
}

func TestATransactionThatIsUndoneLeavesNoTemplate(t *testing.T) {
	onBoth(t, func(f *fixture) {
		a := f.create(f.one, f.meta("A"))
		f.unchanged(func() {
			err := f.Transact(f.Context(), func(ctx context.Context) error {
				_, err := f.templates().Create(ctx, caller(f.one), written(a, "T"))
				require.NoError(f, err)
				return errBroken
			})
			require.ErrorIs(f, err, errBroken)
		})
	})
}

// pointersOf are the members that an error names.
func pointersOf(err error) (pointers []string) {
	e, _ := errors.AsType[*fault.Error](err)
	if e == nil {
		return nil
	}
	for _, field := range e.Fields {
		pointers = append(pointers, field.Pointer)
	}
	return pointers
}
