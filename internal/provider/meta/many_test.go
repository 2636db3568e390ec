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

// TestAChangeWithMuchBesideItsMessagesIsPassedOnWhole has what would be repeated for each of them.
func TestAChangeWithMuchBesideItsMessagesIsPassedOnWhole(t *testing.T) {
	for items, length := range map[int]int{3: 1000, 1: 5000} {
		for what, beside := range map[string]string{
			"metadata": `"metadata":{"phone_number_id":"305","x":%q}`,
			"contact":  `"metadata":{"phone_number_id":"305"},"contacts":[{"wa_id":"1","x":%q}]`,
		} {
			change := fmt.Sprintf(`{"field":"messages","value":{`+beside+`,"messages":[{"id":"a","from":"1"},{"id":"b","from":"1"},{"id":"c","from":"1"}]}}`, strings.Repeat("x", length))
			all := meta.Receiver{}.Items([]byte(`{"entry":[{"id":"204","changes":[` + change + `]}]}`))
			require.Len(t, all, items, what)
			require.Equal(t, map[string]string{"phone_id": "305"}, all[0].Names, "it is for the number all the same")
			require.Equal(t, change, string(all[0].Change))
		}
	}
}

// many is a list of n of the same.
func many(one string, n int) string { return strings.TrimSuffix(strings.Repeat(one+",", n), ",") }
