package meta

import (
	"strconv"
	"strings"
	"time"
)

// versionPattern is Meta's own ("^v[0-9]+\.[0-9]+$", OpenAPI of the Cloud API, v23.0) with an end to it and without a version zero, which there never was.
const versionPattern = `^v[1-9][0-9]{0,2}\.[0-9]{1,2}$`

// life is one row of the calendar.
type life struct {
	version  string
	released time.Time
	expires  time.Time // zero while Meta has not said
}

// calendar has the newest version first.
type calendar []life

// published is what Meta announces on developers.facebook.com/docs/graph-api/changelog/versions, as read in November 2026.
// Dates are days; a day begins at midnight UTC. A version lives for at least two years, and ends two years after the next one came.
func published() calendar {
	return calendar{
		{"v26.0", day(2026, time.July, 29), time.Time{}},
		{"v25.0", day(2026, time.February, 18), day(2028, time.July, 29)},
		{"v24.0", day(2025, time.October, 8), day(2028, time.February, 18)},
		{"v23.0", day(2025, time.May, 29), day(2027, time.October, 8)},
		{"v22.0", day(2025, time.January, 21), day(2027, time.May, 20)},
		{"v21.0", day(2024, time.October, 2), day(2027, time.January, 21)},
		{"v20.0", day(2024, time.May, 21), day(2026, time.September, 24)},
		{"v19.0", day(2024, time.January, 23), day(2026, time.May, 21)},
		{"v18.0", day(2023, time.September, 12), day(2026, time.January, 26)},
	}
}

func day(year int, month time.Month, d int) time.Time {
	return time.Date(year, month, d, 0, 0, 0, 0, time.UTC)
}

// newest is the version to move to when nothing else is known.
func (c calendar) newest() string { return c[0].version }

// end says when a version stops, if anything is known: nothing is of versions newer than the calendar or of those without a date.
// For one older than the calendar it is the latest day possible, two years after the oldest of the calendar came.
func (c calendar) end(version string) (at time.Time, known bool) {
	for _, l := range c {
		if l.version == version {
			return l.expires, !l.expires.IsZero()
		}
	}
	if oldest := c[len(c)-1]; major(version) < major(oldest.version) {
		return oldest.released.AddDate(2, 0, 0), true
	}
	return time.Time{}, false
}

// major is the number before the dot of a version of versionPattern; other text has a very large one, so that nothing is claimed of it.
func major(version string) int {
	number, _, dotted := strings.Cut(strings.TrimPrefix(version, "v"), ".")
	n, err := strconv.Atoi(number)
	if err != nil || !dotted {
		return 1 << 30
	}
	return n
}
