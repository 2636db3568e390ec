package main

import (
	"bytes"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/ivendnext/whatsapp-accounts/internal/rig"
)

func TestSubscribersHaveSmallDefaultsAndRefuseNonsense(t *testing.T) {
	o, err := parseSubscribers(nil, io.Discard)
	require.NoError(t, err)
	assert.Equal(t, subscribersOptions{subscribers: 10, events: 2000, rounds: 3}, o)
	for _, args := range [][]string{{"-subscribers", "1"}, {"-events", "0"}, {"-rounds", "0"}, {"-nonsense"}, {"word"}} {
		_, err := parseSubscribers(args, io.Discard)
		assert.Error(t, err, "%v", args)
	}
}

// listening are subscribers to whom somebody posts two events.
func listening(t *testing.T, odd oddity) *ears {
	t.Helper()
	opened, err := rig.NewSession("ears", io.Discard)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, opened.Close()) })
	e, err := newEars(t.Context(), session{opened}, 3, 2, odd)
	require.NoError(t, err)
	return e
}

func tell(t *testing.T, url, id string) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, url, strings.NewReader("{}"))
	require.NoError(t, err)
	request.Header.Set("webhook-id", id)
	answer, err := http.DefaultTransport.RoundTrip(request)
	require.NoError(t, err)
	require.NoError(t, answer.Body.Close())
	require.Equal(t, http.StatusOK, answer.StatusCode)
}

func TestTurnIsOverWhenTheOthersHaveHeardEverything(t *testing.T) {
	for odd, first := range map[oddity]int{answering: 1, hanging: 1, lacking: 0} {
		e := listening(t, odd)
		require.Len(t, e.urls, 2+first, odd)
		if odd == answering {
			tell(t, e.urls[0], "a")
		}
		for _, url := range e.urls[first:] {
			for _, id := range []string{"a", "b", "a"} {
				tell(t, url, id)
			}
		}
		_, err := e.await(t.Context())
		require.NoError(t, err, odd)
		assert.Equal(t, 2, e.twice(), odd)
		assert.Equal(t, map[oddity]int{answering: 7, hanging: 6, lacking: 6}[odd], e.taken(), odd)
	}
}

func TestTurnInWhichTheOthersHeardUnlikeThingsFails(t *testing.T) {
	e := listening(t, lacking)
	for i, ids := range [][]string{{"a", "b"}, {"a", "c"}} {
		for _, id := range ids {
			tell(t, e.urls[i], id)
		}
	}
	_, err := e.await(t.Context())
	require.ErrorContains(t, err, "not heard the same events")
	tell(t, e.urls[0], "c")
	_, err = e.await(t.Context())
	require.ErrorContains(t, err, "has heard 3 events in place of 2")
}

func TestOneThatHangsIsLetGoWhenTheTurnIsOver(t *testing.T) {
	e := listening(t, hanging)
	time.AfterFunc(20*time.Millisecond, e.letGo)
	tell(t, e.urls[0], "a")
	assert.Zero(t, e.taken(), "it has heard nothing")
	e.letGo()
}

func TestHearingsAreComparedRoundByRound(t *testing.T) {
	turns := func(took ...time.Duration) (all []hearing) {
		for _, d := range took {
			all = append(all, hearing{took: d, cpu: time.Second, taken: 1000, ears: &ears{}})
		}
		return all
	}
	var out bytes.Buffer
	o := subscribersOptions{subscribers: 3, events: 500}
	require.NoError(t, reportHearings(&out, "", o, map[oddity][]hearing{
		answering: turns(time.Second, 2*time.Second, 9*time.Second),
		hanging:   turns(2*time.Second, 4*time.Second, 9*time.Second),
		lacking:   turns(2*time.Second, 4*time.Second, 9*time.Second),
	}))
	for _, row := range []string{
		"| events to 2 others, while one answers | 500 a second, in 2.0 s; 1000 µs of CPU for each delivery | – | – |",
		"| while it hangs, of while it answers | 0.50 | ≥ 0.90 | **no** |",
		"| while it hangs, of while it is not there | 1.00 | ≥ 0.90 | yes |",
	} {
		assert.Contains(t, out.String(), row)
	}
}
