package store

import (
	"context"
	"reflect"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/ivendnext/whatsapp-accounts/internal/account"
	"github.com/ivendnext/whatsapp-accounts/internal/message"
	"github.com/ivendnext/whatsapp-accounts/internal/provider"
)

func TestWhatAProviderSaidOfAMessageIsKeptThoughItIsNotUTF8(t *testing.T) {
	onBoth(t, func(f *fixture) {
		m := f.keepMessage(f.message(f.create(f.one, f.meta("A")), "+971501234567"))
		p := &message.Problem{Code: "1", Class: provider.ClassPermanent, Meaning: "It failed.", Detail: "cut \xe2\x82<b>", Fix: "Send it again."}
		_, err := f.Messages().Update(f.Context(), f.one, m.ID, func(m message.Message) (message.Message, error) {
			m.Status, m.Problem = message.Failed, p
			m.Timeline = append(slices.Clone(m.Timeline), message.Step{At: instant, Step: "failed", Attempt: 2, Problem: p, Until: instant})
			return m, nil
		})
		require.NoError(f, err)
		got, err := f.Messages().Get(f.Context(), f.one, m.ID)
		require.NoError(f, err)
		p.Detail = "cut \ufffd\ufffd<b>"
		require.Equal(f, p, got.Problem)
		last := got.Timeline[len(got.Timeline)-1]
		require.True(f, last.At.Equal(instant) && last.Until.Equal(instant))
		require.Equal(f, 2, last.Attempt)
		require.Equal(f, p, last.Problem)
	})
}

// TestThatAnAttemptBeginsTouchesNoIndex holds every index of messages, and each condition of one, to columns that do not change then.
func TestThatAnAttemptBeginsTouchesNoIndex(t *testing.T) {
	t.Parallel()
	f := onPostgres(t)
	const heapOnly lookup = "SELECT pg_stat_get_xact_tuples_updated('messages'::regclass), pg_stat_get_xact_tuples_hot_updated('messages'::regclass)"
	m := f.keepMessage(f.message(f.create(f.one, f.meta("A")), "+971501234567"))
	require.NoError(f, f.Transact(t.Context(), func(ctx context.Context) error {
		_, err := f.Messages().Begin(ctx, f.one, []message.Message{m}, func(m message.Message, _ account.Standing) message.Message {
			m.Status, m.Attempts, m.UpdatedAt, m.PacedUntil = message.Sending, 1, instant.Add(time.Hour), time.Time{}
			m.Timeline = append(slices.Clone(m.Timeline), message.Step{At: instant, Step: "attempt", Attempt: 1})
			return m
		})
		if err != nil {
			return err
		}
		var updated, hot int
		err = heapOnly.scan(f.acrossSites(ctx, "a statistic"), nil, &updated, &hot)
		require.Equal(t, []int{1, 1}, []int{updated, hot})
		return err
	}))
}

func TestATimelineIsAppendedAsItWouldBeMarshalled(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 11, 22, 12, 0, 0, 120_000_000, time.UTC)
	p := &message.Problem{Code: "1", Class: provider.ClassPermanent, Meaning: `"It" <failed> \`, Detail: "cut \xe2\x82<b>\n\u2028", Fix: "é"}
	full := message.Step{At: at, Step: "retry", Attempt: 12, Problem: p, Until: at.Add(time.Microsecond), Told: true}
	members := reflect.TypeFor[message.Step]()
	for i := range members.NumField() {
		require.False(t, reflect.ValueOf(full).Field(i).IsZero(), "%s is written too", members.Field(i).Name)
		some := full
		reflect.ValueOf(&some).Elem().Field(i).SetZero()
		for _, steps := range [][]message.Step{nil, {}, {some}, {full, some, full}, {{At: at, Step: "queued"}}, {{At: at.In(time.FixedZone("", 4*3600)), Step: "attempt", Attempt: -1}}} {
			require.Equal(t, string(inJSON(steps)), string(timelineJSON(steps)))
		}
	}
}

// TestAMessageOfAnEarlierVersionIsReadAndChanged has a row of the library that wrote timelines before, which escapes more.
func TestAMessageOfAnEarlierVersionIsReadAndChanged(t *testing.T) {
	onBoth(t, func(f *fixture) {
		m := f.keepMessage(f.message(f.create(f.one, f.meta("A")), "+971501234567"))
		old := []byte(`[{"at":"2026-11-22T12:00:00.5Z","step":"queued","told":true},{"at":"2026-11-22T12:00:01+04:00","step":"retry","attempt":1,` +
			`"problem":{"code":"1","class":"retry","meaning":"a \u003c b","detail":"\ufffd","fix":"Wait."},"until":"2026-11-22T12:00:02.000001Z","of a later version":[1]}]`)
		f.exec("UPDATE messages SET timeline = ? WHERE id = ?", old, m.ID)
		read, err := f.Messages().Get(f.Context(), f.one, m.ID)
		require.NoError(f, err)
		require.Equal(f, "a < b", read.Timeline[1].Problem.Meaning)
		after, err := f.Messages().Begin(f.Context(), f.one, []message.Message{read}, func(m message.Message, _ account.Standing) message.Message {
			m.Status, m.Timeline = message.Sending, append(slices.Clone(m.Timeline), message.Step{At: instant, Step: "attempt", Attempt: 2})
			return m
		})
		require.NoError(f, err)
		require.Equal(f, message.Sending, after[m.ID].Status, "it is not as long as it is believed to be, and so it is read again")
		got, err := f.Messages().Get(f.Context(), f.one, m.ID)
		require.NoError(f, err)
		require.Len(f, got.Timeline, 3)
		require.Equal(f, read.Timeline, got.Timeline[:2])
	})
}
