package guard

import (
	"net/http"
	"strconv"
	"strings"
	"time"
)

// LongestPause bounds what a provider may ask for: Meta's longest limit is 72 hours, and a slip of the unit must not park an account for years.
const LongestPause = 7 * 24 * time.Hour

// RetryAfter reads the header of that name, in seconds or as a date (RFC 9110, 10.2.3). Zero says nothing.
func (c *Client) RetryAfter(h http.Header) time.Duration { return RetryAfter(h, c.now()) }

// RetryAfter reads the header of that name, as it is at now.
func RetryAfter(h http.Header, now time.Time) time.Duration {
	value := strings.TrimSpace(h.Get("Retry-After"))
	if at, err := http.ParseTime(value); err == nil {
		return Pause(at.Sub(now))
	}
	return Seconds(value)
}

// Seconds reads a number of seconds, with or without a fraction. Zero says nothing.
func Seconds(text string) time.Duration {
	n, err := strconv.ParseFloat(text, 64)
	if err != nil || !(n > 0) { // NaN is no number of seconds either
		return 0
	}
	return Pause(time.Duration(min(n, LongestPause.Seconds()) * float64(time.Second)))
}

// Pause is d within the bounds.
func Pause(d time.Duration) time.Duration { return min(max(d, 0), LongestPause) }
