package httpapi

import (
	"encoding/binary"
	"net/netip"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
)

func neighbour(n uint32) netip.Prefix {
	return subscriber(netip.AddrFrom4([4]byte(binary.BigEndian.AppendUint32(nil, n))))
}

func TestAnAddressMayFailSoOftenAndThenAtThatPace(t *testing.T) {
	f, now := newFailures(6), time.Unix(0, 0)
	for range 6 {
		assert.Zero(t, f.take(neighbour(1), now))
	}
	assert.Equal(t, 10*time.Second, f.take(neighbour(1), now))
	assert.Equal(t, 4*time.Second, f.take(neighbour(1), now.Add(6*time.Second)))
	assert.Zero(t, f.take(neighbour(1), now.Add(10*time.Second)))
	assert.Equal(t, 10*time.Second, f.take(neighbour(1), now.Add(10*time.Second)))
	for range 6 {
		assert.Zero(t, f.take(neighbour(1), now.Add(time.Hour)), "and no more than at first, however long it was quiet")
	}
	assert.NotZero(t, f.take(neighbour(1), now.Add(time.Hour)))
}

func TestWhatWasNoFailureIsNotCounted(t *testing.T) {
	f, now := newFailures(1), time.Unix(0, 0)
	for range 10 {
		assert.Zero(t, f.take(neighbour(1), now))
		f.giveBack(neighbour(1), now)
	}
	f.giveBack(neighbour(1), now)
	assert.Zero(t, f.take(neighbour(1), now))
	assert.NotZero(t, f.take(neighbour(1), now), "nothing is given back beyond a full bucket")
}

func TestEachAddressIsCountedByItself(t *testing.T) {
	f, now := newFailures(1), time.Unix(0, 0)
	for n := range uint32(100) {
		assert.Zero(t, f.take(neighbour(n), now))
		assert.NotZero(t, f.take(neighbour(n), now))
	}
}

func TestWithoutALimitNothingIsCounted(t *testing.T) {
	f := newFailures(0)
	for range 1000 {
		assert.Zero(t, f.take(neighbour(1), time.Unix(0, 0)))
		f.giveBack(neighbour(1), time.Unix(0, 0))
	}
	assert.Empty(t, f.young)
}

func TestAPaceThatIsNoWholeNumberAllowsNoMore(t *testing.T) {
	f, now := newFailures(7), time.Unix(0, 0)
	taken := 0
	for f.take(neighbour(1), now) == 0 {
		taken++
	}
	assert.Equal(t, 7, taken)
}

func TestWhoIsWatchedIsBoundedAndWhoeverCameLastIsRemembered(t *testing.T) {
	f, now := newFailures(1), time.Unix(0, 0)
	f.half = 100
	for n := range uint32(10_000) {
		assert.Zero(t, f.take(neighbour(n), now))
		assert.NotZero(t, f.take(neighbour(n), now))
		assert.LessOrEqual(t, len(f.young)+len(f.old), 200)
	}
	for n := uint32(9_900); n < 10_000; n++ {
		assert.NotZero(t, f.take(neighbour(n), now), "forgotten too early: %d", n)
	}
}
