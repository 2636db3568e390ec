package httpapi_test

import (
	"fmt"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/ivendnext/whatsapp-accounts/internal/config"
	"github.com/ivendnext/whatsapp-accounts/internal/site"
)

// limited lets each client fail so often, and believes what loopback says of who that is.
func limited(failures int) func(*config.Serve) {
	return func(c *config.Serve) { c.AuthFailures, c.TrustedProxies = failures, "127.0.0.0/8,::1" }
}

// guesser tries keys that nobody has.
type guesser struct {
	*caller
	from string
	n    int
}

func (w *world) guesser(from string) *guesser { return &guesser{w.stranger(), from, 0} }

func (g *guesser) guess(t testing.TB) *answer {
	t.Helper()
	g.n++
	return g.get(t, "/v1/me", "Authorization", fmt.Sprintf("Bearer wak_%040d", g.n), "X-Forwarded-For", g.from)
}

func (g *guesser) exhaust(t testing.TB, attempts int) {
	t.Helper()
	for range attempts {
		g.guess(t).refused(401, "unauthenticated")
	}
	g.guess(t).refused(429, "too_many_failures")
}

func TestWhoeverGuessesKeysIsHeldUpAndToldForHowLong(t *testing.T) {
	t.Parallel()
	w := start(t, limited(3))
	g := w.guesser("192.0.2.7")
	g.exhaust(t, 3)
	a := g.guess(t)
	a.refused(429, "too_many_failures")
	wait, err := strconv.Atoi(a.header.Get("Retry-After"))
	require.NoError(t, err)
	assert.True(t, 0 < wait && wait <= 20, "%d seconds", wait)
	assert.Empty(t, a.header.Get("WWW-Authenticate"))
	assert.Equal(t, "2", w.metrics(t)[`whatsapp_accounts_refusals_total{code="too_many_failures"}`])
	lines := w.log.of(t, "request", a.header.Get("X-Request-Id"))
	require.Len(t, lines, 1)
	assert.Equal(t, "192.0.2.7", lines[0]["client"])
}

func TestAKeyThatWorksIsNeverHeldUpByANeighbour(t *testing.T) {
	t.Parallel()
	for database, start := range databases() {
		t.Run(database, func(t *testing.T) {
			t.Parallel()
			w := start(t, limited(2))
			unused := w.caller(t, "one", site.Viewer)
			w.boss.get(t, "/v1/me").is(200)
			w.guesser("192.0.2.7").exhaust(t, 2)
			for range 10 {
				w.boss.get(t, "/v1/me", "X-Forwarded-For", "192.0.2.7").is(200)
			}
			w.guesser("192.0.2.7").guess(t).refused(429, "too_many_failures") // what works fills no bucket
			unused.get(t, "/v1/me", "X-Forwarded-For", "192.0.2.7").refused(429, "too_many_failures")
			require.NoError(t, w.Keys.Learn(t.Context()))
			unused.get(t, "/v1/me", "X-Forwarded-For", "192.0.2.7").is(200)
		})
	}
}

func TestAKeyThatIsUsedForTheFirstTimeCountsAsNoFailure(t *testing.T) {
	t.Parallel()
	w := start(t, limited(1))
	for range 5 {
		w.caller(t, "one", site.Viewer).get(t, "/v1/me").is(200)
	}
}

func TestARevokedKeyIsAFailureLikeAnyOther(t *testing.T) {
	t.Parallel()
	w := start(t, limited(2))
	c := w.caller(t, "one", site.Viewer)
	c.get(t, "/v1/me").is(200)
	require.NoError(t, w.Keys.Revoke(t.Context(), c.site, c.keyID))
	c.get(t, "/v1/me").refused(401, "unauthenticated")
	c.get(t, "/v1/me").refused(401, "unauthenticated")
	c.get(t, "/v1/me").refused(429, "too_many_failures")
}

func TestARevokedKeyGetsThroughToTheDatabaseOnceHoweverManyWereTried(t *testing.T) {
	t.Parallel()
	w := start(t, limited(1))
	c := w.caller(t, "one", site.Viewer)
	c.get(t, "/v1/me").is(200)
	w.guesser("127.0.0.1").exhaust(t, 1)
	require.NoError(t, w.Keys.Revoke(t.Context(), c.site, c.keyID))
	c.get(t, "/v1/me").refused(401, "unauthenticated")
	c.get(t, "/v1/me").refused(429, "too_many_failures")
}

func TestEachClientFailsForItself(t *testing.T) {
	t.Parallel()
	w := start(t, limited(2))
	w.guesser("192.0.2.7").exhaust(t, 2)
	w.guesser("192.0.2.8").exhaust(t, 2)
	w.guesser("2001:db8:1:2::1").exhaust(t, 2)
	w.guesser("2001:db8:1:2:ffff::9").guess(t).refused(429, "too_many_failures") // the same subscriber
	w.guesser("2001:db8:1:3::1").exhaust(t, 2)
}

func TestARequestWithoutAKeyTriesNothing(t *testing.T) {
	t.Parallel()
	w := start(t, limited(1))
	for range 5 {
		w.stranger().get(t, "/v1/me").refused(401, "unauthenticated")
	}
	w.guesser("127.0.0.1").exhaust(t, 1)
	w.stranger().get(t, "/v1/me").refused(401, "unauthenticated")
}

func TestWhatIsNoKeyAtAllCountsToo(t *testing.T) {
	t.Parallel()
	w := start(t, limited(3))
	for _, value := range []string{"Basic dXNlcjpwYXNz", "Bearer", "Bearer " + strings.Repeat("x", 1000)} {
		w.stranger().get(t, "/v1/me", "Authorization", value).refused(401, "unauthenticated")
	}
	w.stranger().get(t, "/v1/me", "Authorization", "Bearer x").refused(429, "too_many_failures")
}

func TestWhatNeedsNoKeyIsNeverHeldUp(t *testing.T) {
	t.Parallel()
	w := start(t, limited(1))
	w.boss.make(t, meta("A"))
	w.guesser("127.0.0.1").exhaust(t, 1)
	for range 5 {
		w.verify(t, "/webhooks/meta", "guess-"+mark, "7").refused(403, "verification_refused")
	}
	w.verify(t, "/webhooks/meta", verifyToken("A"), "7").is(200)
	w.stranger().get(t, "/readyz").is(200)
}

func TestGuessesMadeSideBySideAreAllCounted(t *testing.T) {
	t.Parallel()
	w := start(t, limited(5))
	var mu sync.Mutex
	var wg sync.WaitGroup
	statuses := map[int]int{}
	for n := range 40 {
		wg.Go(func() {
			a := w.stranger().get(t, "/v1/me", "Authorization", fmt.Sprintf("Bearer wak_%040d", n))
			mu.Lock()
			defer mu.Unlock()
			statuses[a.status]++
		})
	}
	wg.Wait()
	assert.Equal(t, map[int]int{401: 5, 429: 35}, statuses)
}

func TestWithoutALimitAGuesserIsAnsweredForEver(t *testing.T) {
	t.Parallel()
	w := start(t, limited(0))
	g := w.guesser("192.0.2.7")
	for range 100 {
		g.guess(t).refused(401, "unauthenticated")
	}
}
