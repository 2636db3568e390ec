package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"time"

	"github.com/ivendnext/whatsapp-accounts/internal/crowd"
	"github.com/ivendnext/whatsapp-accounts/internal/rig"
)

// The goals of P5: how many times the cost at the first size, and how long a search may take.
const (
	resolveGrowth = 1.2
	otherGrowth   = 1.3
	deepGrowth    = 1.2 // of page 1,000, to the first page
	searchTime    = 100 * time.Millisecond
)

// deep is the page that is far into a list.
const deep = 1000

// ask is a request that is measured at every size. Where it is not possible yet, path is empty.
type ask struct {
	name    string
	path    func(context.Context, *town) (string, error)
	among   func(*town) int // how many numbers its counter goes through
	key     bool
	growth  float64       // most times the cost of what it is compared with; zero when there is no such goal
	longest time.Duration // for 99 in 100; zero when there is no such goal
	beside  string        // what it is compared with at the same size; empty compares with itself at the first size
	sites   bool          // its query may cross sites
	one     bool          // it finds one account at most, so that a sort of it is none
}

// asks are in the order of the table. One account asked for again and again shows what the look-up costs; any of them, one after the other, what it
// costs that not all of them fit into PostgreSQL's memory.
func asks() []ask {
	const list, verification = "/v1/accounts?limit=", "/webhooks/meta?hub.mode=subscribe&hub.challenge=1158201444&hub.verify_token=verify-"
	return []ask{
		{name: "resolve", path: fixed(resolvePath), key: true, growth: resolveGrowth},
		{name: "verify", path: fixed(verification + fmt.Sprint(crowd.First)), growth: otherGrowth, sites: true},
		{name: "verify, any of them", path: fixed(verification + counter), among: groups, sites: true},
		{name: "key check", path: fixed(keyPath), key: true, growth: otherGrowth, sites: true},
		{name: "get", path: fixed("/v1/accounts/" + crowd.ID(0, crowd.Brand)), key: true, growth: otherGrowth},
		{name: "get, any of them", path: fixed("/v1/accounts/01970000-0000-7000-8000-" + counter + "00"), among: groups, key: true},
		{name: "first page, 5 accounts", path: fixed(list + "5"), key: true, growth: otherGrowth},
		{name: "status", path: fixed(list + "5&status=Active"), key: true, growth: otherGrowth},
		{name: "account_type", path: fixed(list + "5&account_type=Meta"), key: true, growth: otherGrowth},
		{name: "status and account_type", path: fixed(list + "3&status=Active&account_type=Meta"), key: true, growth: otherGrowth},
		{name: "both, and nobody fits", path: fixed(list + "5&status=Inactive&account_type=WASender"), key: true, growth: otherGrowth},
		{name: "first page, 50 accounts", path: from(500, fixed(list+"50")), key: true, growth: otherGrowth},
		{name: "page 1,000, 50 accounts", path: from(deep*50*5/4, page(list+"50")), key: true, beside: "first page, 50 accounts", growth: deepGrowth},
		{name: "q, one letter", path: fixed(list + "50&q=h"), key: true, longest: searchTime},
		{name: "q, a word", path: fixed(list + "50&q=harbour"), key: true, longest: searchTime},
		{name: "q, and nobody fits", path: fixed(list + "50&q=zz"), key: true, longest: searchTime},
		{name: "q with status", path: fixed(list + "50&q=h&status=Inactive"), key: true, longest: searchTime},
		{name: "q with both, and nobody fits", path: fixed(list + "50&q=harbour&status=Inactive&account_type=WASender"), key: true, longest: searchTime},
		{name: "account_name", path: fixed(list + "50&account_name=harbour%20pharmacy%20" + fmt.Sprint(crowd.First)), key: true, longest: searchTime, one: true},
	}
}

func groups(t *town) int { return t.Groups() }

func fixed(path string) func(context.Context, *town) (string, error) {
	return func(context.Context, *town) (string, error) { return path, nil }
}

// from leaves out the sizes at which the list would be shorter.
func from(accounts int, path func(context.Context, *town) (string, error)) func(context.Context, *town) (string, error) {
	return func(ctx context.Context, t *town) (string, error) {
		if t.Accounts < accounts {
			return "", nil
		}
		return path(ctx, t)
	}
}

// page goes through a list by its cursors up to the page that is wanted, as a caller does.
func page(path string) func(context.Context, *town) (string, error) {
	return func(ctx context.Context, t *town) (string, error) {
		at := path
		for range deep - 1 {
			body, err := rig.Ask(ctx, http.MethodGet, "http://"+t.service.Address+at, t.key, "", http.StatusOK)
			if err != nil {
				return "", err
			}
			var got struct {
				Next *string `json:"next_cursor"`
			}
			if err := json.Unmarshal(body, &got); err != nil || got.Next == nil {
				return "", errors.Join(err, fmt.Errorf("%s has no page %d", path, deep))
			}
			at = path + "&cursor=" + *got.Next
		}
		return at, nil
	}
}

// targets aims at every town where the request is possible.
func (a ask) targets(ctx context.Context, towns []*town) (aimed []target, err error) {
	for _, t := range towns {
		path, err := a.path(ctx, t)
		if err != nil {
			return nil, err
		}
		if path != "" {
			aimed = append(aimed, target{
				name: at(a.name, t.name()), address: t.service.Address, request: a.request(t, path), status: http.StatusOK,
				processes: []int{t.service.PID, t.server}, forget: t.service.Forget,
			})
		}
	}
	return aimed, nil
}

func (a ask) request(t *town, path string) request {
	key := ""
	if a.key {
		key = t.key
	}
	r := newRequest(http.MethodGet, path, key, "")
	if a.among != nil {
		r.among = uint64(a.among(t)) //nolint:gosec // a count
	}
	return r
}

// at names a request at a size.
func at(ask, size string) string { return ask + " at " + size }

// blocks puts requests that are compared with each other together.
func blocks(all []ask) (together [][]ask) {
	for _, a := range all {
		if last := len(together) - 1; a.beside != "" && together[last][0].name == a.beside {
			together[last] = append(together[last], a)
			continue
		}
		together = append(together, []ask{a})
	}
	return together
}

// measureGrowth lets the sizes take turns; requests that are compared with each other do so together.
func (s session) measureGrowth(ctx context.Context, o options, g *growth) error {
	for _, block := range blocks(g.asks) {
		var targets []target
		for _, a := range block {
			s.Tell("%s", a.name)
			aimed, err := a.targets(ctx, g.towns)
			if err != nil {
				return err
			}
			targets = append(targets, aimed...)
		}
		samples, err := takeTurns(ctx, targets, o, o.round)
		if err != nil {
			return err
		}
		maps.Copy(g.samples, samples)
	}
	return nil
}
