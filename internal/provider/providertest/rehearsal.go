package providertest

import (
	"encoding/json"
	"fmt"
	"net/http"
	"testing"

	"github.com/ivendnext/whatsapp-accounts/internal/provider"
)

// rehearsals holds a provider to what it plays against our own webhook URL: it is what its own receiver takes for real, and does no harm.
func rehearsals(t *testing.T, c Calls) {
	t.Helper()
	s := c.stage(t, "http://127.0.0.1:1")
	rehearser, can := s.provider.(provider.Rehearser)
	if !can {
		return
	}
	seen := map[string]bool{}
	for _, r := range rehearser.Rehearse(s.c) {
		silent(t, fmt.Sprintf("%v %+v %#v %s", r, r, r, r.Body))
		if !snakeCase(r.Name) || seen[r.Name] || r.Method != http.MethodGet && r.Method != http.MethodPost || r.Lacks != "" {
			t.Errorf("a rehearsal of a complete account needs a name of its own and a method: %+v", r)
		}
		seen[r.Name] = true
		if receiver, receives := s.provider.(provider.Receiver); receives && r.Method == http.MethodPost {
			harmless(t, s, receiver, r)
		}
	}
	for _, r := range rehearser.Rehearse(provider.Credentials{}) {
		if _, known := s.provider.Spec().Field(r.Lacks); !known || r.Method != "" {
			t.Errorf("without any setting a rehearsal says which one it lacks: %+v", r)
		}
	}
}

func harmless(t *testing.T, s scene, receiver provider.Receiver, r provider.Rehearsal) {
	t.Helper()
	proof, _ := s.provider.Spec().FieldWhere(func(f provider.Field) bool { return f.ProvesWebhooks })
	signature := r.Header[receiver.SignatureHeader()]
	if r.Proof != proof.Name || !receiver.Proves(signature.Reveal(), r.Body, s.c.Secrets[proof.Name]) {
		t.Errorf("%s is not proved by %s", r.Name, proof.Name)
	}
	if !json.Valid(r.Body) {
		t.Errorf("%s has a body that is not JSON", r.Name)
	}
	for _, item := range receiver.Items(r.Body) {
		if item.Kind != provider.ItemOther || len(item.Health) > 0 {
			t.Errorf("%s tells of a %s", r.Name, item.Kind)
		}
	}
}
