package webhook

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ivendnext/whatsapp-accounts/internal/account"
	"github.com/ivendnext/whatsapp-accounts/internal/provider"
	"github.com/ivendnext/whatsapp-accounts/internal/provider/meta"
)

// TestAChangeForNobodyIsOneLineHoweverMuchIsInIt has changes of many messages for a number that is switched off: a line for each would have all of its change in it.
func TestAChangeForNobodyIsOneLineHoweverMuchIsInIt(t *testing.T) {
	change := func(id string) string {
		return fmt.Sprintf(`{"field":"messages","value":{"metadata":{"phone_number_id":"305"},"messages":[%s{"id":%q}]}}`, strings.Repeat("{},", 1000), id)
	}
	one, another := change("a"), change("b")
	items := meta.Receiver{}.Items([]byte(`{"entry":[{"id":"204","changes":[` + one + `,` + another + `]}]}`))
	require.Len(t, items, 2*1001)
	s := sorter{named: func() ([]Candidate, error) { return nil, nil }}
	off := account.Account{ID: "account", Status: account.Inactive, Settings: map[string]string{"phone_id": "305"}}
	for why, holder := range map[Reason]account.Account{AccountInactive: off, UnknownID: {}} {
		lines, err := s.sort(holder, items)
		require.NoError(t, err)
		require.Len(t, lines, 2, why)
		for i, whole := range []string{one, another} {
			require.Equal(t, why, lines[i].reason)
			require.JSONEq(t, whole, string(lines[i].data["change"]))
		}
	}
}

func TestLinesForNobodyAreToldApartByTheirReasonsAndChanges(t *testing.T) {
	change, another := json.RawMessage(`{"field":"messages"}`), json.RawMessage(`{"field":"messages"}`)
	var lines []line
	for _, told := range []struct {
		change json.RawMessage
		why    Reason
		lines  int
	}{
		{change, UnknownID, 1},
		{change, UnknownID, 1},
		{change, Unproved, 2},
		{another, Unproved, 3},
		{nil, Unproved, 4},
		{nil, Unproved, 5},
	} {
		lines = sorter{}.untold(lines, provider.Item{Change: told.change}, told.why, "")
		require.Len(t, lines, told.lines)
	}
}
