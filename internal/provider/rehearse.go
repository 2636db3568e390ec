package provider

import "github.com/ivendnext/whatsapp-accounts/internal/secret"

// Rehearser knows how the provider calls an account's webhook URL, so that the same can be played against it.
type Rehearser interface {
	// Rehearse gives the requests in the order in which the provider makes them, new ones each time. They do no harm to an account that works.
	Rehearse(c Credentials) []Rehearsal
}

// Rehearsal is a request as the provider would make it. What is in its query and headers may be secret, so all of it is.
type Rehearsal struct {
	Name   string // what is tried: stable snake_case
	Method string
	Query  map[string]secret.Text
	Header map[string]secret.Text
	Body   []byte // holds no secret
	// Answer is the whole body of the right answer; empty is any. Its status is 200.
	Answer string
	// Proof is the setting that the request proves itself by, to the account: what became of it shows in the account's health. Empty when it
	// proves nothing.
	Proof string
	// Lacks is a setting without which there is nothing to play; the rest is empty then.
	Lacks string
}
