package httpapi_test

import (
	"encoding/base64"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	v1 "github.com/ivendnext/whatsapp-accounts/api/v1"
	"github.com/ivendnext/whatsapp-accounts/internal/site"
)

// page reads one page of accounts.
func (c *caller) page(t testing.TB, query string) v1.AccountList {
	t.Helper()
	return read[v1.AccountList](c.get(t, "/v1/accounts?"+query).is(200))
}

// walk reads every page and calls between after each.
func (c *caller) walk(t testing.TB, query string, between func()) (names []string) {
	t.Helper()
	for cursor := ""; ; {
		page := c.page(t, query+cursor)
		for _, a := range page.Data {
			names = append(names, a.AccountName)
		}
		if page.NextCursor == nil {
			return names
		}
		cursor = "&cursor=" + url.QueryEscape(*page.NextCursor)
		between()
	}
}

func numbered(n int) []string {
	names := make([]string, n)
	for i := range names {
		names[i] = fmt.Sprintf("account %03d", i)
	}
	return names
}

func (c *caller) drafts(t testing.TB, names ...string) (ids []string) {
	t.Helper()
	for _, name := range names {
		ids = append(ids, c.make(t, draft(name)).ID)
	}
	return ids
}

func reversed(names []string) []string {
	out := slices.Clone(names)
	slices.Reverse(out)
	return out
}

func TestPagesOfEverySizeHoldEveryAccountOnceNewestFirst(t *testing.T) {
	t.Parallel()
	for database, start := range databases() {
		t.Run(database, func(t *testing.T) {
			t.Parallel()
			w := start(t)
			names := numbered(12)
			w.boss.drafts(t, names...)
			for _, limit := range []int{1, 2, 5, 11, 12, 13, 200} {
				assert.Equal(t, reversed(names), w.boss.walk(t, fmt.Sprintf("limit=%d", limit), func() {}), "limit %d", limit)
				assert.Equal(t, names, w.boss.walk(t, fmt.Sprintf("q=account&limit=%d", limit), func() {}), "by name, limit %d", limit)
			}
		})
	}
}

func TestTheLastPageSaysSoAlsoWhenItIsFull(t *testing.T) {
	t.Parallel()
	w := start(t)
	assert.JSONEq(t, `{"data":[],"next_cursor":null}`, string(w.boss.get(t, "/v1/accounts").body))
	w.boss.drafts(t, numbered(4)...)
	first := w.boss.page(t, "limit=2")
	require.NotNil(t, first.NextCursor)
	assert.Nil(t, w.boss.page(t, "limit=2&cursor="+*first.NextCursor).NextCursor)
	assert.Nil(t, w.boss.page(t, "limit=4").NextCursor)
	assert.Contains(t, string(w.boss.get(t, "/v1/accounts").body), `"next_cursor":null`)
}

func TestAPageHas50AccountsUnlessAskedOtherwise(t *testing.T) {
	t.Parallel()
	w := start(t)
	w.boss.drafts(t, numbered(51)...)
	assert.Len(t, w.boss.page(t, "").Data, 50)
	assert.Len(t, w.boss.page(t, "limit=200").Data, 51)
}

// A6, at a size for every day: accounts come and go, and whoever stays is seen exactly once.
func TestPagesAreStableWhileAccountsComeAndGo(t *testing.T) {
	t.Parallel()
	for database, start := range databases() {
		t.Run(database, func(t *testing.T) {
			t.Parallel()
			w := start(t)
			names := numbered(60)
			ids := w.boss.drafts(t, names...)
			for _, query := range []string{"limit=7", "limit=7&q=account"} {
				round, gone := 0, map[string]bool{}
				seen := w.boss.walk(t, query, func() {
					round++
					w.boss.drafts(t, fmt.Sprintf("account 0%02dx %s", round*7, query), fmt.Sprintf("new %d %s", round, query))
					for _, at0 := range []int{round, 59 - round} {
						if w.boss.delete(t, at(ids[at0])).status == 204 {
							gone[names[at0]] = true
						}
					}
				})
				count := map[string]int{}
				for _, name := range seen {
					count[name]++
					assert.Equal(t, 1, count[name], "%s is repeated", name)
				}
				for i, name := range names {
					if !gone[name] && w.boss.get(t, at(ids[i])).status == 200 {
						assert.Equal(t, 1, count[name], "%s is skipped", name)
					}
				}
			}
		})
	}
}

func TestAPageGoesOnWhereTheDeletedAccountWas(t *testing.T) {
	t.Parallel()
	w := start(t)
	ids := w.boss.drafts(t, numbered(4)...)
	first := w.boss.page(t, "limit=2")
	for _, id := range ids[2:] {
		w.boss.delete(t, at(id)).is(204)
	}
	rest := w.boss.page(t, "limit=2&cursor="+*first.NextCursor).Data
	assert.Equal(t, []string{ids[1], ids[0]}, []string{rest[0].ID, rest[1].ID})
}

func TestFilters(t *testing.T) {
	t.Parallel()
	for database, start := range databases() {
		t.Run(database, func(t *testing.T) {
			t.Parallel()
			w := start(t)
			w.boss.make(t, meta("Brand A"))
			w.boss.make(t, meta("brand B", inactive()))
			w.boss.make(t, wasender("Other"))
			w.boss.make(t, meta("Straße 100%"))
			w.boss.make(t, draft("Cafe\u0301_x"))
			for query, want := range map[string][]string{
				"":                                  {"Café_x", "Straße 100%", "Other", "brand B", "Brand A"},
				"status=Active":                     {"Straße 100%", "Other", "Brand A"},
				"status=Inactive":                   {"Café_x", "brand B"},
				"account_type=WASender":             {"Other"},
				"account_type=Meta&status=Active":   {"Straße 100%", "Brand A"},
				"account_name=BRAND+b":              {"brand B"},
				"account_name=%20brand%20a%20":      {"Brand A"},
				"account_name=brand":                {},
				"account_name=STRASSE+100%25":       {"Straße 100%"},
				"account_name=CAF%C3%89_X":          {"Café_x"},
				"q=bRaNd":                           {"Brand A", "brand B"},
				"q=brand&status=Inactive":           {"brand B"},
				"q=brand&account_name=brand+b":      {"brand B"},
				"q=brand&account_name=other":        {},
				"q=b%25":                            {},
				"q=_":                               {},
				"q=%25":                             {},
				"q=rand":                            {},
				"q=caf%C3%A9":                       {"Café_x"},
				"q=strass":                          {"Straße 100%"},
				"q=%F4%8F%BF%BF":                    {},
				"q=Other&account_type=Meta&limit=1": {},
				"account_name=%27+OR+1%3D1+--&q=x":  {},
				"status=Active&limit=2&account_type=Meta": {"Straße 100%", "Brand A"},
			} {
				names := []string{}
				for _, a := range w.boss.page(t, query).Data {
					names = append(names, strings.ReplaceAll(a.AccountName, "e\u0301", "é"))
				}
				assert.Equal(t, want, names, query)
			}
		})
	}
}

func TestACursorThatIsNoneIs422(t *testing.T) {
	t.Parallel()
	w := start(t)
	ids := w.boss.drafts(t, numbered(3)...)
	w.boss.patch(t, at(ids[0]), obj{"account_name": "account x"}).is(200)
	good := *w.boss.page(t, "limit=1").NextCursor
	encode := func(text string) string { return base64.RawURLEncoding.EncodeToString([]byte(text)) }
	for name, cursor := range map[string]string{
		"empty": "", "a word": "x", "a number": "2", "null": "null", "an id": ids[0], "JSON": `{"i":"` + ids[0] + `"}`, "an id, encoded": encode(ids[0]),
		"no list": encode(`{"i":"` + ids[0] + `"}`), "an injection": encode(`{"l":"x","i":"' OR 1=1 --"}`), "a NUL": encode(`{"l":"x","n":"a\u0000"}`),
		"cut": good[:len(good)-1], "longer": good + "A", "padded": good + "=", "with a line feed": good[:4] + "\n" + good[4:], "twice": good + good,
		"standard alphabet": "+/" + good, "changed": strings.Replace(good, good[8:9], "A", 1) + "B", "very long": strings.Repeat("A", 30_000), "no text": "\xff",
	} {
		t.Run(name, func(t *testing.T) {
			for _, path := range []string{"/v1/accounts?", "/v1/accounts?q=account&", at(ids[0]) + "/history?"} {
				w.boss.get(t, path+"cursor="+url.QueryEscape(cursor)).refused(422, "invalid_cursor", "cursor")
			}
		})
	}
}

func TestACursorOfAnotherListIs422(t *testing.T) {
	t.Parallel()
	w := start(t)
	stranger := w.caller(t, "two", site.Viewer)
	ids := w.boss.drafts(t, numbered(3)...)
	for i, id := range ids[:2] {
		w.boss.patch(t, at(id), obj{"account_name": fmt.Sprintf("account x%d", i)}).is(200)
	}
	lists := []string{"/v1/accounts?limit=1", "/v1/accounts?q=account&limit=1", at(ids[0]) + "/history?limit=1", at(ids[1]) + "/history?limit=1"}
	for _, of := range lists {
		next := read[struct {
			Data       []obj   `json:"data"`
			NextCursor *string `json:"next_cursor"`
		}](w.boss.get(t, of).is(200)).NextCursor
		require.NotNil(t, next, of)
		for _, in := range lists {
			a := w.boss.get(t, in+"&cursor="+*next)
			if in == of {
				a.is(200)
			} else {
				a.refused(422, "invalid_cursor", "cursor")
			}
			if !strings.Contains(in, "history") {
				stranger.get(t, in+"&cursor="+*next).refused(422, "invalid_cursor", "cursor")
			}
		}
	}
}

// A cursor says where, not which: other filters and sizes may follow.
func TestACursorServesOtherFiltersOfTheSameList(t *testing.T) {
	t.Parallel()
	w := start(t)
	w.boss.drafts(t, numbered(6)...)
	next := *w.boss.page(t, "limit=2").NextCursor
	assert.Len(t, w.boss.page(t, "limit=200&status=Inactive&cursor="+next).Data, 4)
}

func TestHistoryIsPagedNewestFirstAndOutlivesTheAccount(t *testing.T) {
	t.Parallel()
	for database, start := range databases() {
		t.Run(database, func(t *testing.T) {
			t.Parallel()
			w := start(t)
			id := w.boss.make(t, draft("A")).ID
			for i := range 5 {
				w.boss.patch(t, at(id), obj{"account_name": fmt.Sprintf("A%d", i)}, "X-Request-Id", fmt.Sprintf("request-%d", i)).is(200)
			}
			w.boss.delete(t, at(id)).is(204)
			var lines []v1.HistoryLine
			for cursor := ""; ; {
				page := read[v1.HistoryList](w.boss.get(t, at(id)+"/history?limit=3"+cursor).is(200))
				lines = append(lines, page.Data...)
				if page.NextCursor == nil {
					break
				}
				cursor = "&cursor=" + *page.NextCursor
			}
			var actions []string
			for _, l := range lines {
				actions = append(actions, l.Action)
				assert.Equal(t, "system_manager of one", l.Actor)
			}
			assert.Equal(t, []string{"deleted", "updated", "updated", "updated", "updated", "updated", "created"}, actions)
			assert.Equal(t, "request-4", lines[1].RequestID)
			assert.JSONEq(t, `"A3"`, string(lines[1].Changes[0].From))
		})
	}
}
