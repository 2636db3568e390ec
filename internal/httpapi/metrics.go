package httpapi

import (
	"strconv"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// Metrics counts what happens at the door. No label holds anything a caller can choose freely.
type Metrics struct {
	duration      *prometheus.HistogramVec
	refusals      *prometheus.CounterVec
	verifications *prometheus.CounterVec
	deliveries    *prometheus.CounterVec
	observers     sync.Map // of seriesKey to prometheus.Observer: looking one up costs more than observing
}

type seriesKey struct {
	method, route string
	status        int
}

// NewMetrics makes the metrics and registers them.
func NewMetrics(r prometheus.Registerer) *Metrics {
	m := &Metrics{
		duration: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "http_request_duration_seconds", Help: "Requests by method, route and status, and how long they took.",
			Buckets: []float64{.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 10},
		}, []string{"method", "route", "status"}),
		refusals: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "whatsapp_accounts_refusals_total", Help: "Requests that were refused, by the code of the problem.",
		}, []string{"code"}),
		verifications: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "whatsapp_accounts_verifications_total", Help: "Verification requests of Meta, by outcome.",
		}, []string{"outcome"}),
		deliveries: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "whatsapp_accounts_webhooks_total", Help: "Webhooks that arrived, by account type and what became of them.",
		}, []string{"account_type", "outcome"}),
	}
	r.MustRegister(m.duration, m.refusals, m.verifications, m.deliveries)
	return m
}

func (m *Metrics) request(method, route string, status int, took time.Duration) {
	key := seriesKey{method, route, status}
	observer, known := m.observers.Load(key)
	if !known {
		observer, _ = m.observers.LoadOrStore(key, m.duration.WithLabelValues(method, route, strconv.Itoa(status)))
	}
	observer.(prometheus.Observer).Observe(took.Seconds())
}

func (m *Metrics) refused(code string) { m.refusals.WithLabelValues(code).Inc() }

func (m *Metrics) verified(outcome string) { m.verifications.WithLabelValues(outcome).Inc() }

func (m *Metrics) delivered(accountType, outcome string) {
	m.deliveries.WithLabelValues(accountType, outcome).Inc()
}
