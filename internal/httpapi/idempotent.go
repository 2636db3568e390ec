package httpapi

import (
	"net/http"
	"unicode/utf8"

	"github.com/ivendnext/whatsapp-accounts/internal/fault"
	"github.com/ivendnext/whatsapp-accounts/internal/idempotency"
)

// idempotencyKey reads the header. It counts on POST only: the other methods repeat safely by themselves.
func idempotencyKey(r *http.Request) (key string, keyed bool, err error) {
	values := r.Header.Values("Idempotency-Key")
	if len(values) == 0 || r.Method != http.MethodPost {
		return "", false, nil
	}
	if len(values) > 1 || values[0] == "" || !utf8.ValidString(values[0]) || utf8.RuneCountInString(values[0]) > idempotency.MaxKey {
		return "", false, fault.New(fault.Unreadable, "invalid_idempotency_key", "Idempotency-Key is empty, repeated, longer than 255 characters or not text.",
			"Send one key of 1 to 255 characters, for example a UUID.")
	}
	return values[0], true, nil
}

// kept is the reply as it is stored.
func (r reply) kept() idempotency.Answer {
	return idempotency.Answer{Status: r.status, Body: r.body, Header: map[string]string{"etag": r.etag, "location": r.location, "type": r.contentType}}
}

func replyOf(a idempotency.Answer) reply {
	return reply{status: a.Status, body: a.Body, etag: a.Header["etag"], location: a.Header["location"], contentType: a.Header["type"]}
}
