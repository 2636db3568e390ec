package provider

import "time"

// Verdict is what a check found.
type Verdict string

// The verdicts. Silence, overload and server errors are Unknown and never Rejected.
const (
	Valid    Verdict = "valid"
	Rejected Verdict = "rejected"
	Unknown  Verdict = "unknown"
)

// Check is one question to the provider and its answer.
type Check struct {
	Name    string // stable snake_case
	Verdict Verdict
	Detail  string // what was found, or why it is unknown: a sentence, the provider's reason in it
	Fix     string // what to do now: a sentence; empty when there is nothing to do
	Pointer string // RFC 6901 pointer of the setting to correct; empty when it is none
}

// Report is what a provider says of an account's credentials.
type Report struct {
	Verdict Verdict
	Checks  []Check // in a fixed order for each provider
	Number  *Number // nil where the provider told nothing of it
	At      time.Time
}

// Number is what a provider says of an account's telephone number, in its own words. What it does not say is empty.
type Number struct {
	Display string `json:"display_phone_number,omitempty"`
	Name    string `json:"verified_name,omitempty"`
	Quality string `json:"quality_rating,omitempty"`
	Status  string `json:"status,omitempty"`
}

// NewReport gathers checks: Rejected if one is, else Unknown if one is or there are none, else Valid.
func NewReport(at time.Time, checks ...Check) Report {
	r := Report{Verdict: Valid, Checks: checks, At: at}
	if len(checks) == 0 {
		r.Verdict = Unknown
	}
	for _, c := range checks {
		switch {
		case c.Verdict == Rejected:
			r.Verdict = Rejected
		case c.Verdict != Valid && r.Verdict == Valid:
			r.Verdict = Unknown
		}
	}
	return r
}
