package client_test

import (
	"context"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/ivendnext/whatsapp-accounts/pkg/client"
)

// pausesOf gives the pauses of a call that is answered 503 every time, with that Retry-After.
func pausesOf(ctx context.Context, t *testing.T, retryAfter string, r client.Retries) []time.Duration {
	t.Helper()
	var pauses []time.Duration
	r.Sleep = func(_ context.Context, pause time.Duration) error {
		pauses = append(pauses, pause)
		return nil
	}
	c := answering(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Retry-After", retryAfter)
		w.WriteHeader(http.StatusServiceUnavailable)
	}, client.WithRetries(r))
	_, err := c.Me(ctx)
	var p *client.Problem
	require.ErrorAs(t, err, &p, "the last answer is the caller's")
	return pauses
}

func TestPausesDoubleUpToTheLongest(t *testing.T) {
	r := client.Retries{Attempts: 6, Base: time.Second, Longest: 5 * time.Second}
	pauses := pausesOf(t.Context(), t, "", r)
	require.Len(t, pauses, 5)
	for i, whole := range []time.Duration{time.Second, 2 * time.Second, 4 * time.Second, 5 * time.Second, 5 * time.Second} {
		assert.GreaterOrEqual(t, pauses[i], whole/2)
		assert.LessOrEqual(t, pauses[i], whole)
	}
}

func TestPausesDifferFromCallToCall(t *testing.T) {
	r := client.Retries{Attempts: 4, Base: time.Hour, Longest: time.Hour}
	assert.NotEqual(t, pausesOf(t.Context(), t, "", r), pausesOf(t.Context(), t, "", r))
}

func TestPauseIsNoShorterThanTheAnswerAsksFor(t *testing.T) {
	for _, pause := range pausesOf(t.Context(), t, "7", client.Retries{Base: time.Second}) {
		assert.GreaterOrEqual(t, pause, 7*time.Second)
		assert.LessOrEqual(t, pause, 8*time.Second)
	}
}

func TestAnswerThatAsksForTooMuchIsTheCallers(t *testing.T) {
	assert.Empty(t, pausesOf(t.Context(), t, "60", client.Retries{}))
	assert.Len(t, pausesOf(t.Context(), t, "60", client.Retries{Longest: time.Minute}), 2)
}

func TestPauseThatOutlastsTheDeadlineIsNotBegun(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	assert.Empty(t, pausesOf(ctx, t, "", client.Retries{Base: time.Hour, Longest: time.Hour}))
	assert.Len(t, pausesOf(ctx, t, "", client.Retries{Base: time.Millisecond}), 2)
}

func TestRetriesAreBoundedByDefault(t *testing.T) {
	pauses := pausesOf(t.Context(), t, "", client.Retries{Attempts: -1, Base: -1, Longest: -1})
	require.Len(t, pauses, 2)
	assert.LessOrEqual(t, pauses[0]+pauses[1], time.Second)
}

// busy answers 503 without a network, so that its test can have a clock of its own.
func busy(made *int) client.Option {
	return client.WithHTTPClient(&http.Client{Transport: transport(func(*http.Request) (*http.Response, error) {
		*made++
		return &http.Response{StatusCode: http.StatusServiceUnavailable, Body: http.NoBody}, nil
	})})
}

func TestPauseIsSpentAsleep(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		made, began := 0, time.Now()
		c, err := client.New("http://wa.example.com", apiKey, busy(&made), client.WithRetries(client.Retries{Base: time.Hour, Longest: time.Hour}))
		require.NoError(t, err)
		require.Error(t, read(c))
		assert.Equal(t, 3, made)
		assert.GreaterOrEqual(t, time.Since(began), time.Hour)
		assert.LessOrEqual(t, time.Since(began), 2*time.Hour)
	})
}

func TestContextEndsAPause(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		made, began := 0, time.Now()
		c, err := client.New("http://wa.example.com", apiKey, busy(&made), client.WithRetries(client.Retries{Base: time.Hour, Longest: time.Hour}))
		require.NoError(t, err)
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(time.Minute, cancel)
		_, err = c.Me(ctx)
		require.ErrorIs(t, err, context.Canceled)
		var p *client.Problem
		require.ErrorAs(t, err, &p, "what failed before is told too")
		assert.Equal(t, 1, made)
		assert.Equal(t, time.Minute, time.Since(began))
	})
}
