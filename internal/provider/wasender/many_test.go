package wasender_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ivendnext/whatsapp-accounts/internal/provider"
	"github.com/ivendnext/whatsapp-accounts/internal/provider/wasender"
)

func TestABodyOfMoreMessagesThanAnybodySendsIsPassedOnWhole(t *testing.T) {
	of := func(n int) string {
		return `{"event":"messages.upsert","data":{"messages":[` + strings.TrimSuffix(strings.Repeat("{},", n), ",") + `]}}`
	}
	require.Len(t, wasender.Receiver{}.Items([]byte(of(provider.MaxItems))), provider.MaxItems)
	body := of(provider.MaxItems + 1)
	items := wasender.Receiver{}.Items([]byte(body))
	require.Len(t, items, 1)
	require.Equal(t, provider.ItemOther, items[0].Kind)
	require.Equal(t, body, string(items[0].Data["change"]))
}
