package httpapi

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/ivendnext/whatsapp-accounts/internal/fault"
)

// tolerant marks the routes whose query is the provider's affair.
var tolerant = []string{"*"}

// checkQuery refuses a query that cannot be read, a parameter the route does not take and one that is repeated.
func checkQuery(r *http.Request, allowed []string) error {
	if r.URL.RawQuery == "" || slices.Equal(allowed, tolerant) {
		return nil
	}
	query, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		return unreadable("", "invalid_query", "The query cannot be read.", "Percent-encode the values of the parameters.")
	}
	for name, values := range query {
		if !slices.Contains(allowed, name) {
			fix := "This request takes no parameters."
			if len(allowed) > 0 {
				fix = "It takes " + strings.Join(allowed, ", ") + "."
			}
			return unreadable(name, "unknown_parameter", "There is no such query parameter.", fix)
		}
		if len(values) > 1 {
			return unreadable(name, "duplicate_parameter", "The query parameter is there twice.", "Send it once.")
		}
	}
	return nil
}

// The bounds of a page.
const (
	defaultLimit = 50
	maxLimit     = 200
)

// limitOf reads the page size.
func limitOf(in *call, wrong *fault.Fields) int {
	text := in.QueryParam("limit")
	if text == "" {
		return defaultLimit
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 || n > maxLimit {
		wrong.Add("limit", "invalid_value", fmt.Sprintf("limit must be a number from 1 to %d.", maxLimit))
	}
	return n
}

// oneOf reads a parameter that takes one of a few values; empty when it is absent.
func oneOf(in *call, name string, wrong *fault.Fields, values ...string) string {
	value := in.QueryParam(name)
	if in.QueryParams().Has(name) && !slices.Contains(values, value) {
		wrong.Add(name, "invalid_value", fmt.Sprintf("%s must be one of %s.", name, strings.Join(values, ", ")))
	}
	return value
}
