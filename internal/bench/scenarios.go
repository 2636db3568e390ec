package main

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"time"

	"github.com/ivendnext/whatsapp-accounts/internal/rig"
)

// What the databases and scenarios are called, on the command line and in the tables.
const (
	postgresName = "PostgreSQL"
	sqliteName   = "SQLite"

	resolveName = "resolve"
	verifyName  = "verify"
	keyName     = "key"
)

// The paths. The reference serves the same ones, and below /bare the answers from memory.
const (
	resolvePath = "/v1/defaults/outgoing"
	keyPath     = "/v1/me"
	createPath  = "/v1/accounts"
	acceptPath  = "/v1/messages"
)

// The goals of quality.md and performance.md.
const (
	resolveGoal = 0.8
	verifyGoal  = 0.8
	createGoal  = 0.55
	acceptGoal  = 0.8

	ingestGoal       = 0.6 // at 16 connections
	crowdedGoal      = 1.1 // at 64
	ingestSQLiteGoal = 1.2
	crowdedP99       = 20 * time.Millisecond
)

// crowded is how many times the connections the crowded scenario has.
const crowded = 4

// The scenarios of webhooks and messages.
const (
	ingestTitle  = "P3 ingest"
	crowdedTitle = "P3 ingest, crowded"
	paceTitle    = "P4 pace"
	acceptTitle  = "P7 accept"
)

// titles are what -only is matched against, together with the database.
func titles(database string) []string {
	all := []string{"P1 resolve", "P2 verify", "key check", ingestTitle}
	if database == postgresName {
		all = append(all, "create", crowdedTitle, acceptTitle)
	}
	return all
}

func (o options) chosen(title, database string) bool {
	return o.only == nil || o.only.MatchString(title+", "+database)
}

// wants reports whether anything is measured on the database.
func (o options) wants(database string) bool {
	return o.chosen(paceTitle, database) && database == postgresName ||
		slices.ContainsFunc(titles(database), func(title string) bool { return o.chosen(title, database) })
}

// wantsHooks reports whether webhooks are sent there.
func (o options) wantsHooks(database string) bool {
	return slices.ContainsFunc([]string{ingestTitle, crowdedTitle, paceTitle}, func(title string) bool { return o.chosen(title, database) })
}

// scenarios are those that were asked for.
func (st *stage) scenarios(ctx context.Context, o options) []scenario {
	get := func(path, key string) request { return newRequest(http.MethodGet, path, key, "") }
	all := []scenario{
		{goal: resolveGoal, contests: st.contests(get(resolvePath, st.key), get("/bare/"+resolveName, st.key), http.StatusOK)},
		{goal: verifyGoal, contests: st.contests(get(verifyPath, ""), get("/bare/"+verifyName, ""), http.StatusOK)},
		{contests: st.contests(get(keyPath, st.key), get("/bare/"+keyName, st.key), http.StatusOK)},
		{goal: st.ingestGoal(), contests: st.ingest(ctx)},
		{goal: createGoal, contests: st.contests(newRequest(http.MethodPost, createPath, st.key, newAccount(counter, counter, "a token", false)), request{}, http.StatusCreated)},
		{goal: crowdedGoal, slowest: crowdedP99, crowd: crowded, contests: st.ingest(ctx)},
		{goal: acceptGoal, contests: st.contests(newRequest(http.MethodPost, acceptPath, st.key, newMessage()), request{}, http.StatusAccepted)},
	}
	var wanted []scenario
	for i, title := range titles(st.database) {
		if all[i].name, all[i].database = title, st.database; o.chosen(title, st.database) {
			wanted = append(wanted, all[i])
		}
	}
	return wanted
}

// newMessage is a text to a recipient of its own, for tomorrow: nobody sends it while it is measured how it is accepted.
func newMessage() string {
	return fmt.Sprintf(`{"to":"+97%s","text":{"body":"Your order is ready."},"reference":"order-%s","send_after":%q}`, counter, counter, now().Add(24*time.Hour).UTC().Format(time.RFC3339))
}

func (st *stage) ingestGoal() float64 {
	if st.database == sqliteName {
		return ingestSQLiteGoal
	}
	return ingestGoal
}

// contests puts a request to every program. Without a request for the bare handler there is none.
func (st *stage) contests(ask, bareAsk request, status int) contests {
	c := contests{ours: st.target(st.service, ask, status), reference: st.target(st.reference, ask, status)}
	if st.against != nil {
		c.against = st.target(st.against, ask, status)
	}
	if len(bareAsk.bytes) > 0 {
		c.bare = st.target(st.reference, bareAsk, status)
	}
	return c
}

func (st *stage) target(c *rig.Child, ask request, status int) target {
	return target{address: c.Address, request: ask, status: status, processes: append([]int{c.PID}, st.servers...), forget: c.Forget}
}
