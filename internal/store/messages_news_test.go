package store

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ivendnext/whatsapp-accounts/internal/message"
	"github.com/ivendnext/whatsapp-accounts/internal/provider"
)

// told is a status of the message wamid.7 as Meta's webhook brings it, with what its sender gave along.
func told(phone, status, ref string) string {
	more := ""
	if status == "failed" {
		more = `,"errors":[{"code":131047,"title":"Re-engagement message","error_data":{"details":"Too late."}}]`
	}
	return fmt.Sprintf(`{"entry":[{"id":"204","changes":[{"field":"messages","value":{"metadata":{"phone_number_id":%q},
		"statuses":[{"id":"wamid.7","status":%q,"biz_opaque_callback_data":%q%s}]}}]}]}`, phone, status, ref, more)
}

// onItsWay is a message whose sending has begun, and nobody knows yet what came of it.
func (i *inbox) onItsWay() message.Message {
	i.Helper()
	m := i.message(i.number(i.one, "305", "204", "key"), "+971501234567")
	m.Status, m.Attempts, m.Reference = message.Sending, 1, "order-1"
	m.Timeline = append(m.Timeline, message.Step{At: instant, Step: "attempt", Attempt: 1})
	m.Timeline[0].Told = true
	return i.keepMessage(m)
}

// another is a message like m.
func (i *inbox) another(m message.Message) message.Message {
	i.Helper()
	m.ID = newID()
	return i.keepMessage(m)
}

func TestAStatusThatBringsOurIDSettlesAMessageOfWhichNothingWasKnown(t *testing.T) {
	onInbox(t, func(i *inbox) {
		m := i.onItsWay()
		lost, err := i.Messages().Update(i.Context(), i.one, m.ID, func(m message.Message) (message.Message, error) {
			m.Status = message.Unknown
			return m, nil
		})
		require.NoError(i, err)
		require.Equal(i, message.Unknown, lost.Status)
		for _, status := range []string{"delivered", "sent"} {
			require.NoError(i, i.post(told("305", status, m.ID), "key"))
		}
		i.work()
		got := i.messageOf(m)
		require.Equal(i, message.Delivered, got.Status)
		require.Equal(i, "wamid.7", got.ProviderID)
		var about struct{ Message message.Brief }
		feed := i.feed(i.one)
		require.NoError(i, json.Unmarshal(feed[len(feed)-1].Data, &about))
		require.Equal(i, got.Brief(), about.Message, "the event names the message and its reference")
	})
}

func TestAStatusWithoutOurIDFindsItsMessageByTheProviders(t *testing.T) {
	onInbox(t, func(i *inbox) {
		m := i.onItsWay()
		take := func(m message.Message) (message.Message, error) {
			return m.Hear(provider.StateAccepted, "wamid.7", nil, instant), nil
		}
		_, err := i.Messages().Update(i.Context(), i.one, m.ID, take)
		require.NoError(i, err)
		require.NoError(i, i.post(told("305", "failed", ""), "key"))
		i.work()
		got := i.messageOf(m)
		require.Equal(i, message.Failed, got.Status)
		require.Equal(i, "Too late.", got.Problem.Detail)
	})
}

func TestAStatusThatCameBeforeTheProvidersIDWasKnownIsNotLost(t *testing.T) {
	onInbox(t, func(i *inbox) {
		m := i.onItsWay()
		require.NoError(i, i.post(told("305", "read", ""), "key"))
		i.work()
		require.Equal(i, message.Sending, i.messageOf(m).Status, "nobody knows yet that it is this message")
		take := func(m message.Message) (message.Message, error) {
			return m.Hear(provider.StateAccepted, "wamid.7", nil, instant), nil
		}
		_, err := i.Messages().Update(i.Context(), i.one, m.ID, take)
		require.NoError(i, err)
		require.Equal(i, message.Read, i.messageOf(m).Status)
	})
}

func TestStatusesThatCameBeforeTheIDsOfSeveralWereKnownAreNotLost(t *testing.T) {
	onInbox(t, func(i *inbox) {
		one := i.onItsWay()
		other, third := i.another(one), i.another(one)
		require.NoError(i, i.post(told("305", "read", ""), "key"))
		i.work()
		names := map[string]string{one.ID: "wamid.8", other.ID: "wamid.7", third.ID: "wamid.9"} // told is about 7
		err := i.Messages().Transact(i.Context(), func(ctx context.Context) error {
			for _, m := range []message.Message{one, other, third} {
				take := func(m message.Message) message.Message {
					return m.Hear(provider.StateAccepted, names[m.ID], nil, instant)
				}
				if err := i.Messages().Conclude(ctx, i.one, m, take); err != nil {
					return err
				}
			}
			return nil
		})
		require.NoError(i, err)
		require.Equal(i, message.Read, i.messageOf(other).Status)
		require.Equal(i, message.Accepted, i.messageOf(one).Status)
		require.Equal(i, message.Accepted, i.messageOf(third).Status)
	})
}

func TestSeveralMessagesAreReadAtOnceAndThoseOfOthersAreNot(t *testing.T) {
	onInbox(t, func(i *inbox) {
		one := i.onItsWay()
		other := i.another(one)
		found, err := i.Messages().GetAll(i.Context(), i.one, one.ID, other.ID, newID(), "no id")
		require.NoError(i, err)
		require.ElementsMatch(i, []string{one.ID, other.ID}, slices.Collect(maps.Keys(found)))
		require.Equal(i, i.messageOf(one), found[one.ID])
		found, err = i.Messages().GetAll(i.Context(), i.two, one.ID)
		require.NoError(i, err)
		require.Empty(i, found)
	})
}

func TestAStatusDoesNotSettleAMessageOfAnotherAccount(t *testing.T) {
	onInbox(t, func(i *inbox) {
		m := i.onItsWay()
		i.number(i.two, "306", "204", "key of two")
		require.NoError(i, i.post(told("306", "read", m.ID), "key of two"))
		i.work()
		require.Equal(i, message.Sending, i.messageOf(m).Status)
	})
}
