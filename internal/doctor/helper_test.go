package doctor_test

import (
	"context"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/ivendnext/whatsapp-accounts/internal/account"
	"github.com/ivendnext/whatsapp-accounts/internal/doctor"
	"github.com/ivendnext/whatsapp-accounts/internal/provider"
	"github.com/ivendnext/whatsapp-accounts/internal/provider/meta"
	"github.com/ivendnext/whatsapp-accounts/internal/secret"
	"github.com/ivendnext/whatsapp-accounts/internal/site"
	"github.com/ivendnext/whatsapp-accounts/internal/webhook"
)

// The secrets of the patient: no link may show them.
const (
	token     = "MARKED verify&token"
	appSecret = "MARKED-app-secret"
)

// service stands in for this service: it answers and refuses as internal/httpapi does, and notes what became of webhooks.
type service struct {
	token, secret string
	elsewhere     bool // it notes what it does in another database

	mu    sync.Mutex
	facts map[string]webhook.Fact
	notes int
}

// Health implements doctor.Facts.
func (s *service) Health(context.Context, site.Site, string) (map[string]webhook.Fact, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	copied := map[string]webhook.Fact{}
	for name, f := range s.facts {
		copied[name] = f
	}
	return copied, nil
}

func (s *service) note(fact string, how webhook.Acceptance) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.notes++; s.elsewhere {
		return
	}
	value, _ := json.Marshal(map[string]string{"reason": string(how)})
	s.facts[fact] = webhook.Fact{At: time.Unix(int64(s.notes), 0), Value: value}
}

func (s *service) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	query, body := r.URL.Query(), read(r)
	switch {
	case r.URL.Path != "/webhooks/meta":
		refuse(w, r, http.StatusNotFound, "route_not_found")
	case r.Method == http.MethodGet && query.Get("hub.verify_token") == s.token:
		w.Header().Set("Content-Type", "text/plain; charset=UTF-8")
		_, _ = io.WriteString(w, query.Get("hub.challenge"))
	case r.Method == http.MethodGet:
		refuse(w, r, http.StatusForbidden, "verification_refused")
	default:
		s.receive(w, r, body)
	}
}

func (s *service) receive(w http.ResponseWriter, r *http.Request, body []byte) {
	signature, how := r.Header.Get("X-Hub-Signature-256"), webhook.BadProof
	switch {
	case s.secret == "":
		how = webhook.NoSecret
	case signature == "":
		how = webhook.Unsigned
	case meta.Receiver{}.Proves(signature, body, secret.New(s.secret)):
		s.note(webhook.FactSigned, "")
		return
	}
	s.note(webhook.FactRefused, how)
	refuse(w, r, http.StatusUnauthorized, "signature_refused")
}

func refuse(w http.ResponseWriter, r *http.Request, status int, code string) {
	w.Header().Set("Content-Type", "application/problem+json")
	w.WriteHeader(status)
	_, _ = fmt.Fprintf(w, `{"type":"urn:whatsapp-accounts:problem:%s","status":%d,"code":%q,"instance":%q}`, code, status, code, r.URL.Path)
}

func read(r *http.Request) []byte {
	body, _ := io.ReadAll(r.Body)
	return body
}

// clinic is a doctor with a patient, whose way can be broken anywhere.
type clinic struct {
	service *service
	server  *httptest.Server // what the internet reaches: the service, or something in front of it
	options doctor.Options
	patient doctor.Patient
}

// opened gives a clinic in which all is well. front stands before the service; nil is nothing.
func opened(t *testing.T, front func(http.Handler) http.Handler) *clinic {
	t.Helper()
	s := &service{token: token, secret: appSecret, facts: map[string]webhook.Fact{}}
	var handler http.Handler = s
	if front != nil {
		handler = front(s)
	}
	c := &clinic{service: s, server: httptest.NewTLSServer(handler)}
	t.Cleanup(c.server.Close)
	roots := x509.NewCertPool()
	roots.AddCert(c.server.Certificate())
	c.options = doctor.Options{
		Within: 10 * time.Second, Patience: 10 * time.Second, Roots: roots, Now: time.Now,
		Lookup: func(context.Context, string) ([]netip.Addr, error) {
			return []netip.Addr{netip.MustParseAddr("127.0.0.1")}, nil
		},
	}
	c.patient = patient(t, c.server.URL)
	return c
}

func patient(t *testing.T, server string) doctor.Patient {
	t.Helper()
	u, err := url.Parse(server)
	require.NoError(t, err)
	spec, now := meta.Spec(meta.Options{}), time.Now()
	a := account.Account{
		ID: "0198b2f0-5c1e-7c3a-9d1f-6a2b8c4d0e11", Name: "Brand A", Type: meta.Type, Status: account.Active,
		Settings: map[string]string{
			"url": "https://graph.facebook.com", "version": "v25.0", "phone_id": "305", "app_id": "102", "business_id": "204",
		},
		SecretsSet: map[string]time.Time{"token": now, "webhook_verify_token": now, "app_secret": now},
	}
	credentials := provider.Credentials{
		Settings: a.Settings,
		Secrets:  map[string]secret.Text{"token": secret.New("MARKED-token"), "webhook_verify_token": secret.New(token), "app_secret": secret.New(appSecret)},
	}
	return doctor.Patient{
		Account: a, Spec: spec, Credentials: credentials, Rehearsals: new(meta.Provider).Rehearse(credentials),
		PublicURL: "https://example.com:" + u.Port(), Development: true,
		Check: func(context.Context) (provider.Report, error) {
			return provider.NewReport(now, provider.Check{Name: "subscription", Verdict: provider.Valid, Detail: "The app is subscribed."}), nil
		},
	}
}

// examined gives what the doctor found, by name, and sees that every link is there and shows no secret.
func (c *clinic) examined(t *testing.T) map[string]doctor.Link {
	t.Helper()
	links, err := doctor.New(c.service, c.options).Examine(t.Context(), c.patient)
	require.NoError(t, err)
	found := map[string]doctor.Link{}
	for _, l := range links {
		found[l.Name] = l
		said := fmt.Sprintf("%+v", l)
		require.NotContains(t, said, "MARKED", "a secret shows")
		require.Equal(t, strings.TrimSpace(l.Found), l.Found)
		require.True(t, strings.HasSuffix(l.Found, "."), "%q is no sentence", l.Found)
		require.True(t, l.State != doctor.Broken || l.Cure != "", "%s is broken without a cure", l.Name)
	}
	require.Len(t, found, 9, "every link is looked at, once")
	return found
}

// broken gives the first link that is.
func broken(t *testing.T, found map[string]doctor.Link) doctor.Link {
	t.Helper()
	for _, name := range []string{"configured", "public_url", "dns", "connection", "tls", "service", "verification", "signed_webhook", "subscription"} {
		if found[name].State == doctor.Broken {
			return found[name]
		}
	}
	return doctor.Link{}
}
