package httpapi_test

import (
	"testing"

	"github.com/go-json-experiment/json"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestAnAccountIsWrittenAsItsTypeOnTheWireWouldBe(t *testing.T) {
	t.Parallel()
	w := start(t)
	for what, ask := range map[string]obj{
		"complete": meta("A"), "WASender": wasender("B"), "nothing but a name": draft(`Ünï "<&> 🛍 \ ` + "\u2028"),
	} {
		a := w.boss.create(t, ask).is(201)
		want, err := json.Marshal(a.account())
		require.NoError(t, err)
		assert.Equal(t, string(want), string(a.body), what)
	}
}
