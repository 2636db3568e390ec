package store

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

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
