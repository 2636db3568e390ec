package bulk_test

import (
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/ivendnext/whatsapp-accounts/internal/account"
	"github.com/ivendnext/whatsapp-accounts/internal/bulk"
	"github.com/ivendnext/whatsapp-accounts/internal/fault"
	"github.com/ivendnext/whatsapp-accounts/internal/message"
	"github.com/ivendnext/whatsapp-accounts/internal/routing"
	"github.com/ivendnext/whatsapp-accounts/internal/storetest"
	"github.com/ivendnext/whatsapp-accounts/internal/template"
)

func TestABulkIsTakenWithItsAccountAndCounts(t *testing.T) {
	onBoth(t, func(w *world) {
		a := w.wasender("A")
		greeting := w.greeting(a)
		made, err := w.load(head(greeting), rows(1201))
		require.NoError(w, err)
		assert.Equal(w, []any{bulk.Running, 1201, a.ID, greeting.ID, routing.ByTemplate, "campaigns", message.Keep},
			[]any{made.Status, made.Total, made.AccountID, made.TemplateID, made.Reason, made.CreatedBy, made.IfUnknown})
		got := w.get(made.ID)
		assert.Equal(w, 1201, got.Counts.Pending)
		assert.False(w, got.Done())
		assert.Equal(w, made.Bulk, got.Bulk)
	})
}

func TestAnAccountThatIsNamedSendsTheBulk(t *testing.T) {
	onBoth(t, func(w *world) {
		greeting, other := w.greeting(w.wasender("A")), w.wasender("B")
		ask := head(greeting)
		ask.AccountID = other.ID
		made, err := w.load(ask, rows(1))
		require.NoError(w, err)
		assert.Equal(w, []any{other.ID, routing.ByAccount}, []any{made.AccountID, made.Reason})
		w.become(other, account.Inactive)
		_, err = w.load(ask, rows(1))
		var refusal *routing.Refusal
		require.ErrorAs(w, err, &refusal)
		require.ErrorIs(w, err, account.ErrUnusable(other.Standing()))
	})
}

// TestEachBadRowIsNamed: nothing is kept of a bulk that has one, however many good ones come before it.
func TestEachBadRowIsNamed(t *testing.T) {
	onBoth(t, func(w *world) {
		all := rows(1005)
		all[3].To = "12"
		all[700].Parameters = values("name", "Ann", "colour", "red")
		all[701].Parameters = template.Parameters{}
		all[702].To = " 00" + number(5)[1:]
		all[703].To, all[703].Reference = "", string(slices.Repeat([]byte("x"), 513))
		all[704].Wrong = fault.Fields{{Pointer: "/name", Code: "invalid_value", Detail: "No."}}
		all[705].Parameters = template.Parameters{InOrder: []string{"Ann"}}
		_, err := w.load(head(w.greeting(w.wasender("A"))), all)
		require.ErrorIs(w, err, bulk.ErrRecipients)
		var told *fault.Error
		require.ErrorAs(w, err, &told)
		var spots []string
		for _, f := range told.Fields {
			spots = append(spots, f.Pointer+" "+f.Code)
		}
		assert.Equal(w, []string{
			"/recipients/3/to invalid_value", "/recipients/700/parameters/colour invalid_value", "/recipients/701/parameters/name required",
			"/recipients/702/to duplicate_recipient", "/recipients/703/reference invalid_value", "/recipients/703/to required", "/recipients/704/name invalid_value",
			"/recipients/705/parameters/1 required",
		}, spots)
		assert.Contains(w, told.Detail, "7 of 1005")
		page, err := w.service.List(w.Context(), w.home, bulk.Query{Limit: 10})
		require.NoError(w, err)
		assert.Empty(w, page.Bulks)
		assert.False(w, w.turn(), "there is no job")
	})
}

func TestOfManyBadRowsSoManyAreNamedAndAllAreCounted(t *testing.T) {
	t.Parallel()
	var f bulk.Findings
	for n := range 3000 {
		f.Add(n, fault.Field{Pointer: "/to", Code: "required"}, fault.Field{Pointer: "/name", Code: "invalid_value"})
	}
	told, _ := errors.AsType[*fault.Error](f.Err(5000))
	assert.Len(t, told.Fields, bulk.MostFindings)
	assert.Contains(t, told.Detail, "3000 of 5000")
}

func TestWhatIsWrongWithABulkItselfIsToldBeforeItsRecipientsAreRead(t *testing.T) {
	onBoth(t, func(w *world) {
		good := head(w.greeting(w.wasender("A")))
		for name, c := range map[string]struct {
			change   func(*bulk.Head)
			pointers []string
		}{
			"nothing":                        {func(h *bulk.Head) { *h = bulk.Head{} }, []string{"/title", "/template_id"}},
			"a long title":                   {func(h *bulk.Head) { h.Title = string(slices.Repeat([]byte("x"), 141)) }, []string{"/title"}},
			"a time too late":                {func(h *bulk.Head) { h.SendAfter = w.now().Add(31 * 24 * time.Hour) }, []string{"/send_after"}},
			"an end too early":               {func(h *bulk.Head) { h.DiscardAfter = w.now() }, []string{"/discard_after"}},
			"a common value without a place": {func(h *bulk.Head) { h.Parameters = values("colour", "red") }, []string{"/parameters/colour"}},
			"a list with too many":           {func(h *bulk.Head) { h.Parameters = template.Parameters{InOrder: []string{"a", "b", "c"}} }, []string{"/parameters/2"}},
		} {
			ask := good
			c.change(&ask)
			_, err := w.service.Open(w.Context(), w.caller, ask)
			var told *fault.Error
			require.ErrorAs(w, err, &told, name)
			var pointers []string
			for _, f := range told.Fields {
				pointers = append(pointers, f.Pointer)
			}
			assert.Equal(w, c.pointers, pointers, name)
		}
		_, err := w.load(good, nil)
		require.ErrorContains(w, err, "no recipients")
		ask := good
		ask.TemplateID = newID()
		_, err = w.service.Open(w.Context(), w.caller, ask)
		require.ErrorIs(w, err, template.ErrUnavailable)
	})
}

func TestOwnValuesComeOverCommonOnes(t *testing.T) {
	onBoth(t, func(w *world) {
		ask := head(w.greeting(w.wasender("A")))
		ask.Parameters = template.Parameters{InOrder: []string{"all", "sale"}}
		made, err := w.load(ask, []bulk.Row{
			{To: number(0)}, {To: number(1), Parameters: values("name", "Ann")}, {To: number(2), Parameters: template.Parameters{InOrder: []string{"Bob", "Monday"}}},
		})
		require.NoError(w, err)
		require.True(w, w.turn())
		var texts []string
		for _, m := range w.all(made.ID, "") {
			texts = append(texts, string(m.Composed))
		}
		require.Len(w, texts, 3)
		assert.Contains(w, texts[0], "Hi all, it is sale today.")
		assert.Contains(w, texts[1], "Hi Ann, it is sale today.")
		assert.Contains(w, texts[2], "Hi Bob, it is Monday today.")
	})
}

func TestABulkHasABound(t *testing.T) {
	t.Parallel()
	w := newWorld(t, storetest.SQLite(t))
	l, err := w.service.Open(w.Context(), w.caller, head(w.greeting(w.wasender("A"))))
	require.NoError(t, err)
	bad := bulk.Row{To: "x"} // one that is not kept, so that this is quick
	for range bulk.MaxRecipients {
		require.NoError(t, l.Add(w.Context(), bad))
	}
	require.ErrorContains(t, l.Add(w.Context(), bad), "more than 100000")
}
