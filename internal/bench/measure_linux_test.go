package main

import (
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestMedian(t *testing.T) {
	assert.InDelta(t, 2.0, median([]float64{3, 1, 2}), 0)
	assert.InDelta(t, 2.5, median([]float64{4, 1, 2, 3}), 0)
	assert.Equal(t, 2*time.Second, median([]time.Duration{2 * time.Second}))
}

func TestQuantile(t *testing.T) {
	hundred := make([]time.Duration, 100)
	for i := range hundred {
		hundred[i] = time.Duration(i + 1)
	}
	assert.Equal(t, time.Duration(51), quantile(hundred, 0.50))
	assert.Equal(t, time.Duration(100), quantile(hundred, 0.99))
	assert.Zero(t, quantile(nil, 0.5))
}

func TestRatioIsThatOfTheRoundsAndNotOfTheMedians(t *testing.T) {
	// The machine slowed down during the run; in each round ours had half of the reference's rate at twice its cost.
	samples := map[string][]sample{
		ours:      {{rate: 100, cpu: 20}, {rate: 50, cpu: 40}, {rate: 10, cpu: 200}},
		reference: {{rate: 200, cpu: 10}, {rate: 100, cpu: 20}, {rate: 20, cpu: 100}},
	}
	got := conclude(scenario{}, 16, samples)
	assert.InDelta(t, 0.5, got.ratios[reference], 1e-9)
	assert.InDelta(t, 2.0, got.costs[reference], 1e-9)
	assert.InDelta(t, 50, got.summaries[ours].rate, 0)
	assert.Equal(t, time.Duration(40), got.summaries[ours].cpu)
}

func TestTargetsTakeTurnsInOneOrderAndAbsentOnesAreLeftOut(t *testing.T) {
	present := target{address: "x"}
	all := contests{against: present, ours: present, bare: present}.all()
	names := make([]string, 0, len(all))
	for _, each := range all {
		names = append(names, each.name)
	}
	assert.Equal(t, []string{ours, bare, against}, names)
}

func TestScenariosWithoutAGoalTakeAThirdOfTheTime(t *testing.T) {
	o := options{round: 3 * time.Second}
	assert.Equal(t, 3*time.Second, o.span(scenario{goal: 0.8}))
	assert.Equal(t, time.Second, o.span(scenario{}))
}

func TestEveryTargetIsMeasuredInEveryRound(t *testing.T) {
	turns := map[string]int{}
	at := func(name string, h http.HandlerFunc) target {
		one := loadOf(t, h, newRequest(http.MethodGet, "/", "", "")).target
		one.forget = func() error { turns[name]++; return nil }
		return one
	}
	quick := func(http.ResponseWriter, *http.Request) {}
	slow := func(http.ResponseWriter, *http.Request) { time.Sleep(25 * time.Millisecond) }
	sc := scenario{goal: 1, contests: contests{ours: at(ours, slow), reference: at(reference, quick)}}

	got, err := measure(t.Context(), sc, options{connections: 2, rounds: 3, round: 60 * time.Millisecond})

	require.NoError(t, err)
	assert.Equal(t, map[string]int{ours: 4, reference: 4}, turns, "three rounds and the warming up")
	assert.Less(t, got.ratios[reference], 1.0)
	assert.Equal(t, "**no**", got.met())
}
