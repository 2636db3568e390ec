package client_test

import (
	"io"
	"net/http"

	"github.com/ivendnext/whatsapp-accounts/pkg/client"
)

// docs/events.md shows this file from the next line on; internal/readme holds it to that.

// receiver is the handler of a subscribed URL. keep must bear to be called again with the same id.
func receiver(secrets []string, keep func(id, kind string) error) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, 4<<20))
		if err != nil {
			w.WriteHeader(http.StatusBadRequest)
			return
		}
		event, err := client.VerifyWebhook(r.Header, body, secrets...)
		if err != nil {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		if err := keep(event.ID, event.Type); err != nil {
			w.WriteHeader(http.StatusInternalServerError) // the service tries again
			return
		}
		w.WriteHeader(http.StatusNoContent)
	})
}
