package store

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/ivendnext/whatsapp-accounts/internal/account"
	"github.com/ivendnext/whatsapp-accounts/internal/provider/meta"
	"github.com/ivendnext/whatsapp-accounts/internal/provider/wasender"
	"github.com/ivendnext/whatsapp-accounts/internal/webhook"
)

func TestReceiptsThatRestOnWhatIsNotTrueAreTold(t *testing.T) {
	onInbox(t, func(i *inbox) {
		w := i.watch()
		a := i.number(i.one, "305", "204", "key")
		for n := range 2 {
			i.taken(textFor("305", "204", fmt.Sprint(n)), "key")
		}
		model := w.kept[1][0]
		require.Len(i, model.Premises, 2)
		receipt := func(untrue ...func(*webhook.Premise)) webhook.Receipt {
			r := model
			r.ID, r.Body, r.Premises = newID(), []byte(newID()), slices.Clone(model.Premises)
			for _, change := range untrue {
				change(&r.Premises[1])
			}
			return r
		}
		found, err := i.Candidates().ByID(i.Context(), meta.Type, a.ID, "app_secret")
		require.NoError(i, err)
		byID := func(p *webhook.Premise) { p.Field, p.Value, p.Facts = "", a.ID, webhook.FactsOf(found) }
		all := []webhook.Receipt{
			receipt(), receipt(func(p *webhook.Premise) { p.Facts[0]++ }), receipt(), receipt(func(p *webhook.Premise) { p.Value = "nobody's" }),
			receipt(func(p *webhook.Premise) { p.Proof = "token" }), receipt(func(p *webhook.Premise) { p.Type = wasender.Type }),
			receipt(func(p *webhook.Premise) { p.Value, p.Facts = "3\x0005", webhook.FactsOf(nil) }), receipt(func(p *webhook.Premise) { p.Field, p.Value = "", a.ID }),
			receipt(func(p *webhook.Premise) { p.Field, p.Value, p.Facts = "", newID(), webhook.FactsOf(nil) }),
			receipt(byID), receipt(byID, func(p *webhook.Premise) { p.Type = wasender.Type }),
		}
		all[2].Premises = nil
		outdated, err := i.Receipts().Keep(i.Context(), all)
		require.NoError(i, err)
		require.ElementsMatch(i, []string{all[1].ID, all[3].ID, all[4].ID, all[5].ID, all[7].ID, all[10].ID}, outdated)
		for n, r := range all {
			_, err := i.Receipts().Receipt(i.Context(), r.ID)
			require.Equal(i, slices.Contains(outdated, r.ID), errors.Is(err, webhook.ErrReceiptGone), n)
		}
	})
}

func TestAReceiptThatIsOutdatedIsToldByTheIdThatItCameWith(t *testing.T) {
	onInbox(t, func(i *inbox) {
		a := i.number(i.one, "305", "204", "key")
		untrue := []webhook.Premise{{Address: webhook.Address{Type: meta.Type, Field: "phone_id", Value: "305", Proof: "app_secret"}}}
		r := webhook.Receipt{ID: strings.ToUpper(newID()), Type: meta.Type, Proved: []webhook.Party{{AccountID: a.ID, Site: i.one}}, Body: []byte("{}"), ReceivedAt: i.clock.now(), Premises: untrue}
		outdated, err := i.Receipts().Keep(i.Context(), []webhook.Receipt{r})
		require.NoError(i, err)
		require.Equal(i, []string{r.ID}, outdated, "else it would be acknowledged, and is not kept")
		require.Zero(i, i.count("webhook_receipts"))
	})
}

func TestAnOutdatedIdThatIsNoReceiptsIsAnError(t *testing.T) {
	t.Parallel()
	receipts := []webhook.Receipt{{ID: newID()}, {ID: strings.ToUpper(newID())}}
	ids, err := asGiven(strings.ToLower(receipts[1].ID)+" "+receipts[0].ID, receipts)
	require.NoError(t, err)
	require.Equal(t, []string{receipts[1].ID, receipts[0].ID}, ids)
	ids, err = asGiven("", receipts)
	require.NoError(t, err)
	require.Empty(t, ids)
	for _, told := range []string{newID(), receipts[0].ID + " " + newID(), "x", uuid.Nil.String()} {
		_, err = asGiven(told, receipts)
		require.Error(t, err, told)
	}
}

func TestNoTwoSetsOfFactsReadAlike(t *testing.T) {
	t.Parallel()
	row := func(id string, sealed []byte) webhook.Candidate {
		r := candidateRow{AccountID: id, Status: string(account.Active), Sealed: sealed}
		if sealed != nil {
			r.Field = "app_secret"
		}
		fact, err := r.fact()
		require.NoError(t, err)
		return webhook.Candidate{Facts: []string{fact}}
	}
	// The other's id begins with a length, and the rest of it, with its status, could be a secret that is as long.
	const one, other = "00000000-0000-7000-8000-000000000001", "0000000d-0000-7000-8000-000000000001"
	id := uuid.MustParse(other)
	two, single := webhook.FactsOf([]webhook.Candidate{row(one, nil), row(other, nil)}), webhook.FactsOf([]webhook.Candidate{row(one, append(id[4:], 1))})
	require.NotEqual(t, two, single)
}

func TestAnAccountWithoutASecretIsRememberedBesideOneThatProves(t *testing.T) {
	onInbox(t, func(i *inbox) {
		i.number(i.one, "305", "204", "key")
		bare := i.number(i.two, "306", "204", "another key")
		i.update(i.two, bare.ID, set("app_secret", nil))
		w := i.watch()
		for n, want := range []int64{1, 0, 0} {
			require.Equal(i, want, w.looked(func() { i.taken(textFor("305", "204", fmt.Sprint(n)), "key") }), n)
		}
		i.update(i.two, bare.ID, set("app_secret", clear("another key")))
		require.EqualValues(i, 1, w.looked(func() { i.taken(textFor("305", "204", "3"), "key") }), "it has one now")
	})
}

func TestWhatIsNotTrueAnyMoreIsFoundOutByOneCommit(t *testing.T) {
	onInbox(t, func(i *inbox) {
		a := i.number(i.one, "305", "204", "key")
		w := i.watch()
		i.taken(textFor("305", "204", "1"), "key")
		i.update(i.one, a.ID, set("app_secret", nil))
		for n := range 3 {
			i.refused(textFor("305", "204", fmt.Sprint("no ", n)), "key")
			require.Len(i, w.kept, 2, "the first, and the one that was not kept")
		}
	})
}
