package wasender_test

import (
	"net/http"
	"testing"

	"github.com/ivendnext/whatsapp-accounts/internal/provider"
	"github.com/ivendnext/whatsapp-accounts/internal/provider/endpoint"
	"github.com/ivendnext/whatsapp-accounts/internal/provider/guard"
	"github.com/ivendnext/whatsapp-accounts/internal/provider/providertest"
	"github.com/ivendnext/whatsapp-accounts/internal/provider/wasender"
)

// content is WASender with a connected session.
func content(w http.ResponseWriter, r *http.Request) {
	switch r.Method + " " + r.URL.Path {
	case "GET /api/status":
		_, _ = w.Write([]byte(`{"status":"connected"}`))
	case "POST /api/messages/read":
		_, _ = w.Write([]byte(`{"success":true,"data":{"status":"read"}}`))
	case "POST /api/send-message":
		_, _ = w.Write([]byte(`{"success":true,"data":{"msgId":100000,"jid":"+447700900123","status":"in_progress"}}`))
	case "GET /api/messages/100000/info":
		_, _ = w.Write([]byte(`{"success":true,"data":{"msgId":100000,"key":{"id":"3EB0X1","fromMe":true,"remoteJid":"447700900123@s.whatsapp.net"},"status":2}}`))
	default:
		http.NotFound(w, r)
	}
}

func TestWASenderKeepsThePromisesAboutCalls(t *testing.T) {
	providertest.ConformCalls(t, providertest.Calls{
		Open: func(p endpoint.Policy, client *guard.Client) provider.Provider {
			return wasender.New(wasender.Options{Endpoints: p}, client)
		},
		At:      func(base string) map[string]string { return map[string]string{"wasender_url": base + "/api"} },
		Message: provider.Reference(key), Content: content,
	})
}
