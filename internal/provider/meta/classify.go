package meta

import (
	"encoding/json"
	"net/http"
	"regexp"
	"time"

	"github.com/ivendnext/whatsapp-accounts/internal/provider"
	"github.com/ivendnext/whatsapp-accounts/internal/provider/guard"
)

// tokenLike is an access token, or the beginning of one, of whatever account: Meta repeats what it could not decode.
var tokenLike = regexp.MustCompile(`EAA[0-9A-Za-z]{8,}`)

// words makes Meta's text fit to be shown.
func words(c provider.Credentials, text string) string {
	return tokenLike.ReplaceAllString(c.Words(text), "[secret]")
}

// classify goes by the code alone, because the HTTP statuses of one code differ. Only what has no code is judged by its status.
func (p *Provider) classify(c provider.Credentials, r guard.Response, said problem) error {
	found, isKnown := p.codes.explain(said.code, said.subcode)
	e := &provider.CallError{
		Class: found.Class, Status: r.Status, Code: said.code, Subcode: said.subcode,
		Meaning: found.Meaning, Detail: words(c, said.words), Fix: found.Fix, Limit: found.Limit,
	}
	if !isKnown {
		e.Class = classOfStatus(r.Status, said)
		if r.Status == http.StatusTooManyRequests {
			e.Limit = provider.LimitAccount
		}
	}
	if said.transient {
		e.Class = provider.ClassRetry
	}
	if e.Class == provider.ClassRetry || e.Class == provider.ClassWait {
		e.RetryAfter = max(found.Pause, p.client.RetryAfter(r.Header), regained(r.Header, c.Settings["business_id"]))
	}
	return e
}

// classOfStatus is for codes that we do not know, and for answers without one. Those that are not Meta's at all come from something in between,
// which passes.
func classOfStatus(status int, said problem) provider.Class {
	switch {
	case status >= 500, status == http.StatusTooManyRequests, status == http.StatusRequestTimeout, said == problem{}:
		return provider.ClassRetry
	case status == http.StatusUnauthorized:
		return provider.ClassToken
	case status == http.StatusForbidden:
		return provider.ClassAccount
	}
	return provider.ClassPermanent
}

// usage is an entry of X-Business-Use-Case-Usage.
type usage struct {
	Minutes float64 `json:"estimated_time_to_regain_access"`
}

// regained reads X-Business-Use-Case-Usage, {"<business id>": [{"estimated_time_to_regain_access": minutes, …}]}: how long the business account is
// shut out, or the longest of all when the header does not name it. (Meta, Graph API, rate limiting.)
func regained(h http.Header, business string) time.Duration {
	var all map[string]json.RawMessage
	_ = json.Unmarshal([]byte(h.Get("X-Business-Use-Case-Usage")), &all) // what cannot be read says nothing
	if own, named := all[business]; named {
		return longest(own)
	}
	var pause time.Duration
	for _, other := range all {
		pause = max(pause, longest(other))
	}
	return pause
}

func longest(raw json.RawMessage) time.Duration {
	var entries []usage
	_ = json.Unmarshal(raw, &entries)
	var pause time.Duration
	for _, e := range entries {
		minutes := min(max(e.Minutes, 0), guard.LongestPause.Minutes())
		pause = max(pause, time.Duration(minutes*float64(time.Minute)))
	}
	return pause
}
