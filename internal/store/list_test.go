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
func (f *fixture) stock(in site.Site, names ...string) []string {
	f.Helper()
	ids := make([]string, len(names))
	require.NoError(f, f.Transact(f.Context(), func(ctx context.Context) error {
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

// pages reads a list to its end.
func (f *fixture) pages(q account.Query) []account.Account {
	f.Helper()
	var all []account.Account
	for {
		page, err := f.accounts.List(f.Context(), f.one, q)
		require.NoError(f, err)
		require.LessOrEqual(f, len(page.Accounts), max(q.Limit, 1))
		all = append(all, page.Accounts...)
		require.Less(f, len(all), 10_000, "the list has no end")
		if page.Next == (account.Position{}) {
			return all
		}
		require.Len(f, page.Accounts, max(q.Limit, 1), "only the last page is short")
		q.After = page.Next
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
	onBoth(t, func(f *fixture) {
		ids := f.stock(f.one, numbered(23)...)
		f.stock(f.two, numbered(5)...)
		slices.Reverse(ids)
		for _, limit := range []int{1, 7, 22, 23, 24, 200} {
			require.Equal(f, ids, idsOf(f.pages(account.Query{Limit: limit})), limit)
		}
	})
}

func TestPageTellsOfMoreOnlyIfThereIsMore(t *testing.T) {
	onBoth(t, func(f *fixture) {
		f.stock(f.one, numbered(3)...)
		for limit, more := range map[int]bool{2: true, 3: false, 4: false} {
			for _, prefix := range []string{"", "shop"} {
				page, err := f.accounts.List(f.Context(), f.one, account.Query{Limit: limit, Prefix: prefix})
				require.NoError(f, err)
				require.Equal(f, more, page.Next != account.Position{}, limit)
			}
		}
	})
}

func TestLimitBelowOneCountsAsOne(t *testing.T) {
	onBoth(t, func(f *fixture) {
		ids := f.stock(f.one, numbered(3)...)
		for _, limit := range []int{0, -1, -1 << 40} {
			require.Len(f, f.pages(account.Query{Limit: limit}), 3)
			require.Len(f, f.pages(account.Query{Limit: limit, Prefix: "s"}), 3)
			page, err := f.accounts.List(f.Context(), f.one, account.Query{Limit: limit})
			require.NoError(f, err)
			require.Equal(f, ids[2:], idsOf(page.Accounts))
		}
		a := f.create(f.one, f.meta("A"))
		page, err := f.accounts.History(f.Context(), f.one, a.ID, "", 0)
		require.NoError(f, err)
		require.Len(f, page.Entries, 1)
	})
}

func TestEmptySiteHasAnEmptyList(t *testing.T) {
	onBoth(t, func(f *fixture) {
		require.Empty(f, f.pages(account.Query{Limit: 10}))
	})
}

func TestNothingIsSkippedOrRepeatedWhileOthersComeAndGo(t *testing.T) {
	onBoth(t, func(f *fixture) {
		const stay, leave = 900, 300
		ids := f.stock(f.one, numbered(stay+leave)...)
		shuffled := slices.Clone(ids)
		rand.New(rand.NewPCG(1, 2)).Shuffle(len(shuffled), func(i, j int) { shuffled[i], shuffled[j] = shuffled[j], shuffled[i] })
		leaving, staying := shuffled[:leave], shuffled[leave:]
		ctx, stop := context.WithCancel(f.Context())
		var wg sync.WaitGroup
		var errs []error
		wg.Go(func() {
			for i := 0; ctx.Err() == nil; i++ {
				err := f.createQuietly(ctx, f.bareAsk(fmt.Sprintf("Shop %s", newID())))
				if err == nil && i < len(leaving) {
					err = f.service.Delete(f.Context(), caller(f.one), leaving[i], nil)
				}
				if err != nil {
					errs = append(errs, err)
				}
			}
		})
		for _, q := range []account.Query{{Limit: 37}, {Limit: 41, Prefix: "shop"}} {
			seen := map[string]int{}
			for _, id := range idsOf(f.pages(q)) {
				seen[id]++
			}
			for _, id := range staying {
				require.Equal(f, 1, seen[id], "%q", q.Prefix)
			}
			for id, times := range seen {
				require.Equal(f, 1, times, id)
			}
		}
		stop()
		wg.Wait()
		require.Empty(f, errs)
	})
}

// bareAsk asks for an account with nothing but a name.
func (f *fixture) bareAsk(name string) account.Change {
	return account.Change{Name: &name, Type: new(meta.Type)}
}

func TestDeletedAccountIsStillAGoodCursor(t *testing.T) {
	onBoth(t, func(f *fixture) {
		ids := f.stock(f.one, numbered(4)...)
		page, err := f.accounts.List(f.Context(), f.one, account.Query{Limit: 2})
		require.NoError(f, err)
		require.NoError(f, f.service.Delete(f.Context(), caller(f.one), ids[2], nil))
		rest, err := f.accounts.List(f.Context(), f.one, account.Query{Limit: 2, After: page.Next})
		require.NoError(f, err)
		require.Equal(f, []string{ids[1], ids[0]}, idsOf(rest.Accounts))
	})
}

func TestFiltersSelectAndCombine(t *testing.T) {
	onBoth(t, func(f *fixture) {
		f.create(f.one, f.meta("Meta on"))
		f.create(f.one, f.bareAsk("Meta off"))
		f.create(f.one, f.wasender("Sender on"))
		off := f.wasender("Sender off")
		off.Status = nil
		f.create(f.one, off)
		f.create(f.two, f.meta("Meta on"))
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
				require.Equal(f, want, strings.Join(namesOf(f.pages(q)), ","), "%+v", q)
			}
		}
	})
}

func TestListShowsWhoIsDefault(t *testing.T) {
	onBoth(t, func(f *fixture) {
		s := setTheScene(f)
		all := f.pages(account.Query{Limit: 1})
		require.Equal(f, []account.Account{f.get(f.one, s.rival.ID), f.get(f.one, s.holder.ID)}, all)
		require.True(f, all[1].IsDefaultOutgoing && all[1].IsDefaultIncoming)
	})
}

func TestPrefixFindsNamesThatBeginSoInTheOrderOfTheirKeys(t *testing.T) {
	onBoth(t, func(f *fixture) {
		names := []string{
			"a", "A%", "a%b", "a_", "a_b", `a\`, `a\b`, "a'b", `a"b`, "aa", "AB", "ä", "Äpfel", "A\u0308rger", "a\U0010FFFF", "a\U0010FFFFb", "a\uE000", "a\uD7FF",
			"b", "Straße", "STRASSENBAHN", "Σίσυφος", "ΣΊΣΥΦΟΣ II", "İstanbul", "日本", "日本語", "🛍 shop", "🛍", "\U0010FFFF", "\U0010FFFF\U0010FFFF",
		}
		f.stock(f.one, names...)
		prefixes := append(slices.Clone(names), "a%b%", "A", "s", "strass", "straß", "Ä", "日", "🛍 ", "σίσυφος", "i", "%", "_", `\`, "z", " a ")
		for _, prefix := range prefixes {
			want := slices.DeleteFunc(slices.Clone(names), func(name string) bool {
				return !strings.HasPrefix(account.NameKey(name), account.NameKey(prefix))
			})
			slices.SortFunc(want, func(a, b string) int { return strings.Compare(account.NameKey(a), account.NameKey(b)) })
			for _, limit := range []int{1, 3, 200} {
				require.Equal(f, want, namesOf(f.pages(account.Query{Prefix: prefix, Limit: limit})), "%q", prefix)
			}
		}
	})
}

func TestBlankPrefixOrdersTheWholeListByName(t *testing.T) {
	onBoth(t, func(f *fixture) {
		f.stock(f.one, "b", "C", "a")
		require.Equal(f, []string{"a", "b", "C"}, namesOf(f.pages(account.Query{Prefix: " ", Limit: 2})))
	})
}

func TestTextThatNoNameHasFindsNothing(t *testing.T) {
	onBoth(t, func(f *fixture) {
		f.stock(f.one, "a")
		for _, odd := range []string{"a\x00", "\xff", "a\xc3", "\xed\xa0\x80", strings.Repeat("a", 100_000)} {
			for _, q := range []account.Query{{Name: odd}, {Prefix: odd}} {
				q.Limit = 10
				require.Empty(f, f.pages(q), "%+q", odd[:min(5, len(odd))])
			}
			page, err := f.accounts.List(f.Context(), f.one, account.Query{Prefix: "a", Limit: 10, After: account.Position{Name: odd}})
			require.NoError(f, err)
			require.Empty(f, page.Accounts)
		}
	})
}
