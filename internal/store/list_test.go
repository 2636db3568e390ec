package store

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ivendnext/whatsapp-accounts/internal/account"
	"github.com/ivendnext/whatsapp-accounts/internal/provider/meta"
	"github.com/ivendnext/whatsapp-accounts/internal/provider/wasender"
	"github.com/ivendnext/whatsapp-accounts/internal/site"
)

// stock puts n bare accounts into a site with one statement of SQL a row, and gives their ids, the oldest first.
func (f *fixture) stock(t testing.TB, in site.Site, names ...string) []string {
	t.Helper()
	ids := make([]string, len(names))
	require.NoError(t, f.Transact(t.Context(), func(ctx context.Context) error {
		rows := make([]accountRow, len(names))
		for i, name := range names {
			a := f.bare()
			a.Name, a.Site = name, in
			rows[i], ids[i] = rowOf(a), a.ID
		}
		return f.in(ctx, in).CreateInBatches(&rows, 500).Error
	}))
	return ids
}

// pages reads a list to its end, calling between after each page.
func (f *fixture) pages(t testing.TB, q account.Query, between func()) []account.Account {
	t.Helper()
	var all []account.Account
	for {
		page, err := f.accounts.List(t.Context(), f.one, q)
		require.NoError(t, err)
		require.LessOrEqual(t, len(page.Accounts), max(q.Limit, 1))
		all = append(all, page.Accounts...)
		if page.Next == (account.Position{}) {
			return all
		}
		require.Len(t, page.Accounts, max(q.Limit, 1), "only the last page is short")
		q.After = page.Next
		if between != nil {
			between()
		}
	}
}

func idsOf(accounts []account.Account) []string {
	ids := make([]string, len(accounts))
	for i, a := range accounts {
		ids[i] = a.ID
	}
	return ids
}

func namesOf(accounts []account.Account) []string {
	names := make([]string, len(accounts))
	for i, a := range accounts {
		names[i] = a.Name
	}
	return names
}

func numbered(n int) []string {
	names := make([]string, n)
	for i := range names {
		names[i] = fmt.Sprintf("Shop %04d", i)
	}
	return names
}

func TestListIsNewestFirstAndComplete(t *testing.T) {
	onBoth(t, func(t *testing.T, f *fixture) {
		ids := f.stock(t, f.one, numbered(23)...)
		f.stock(t, f.two, numbered(5)...)
		slices.Reverse(ids)
		for _, limit := range []int{1, 7, 22, 23, 24, 200} {
			require.Equal(t, ids, idsOf(f.pages(t, account.Query{Limit: limit}, nil)), limit)
		}
	})
}

func TestPageTellsOfMoreOnlyIfThereIsMore(t *testing.T) {
	onBoth(t, func(t *testing.T, f *fixture) {
		f.stock(t, f.one, numbered(3)...)
		for limit, more := range map[int]bool{2: true, 3: false, 4: false} {
			for _, prefix := range []string{"", "shop"} {
				page, err := f.accounts.List(t.Context(), f.one, account.Query{Limit: limit, Prefix: prefix})
				require.NoError(t, err)
				require.Equal(t, more, page.Next != account.Position{}, limit)
			}
		}
	})
}

func TestLimitBelowOneCountsAsOne(t *testing.T) {
	onBoth(t, func(t *testing.T, f *fixture) {
		ids := f.stock(t, f.one, numbered(3)...)
		for _, limit := range []int{0, -1, -1 << 40} {
			require.Len(t, f.pages(t, account.Query{Limit: limit}, nil), 3)
			require.Len(t, f.pages(t, account.Query{Limit: limit, Prefix: "s"}, nil), 3)
			page, err := f.accounts.List(t.Context(), f.one, account.Query{Limit: limit})
			require.NoError(t, err)
			require.Equal(t, ids[2:], idsOf(page.Accounts))
		}
		a := f.create(t, f.one, f.meta("A"))
		page, err := f.accounts.History(t.Context(), f.one, a.ID, "", 0)
		require.NoError(t, err)
		require.Len(t, page.Entries, 1)
	})
}

func TestEmptySiteHasAnEmptyList(t *testing.T) {
	onBoth(t, func(t *testing.T, f *fixture) {
		require.Empty(t, f.pages(t, account.Query{Limit: 10}, nil))
	})
}

func TestNothingIsSkippedOrRepeatedWhileOthersComeAndGo(t *testing.T) {
	onBoth(t, func(t *testing.T, f *fixture) {
		const stay, go_ = 900, 300
		ids := f.stock(t, f.one, numbered(stay+go_)...)
		shuffled := slices.Clone(ids)
		rand.New(rand.NewPCG(1, 2)).Shuffle(len(shuffled), func(i, j int) { shuffled[i], shuffled[j] = shuffled[j], shuffled[i] })
		leaving, staying := shuffled[:go_], shuffled[go_:]
		ctx, stop := context.WithCancel(t.Context())
		var wg sync.WaitGroup
		var errs []error
		wg.Go(func() {
			for i := 0; ctx.Err() == nil; i++ {
				err := f.createQuietly(ctx, f.bareAsk(fmt.Sprintf("Shop %s", newID())))
				if err == nil && i < len(leaving) {
					err = f.service.Delete(t.Context(), caller(f.one), leaving[i], nil)
				}
				if err != nil {
					errs = append(errs, err)
				}
			}
		})
		for _, q := range []account.Query{{Limit: 37}, {Limit: 41, Prefix: "shop"}} {
			seen := map[string]int{}
			for _, id := range idsOf(f.pages(t, q, nil)) {
				seen[id]++
			}
			for _, id := range staying {
				require.Equal(t, 1, seen[id], "%q", q.Prefix)
			}
			for id, times := range seen {
				require.Equal(t, 1, times, id)
			}
		}
		stop()
		wg.Wait()
		require.Empty(t, errs)
	})
}

// bareAsk asks for an account with nothing but a name.
func (f *fixture) bareAsk(name string) account.Change {
	return account.Change{Name: &name, Type: new(meta.Type)}
}

func TestDeletedAccountIsStillAGoodCursor(t *testing.T) {
	onBoth(t, func(t *testing.T, f *fixture) {
		ids := f.stock(t, f.one, numbered(4)...)
		page, err := f.accounts.List(t.Context(), f.one, account.Query{Limit: 2})
		require.NoError(t, err)
		require.NoError(t, f.service.Delete(t.Context(), caller(f.one), ids[2], nil))
		rest, err := f.accounts.List(t.Context(), f.one, account.Query{Limit: 2, After: page.Next})
		require.NoError(t, err)
		require.Equal(t, []string{ids[1], ids[0]}, idsOf(rest.Accounts))
	})
}

func TestFiltersSelectAndCombine(t *testing.T) {
	onBoth(t, func(t *testing.T, f *fixture) {
		f.create(t, f.one, f.meta("Meta on"))
		f.create(t, f.one, f.bareAsk("Meta off"))
		f.create(t, f.one, f.wasender("Sender on"))
		off := f.wasender("Sender off")
		off.Status = nil
		f.create(t, f.one, off)
		f.create(t, f.two, f.meta("Meta on"))
		for want, q := range map[string]account.Query{
			"Sender off,Sender on,Meta off,Meta on": {},
			"Sender on,Meta on":                     {Status: account.Active},
			"Sender off,Meta off":                   {Status: account.Inactive},
			"Meta off,Meta on":                      {Type: meta.Type},
			"Sender off":                            {Type: wasender.Type, Status: account.Inactive},
			"Meta on":                               {Name: "  META ON "},
			"":                                      {Name: "Meta"},
			"Sender off,Sender on":                  {Prefix: "sender"},
			"Sender on":                             {Prefix: "s", Status: account.Active},
			"Meta off":                              {Prefix: "meta", Type: meta.Type, Status: account.Inactive, Name: "meta off"},
		} {
			for _, q.Limit = range []int{1, 10} {
				require.Equal(t, want, strings.Join(namesOf(f.pages(t, q, nil)), ","), "%+v", q)
			}
		}
	})
}

func TestListShowsWhoIsDefault(t *testing.T) {
	onBoth(t, func(t *testing.T, f *fixture) {
		s := setTheScene(t, f)
		all := f.pages(t, account.Query{Limit: 1}, nil)
		require.Equal(t, []account.Account{f.get(t, f.one, s.rival.ID), f.get(t, f.one, s.holder.ID)}, all)
		require.True(t, all[1].IsDefaultOutgoing && all[1].IsDefaultIncoming)
	})
}

func TestPrefixFindsNamesThatBeginSoInTheOrderOfTheirKeys(t *testing.T) {
	onBoth(t, func(t *testing.T, f *fixture) {
		names := []string{
			"a", "A%", "a%b", "a_", "a_b", `a\`, `a\b`, "a'b", `a"b`, "aa", "AB", "ä", "Äpfel", "A\u0308rger", "a\U0010FFFF", "a\U0010FFFFb", "a\uE000", "a\uD7FF",
			"b", "Straße", "STRASSENBAHN", "Σίσυφος", "ΣΊΣΥΦΟΣ II", "İstanbul", "日本", "日本語", "🛍 shop", "🛍", "\U0010FFFF", "\U0010FFFF\U0010FFFF",
		}
		f.stock(t, f.one, names...)
		prefixes := append(slices.Clone(names), "a%b%", "A", "s", "strass", "straß", "Ä", "日", "🛍 ", "σίσυφος", "i", "%", "_", `\`, "z", " a ")
		for _, prefix := range prefixes {
			want := slices.DeleteFunc(slices.Clone(names), func(name string) bool {
				return !strings.HasPrefix(account.NameKey(name), account.NameKey(prefix))
			})
			slices.SortFunc(want, func(a, b string) int { return strings.Compare(account.NameKey(a), account.NameKey(b)) })
			for _, limit := range []int{1, 3, 200} {
				require.Equal(t, want, namesOf(f.pages(t, account.Query{Prefix: prefix, Limit: limit}, nil)), "%q", prefix)
			}
		}
	})
}

func TestBlankPrefixOrdersTheWholeListByName(t *testing.T) {
	onBoth(t, func(t *testing.T, f *fixture) {
		f.stock(t, f.one, "b", "C", "a")
		require.Equal(t, []string{"a", "b", "C"}, namesOf(f.pages(t, account.Query{Prefix: " ", Limit: 2}, nil)))
	})
}

func TestTextThatNoNameHasFindsNothing(t *testing.T) {
	onBoth(t, func(t *testing.T, f *fixture) {
		f.stock(t, f.one, "a")
		for _, odd := range []string{"a\x00", "\xff", "a\xc3", "\xed\xa0\x80", strings.Repeat("a", 100_000)} {
			for _, q := range []account.Query{{Name: odd}, {Prefix: odd}} {
				q.Limit = 10
				require.Empty(t, f.pages(t, q, nil), "%+q", odd[:min(5, len(odd))])
			}
			page, err := f.accounts.List(t.Context(), f.one, account.Query{Prefix: "a", Limit: 10, After: account.Position{Name: odd}})
			require.NoError(t, err)
			require.Empty(t, page.Accounts)
		}
	})
}
