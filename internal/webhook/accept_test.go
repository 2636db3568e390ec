package webhook

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/ivendnext/whatsapp-accounts/internal/provider"
	"github.com/ivendnext/whatsapp-accounts/internal/secret"
)

// counting proves a body whose signature is the secret itself, and counts what it is asked of each secret. Every body names phone 1.
type counting struct {
	provider.Receiver
	tried  map[string]int
	hidden []secret.Text // what it was last asked to take out
}

func (c *counting) SignatureIsSecret() bool     { return true }
func (c *counting) Names([]byte) provider.Names { return provider.Names{"phone_id": {"1"}} }

func (c *counting) Proves(signature string, _ []byte, with secret.Text) bool {
	c.tried[with.Reveal()]++
	return with.Is(signature)
}

func (c *counting) Redact(body []byte, secrets ...secret.Text) ([]byte, bool) {
	c.hidden = secrets
	return body, true
}

// fixed finds the same candidates for every body.
type fixed struct {
	Candidates
	found []Candidate
}

func (f *fixed) Named(context.Context, provider.Type, provider.Names, string) ([]Candidate, error) {
	return f.found, nil
}

func (f *fixed) ByID(context.Context, provider.Type, string, string) ([]Candidate, error) {
	return slices.Clone(f.found), nil
}

type deaf struct{}

func (deaf) Signed(Party, time.Time)                  {}
func (deaf) BadlySigned(Party, Acceptance, time.Time) {}

// desk is an acceptor of bodies that name phone 1, with what it is told and asks.
type desk struct {
	*Acceptor
	found    *fixed
	receiver *counting
	shelf    *shelf
}

// newDesk has an account for each list of secrets, all of one phone.
func newDesk(secrets ...[]string) *desk {
	d := &desk{found: &fixed{}, receiver: &counting{}, shelf: newShelf()}
	for n, some := range secrets {
		c := Candidate{AccountID: fmt.Sprint(n), Names: map[string]string{"phone_id": "1"}}
		for _, s := range some {
			c.Proofs, c.Facts = append(c.Proofs, secret.New(s)), append(c.Facts, s)
		}
		d.found.found = append(d.found.found, c)
	}
	serial := 0
	d.Acceptor = NewAcceptor(d.found, d.shelf, Options{Witness: deaf{}, Now: func() time.Time { return noon }, NewID: func() string {
		serial++
		return fmt.Sprint(serial)
	}})
	return d
}

// post gives how often each secret was tried.
func (d *desk) post(signature string) (tried map[string]int, err error) {
	d.receiver.tried = map[string]int{}
	_, err = d.Accept(context.Background(), Door{Spec: provider.Spec{Type: "Meta"}, Receiver: d.receiver}, Delivery{Signature: signature, Body: []byte("{}")})
	return d.receiver.tried, err
}

func TestAForgedBodyForARememberedAddressIsTriedOnceAgainstEachSecret(t *testing.T) {
	d := newDesk([]string{"a", "b"}, []string{"b", "c"})
	afresh, err := d.post("forged")
	require.ErrorIs(t, err, ErrUnproved)
	_, err = d.post("c")
	require.NoError(t, err)
	require.Len(t, d.memory.known, 1)
	remembered, err := d.post("forged")
	require.ErrorIs(t, err, ErrUnproved)
	assert.Equal(t, map[string]int{"a": 1, "b": 1, "c": 1}, remembered)
	assert.Equal(t, afresh, remembered, "it takes no longer than where nothing is remembered")
}

func TestASecretThatIsNotRememberedYetIsTriedBesideThoseThatAre(t *testing.T) {
	d := newDesk([]string{"a"})
	_, err := d.post("a")
	require.NoError(t, err)
	d.found.found[0].Proofs = []secret.Text{secret.New("a"), secret.New("b")}
	tried, err := d.post("b")
	require.NoError(t, err)
	assert.Equal(t, map[string]int{"a": 1, "b": 1}, tried)
}

func TestWhatWasTriedFromMemoryLeavesRoomForAsManySecretsThatAreLookedUp(t *testing.T) {
	var old, others []string
	for n := range maxProofs {
		old, others = append(old, fmt.Sprint("old ", n)), append(others, fmt.Sprint("other ", n))
	}
	d, later := newDesk(old), newDesk(others)
	_, err := d.post(old[0])
	require.NoError(t, err)
	d.found.found = later.found.found
	tried, err := d.post(others[maxProofs-1])
	require.NoError(t, err, "it is judged as if nothing had been remembered")
	assert.Len(t, tried, 2*maxProofs)
}

func TestABodyIsTriedAgainstSoManySecretsAndNoMore(t *testing.T) {
	var secrets []string
	for n := range maxProofs + 1 {
		secrets = append(secrets, fmt.Sprint(n))
	}
	d := newDesk(secrets)
	tried, err := d.post(secrets[maxProofs])
	require.ErrorIs(t, err, ErrUnproved)
	assert.Len(t, tried, maxProofs)
	_, err = d.post(secrets[maxProofs-1])
	require.NoError(t, err)
	tried, err = d.post(secrets[maxProofs])
	require.ErrorIs(t, err, ErrUnproved, "what was tried from memory makes no room, either")
	assert.Len(t, tried, maxProofs)
}

func TestOnlyWhereBodiesHoldSecretsAreThoseRememberedThatProveNothing(t *testing.T) {
	for kind, fields := range map[string][]provider.Field{"bodies name accounts": {{Name: "phone_id", Identifies: true}}, "only paths do": nil} {
		d := newDesk([]string{"a"})
		all := []secret.Text{secret.New("a"), secret.New("access token")}
		d.found.found[0].Hidden = all
		want := all
		if fields != nil {
			want = nil
		}
		door := Door{Spec: provider.Spec{Type: "Meta", Fields: fields}, Receiver: d.receiver}
		for range 2 { // afresh, and by what is remembered
			d.receiver.tried = map[string]int{}
			_, err := d.Accept(t.Context(), door, Delivery{AccountID: "0", Signature: "a", Body: []byte("{}")})
			require.NoError(t, err, kind)
			assert.Equal(t, want, d.receiver.hidden, kind)
			found, _, known := d.memory.recall(addressesOf(door, "0", nil), noon)
			require.True(t, known, kind)
			assert.Equal(t, want, found[0].Hidden, kind)
			assert.Len(t, found[0].Proofs, 1, kind)
		}
	}
}

func TestWhatWasLookedUpAndNotKeptIsNotAcknowledged(t *testing.T) {
	d := newDesk([]string{"a"})
	d.shelf.outdated = "1"
	_, err := d.post("a")
	require.ErrorIs(t, err, errNotKept)
}

func TestAStalePremiseCostsOneCommit(t *testing.T) {
	d := newDesk([]string{"a"})
	_, err := d.post("a")
	require.NoError(t, err)
	d.found.found, d.shelf.outdated = nil, "2"
	for range 3 {
		_, err = d.post("a")
		require.ErrorIs(t, err, ErrUnproved)
	}
	assert.Equal(t, [][]string{{"1"}, {"2"}}, d.shelf.groups, "after the first that was not kept, nothing is remembered")
}
