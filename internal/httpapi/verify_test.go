package httpapi_test

import (
	"net/url"
	"testing"
)

// asked is the query of a verification request.
func asked(token, challenge string) string {
	return url.Values{"hub.mode": {"subscribe"}, "hub.verify_token": {token}, "hub.challenge": {challenge}}.Encode()
}

// verify asks as Meta does.
func (w *world) verify(t testing.TB, path, token, challenge string) *answer {
	t.Helper()
	return w.stranger().get(t, path+"?"+asked(token, challenge))
}
