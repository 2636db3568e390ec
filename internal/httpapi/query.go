package httpapi

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/ivendnext/whatsapp-accounts/internal/fault"
)

// tolerant marks the routes whose query is the provider's affair.
func tolerant() []string { return []string{"*"} }

// checkQuery refuses a query that cannot be read, a parameter the route does not take and one that is repeated.
func checkQuery(r *http.Request, allowed []string) error {
	if r.URL.RawQuery == "" || slices.Equal(allowed, tolerant()) {
		return nil
	}
	query, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		return unreadable("", "invalid_query", "The query cannot be read.", "Percent-encode the values of the parameters.")
	}
	for _, name := range sortedKeys(query) {
		if !slices.Contains(allowed, name) {
			fix := "Remove it; this request takes no parameters."
			if len(allowed) > 0 {
				fix = "Remove it, or correct its spelling; this request takes " + strings.Join(allowed, ", ") + "."
			}
			return unreadable(name, "unknown_parameter", "There is no such query parameter.", fix)
		}
		if len(query[name]) > 1 {
			return unreadable(name, "duplicate_parameter", "The query parameter is there twice.", "Send it once.")
		}
	}
	return nil
}

// badQuery refuses the parameters that break a rule; nil when none does.
func badQuery(wrong fault.Fields) error {
	err := wrong.Err()
	if err == nil {
		return nil
	}
	f := faultOf(err)
	if f.Code == "invalid_cursor" {
		return f.Advising("Start again without cursor.")
	}
	return f.Advising("Correct the parameters listed in errors and send the request again.")
}

// The bounds of a page.
const (
	defaultLimit = 50
	maxLimit     = 200
)

// limitOf reads the page size.
func limitOf(in *call, wrong *fault.Fields) int {
	text, sent := param(in, "limit")
	if !sent {
		return defaultLimit
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 || n > maxLimit || strconv.Itoa(n) != text {
		wrong.Add("limit", "invalid_value", fmt.Sprintf("limit must be a number from 1 to %d.", maxLimit))
	}
	return n
}

// param reads a parameter; one that is there without a value was sent all the same, and is judged.
func param(in *call, name string) (value string, sent bool) {
	return in.QueryParam(name), in.QueryParams().Has(name)
}

// maxSearch is the longest text that is searched for, in characters: no name is longer.
const maxSearch = 140

// searchOf reads a parameter that is compared with names; empty when it is absent.
func searchOf(in *call, name string, wrong *fault.Fields) string {
	value, sent := param(in, name)
	if sent && (strings.TrimSpace(value) == "" || utf8.RuneCountInString(value) > maxSearch || !isText(value)) {
		wrong.Add(name, "invalid_value", fmt.Sprintf("%s must be a text of 1 to %d characters, none of them a control character.", name, maxSearch))
	}
	return value
}

// isText tells what a name can be: PostgreSQL refuses to compare anything else.
func isText(value string) bool {
	return utf8.ValidString(value) && !strings.ContainsFunc(value, unicode.IsControl)
}

// oneOf reads a parameter that takes one of a few values; empty when it is absent.
func oneOf(in *call, name string, wrong *fault.Fields, values ...string) string {
	value, sent := param(in, name)
	if sent && !slices.Contains(values, value) {
		wrong.Add(name, "invalid_value", fmt.Sprintf("%s must be one of %s.", name, strings.Join(values, ", ")))
	}
	return value
}
