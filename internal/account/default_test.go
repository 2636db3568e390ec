package account

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestOutgoingDirectionIsTouchedFirst(t *testing.T) {
	assert.Equal(t, [2]Direction{Outgoing, Incoming}, Directions())
	assert.Equal(t, "is_default_outgoing", Outgoing.Flag())
	assert.Equal(t, "is_default_incoming", Incoming.Flag())
}

func TestTheSiteMayNameAnyActiveAccountDefaultOutgoing(t *testing.T) {
	for _, spec := range allSpecs(t) {
		assert.NoError(t, judgeDefault(spec, made(t, spec, Active), Outgoing), spec.Type)
	}
}

func TestTheSiteMayNotNameAnInactiveAccount(t *testing.T) {
	for _, spec := range allSpecs(t) {
		off := made(t, spec, Inactive)
		require.ErrorIs(t, judgeDefault(spec, off, Outgoing), ErrInactive, spec.Type)
		off.IsDefaultOutgoing = true
		assert.ErrorIs(t, judgeDefault(spec, off, Outgoing), ErrInactive, "%s: not even the holder", spec.Type)
	}
}

func TestOnlyAnAccountThatCanIsNamedDefaultIncoming(t *testing.T) {
	for _, status := range []Status{Active, Inactive} {
		f, at := faultIn(t, judgeDefault(wasenderSpec(t), made(t, wasenderSpec(t), status), Incoming))
		assert.Equal(t, []string{"/account_id capability_unsupported"}, at)
		assert.Contains(t, f.Detail, "WASender accounts cannot be default incoming")
	}
	assert.NoError(t, judgeDefault(metaSpec(t), made(t, metaSpec(t), Active), Incoming))
	assert.NoError(t, judgeDefault(toySpec(), made(t, toySpec(), Active), Incoming))
	assert.ErrorIs(t, judgeDefault(metaSpec(t), made(t, metaSpec(t), Inactive), Incoming), ErrInactive)
}
