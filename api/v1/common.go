package v1

import (
	"encoding/json"
	"time"
)

// timeFormat is RFC 3339 in UTC with microseconds, always six digits.
const timeFormat = "2006-01-02T15:04:05.000000Z"

// Time is a moment on the wire: RFC 3339, UTC, microseconds.
type Time struct{ time.Time }

// MarshalJSON writes the moment.
func (t Time) MarshalJSON() ([]byte, error) {
	return []byte(t.UTC().Format(`"` + timeFormat + `"`)), nil
}

// Scalar is a string, a boolean or null, as JSON.
type Scalar = json.RawMessage

// Me says who is calling.
type Me struct {
	Site string `json:"site" example:"default"`
	Role string `json:"role" enums:"system_manager,service,viewer" example:"system_manager"`
	Name string `json:"name" example:"first"`
}

// Health is the answer of GET /healthz: the process is alive.
type Health struct {
	Status string `json:"status" example:"ok"`
}

// ReadinessCheck is one thing that serving needs.
type ReadinessCheck struct {
	Name string `json:"name" example:"database"`
	OK   bool   `json:"ok" example:"true"`
	// What is wrong, for the operator; empty when nothing is.
	Detail string `json:"detail" example:""`
}

// Ready is the answer of GET /readyz: whether the service can serve now, check by check.
type Ready struct {
	Status string           `json:"status" enums:"ready,not_ready" example:"ready"`
	Checks []ReadinessCheck `json:"checks"`
}

// Problem is every error: RFC 9457 with our members.
type Problem struct {
	Type   string `json:"type" example:"urn:whatsapp-accounts:problem:required"`
	Title  string `json:"title" example:"Unprocessable Entity"`
	Status int    `json:"status" example:"422"`
	// What is wrong, for people.
	Detail   string `json:"detail" example:"Phone ID is required while the account is Active."`
	Instance string `json:"instance" example:"/v1/accounts"`
	// Stable; switch on it.
	Code string `json:"code" example:"required"`
	// What to do now.
	Fix       string `json:"fix" example:"Correct the members listed in errors and send the request again."`
	RequestID string `json:"request_id" example:"0198b2f0-5c1e-7c3a-9d1f-6a2b8c4d0e13"`
	// The members of the request that are at fault.
	Errors []ProblemField `json:"errors,omitempty"`
	// On refusals of routing: why the account would have been used that is refused.
	Reason string `json:"reason,omitempty" enums:"account,template,default" example:"default"`
	// On refusals of routing: every account that was looked at.
	Considered []Candidate `json:"considered,omitzero" validate:"optional"`
	// On a refusal to delete an account: the templates that belong to it, the newest 200 at most.
	Templates []LinkedTemplate `json:"templates,omitempty"`
	// On a refusal of readiness: what was checked.
	Checks []ReadinessCheck `json:"checks,omitempty"`
}

// ProblemField is one member of the request that is at fault.
type ProblemField struct {
	// An RFC 6901 pointer into the body, or the name of a query parameter.
	Pointer string `json:"pointer" example:"/meta_settings/phone_id"`
	Code    string `json:"code" example:"required"`
	Detail  string `json:"detail" example:"Phone ID is required while the account is Active."`
}
