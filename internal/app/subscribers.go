package app

import (
	"github.com/prometheus/client_golang/prometheus"

	"github.com/ivendnext/whatsapp-accounts/internal/httpapi"
	"github.com/ivendnext/whatsapp-accounts/internal/subscription"
	"github.com/ivendnext/whatsapp-accounts/internal/subscription/post"
)

// outbox is everything from the feed to subscribers.
type outbox struct {
	service *subscription.Service
	courier *subscription.Courier
	poster  *post.Poster
}

func newOutbox(a *App, metrics prometheus.Registerer) (*outbox, error) {
	networks, err := a.config.Networks()
	if err != nil {
		return nil, err
	}
	poster := post.New(post.Options{AllowLoopback: a.config.AllowPrivateProviders, Networks: networks, Now: Now})
	subscribers := a.DB.Subscriptions()
	return &outbox{
		poster: poster,
		service: subscription.NewService(subscribers, subscription.Options{
			Sender: poster, Encode: httpapi.EncodeEvent, NewKey: subscription.NewKey, Now: Now, NewID: NewID,
		}),
		courier: subscription.NewCourier(subscribers, subscription.Config{
			Sender: poster, Encode: httpapi.EncodeEvent, Tally: newDeliveryCounts(metrics), Log: a.log, Now: Now,
		}),
	}, nil
}

// deliveryCounts are the metrics of deliveries to subscribers.
type deliveryCounts struct{ delivered, ended *prometheus.CounterVec }

func newDeliveryCounts(r prometheus.Registerer) deliveryCounts {
	c := deliveryCounts{
		delivered: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "whatsapp_accounts_deliveries_total", Help: "Attempts to deliver an event to a subscriber, by what became of the delivery.",
		}, []string{"outcome"}),
		ended: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "whatsapp_accounts_subscriptions_disabled_total", Help: "Subscriptions that the service has disabled, by reason.",
		}, []string{"reason"}),
	}
	r.MustRegister(c.delivered, c.ended)
	// They are there from the start, so that an alert on them has something to compare with.
	for _, o := range []subscription.Outcome{subscription.OutcomeSucceeded, subscription.OutcomeRetried, subscription.OutcomeFailed} {
		c.delivered.WithLabelValues(string(o))
	}
	for _, why := range []subscription.Reason{subscription.Gone, subscription.Failing} {
		c.ended.WithLabelValues(string(why))
	}
	return c
}

// Delivered implements subscription.Tally.
func (c deliveryCounts) Delivered(o subscription.Outcome) {
	c.delivered.WithLabelValues(string(o)).Inc()
}

// Ended implements subscription.Tally.
func (c deliveryCounts) Ended(why subscription.Reason) { c.ended.WithLabelValues(string(why)).Inc() }
