package meta

import (
	"bytes"
	"encoding/json"
	"strings"
)

// problem is what Meta says of a failure, in the form of its Graph API: {"error": {"code": 131056, "message": "…", …}}.
type problem struct {
	code, subcode string
	words         string // Meta's, not yet fit to be shown
	transient     bool
}

// problemIn finds the error in an answer. Anything else, a page of HTML included, has none.
func problemIn(body []byte) (found problem, failed bool) {
	if !bytes.Contains(bytes.ToLower(body), []byte(`"error"`)) {
		return problem{}, false // as nearly every answer has none
	}
	var envelope struct {
		Error *graphError `json:"error"`
	}
	if json.Unmarshal(body, &envelope) != nil || envelope.Error == nil {
		return problem{}, false
	}
	return envelope.Error.problem(), true
}

// graphError takes every member as it comes: an error of which one member has another type still counts.
type graphError struct {
	Code      json.RawMessage `json:"code"`
	Subcode   json.RawMessage `json:"error_subcode"`
	Message   json.RawMessage `json:"message"`
	Data      json.RawMessage `json:"error_data"`
	Title     json.RawMessage `json:"error_user_title"`
	ForUser   json.RawMessage `json:"error_user_msg"`
	Transient json.RawMessage `json:"is_transient"`
}

func (e graphError) problem() problem {
	var data struct {
		Details json.RawMessage `json:"details"`
	}
	_ = json.Unmarshal(e.Data, &data) // sometimes a string, then it has no details
	return problem{
		code: number(e.Code), subcode: strings.TrimPrefix(number(e.Subcode), "0"),
		words:     sentences(text(e.Message), text(data.Details), text(e.Title), text(e.ForUser)),
		transient: string(e.Transient) == "true",
	}
}

// text is the string in raw, or nothing.
func text(raw json.RawMessage) string {
	var s string
	_ = json.Unmarshal(raw, &s)
	return strings.TrimSpace(s)
}

// number is a whole number written as one or as a string, or nothing.
func number(raw json.RawMessage) string {
	digits := strings.Trim(string(raw), `"`)
	if digits == "" || len(digits) > 12 || strings.Trim(digits, "0123456789") != "" {
		return ""
	}
	return digits
}

// sentences joins what is said and not said before.
func sentences(parts ...string) string {
	var all string
	for _, part := range parts {
		switch {
		case part == "" || strings.Contains(all, part):
		case all == "":
			all = part
		default:
			all += ": " + part
		}
	}
	return all
}
