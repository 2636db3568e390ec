// Package webhook answers the requests that providers make to us.
// It does not know how they arrive, nor how accounts are kept.
package webhook

import (
	"context"
	"time"

	"github.com/ivendnext/whatsapp-accounts/internal/provider"
	"github.com/ivendnext/whatsapp-accounts/internal/secret"
)

// Verification is Meta's question when somebody saves a callback URL in its dashboard: is this server yours?
// Source: Meta, Webhooks, "Verification requests".
type Verification struct {
	Mode      string
	Challenge string
	Token     secret.Text
	AccountID string // confines the question to one account; empty asks all
}

// Outcome says how a verification ended. It is for the log and the metrics: the caller learns only yes or no.
type Outcome string

// The outcomes.
const (
	Verified       Outcome = "verified"
	WrongMode      Outcome = "wrong_mode"
	NoChallenge    Outcome = "no_challenge"
	NoToken        Outcome = "no_token"
	UnknownToken   Outcome = "unknown_token" // no Active account has it
	UnreadableForm Outcome = "unreadable"    // a parameter is repeated
)

// subscribe is the only mode there is.
const subscribe = "subscribe"

// Tokens finds the accounts that answer a verification. It is one narrow look-up, across all sites, since the request names none.
type Tokens interface {
	// AnswersVerification gives Active accounts of the type that have the secret in that field, a few of them when many do; an empty account id asks
	// all of them.
	AnswersVerification(ctx context.Context, t provider.Type, field, accountID string, given secret.Text) ([]Party, error)
	// Whose gives the account of the type with that id, or nobody.
	Whose(ctx context.Context, t provider.Type, accountID string) ([]Party, error)
}

// VerificationWitness is told which accounts a verification was answered for, or refused. It must not block.
type VerificationWitness interface {
	Verified(p Party, how Outcome, at time.Time)
}

// Verifier answers verification requests for one provider.
type Verifier struct {
	tokens  Tokens
	witness VerificationWitness
	spec    provider.Spec
	now     func() time.Time
}

// NewVerifier makes the verifier of a provider.
func NewVerifier(tokens Tokens, witness VerificationWitness, spec provider.Spec, now func() time.Time) *Verifier {
	return &Verifier{tokens: tokens, witness: witness, spec: spec, now: now}
}

// Verify says whether to answer with the challenge.
func (v *Verifier) Verify(ctx context.Context, ask Verification) (Outcome, error) {
	field, answers := v.spec.FieldWhere(func(f provider.Field) bool { return f.AnswersVerification })
	switch {
	case ask.Mode != subscribe:
		return v.refused(ctx, ask, WrongMode)
	case ask.Challenge == "":
		return v.refused(ctx, ask, NoChallenge)
	case ask.Token.IsZero() || !answers:
		return v.refused(ctx, ask, NoToken)
	}
	answering, err := v.tokens.AnswersVerification(ctx, v.spec.Type, field.Name, ask.AccountID, ask.Token)
	if err != nil {
		return "", err
	}
	if len(answering) == 0 {
		return v.refused(ctx, ask, UnknownToken)
	}
	for _, p := range answering {
		v.witness.Verified(p, Verified, v.now())
	}
	return Verified, nil
}

// refused notes a refusal at the account that the path names. One that names none is nobody's: any stranger can ask.
func (v *Verifier) refused(ctx context.Context, ask Verification, how Outcome) (Outcome, error) {
	if ask.AccountID == "" {
		return how, nil
	}
	named, err := v.tokens.Whose(ctx, v.spec.Type, ask.AccountID)
	for _, p := range named {
		v.witness.Verified(p, how, v.now())
	}
	return how, err
}
