package store

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/ivendnext/whatsapp-accounts/internal/idempotency"
)

// scope is a place for a key, of one caller.
func (f *fixture) scope(key string) idempotency.Scope {
	return idempotency.Scope{Caller: caller(f.one).Principal, Method: "POST", Path: "/v1/accounts", Key: key}
}

// claim takes a scope for a minute.
func (f *fixture) claim(scope idempotency.Scope) idempotency.Claim {
	return idempotency.Claim{Scope: scope, ID: newID(), Until: f.clock.now().Add(time.Minute)}
}

func (f *fixture) complete(ctx context.Context, c idempotency.Claim, a idempotency.Answer) error {
	return f.Transact(ctx, func(ctx context.Context) error {
		return f.Idempotency().Complete(ctx, c, a, f.clock.now().Add(24*time.Hour))
	})
}

// answer claims a scope and keeps an answer.
func (f *fixture) answer(t testing.TB, scope idempotency.Scope, body []byte, a idempotency.Answer) {
	t.Helper()
	c := f.claim(scope)
	kept, err := f.Idempotency().Claim(t.Context(), c, body, f.clock.now())
	require.NoError(t, err)
	require.Nil(t, kept)
	require.NoError(t, f.complete(t.Context(), c, a))
}
