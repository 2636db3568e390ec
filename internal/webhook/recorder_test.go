package webhook_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/ivendnext/whatsapp-accounts/internal/webhook"
)

// learner keeps which accounts were written down, in order.
type learner struct {
	written []string
	last    map[string]webhook.Fact
	err     error
}

func (l *learner) Learn(_ context.Context, p webhook.Party, facts map[string]webhook.Fact) error {
	l.written = append(l.written, p.AccountID)
	l.last = facts
	return l.err
}

func party(i int) webhook.Party { return webhook.Party{AccountID: fmt.Sprintf("account-%d", i)} }

func TestWhatWaitedLongestIsWrittenDownFirstAndNoMoreThanAsked(t *testing.T) {
	l := &learner{}
	r := webhook.NewRecorder(l)
	at := time.Unix(1_700_000_000, 0)
	signed := func(accounts ...int) {
		for _, i := range accounts {
			r.Signed(party(i), at)
		}
	}
	signed(1, 2, 3, 1)
	require.NoError(t, r.FlushSome(t.Context(), 2))
	assert.Equal(t, []string{"account-1", "account-2"}, l.written)

	signed(1)
	require.NoError(t, r.FlushSome(t.Context(), 1))
	assert.Equal(t, []string{"account-1", "account-2", "account-3"}, l.written, "the account that has just been written down is behind the others")

	require.NoError(t, r.Flush(t.Context()))
	require.NoError(t, r.Flush(t.Context()))
	assert.Equal(t, []string{"account-1", "account-2", "account-3", "account-1"}, l.written, "nothing is written down twice")
}

func TestTheLastNoteOfAFactIsTheOneThatIsWrittenDown(t *testing.T) {
	l := &learner{}
	r := webhook.NewRecorder(l)
	first := time.Unix(1_700_000_000, 0)
	r.BadlySigned(party(1), webhook.Unsigned, first)
	r.BadlySigned(party(1), webhook.BadProof, first.Add(time.Second))
	r.Signed(party(1), first)
	require.NoError(t, r.Flush(t.Context()))
	require.Len(t, l.written, 1)
	assert.Equal(t, first.Add(time.Second), l.last[webhook.FactRefused].At)
	assert.Contains(t, string(l.last[webhook.FactRefused].Value), string(webhook.BadProof))
	assert.Equal(t, first, l.last[webhook.FactSigned].At)
}

func TestWhatCannotBeWrittenDownIsSaidAndNotTriedAgain(t *testing.T) {
	away := errors.New("the database is away")
	l := &learner{err: away}
	r := webhook.NewRecorder(l)
	r.Signed(party(1), time.Unix(1_700_000_000, 0))
	require.ErrorIs(t, r.Flush(t.Context()), away)
	require.NoError(t, r.Flush(t.Context()))
}
