package queue

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
)

func TestPatienceComesBackAsItWent(t *testing.T) {
	now := time.Date(2026, time.January, 1, 0, 0, 0, 0, time.UTC)
	p := patience{most: 5 * time.Second, left: 5 * time.Second, at: now}
	for _, step := range []struct {
		after  time.Duration
		urgent bool
		lasts  bool
	}{
		{time.Hour, true, true}, // it is no longer than it may be
		{4 * time.Second, true, true},
		{time.Second, true, false},
		{time.Minute, true, false},
		{time.Minute, false, false}, // what was urgent until now gave nothing back
		{2 * time.Second, true, true},
		{time.Second, false, false},
		{0, true, true},
		{time.Second, true, false}, // two seconds came back, and two are used
		{time.Second, false, false},
		{10 * time.Millisecond, true, true}, // a moment's peace is worth a moment
		{10 * time.Millisecond, true, false},
	} {
		now = now.Add(step.after)
		assert.Equal(t, step.lasts, p.lasts(step.urgent, now), "%+v", step)
	}
}
