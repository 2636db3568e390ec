package meta_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ivendnext/whatsapp-accounts/internal/provider"
	"github.com/ivendnext/whatsapp-accounts/internal/provider/meta"
)

func TestABodyOfMoreItemsThanAnybodySendsIsPassedOnWhole(t *testing.T) {
	const most = provider.MaxItems
	entries := func(content string) string { return `{"entry":[` + content + `]}` }
	changes := func(content string) string { return entries(`{"id":"204","changes":[` + content + `]}`) }
	parts := func(member string, n int) string {
		return fmt.Sprintf(`{"field":"messages","value":{%q:[%s]}}`, member, many("{}", n))
	}
	for what, of := range map[string]func(n int) string{
		"messages":           func(n int) string { return changes(parts("messages", n)) },
		"statuses":           func(n int) string { return changes(parts("statuses", n)) },
		"errors":             func(n int) string { return changes(parts("errors", n)) },
		"of several changes": func(n int) string { return changes(parts("messages", n/2) + "," + parts("statuses", n-n/2)) },
		"changes":            func(n int) string { return changes(many("{}", n)) },
		"entries":            func(n int) string { return entries(many(`{"id":"204"}`, n)) },
		"of no kind":         func(n int) string { return entries(many("0", n)) },
	} {
		require.Len(t, meta.Receiver{}.Items([]byte(of(most))), most, what)
		body := of(most + 1)
		items := meta.Receiver{}.Items([]byte(body))
		require.Len(t, items, 1, what)
		require.Equal(t, provider.ItemOther, items[0].Kind)
		require.Equal(t, body, string(items[0].Data["change"]))
	}
}

// many is a list of n of the same.
func many(one string, n int) string { return strings.TrimSuffix(strings.Repeat(one+",", n), ",") }
