package provider_test

import (
	"errors"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/ivendnext/whatsapp-accounts/internal/provider"
)

func TestAnAnswerThatLeavesItOpenMakesTheFateOfAMessageUnknown(t *testing.T) {
	cause := errors.New("broke off")
	for status, open := range map[int]bool{
		0: false, http.StatusOK: true, http.StatusAccepted: true, http.StatusFound: false, http.StatusBadRequest: false, http.StatusTooManyRequests: false,
		http.StatusInternalServerError: true, http.StatusServiceUnavailable: true,
	} {
		e := (&provider.CallError{Class: provider.ClassRetry, Status: status, Meaning: "Trouble.", Fix: "Try again.", Detail: "x", RetryAfter: time.Second}).Because(cause)
		got := provider.Doubted(e)
		if !open {
			assert.Equal(t, error(e), got, status)
			continue
		}
		doubt, _ := errors.AsType[*provider.CallError](got)
		require.NotNil(t, doubt)
		assert.Equal(t, []any{provider.ClassUnknown, status, "x", time.Duration(0)}, []any{doubt.Class, doubt.Status, doubt.Detail, doubt.RetryAfter})
		assert.NotEqual(t, "Try again.", doubt.Fix)
		require.ErrorIs(t, got, cause)
		assert.Equal(t, provider.ClassRetry, e.Class, "the error itself stays")
	}
}

func TestWhatTheProviderNamesByACodeIsNotDoubted(t *testing.T) {
	e := &provider.CallError{Class: provider.ClassRetry, Status: http.StatusInternalServerError, Code: "131000"}
	assert.Equal(t, error(e), provider.Doubted(e))
	refusal := &provider.CallError{Class: provider.ClassPermanent, Status: http.StatusOK, Detail: "Message not found."}
	assert.Equal(t, error(refusal), provider.Doubted(refusal), "nor what it refuses in words")
	require.NoError(t, provider.Doubted(nil))
	other := errors.New("other")
	assert.Equal(t, other, provider.Doubted(other))
}
