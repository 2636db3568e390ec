package app

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/ivendnext/whatsapp-accounts/internal/provider"
	"github.com/ivendnext/whatsapp-accounts/internal/provider/meta"
	"github.com/ivendnext/whatsapp-accounts/internal/secret"
	"github.com/ivendnext/whatsapp-accounts/internal/webhook"
	"github.com/ivendnext/whatsapp-accounts/pkg/whatsapptest"
)

// everybody stands in for the database: whatever a body names, it is of one account, so that the signature alone decides. It keeps in memory.
type everybody struct {
	webhook.Receipts

	mu   sync.Mutex
	kept [][]byte
}

const proofSecret = "an app secret"

func (e *everybody) candidate() []webhook.Candidate {
	return []webhook.Candidate{{AccountID: "a", Active: true, Proofs: []secret.Text{secret.New(proofSecret), secret.New("the one before")}}}
}

func (e *everybody) Named(_ context.Context, _ provider.Type, names provider.Names, _ string) ([]webhook.Candidate, error) {
	found := e.candidate()
	for field, values := range names {
		found[0].Names = map[string]string{field: values[0]}
	}
	return found, nil
}

func (e *everybody) ByID(context.Context, provider.Type, string, string) ([]webhook.Candidate, error) {
	return e.candidate(), nil
}

func (e *everybody) DefaultIncoming(context.Context, provider.Type, string, int) ([]webhook.Candidate, error) {
	return e.candidate(), nil
}

func (e *everybody) Keep(_ context.Context, all []webhook.Receipt) ([]string, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, r := range all {
		e.kept = append(e.kept, r.Body)
	}
	return nil, nil
}

// nobody is a witness who looks away.
type nobody struct{}

func (nobody) Signed(webhook.Party, time.Time)                          {}
func (nobody) BadlySigned(webhook.Party, webhook.Acceptance, time.Time) {}

// proofs is how many deliveries a test makes: quality.md's number, and a twentieth under the race detector.
func proofs(n int) int {
	if raceEnabled {
		return n / 20
	}
	return n
}

// gate takes deliveries of Meta.
func gate() (*everybody, func(t *testing.T, signature string, body []byte) error) {
	e := new(everybody)
	acceptor := webhook.NewAcceptor(e, e, webhook.Options{Witness: nobody{}, Now: Now, NewID: NewID})
	door := webhook.Door{Spec: meta.Spec(meta.Options{}), Receiver: meta.Receiver{}}
	return e, func(t *testing.T, signature string, body []byte) error {
		t.Helper()
		_, err := acceptor.Accept(t.Context(), door, webhook.Delivery{Signature: signature, Body: body})
		return err
	}
}

// hook is a webhook with a text, in the form in which Meta sends it.
func hook(t *testing.T, text string) []byte {
	t.Helper()
	quoted, err := json.Marshal(text)
	require.NoError(t, err)
	return whatsapptest.Escape(fmt.Appendf(nil, `{"object":"whatsapp_business_account","entry":[{"id":"204","changes":[{"field":"messages","value":{"metadata":`+
		`{"phone_number_id":"305"},"messages":[{"id":"wamid.1","type":"text","text":{"body":%s}}]}}]}]}`, quoted))
}

// letters are what makes signatures fail that are made over anything but the bytes: what Meta escapes, and what others would escape or not.
var letters = []rune("aZ09 @/<>&%\\\"'\n\té€ßЖ中\u2028\u0000👍🏽👩‍👩‍👧🇦🇪\uFFFD")

func words(r *rand.Rand) string {
	text := make([]rune, 1+r.IntN(40))
	for i := range text {
		text[i] = letters[r.IntN(len(letters))]
	}
	return string(text)
}

// TestWhatMetaSignsIsAcceptedAsItIs is the second half of W4.
func TestWhatMetaSignsIsAcceptedAsItIs(t *testing.T) {
	t.Parallel()
	e, accept := gate()
	r := rand.New(rand.NewPCG(1, 2))
	for n := range proofs(10_000) {
		body := hook(t, fmt.Sprint(n, words(r), "👍@\u00e9"))
		require.Contains(t, string(body), `\ud83d\udc4d`, "Meta writes what is not ASCII in this way")
		require.NoError(t, accept(t, whatsapptest.Sign(proofSecret, body), body), "%s", body)
		require.True(t, bytes.Equal(body, e.kept[n]), "it is kept byte for byte")
	}
}

// TestWhatIsChangedOnItsWayIsRefused is the first half of W4.
func TestWhatIsChangedOnItsWayIsRefused(t *testing.T) {
	t.Parallel()
	e, accept := gate()
	r := rand.New(rand.NewPCG(3, 4))
	changes := []func(r *rand.Rand, signature string, body []byte) (string, []byte){
		otherBit, otherLength, otherForm, otherDigit, otherSignature,
	}
	tried := map[int]int{}
	for n := range proofs(100_000) {
		body := hook(t, fmt.Sprint(n, words(r)))
		right := whatsapptest.Sign(proofSecret, body)
		signature, changed := changes[n%len(changes)](r, right, bytes.Clone(body))
		if signature == right && bytes.Equal(changed, body) {
			continue
		}
		tried[n%len(changes)]++
		require.ErrorIs(t, accept(t, signature, changed), webhook.ErrUnproved, "%q %q", signature, changed)
	}
	assert.Empty(t, e.kept)
	for i := range changes {
		assert.Greater(t, tried[i], proofs(100_000)/len(changes)/2, "change %d", i)
	}
}

func otherBit(r *rand.Rand, signature string, body []byte) (string, []byte) {
	body[r.IntN(len(body))] ^= 1 << r.IntN(8)
	return signature, body
}

func otherLength(r *rand.Rand, signature string, body []byte) (string, []byte) {
	at := r.IntN(len(body))
	if r.IntN(2) == 0 {
		return signature, append(body[:at], body[at+1:]...)
	}
	return signature, append(body[:at], append([]byte{" \n\x00x"[r.IntN(4)]}, body[at:]...)...)
}

// otherForm means the same: what a proxy or a careless reader makes of JSON.
func otherForm(r *rand.Rand, signature string, body []byte) (string, []byte) {
	var value any
	if json.Unmarshal(body, &value) != nil {
		return signature, body
	}
	switch again, _ := json.Marshal(value); r.IntN(3) {
	case 0:
		return signature, again
	case 1:
		return signature, append(body, '\n')
	default:
		return signature, bytes.ReplaceAll(body, []byte(`":`), []byte(`": `))
	}
}

func otherDigit(r *rand.Rand, signature string, body []byte) (string, []byte) {
	digits := []byte(signature)
	digits[len("sha256=")+r.IntN(64)] = "0123456789abcdefgA -"[r.IntN(20)]
	return string(digits), body
}

func otherSignature(r *rand.Rand, signature string, body []byte) (string, []byte) {
	digits := strings.TrimPrefix(signature, "sha256=")
	all := []string{
		"", digits, "sha256=", "sha1=" + digits, "SHA256=" + digits, "sha256=" + strings.ToUpper(digits), " " + signature, signature + " ", signature + "," + signature,
		signature + "00", signature[:len(signature)-2], "sha256=sha256=" + digits, "sha256=0x" + digits, proofSecret,
		whatsapptest.Sign("", body), whatsapptest.Sign(proofSecret+" ", body), whatsapptest.Sign(proofSecret, nil), whatsapptest.Sign(proofSecret, body[1:]),
	}
	return all[r.IntN(len(all))], body
}
