package wasender

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/ivendnext/whatsapp-accounts/internal/provider/guard"
)

// problem is what WASender says of a failure: {"success": false, "message": "…", "errors": {"to": ["…"]}, "retry_after": 60}, each member of
// which may be missing.
type problem struct {
	words  string // WASender's, not yet fit to be shown
	pause  time.Duration
	denied bool // success is there and false
}

// problemIn reads what there is; a page of HTML says nothing.
func problemIn(body []byte) problem {
	var said struct {
		Success json.RawMessage            `json:"success"`
		Message json.RawMessage            `json:"message"`
		Errors  map[string]json.RawMessage `json:"errors"`
		Pause   json.RawMessage            `json:"retry_after"`
	}
	_ = json.Unmarshal(body, &said) // a member of another type is left out, the others count
	var message string
	_ = json.Unmarshal(said.Message, &message)
	return problem{
		words: strings.Join(append([]string{message}, complaints(said.Errors)...), " "),
		pause: guard.Seconds(strings.Trim(string(said.Pause), `"`)), denied: string(said.Success) == "false",
	}
}

// complaints are the sentences about single fields, in the order of their names.
func complaints(fields map[string]json.RawMessage) []string {
	var all []string
	for _, name := range slices.Sorted(maps.Keys(fields)) {
		var said []string
		_ = json.Unmarshal(fields[name], &said)
		all = append(all, said...)
	}
	return all
}
