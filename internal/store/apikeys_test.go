package store

import (
	"crypto/sha256"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ivendnext/whatsapp-accounts/internal/apikey"
	"github.com/ivendnext/whatsapp-accounts/internal/site"
)

func (f *fixture) apiKey(t testing.TB, in site.Site, name string) apikey.Key {
	t.Helper()
	k := apikey.Key{ID: newID(), Site: in, Role: site.SystemManager, Name: name, Hash: sha256.Sum256([]byte(name)), Hint: "wxyz", CreatedAt: f.clock.now()}
	require.NoError(t, f.APIKeys().Insert(t.Context(), k))
	return k
}
