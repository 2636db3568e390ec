package main

import (
	"net/http"

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
)

// The goals of quality.md and performance.md.
const (
	resolveGoal = 0.8
	verifyGoal  = 0.8
	createGoal  = 0.55
)

// titles are what -only is matched against, together with the database.
func titles(database string) []string {
	all := []string{"P1 resolve", "P2 verify", "key check"}
	if database == postgresName {
		all = append(all, "create")
	}
	return all
}

func (o options) chosen(title, database string) bool {
	return o.only == nil || o.only.MatchString(title+", "+database)
}

// wants reports whether anything is measured on the database.
func (o options) wants(database string) bool {
	for _, title := range titles(database) {
		if o.chosen(title, database) {
			return true
		}
	}
	return false
}

// scenarios are those that were asked for.
func (st *stage) scenarios(o options) []scenario {
	get := func(path, key string) request { return newRequest(http.MethodGet, path, key, "") }
	all := []scenario{
		{goal: resolveGoal, contests: st.contests(get(resolvePath, st.key), get("/bare/"+resolveName, st.key), http.StatusOK)},
		{goal: verifyGoal, contests: st.contests(get(verifyPath, ""), get("/bare/"+verifyName, ""), http.StatusOK)},
		{contests: st.contests(get(keyPath, st.key), get("/bare/"+keyName, st.key), http.StatusOK)},
		{goal: createGoal, contests: st.contests(newRequest(http.MethodPost, createPath, st.key, newAccount(counter, counter, "a token", false)), request{}, http.StatusCreated)},
	}
	var wanted []scenario
	for i, title := range titles(st.database) {
		if all[i].name, all[i].database = title, st.database; o.chosen(title, st.database) {
			wanted = append(wanted, all[i])
		}
	}
	return wanted
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
