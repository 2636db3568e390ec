// Package webhook answers the requests that providers make to us.
// It does not know how they arrive, nor how accounts are kept.
package webhook

import (
	"context"

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
	// AnswersVerification reports whether an Active account of the type has the secret in that field; an empty account id asks all of them.
	AnswersVerification(ctx context.Context, t provider.Type, field, accountID string, given secret.Text) (bool, error)
}

// Verifier answers verification requests for one provider.
type Verifier struct {
	tokens Tokens
	spec   provider.Spec
}

// NewVerifier makes the verifier of a provider.
func NewVerifier(tokens Tokens, spec provider.Spec) *Verifier {
	return &Verifier{tokens: tokens, spec: spec}
}

// Verify says whether to answer with the challenge.
func (v *Verifier) Verify(ctx context.Context, ask Verification) (Outcome, error) {
	field, answers := v.spec.FieldWhere(func(f provider.Field) bool { return f.AnswersVerification })
	switch {
	case ask.Mode != subscribe:
		return WrongMode, nil
	case ask.Challenge == "":
		return NoChallenge, nil
	case ask.Token.IsZero() || !answers:
		return NoToken, nil
	}
	known, err := v.tokens.AnswersVerification(ctx, v.spec.Type, field.Name, ask.AccountID, ask.Token)
	if err != nil {
		return "", err
	}
	if !known {
		return UnknownToken, nil
	}
	return Verified, nil
}
