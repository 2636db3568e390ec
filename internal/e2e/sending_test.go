package e2e

import (
	"context"
	"fmt"
	"net/http"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	v1 "github.com/ivendnext/whatsapp-accounts/api/v1"
	"github.com/ivendnext/whatsapp-accounts/pkg/client"
	"github.com/ivendnext/whatsapp-accounts/pkg/whatsapptest"
)

// note is a text to one of many recipients.
func note(n int) v1.MessageSend {
	return v1.MessageSend{To: new(fmt.Sprintf("+97150%07d", n)), Text: []byte(`{"body":"Your order is ready."}`), Reference: new(fmt.Sprint("order-", n))}
}

// outgoing is the sample account, which is default outgoing.
func outgoing(double *whatsapptest.Meta) v1.AccountCreate {
	ask := sample(double)
	ask.IsDefaultOutgoing, ask.AllowAutoReadReceipt = new(true), nil
	return ask
}

// arrived counts what the double took of each message of ours.
func arrived(double *whatsapptest.Meta) map[string]int {
	times := map[string]int{}
	for _, s := range double.Sent() {
		times[s.CallbackData]++
	}
	return times
}

// statuses counts the messages of all accounts by status.
func statuses(t testing.TB, c *client.Client) map[string]int {
	t.Helper()
	return statusesOf(t, c, "")
}

// settled waits until nothing is left to be done for any message.
func settled(t testing.TB, c *client.Client) map[string]int {
	t.Helper()
	eventually(t, "every message is sent, or known not to be", func() bool { return nothingLeft(t, c, "") })
	return statuses(t, c)
}

// nothingLeft tells that no message of the account, or of any, is to be sent or being sent. Two small questions come first.
func nothingLeft(t testing.TB, c *client.Client, accountID string) bool {
	t.Helper()
	for _, status := range []string{"queued", "sending"} {
		page, err := c.Messages(t.Context(), client.MessageQuery{AccountID: accountID, Status: status, Page: client.Page{Limit: 1}})
		require.NoError(t, err)
		if len(page.Data) > 0 {
			return false
		}
	}
	counts := statusesOf(t, c, accountID)
	return counts["queued"]+counts["sending"] == 0
}

// TestWhatIsAcceptedIsSentOnceThoughTheServiceIsKilled kills the service in the middle of accepting and sending, several times. A message that was being sent
// at that moment is unknown, and the status that its provider sends for it tells.
func TestWhatIsAcceptedIsSentOnceThoughTheServiceIsKilled(t *testing.T) {
	t.Parallel()
	for name, on := range databases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			double := whatsapptest.StartMeta(t, whatsapptest.SampleMeta())
			i := on(t).watched().with("WA_ALLOW_PRIVATE_PROVIDERS", "true")
			key := i.apiKey(t, "default")
			var accepted sync.Map
			for round := range scaled(3) {
				p := i.serve(t)
				if round == 0 {
					made(t, p.as(t, key), outgoing(double))
				}
				sendUntilKilled(t, p, key, round, &accepted)
			}
			p := i.serve(t)
			c := p.as(t, key)
			first := settled(t, c)
			hook := double.Webhooks(whatsapptest.SampleAppID, p.url+"/webhooks/meta")
			for _, s := range double.Sent() {
				_, err := hook.Send(t.Context(), whatsapptest.StatusOf(s, "delivered"))
				require.NoError(t, err)
			}
			times := arrived(double)
			eventually(t, "the statuses have told what they know", func() bool { return statuses(t, c)["delivered"] == len(times) })
			for id, n := range times {
				assert.Equal(t, 1, n, "%s was sent more than once", id)
			}
			total := 0
			accepted.Range(func(id, _ any) bool {
				total++
				m, err := c.GetMessage(t.Context(), id.(string))
				if assert.NoError(t, err, "an accepted message is lost") && m.Status != "delivered" {
					assert.Equal(t, "unknown", m.Status)
					assert.Zero(t, times[m.ID], "it is unknown though its status was told")
				}
				return true
			})
			require.Positive(t, total)
			t.Logf("%d accepted, %d taken once each; before the statuses: %v, after: %v", total, len(times), first, statuses(t, c))
		})
	}
}

// sendUntilKilled asks for messages from many sides, each with a key and twice, and kills the service in the middle.
func sendUntilKilled(t testing.TB, p *process, key string, round int, accepted *sync.Map) {
	t.Helper()
	var n atomic.Int64
	var group sync.WaitGroup
	c := p.as(t, key)
	for worker := range 6 {
		group.Go(func() {
			for k := 0; ; k++ {
				ask := note(round*100_000 + worker*1000 + k)
				for range 2 {
					m, err := c.SendMessage(context.WithoutCancel(t.Context()), ask, client.IdempotencyKey(*ask.Reference))
					if err != nil {
						return // the service is gone
					}
					accepted.Store(m.ID, true)
				}
				n.Add(1)
			}
		})
	}
	eventually(t, "enough is accepted", func() bool { return n.Load() >= 60 })
	p.signal(syscall.SIGKILL)
	<-p.ended
	group.Wait()
}

// TestReplicasSendEachMessageOnceWhateverTheProviderAnswers has two replicas share the work, while the provider fails in every way.
func TestReplicasSendEachMessageOnceWhateverTheProviderAnswers(t *testing.T) {
	t.Parallel()
	double := whatsapptest.StartMeta(t, whatsapptest.SampleMeta())
	i := onPostgres(t).watched().with("WA_ALLOW_PRIVATE_PROVIDERS", "true")
	key := i.apiKey(t, "default")
	replicas := []*process{i.serve(t), i.serve(t)}
	made(t, replicas[0].as(t, key), outgoing(double))
	double.FailNext(5, whatsapptest.LoseAnswer(), whatsapptest.SendMessage)
	double.FailNext(3, whatsapptest.HalfAnswer(), whatsapptest.SendMessage)
	double.FailNext(3, whatsapptest.TooManyRequests(time.Second), whatsapptest.SendMessage)
	double.FailNext(3, whatsapptest.MetaError(131016), whatsapptest.SendMessage)
	double.FailNext(2, whatsapptest.HTML(http.StatusBadGateway), whatsapptest.SendMessage)
	const total = 100
	var group sync.WaitGroup
	for n := range total {
		for _, p := range replicas { // the same call, to both
			group.Go(func() {
				_, err := p.as(t, key).SendMessage(t.Context(), note(n), client.IdempotencyKey(fmt.Sprint("k", n)))
				if !client.HasCode(err, "idempotency_in_progress") { // the other was quicker
					assert.NoError(t, err)
				}
			})
		}
		if n%10 == 9 {
			group.Wait()
		}
	}
	group.Wait()
	c := replicas[1].as(t, key)
	before := settled(t, c)
	times := arrived(double)
	hook := double.Webhooks(whatsapptest.SampleAppID, replicas[0].url+"/webhooks/meta")
	for _, s := range double.Sent() {
		_, err := hook.Send(t.Context(), whatsapptest.StatusOf(s, "sent"))
		require.NoError(t, err)
	}
	eventually(t, "the statuses have told what they know", func() bool { return statuses(t, c)["sent"] == len(times) })
	for id, n := range times {
		assert.Equal(t, 1, n, "%s was sent more than once", id)
	}
	after := statuses(t, c)
	assert.Equal(t, total, after["sent"]+after["unknown"], "%v", after)
	assert.Equal(t, 10, before["unknown"], "answers that were lost, cut short or not Meta's: %v", before)
	assert.Equal(t, 2, after["unknown"], "the two of which Meta never knew: %v", after)
}

// TestNoMessageIsBegunOnceInactiveIsAnswered is D4 for sends: what arrives after the answer had begun before it.
func TestNoMessageIsBegunOnceInactiveIsAnswered(t *testing.T) {
	t.Parallel()
	double := whatsapptest.StartMeta(t, whatsapptest.SampleMeta())
	i := onPostgres(t).with("WA_ALLOW_PRIVATE_PROVIDERS", "true")
	key := i.apiKey(t, "default")
	one, two := i.serve(t), i.serve(t)
	a := made(t, one.as(t, key), outgoing(double))
	var accepted atomic.Int64
	var group sync.WaitGroup
	for w := range 8 {
		group.Go(func() { // until the account is switched off
			for n := w; ; n += 8 {
				if _, err := []*process{one, two}[n%2].as(t, key).SendMessage(t.Context(), note(n)); err != nil {
					assertCode(t, err, "no_default_account")
					return
				}
				accepted.Add(1)
			}
		})
	}
	within, cancel := context.WithTimeout(t.Context(), timeout)
	defer cancel()
	_, err := double.Wait(within, 20, whatsapptest.SendMessage)
	require.NoError(t, err)

	_, err = two.as(t, key).UpdateAccount(t.Context(), a.ID, client.Patch{"status": "Inactive"})
	require.NoError(t, err)
	answered := time.Now()
	group.Wait()
	counts := settled(t, one.as(t, key))
	late := 0
	for _, r := range double.Requests(whatsapptest.SendMessage) {
		if r.At.After(answered) {
			late++
			assert.Less(t, r.At.Sub(answered), begun, "a message that began after the answer")
		}
	}
	assert.LessOrEqual(t, late, inFlight)
	assert.Len(t, double.Sent(), counts["accepted"])
	assert.EqualValues(t, accepted.Load(), counts["accepted"]+counts["failed"], "%v", counts)
	t.Logf("D4: %v, %d were on their way when Inactive was answered", counts, late)
}
