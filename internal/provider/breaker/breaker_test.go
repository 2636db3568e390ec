package breaker_test

import (
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/ivendnext/whatsapp-accounts/internal/provider"
	"github.com/ivendnext/whatsapp-accounts/internal/provider/breaker"
)

func silent() error   { return &provider.CallError{Class: provider.ClassUnknown} }
func answered() error { return nil }

// told keeps what the set tells.
type told struct {
	mu    sync.Mutex
	lines []string
}

func (h *told) hear(id string, opened bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.lines = append(h.lines, fmt.Sprint(id, " ", opened))
}

// asked counts how many of n calls reach the provider.
func asked(s *breaker.Set, id string, n int, answer func() error) (reached int) {
	for range n {
		_ = s.Do(id, func() error { reached++; return answer() })
	}
	return reached
}

func TestSeveralCallsWithoutAnAnswerOpenTheBreakerOfThatAccountAlone(t *testing.T) {
	var h told
	s := breaker.New(breaker.Options{After: 3, For: time.Hour, Told: h.hear})
	assert.Equal(t, 3, asked(s, "a", 10, silent))
	assert.Equal(t, 10, asked(s, "b", 10, answered))
	assert.Equal(t, []string{"a true"}, h.lines)
	failed, is := errors.AsType[*provider.CallError](s.Do("a", answered))
	require.True(t, is)
	assert.Equal(t, provider.ClassRetry, failed.Class, "nothing was sent, so it may be tried again")
}

func TestAnAnswerBetweenSilencesKeepsTheBreakerClosed(t *testing.T) {
	s := breaker.New(breaker.Options{After: 3, For: time.Hour})
	for range 5 {
		assert.Equal(t, 2, asked(s, "a", 2, silent))
		assert.Equal(t, 1, asked(s, "a", 1, answered))
	}
}

func TestARefusalIsAnAnswer(t *testing.T) {
	for _, refusal := range []*provider.CallError{
		{Class: provider.ClassToken, Status: 401}, {Class: provider.ClassPermanent, Status: 400}, {Class: provider.ClassWait, Status: 429}, {Class: provider.ClassRetry, Status: 400},
	} {
		s := breaker.New(breaker.Options{After: 1, For: time.Hour})
		assert.Equal(t, 3, asked(s, "a", 3, func() error { return refusal }), refusal.Class)
	}
	s := breaker.New(breaker.Options{After: 1, For: time.Hour})
	assert.Equal(t, 1, asked(s, "a", 3, func() error { return &provider.CallError{Class: provider.ClassRetry, Status: 503} }))
}

func TestTheBreakerClosesByItselfWhenTheProviderAnswersAgain(t *testing.T) {
	var h told
	s := breaker.New(breaker.Options{After: 1, For: 5 * time.Millisecond, Told: h.hear})
	require.Error(t, s.Do("a", silent))
	assert.Eventually(t, func() bool { return s.Do("a", answered) == nil }, 10*time.Second, time.Millisecond)
	assert.Equal(t, 5, asked(s, "a", 5, answered))
	assert.Equal(t, []string{"a true", "a false"}, h.lines)
}

func TestOneCallAtATimeTriesWhetherTheProviderAnswers(t *testing.T) {
	s := breaker.New(breaker.Options{After: 1, For: time.Millisecond})
	require.Error(t, s.Do("a", silent))
	var reached int
	require.Eventually(t, func() bool {
		err := s.Do("a", func() error {
			reached += asked(s, "a", 5, answered)
			return silent()
		})
		failed, _ := errors.AsType[*provider.CallError](err)
		return failed.Class == provider.ClassUnknown // it was our call that was made
	}, 10*time.Second, time.Millisecond)
	assert.Zero(t, reached)
}
