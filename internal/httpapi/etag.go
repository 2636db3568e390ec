package httpapi

import (
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"strings"

	"github.com/ivendnext/whatsapp-accounts/internal/account"
)

// etagOf is a strong ETag: a digest of the representation, in which a secret shows only by the time it was set.
func etagOf(representation []byte) string {
	sum := sha256.Sum256(representation)
	return `"` + base64.RawURLEncoding.EncodeToString(sum[:16]) + `"`
}

// noneMatch reports whether If-None-Match names the representation: the caller has it. Weak comparison, RFC 9110 section 13.1.2.
func noneMatch(r *http.Request, etag string) bool {
	return matches(r.Header.Values("If-None-Match"), etag, true)
}

// precondition is If-Match, checked inside the transaction against the account as it is there. Strong comparison, RFC 9110 section 13.1.1.
func (a *api) precondition(in *call) account.Precondition {
	return precondition[account.Account](in, a.represent, account.ErrStale)
}

// precondition is If-Match for whatever has a representation; stale is the refusal.
func precondition[T any](in *call, represent func(T) ([]byte, error), stale error) func(T) error {
	header := in.Request().Header.Values("If-Match")
	if len(header) == 0 {
		return nil
	}
	return func(current T) error {
		body, err := represent(current)
		if err != nil {
			return err
		}
		if !matches(header, etagOf(body), false) {
			return stale
		}
		return nil
	}
}

func matches(header []string, etag string, weak bool) bool {
	for tag := range strings.SplitSeq(strings.Join(header, ","), ",") {
		tag = strings.TrimSpace(tag)
		if weak {
			tag = strings.TrimPrefix(tag, "W/")
		}
		if tag == etag || tag == "*" {
			return true
		}
	}
	return false
}
