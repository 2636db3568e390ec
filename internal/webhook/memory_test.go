package webhook

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"
	"unsafe"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/ivendnext/whatsapp-accounts/internal/provider"
)

var noon = time.Date(2026, 11, 5, 12, 0, 0, 0, time.UTC)

func phone(value string) []Address {
	return []Address{{Type: "Meta", Field: "phone_id", Value: value, Proof: "app_secret"}}
}

// at are so many accounts of a phone, each with facts of so many bytes.
func at(value string, accounts, facts int) (all []Candidate) {
	for n := range accounts {
		all = append(all, Candidate{AccountID: fmt.Sprint(value, "/", n), Names: map[string]string{"phone_id": value}, Facts: []string{strings.Repeat("x", facts)}})
	}
	return all
}

func knows(m *memory, value string, now time.Time) bool {
	_, _, known := m.recall(phone(value), now)
	return known
}

func TestWhatIsRememberedStaysWithinItsBounds(t *testing.T) {
	t.Parallel()
	m := newMemory()
	for n := range 20_000 {
		value := fmt.Sprint(n)
		m.remember(phone(value), at(value, 1+n%5, 150), noon)
		require.LessOrEqual(t, m.size, maxRemembered)
		require.True(t, knows(m, value, noon), "what came last has room")
	}
	require.Greater(t, len(m.known), 1000)
	require.Greater(t, m.size, maxRemembered*9/10)
	sum := 0
	for _, r := range m.known {
		sum += r.size
	}
	require.Equal(t, sum, m.size)
}

func TestAnAddressOfTooMuchIsNotRemembered(t *testing.T) {
	t.Parallel()
	m := newMemory()
	m.remember(phone("1"), at("1", 1, maxRecollection), noon)
	assert.False(t, knows(m, "1", noon))
	m.remember(phone("1"), at("1", maxShares+1, 0), noon)
	assert.False(t, knows(m, "1", noon), "there may be more than were read")
	long := strings.Repeat("9", maxRecollection)
	m.remember(phone(long), nil, noon)
	assert.False(t, knows(m, long, noon))
	assert.Zero(t, m.size)
	for n := 1; n <= maxShares; n++ {
		m.remember(phone("2"), at("2", n, 60), noon)
		if !knows(m, "2", noon) {
			require.Less(t, n, 500, "the statement that compares reads 500 rows of an address, which must be more than can be remembered")
			return
		}
	}
	t.Fatal("everything is remembered")
}

func TestWhatIsRememberedEndsByItsTime(t *testing.T) {
	t.Parallel()
	m := newMemory()
	m.remember(phone("1"), at("1", 1, 10), noon)
	m.remember(phone("2"), at("2", 1, 10), noon.Add(time.Minute))
	assert.True(t, knows(m, "1", noon.Add(memoryLasts-1)))
	assert.False(t, knows(m, "1", noon.Add(memoryLasts)))
	assert.False(t, knows(m, "1", noon.Add(-1)), "the clock was put back: nobody knows how old it is")
	m.sweep(noon.Add(memoryLasts))
	assert.NotContains(t, m.known, phone("1")[0])
	assert.Contains(t, m.known, phone("2")[0])
	m.sweep(noon.Add(memoryLasts + time.Minute))
	assert.Empty(t, m.known)
	assert.Zero(t, m.size)
}

func TestOfSeveralAddressesAllMustBeKnown(t *testing.T) {
	t.Parallel()
	m := newMemory()
	both := append(phone("1"), phone("2")...)
	m.remember(both, at("1", 2, 10), noon)
	found, premises, known := m.recall(both, noon)
	require.True(t, known)
	assert.Len(t, found, 2)
	assert.Equal(t, []Premise{{both[0], FactsOf(at("1", 2, 10))}, {both[1], FactsOf(nil)}}, premises, "nobody is remembered as well")
	_, _, known = m.recall(append(both, phone("3")...), noon)
	assert.False(t, known)
	_, _, known = m.recall(nil, noon)
	assert.False(t, known, "a body that names nobody")
}

func TestWhatWasLookedUpAnewMeanwhileIsNotForgotten(t *testing.T) {
	t.Parallel()
	m := newMemory()
	m.remember(phone("1"), at("1", 1, 10), noon)
	_, old, _ := m.recall(phone("1"), noon)
	m.remember(phone("1"), at("1", 1, 11), noon)
	m.forget(old)
	assert.True(t, knows(m, "1", noon))
	_, current, _ := m.recall(phone("1"), noon)
	m.forget(current)
	assert.False(t, knows(m, "1", noon))
	assert.Zero(t, m.size)
}

func TestTheSameValueOfAnotherFieldTypeOrProofIsAnotherAddress(t *testing.T) {
	t.Parallel()
	m := newMemory()
	m.remember(phone("1"), at("1", 1, 10), noon)
	for _, change := range []func(*Address){func(a *Address) { a.Field = "business_id" }, func(a *Address) { a.Type = "other" }, func(a *Address) { a.Proof = "token" }} {
		other := phone("1")
		change(&other[0])
		_, _, known := m.recall(other, noon)
		assert.False(t, known, "%v", other)
	}
}

func TestFactsDifferWhereverTheyAreAndNotByTheirOrder(t *testing.T) {
	t.Parallel()
	of := func(facts ...string) Candidate { return Candidate{Facts: facts} }
	assert.Equal(t, FactsOf([]Candidate{of("b"), of("c", "a")}), FactsOf([]Candidate{of("a", "b", "c")}))
	assert.NotEqual(t, FactsOf([]Candidate{of("a", "b")}), FactsOf([]Candidate{of("a", "c")}))
	assert.NotEqual(t, FactsOf([]Candidate{of("a", "b")}), FactsOf([]Candidate{of("a")}))
	assert.NotEqual(t, FactsOf(nil), FactsOf([]Candidate{of("a")}))
}

func TestADeliveryThatNamesManyIsNotLookedForInMemory(t *testing.T) {
	t.Parallel()
	var values []string
	for n := range maxShared + 1 {
		values = append(values, fmt.Sprint(n))
	}
	assert.Len(t, addressesOf(Door{}, "", provider.Names{"phone_id": values[1:]}), maxShared)
	assert.Empty(t, addressesOf(Door{}, "", provider.Names{"phone_id": values}))
	assert.Equal(t, []Address{{Value: "an id"}}, addressesOf(Door{}, "an id", provider.Names{"phone_id": values}))
}

func TestAnAddressThatIsRememberedHoldsNothingOfTheRequestThatNamedIt(t *testing.T) {
	t.Parallel()
	line := "/webhooks/meta/1?" + strings.Repeat("x", 1<<16)
	value, m := line[len("/webhooks/meta/"):][:1], newMemory()
	m.remember(phone(value), at(value, 1, 10), noon)
	for a := range m.known {
		require.Equal(t, "1", a.Value)
		assert.NotSame(t, unsafe.StringData(value), unsafe.StringData(a.Value), "the whole line would stay as long as the address") //nolint:gosec // compared only
	}
	require.Len(t, m.known, 1)
}

func TestMemoryIsUsedByManyAtOnce(t *testing.T) {
	t.Parallel()
	m := newMemory()
	var all sync.WaitGroup
	for g := range 8 {
		all.Go(func() {
			for n := range 500 {
				value := fmt.Sprint((g + n) % 10)
				m.remember(phone(value), at(value, 1, n), noon)
				if _, p, known := m.recall(phone(value), noon); known && n%3 == 0 {
					m.forget(p)
				}
				m.sweep(noon)
			}
		})
	}
	all.Wait()
}

func TestAnAcceptorForgetsWhatIsOver(t *testing.T) {
	t.Parallel()
	now := noon
	a := NewAcceptor(nil, nil, Options{Now: func() time.Time { return now }})
	a.memory.remember(phone("1"), at("1", 1, 10), now)
	require.NoError(t, a.Forget(t.Context()))
	require.Len(t, a.memory.known, 1)
	now = now.Add(memoryLasts)
	require.NoError(t, a.Forget(t.Context()))
	require.Empty(t, a.memory.known)
}
