package httpapi

import (
	"reflect"
	"runtime"
	"slices"
	"strings"

	"github.com/ivendnext/whatsapp-accounts/internal/site"
)

// RouteInfo is one line of the route table, for the document and for guards: who may call what, and how.
type RouteInfo struct {
	Method    string
	Path      string   // as OpenAPI writes it: /v1/accounts/{id}
	Operation string   // the name of the handler; one that serves several paths has ById at those that name an id
	Public    bool     // needs no key
	Roles     []string // those that may call it; none on a public route
	Query     []string // the parameters it takes; nil when any other is let pass, as on the providers' routes
	TakesBody bool     // may carry a body; where nothing is known that it could hold, an empty object
	NeedsBody bool     // and is refused without one
}

// Routes lists every route of the API in the order of the table; the pages for people under /docs are not among them.
func Routes() []RouteInfo {
	table := new(api).routes()
	infos := make([]RouteInfo, len(table))
	for i, r := range table {
		infos[i] = RouteInfo{
			Method: r.method, Path: openAPIPath(r.path), Operation: operationOf(r, table),
			Public: r.who == anybody, Roles: rolesOf(r.who), Query: queryOf(r.query), TakesBody: r.body.carries(), NeedsBody: slices.Contains([]bodyRule{strict, graph, spooled}, r.body),
		}
	}
	return infos
}

func rolesOf(who access) []string {
	var roles []string
	for _, role := range site.Roles() {
		if may(role, who) {
			roles = append(roles, string(role))
		}
	}
	return roles
}

// queryOf tells "any" from "none": nil from empty.
func queryOf(query []string) []string {
	if slices.Equal(query, tolerant()) {
		return nil
	}
	return append([]string{}, query...)
}

// openAPIPath writes Echo's :name as {name}.
func openAPIPath(path string) string {
	segments := strings.Split(path, "/")
	for i, s := range segments {
		if name, found := strings.CutPrefix(s, ":"); found {
			segments[i] = "{" + name + "}"
		}
	}
	return strings.Join(segments, "/")
}

func operationOf(r route, table []route) string {
	name := handlerName(r)
	shared := slices.ContainsFunc(table, func(o route) bool { return o.path != r.path && handlerName(o) == name })
	if shared && strings.HasSuffix(r.path, "id") {
		return name + "ById"
	}
	return name
}

// handlerName is the method's name: "…/httpapi.(*api).createAccount-fm" is createAccount.
func handlerName(r route) string {
	full := runtime.FuncForPC(reflect.ValueOf(r.handle).Pointer()).Name()
	return strings.TrimSuffix(full[strings.LastIndex(full, ".")+1:], "-fm")
}
