package store

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ivendnext/whatsapp-accounts/internal/account"
	"github.com/ivendnext/whatsapp-accounts/internal/event"
	"github.com/ivendnext/whatsapp-accounts/internal/provider"
	"github.com/ivendnext/whatsapp-accounts/internal/provider/meta"
	"github.com/ivendnext/whatsapp-accounts/internal/provider/wasender"
	"github.com/ivendnext/whatsapp-accounts/internal/site"
	"github.com/ivendnext/whatsapp-accounts/internal/template"
)

func TestAnAccountIsFoundByWhatIdentifiesIt(t *testing.T) {
	onBoth(t, func(f *fixture) {
		a, b := f.ofHome(f.one, "A", "77"), f.ofHome(f.one, "B", "77")
		f.ofHome(f.one, "C", "78")
		f.ofHome(f.two, "D", "77")
		find := func(in site.Site, of provider.Type, field, value string, most int) (ids []string) {
			f.Helper()
			found, err := f.accounts.Identified(f.Context(), in, of, field, value, most)
			require.NoError(f, err)
			for _, a := range found {
				ids = append(ids, a.ID)
			}
			return ids
		}
		require.Equal(f, []string{a.ID, b.ID}, find(f.one, meta.Type, "business_id", "77", 9))
		require.Equal(f, []string{a.ID}, find(f.one, meta.Type, "business_id", "77", 1))
		require.Equal(f, []string{b.ID}, find(f.one, meta.Type, "phone_id", b.Settings["phone_id"], 9))
		require.Empty(f, find(f.two, meta.Type, "phone_id", b.Settings["phone_id"], 9))
		require.Empty(f, find(f.one, wasender.Type, "business_id", "77", 9))
		for _, nobody := range []string{"", "7", "\x00", "\xff", "77\x00"} {
			require.Empty(f, find(f.one, meta.Type, "business_id", nobody, 9), "%q", nobody)
		}
		found, err := f.service.Identified(f.Context(), f.one, "business_id", "77")
		require.NoError(f, err)
		require.Equal(f, []account.Account{a, b}, found)
		found, err = f.service.Identified(f.Context(), f.one, "token", "77")
		require.NoError(f, err)
		require.Empty(f, found)
	})
}

func TestAnEventIsFoundByItsKey(t *testing.T) {
	onBoth(t, func(f *fixture) {
		a := f.create(f.one, f.meta("A"))
		n := event.New{Type: event.MessageReceived, AccountID: a.ID, Key: "message/1", Data: json.RawMessage(`{"message":{}}`)}
		_, err := f.Events().Append(f.Context(), f.one, n)
		require.NoError(f, err)
		e, err := f.Events().Keyed(f.Context(), f.one, n)
		require.NoError(f, err)
		require.JSONEq(f, `{"message":{}}`, string(e.Data))
		require.Equal(f, a.ID, e.AccountID)
		for _, other := range []event.New{
			{Type: event.MessageReceived, AccountID: a.ID, Key: "message/2"}, {Type: event.MessageReceived, Key: "message/1"}, {Type: event.MessageStatus, AccountID: a.ID, Key: "message/1"},
			{Type: event.MessageReceived, AccountID: a.ID},
		} {
			_, err = f.Events().Keyed(f.Context(), f.one, other)
			require.ErrorIs(f, err, event.ErrNotKept)
		}
		_, err = f.Events().Keyed(f.Context(), f.two, n)
		require.ErrorIs(f, err, event.ErrNotKept)
	})
}

func TestTemplatesAreSelectedByLists(t *testing.T) {
	onBoth(t, func(f *fixture) {
		a := f.ofHome(f.one, "A", "77")
		for _, label := range []string{"Order", "Sale", "Draft"} {
			made := f.template(f.one, written(a, label))
			if label == "Draft" {
				continue
			}
			_, err := f.Templates().Update(f.Context(), f.one, made.ID, func(t template.Template) (template.Template, error) {
				t.ProviderID, t.Status = "64"+label, template.Approved
				return t, nil
			})
			require.NoError(f, err)
		}
		for _, c := range []struct {
			among template.Among
			want  []string
		}{
			{template.Among{}, []string{"draft", "sale", "order"}},
			{template.Among{AtProvider: true}, []string{"sale", "order"}},
			{template.Among{Names: []string{"draft", "order"}}, []string{"draft", "order"}},
			{template.Among{Names: []string{"draft"}, AtProvider: true}, nil},
			{template.Among{Statuses: []template.Status{template.Approved, template.Paused}}, []string{"sale", "order"}},
			{template.Among{Languages: []string{"en_US"}, Names: []string{"sale"}}, []string{"sale"}},
			{template.Among{Languages: []string{"xx"}}, nil},
			{template.Among{Categories: []string{"AUTHENTICATION"}}, nil},
			{template.Among{Names: []string{"a\x00"}}, nil},
		} {
			page, err := f.Templates().List(f.Context(), f.one, template.Query{Limit: 9, Among: c.among})
			require.NoError(f, err)
			var names []string
			for _, t := range page.Templates {
				names = append(names, t.Name)
			}
			require.Equal(f, c.want, names, "%+v", c.among)
		}
	})
}

func TestACheckLeavesWhatItLearntOfTheNumber(t *testing.T) {
	onBoth(t, func(f *fixture) {
		a := f.create(f.one, f.meta("A"))
		number := &provider.Number{Display: "+1 555", Name: "Brand A", Quality: "GREEN"}
		require.NoError(f, f.Books().Checked(f.Context(), f.one, a.ID, provider.Report{Verdict: provider.Unknown, Number: number, At: f.clock.now()}))
		facts, err := f.Books().Health(f.Context(), f.one, a.ID)
		require.NoError(f, err)
		require.JSONEq(f, `{"display_phone_number":"+1 555","verified_name":"Brand A","quality_rating":"GREEN"}`, string(facts["number"].Value))
		require.NoError(f, f.Books().Checked(f.Context(), f.one, a.ID, provider.Report{Verdict: provider.Unknown, At: f.clock.now()}))
		again, err := f.Books().Health(f.Context(), f.one, a.ID)
		require.NoError(f, err)
		require.Equal(f, facts["number"], again["number"])
	})
}
