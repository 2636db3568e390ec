package subscription

import (
	"errors"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/ivendnext/whatsapp-accounts/internal/fault"
	"github.com/ivendnext/whatsapp-accounts/internal/secret"
)

func fieldsOf(t *testing.T, err error) (pointers []string) {
	t.Helper()
	wrong, is := errors.AsType[*fault.Error](err)
	require.True(t, is, err)
	for _, f := range wrong.Fields {
		pointers = append(pointers, f.Pointer)
	}
	return pointers
}

// TestSignaturesAreThoseOfStandardWebhooks asks the standard's own library.
func TestSignaturesAreThoseOfStandardWebhooks(t *testing.T) {
	now := time.Now()
	for _, body := range []string{`{}`, `{"text":"Zoë 👍"}`, "", "a.b\x00c"} {
		keys := []secret.Text{NewKey(), NewKey()}
		header := http.Header{}
		header.Set("webhook-id", "0198b2f0-5c1e-7c3a-9d1f-6a2b8c4d0e15")
		header.Set("webhook-timestamp", strconv.FormatInt(now.Unix(), 10))
		header.Set("webhook-signature", signatures(keys, header.Get("webhook-id"), now, []byte(body)))
		for _, k := range keys {
			judge, err := standardwebhooks.NewWebhook(Shown(k))
			require.NoError(t, err)
			require.NoError(t, judge.Verify([]byte(body), header), "either key proves it")
			require.Error(t, judge.Verify([]byte(body+" "), header))
			mine, err := judge.Sign(header.Get("webhook-id"), now, []byte(body))
			require.NoError(t, err)
			assert.Contains(t, strings.Split(header.Get("webhook-signature"), " "), mine)
		}
		stranger, err := standardwebhooks.NewWebhook(Shown(NewKey()))
		require.NoError(t, err)
		require.Error(t, stranger.Verify([]byte(body), header))
	}
}

func TestKeysAreShownInTheirFormAndAreAllDifferent(t *testing.T) {
	seen := map[string]bool{}
	for range 100 {
		shown := Shown(NewKey())
		assert.Regexp(t, `^whsec_[A-Za-z0-9+/]{43}=$`, shown)
		assert.False(t, seen[shown])
		seen[shown] = true
	}
}
