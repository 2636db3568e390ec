package whatsapptest

import (
	"encoding/json"
	"mime"
	"net/http"
	"net/url"
	"strconv"
	"strings"
)

// params are the members of a JSON object, or the fields of a form, still undecoded.
type params map[string]json.RawMessage

// paramsOf reads a body as Graph does: JSON, or a form. Whatever else it is, it has no parameters.
func paramsOf(r *http.Request, body []byte) params {
	p := params{}
	kind, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if kind != "application/x-www-form-urlencoded" {
		_ = decode(body, &p)
		return p
	}
	form, _ := url.ParseQuery(string(body))
	for name := range form {
		value := json.RawMessage(form.Get(name))
		if !json.Valid(value) {
			value = encode(form.Get(name))
		}
		p[name] = value
	}
	return p
}

func (p params) has(name string) bool {
	value, there := p[name]
	return there && string(value) != "null"
}

// text gives a string, or a number as it was written; whatever else a member is, it is no text.
func (p params) text(name string) string {
	var s string
	if decode(p[name], &s) {
		return s
	}
	var n json.Number
	if decode(p[name], &n) {
		return n.String()
	}
	return ""
}

// number gives a number, or a string that is one.
func (p params) number(name string) (float64, bool) {
	n, err := strconv.ParseFloat(p.text(name), 64)
	return n, err == nil
}

// object gives a member that is an object; whatever else it is, it is empty.
func (p params) object(name string) params {
	o := params{}
	_ = decode(p[name], &o)
	return o
}

// objects gives a member that is a list of objects.
func (p params) objects(name string) []params {
	var list []params
	_ = decode(p[name], &list)
	return list
}

func (p params) isTrue(name string) bool { return string(p[name]) == "true" }

// digits keeps the digits of a phone number.
func digits(number string) string {
	return strings.Map(func(r rune) rune {
		if r < '0' || r > '9' {
			return -1
		}
		return r
	}, number)
}
