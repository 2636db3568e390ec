package webhook

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/ivendnext/whatsapp-accounts/internal/fault"
	"github.com/ivendnext/whatsapp-accounts/internal/provider"
	"github.com/ivendnext/whatsapp-accounts/internal/secret"
	"github.com/ivendnext/whatsapp-accounts/internal/site"
)

// Candidate is an account that a body may speak for, with what would prove that it does.
type Candidate struct {
	AccountID string
	Site      site.Site
	Active    bool
	// Names are the values by which the body named it; empty when it did not.
	Names map[string]string
	// Proofs are the secrets that prove a body: the current one and, for a while, the one that it replaced.
	Proofs []secret.Text
	// Hidden are all secrets of the account, to be taken out of what is kept. Only a look-up by id gives them,
	// and an acceptor drops them where bodies hold none.
	Hidden []secret.Text
	// Facts are everything that was read of the account, one for each secret, which are sealed in them: the same as long as the database says the same.
	Facts []string
}

// Candidates finds accounts across all sites: a provider's request names none. Inactive accounts are among them.
type Candidates interface {
	// Named finds the accounts of a type that the names are of, one candidate for each account and value. proof is the field whose
	// secrets prove a body; empty asks for no secret.
	Named(ctx context.Context, t provider.Type, names provider.Names, proof string) ([]Candidate, error)
	// ByID finds one account of a type; nobody when there is none.
	ByID(ctx context.Context, t provider.Type, id, proof string) ([]Candidate, error)
	// DefaultIncoming finds the Active default incoming accounts of a type, at most limit.
	DefaultIncoming(ctx context.Context, t provider.Type, proof string, limit int) ([]Candidate, error)
}

// Party is an account that has proved a receipt.
type Party struct {
	AccountID string
	Site      site.Site
}

// Receipt is a webhook that is acknowledged, or about to be.
type Receipt struct {
	ID         string // UUIDv7
	Type       provider.Type
	Confined   bool // the path named the account
	Proved     []Party
	Signature  string // kept only where it is no secret
	Body       []byte // redacted
	ReceivedAt time.Time
	Premises   []Premise // what it was proved by, if that was remembered
}

// Dedupe is the same for the same body of the same parties. The parties are part of it: when an account proves a body that it did not
// prove before, the repetition has something new to say.
func (r Receipt) Dedupe() [sha256.Size]byte {
	h := sha256.New()
	part := func(text string) {
		h.Write(binary.AppendUvarint(nil, uint64(len(text))))
		h.Write([]byte(text))
	}
	part(string(r.Type))
	for _, p := range r.Proved {
		part(p.AccountID)
	}
	part("")
	h.Write(r.Body)
	return [sha256.Size]byte(h.Sum(nil))
}

// keyOf tells a part of the receipt from the same part of any other body, not from its repetition.
func (r Receipt) keyOf(part []byte) string {
	sum := sha256.Sum256(part)
	return string(sum[:])
}

// byAccount puts parties into one order.
func byAccount(parties []Party) []Party {
	slices.SortFunc(parties, func(a, b Party) int { return strings.Compare(a.AccountID, b.AccountID) })
	return slices.CompactFunc(parties, func(a, b Party) bool { return a.AccountID == b.AccountID })
}

// Receipts keeps what was received.
type Receipts interface {
	// Keep writes receipts and, for each party, the job that handles it, in one transaction. A receipt that is there already changes nothing. One of which a
	// premise is not true in that transaction is not written; Keep gives the ids of those.
	Keep(ctx context.Context, receipts []Receipt) (outdated []string, err error)
	// Receipt reads one. ErrReceiptGone when it was purged.
	Receipt(ctx context.Context, id string) (Receipt, error)
	// Handled counts one party of a receipt as done, in the transaction of ctx.
	Handled(ctx context.Context, id string) error
	// Adopt adds a party to those that proved a receipt, unless it is one, and has the receipt handled for it, from the beginning. ErrReceiptGone.
	Adopt(ctx context.Context, id string, p Party) error
	// PurgeReceipts removes handled receipts from before, a bounded number at a time, and tells how many.
	PurgeReceipts(ctx context.Context, before time.Time) (int64, error)
}

// ErrReceiptGone is a receipt whose time is over. No caller sees it.
var ErrReceiptGone = errors.New("webhook: the receipt is no longer kept")

// ErrUnproved is the refusal of a webhook that no account proves. It does not say why: the log and the account's health do.
var ErrUnproved = fault.New(fault.Unauthenticated, "signature_refused", "No account proves this request.",
	"Enter the secret that the provider signs with at the account; the provider repeats what was refused.")
