package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/ivendnext/whatsapp-accounts/internal/crowd"
	"github.com/ivendnext/whatsapp-accounts/internal/rig"
)

// townOf is a town of so many accounts, with a handler in place of the service.
func townOf(t *testing.T, accounts int, h http.HandlerFunc) *town {
	t.Helper()
	server := httptest.NewServer(h)
	t.Cleanup(server.Close)
	return &town{Crowd: crowd.Crowd{Accounts: accounts}, key: "wak_x", service: &rig.Child{Address: server.Listener.Addr().String()}}
}

func TestGrowthGoesFromTenToAMillion(t *testing.T) {
	o, sizes, err := parseGrowth(nil, io.Discard)
	require.NoError(t, err)
	assert.Equal(t, []int{10, 1000, 100_000, 1_000_000}, sizes)
	assert.Equal(t, options{connections: 8, rounds: 5, round: 500 * time.Millisecond}, o)
	for _, args := range [][]string{{"-sizes", "7"}, {"-sizes", "10,x"}, {"-sizes", ""}, {"-rounds", "0"}, {"-nonsense"}, {"word"}} {
		_, _, err := parseGrowth(args, io.Discard)
		assert.Error(t, err, "%v", args)
	}
}

func TestThousandsAreWrittenWithCommas(t *testing.T) {
	for n, want := range map[int]string{10: "10", 1000: "1,000", 100_000: "100,000", 1_000_000: "1,000,000"} {
		assert.Equal(t, want, thousands(n))
	}
}

func TestStatementOfARequestIsWhatTwoInARowReadLast(t *testing.T) {
	long := strings.Repeat("x", kept)
	for name, c := range map[string]struct {
		read []string
		want string
		err  string
	}{
		"nothing else is read":                  {[]string{"a", "a"}, "a", ""},
		"the background reads after the first":  {[]string{long, "a", "a"}, "a", ""},
		"the background reads after the second": {[]string{"a", "b", "a", "a"}, "a", ""},
		"it is too long itself":                 {[]string{long, long}, "", "longer than what PostgreSQL keeps"},
		"it never settles":                      {strings.Split("abcdefghijklmnopqrst", ""), "", "no two in a row"},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := readTwice(func() (string, error) {
				first := c.read[0]
				c.read = c.read[1:]
				return first, nil
			})
			assert.Equal(t, c.want, got)
			if c.err == "" {
				require.NoError(t, err)
			} else {
				require.ErrorContains(t, err, c.err)
			}
			assert.Empty(t, c.read)
		})
	}
}

func TestPageIsReachedByItsCursors(t *testing.T) {
	asked := 0
	many := townOf(t, 10, func(w http.ResponseWriter, r *http.Request) {
		asked++
		assert.Equal(t, "Bearer wak_x", r.Header.Get("Authorization"))
		fmt.Fprintf(w, `{"data":[],"next_cursor":"after-%d"}`, asked)
	})
	path, err := page("/v1/accounts?limit=50")(t.Context(), many)
	require.NoError(t, err)
	assert.Equal(t, "/v1/accounts?limit=50&cursor=after-999", path)
	assert.Equal(t, deep-1, asked)

	few := townOf(t, 10, func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, `{"data":[],"next_cursor":null}`)
	})
	_, err = page("/v1/accounts?limit=50")(t.Context(), few)
	assert.ErrorContains(t, err, "has no page 1000")
}

func TestRequestThatIsNotPossibleYetIsLeftOut(t *testing.T) {
	towns := []*town{townOf(t, 10, nil), townOf(t, 1000, nil)}
	aimed, err := ask{name: "list", path: from(500, fixed("/v1/accounts"))}.targets(t.Context(), towns)
	require.NoError(t, err)
	require.Len(t, aimed, 1)
	assert.Equal(t, "list at 1,000", aimed[0].name)
}

func TestComparedRequestsTakeTurnsTogether(t *testing.T) {
	all, seen := blocks(asks()), 0
	for _, block := range all {
		seen += len(block)
		for _, a := range block[1:] {
			assert.Equal(t, block[0].name, a.beside)
		}
	}
	assert.Len(t, asks(), seen)
	assert.Less(t, len(all), seen)
}

func TestPlansAreJudged(t *testing.T) {
	good := "Index Scan using accounts_of_site on accounts\n  Index Cond: ((site = $1) AND (id = $2))"
	assert.Empty(t, ask{}.judge("SELECT 1", good))
	assert.Empty(t, ask{sites: true}.judge("SELECT 1", "Index Scan using x\n Index Cond: (digest = $1)"))
	assert.Empty(t, ask{one: true}.judge("SELECT 1", "Sort\n"+good))
	assert.Equal(t, []string{"does not go by the site", "counts", "offsets", "scans a table", "sorts", "uses no index"},
		ask{}.judge("SELECT count(*) FROM accounts OFFSET 5", "Sort\n Seq Scan on accounts\n  Filter: (site = $1)"))
	assert.Equal(t, "**sorts, counts**", plan{complaints: []string{"sorts", "counts"}}.verdict())
}

func TestGrowthIsComparedWithTheFirstSizeOrWithItsNeighbour(t *testing.T) {
	turns := func(cpu ...int) (all []sample) {
		for _, each := range cpu {
			all = append(all, sample{cpu: time.Duration(each) * time.Microsecond, p50: time.Millisecond, p99: 150 * time.Millisecond})
		}
		return all
	}
	few, many := townOf(t, 10, nil), townOf(t, 1000, nil)
	g := growth{towns: []*town{few, many}, asks: []ask{
		{name: "get", growth: 1.3}, {name: "list", growth: 1.3}, {name: "deep", beside: "list", growth: 1.2}, {name: "q", longest: 100 * time.Millisecond}, {name: "never", growth: 1}, {name: "any"},
	}, samples: map[string][]sample{
		"get at 10": turns(100, 200, 300), "get at 1,000": turns(120, 240, 900), "list at 1,000": turns(400), "deep at 1,000": turns(600), "any at 10": turns(10), "any at 1,000": turns(70), "q at 10": turns(10), "q at 1,000": turns(20),
	}}
	var out bytes.Buffer
	require.NoError(t, g.print(&out))
	for _, row := range []string{
		"| request | 10 | 1,000 | ratio | goal | met |", "| get | 200 (1.00, 150.00) | 240 (1.00, 150.00) | 1.20 | ≤ 1.3 | yes |",
		"| list | – | 400 (1.00, 150.00) | 1.00 | ≤ 1.3 | yes |", "| deep | – | 600 (1.00, 150.00) | 1.50 | ≤ 1.2 × the first | **no** |",
		"| q | 10 (1.00, 150.00) | 20 (1.00, 150.00) | 2.00 | p99 ≤ 100 ms | **no** |", "| any | 10 (1.00, 150.00) | 70 (1.00, 150.00) | 7.00 | – | – |", "| never | – | – | – | – | – |",
	} {
		assert.Contains(t, strings.Split(out.String(), "\n"), row)
	}
}

func TestRequestsOfGrowthAskTheServiceInNumbers(t *testing.T) {
	some := townOf(t, 20, nil)
	for _, a := range asks() {
		path, err := a.path(context.WithoutCancel(t.Context()), some)
		require.NoError(t, err)
		assert.Equal(t, a.among != nil, strings.Contains(path, counter), a.name)
		if a.among != nil {
			assert.Equal(t, uint64(4), a.request(some, path).among, a.name)
		}
	}
}
