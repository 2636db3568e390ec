package doctor_test

import (
	"context"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/ivendnext/whatsapp-accounts/internal/account"
	"github.com/ivendnext/whatsapp-accounts/internal/doctor"
	"github.com/ivendnext/whatsapp-accounts/internal/provider"
)

func TestWhereAllIsWellEveryLinkIsOK(t *testing.T) {
	for name, l := range opened(t, nil).examined(t) {
		assert.Equal(t, doctor.OK, l.State, "%s: %+v", name, l)
		assert.Empty(t, l.Cure, name)
	}
}

// TestEachBreakIsFoundAtItsLinkWithItsCure breaks one thing at a time.
func TestEachBreakIsFoundAtItsLinkWithItsCure(t *testing.T) {
	for name, c := range map[string]struct {
		breaks            func(*clinic)
		link, found, cure string
	}{
		"the account is Inactive": {func(c *clinic) { c.patient.Account.Status = account.Inactive }, "configured", "Inactive", "Set status to Active"},
		"a setting is missing":    {func(c *clinic) { delete(c.patient.Account.Settings, "phone_id") }, "configured", "cannot receive", "Phone ID is not set"},
		"no public URL":           {func(c *clinic) { c.patient.PublicURL = "" }, "public_url", "WA_PUBLIC_URL is not set", "Set WA_PUBLIC_URL"},
		"http":                    {func(c *clinic) { c.patient.PublicURL = "http://wa.example.com" }, "public_url", "https alone", "speak TLS"},
		"this machine alone": {func(c *clinic) { c.patient.PublicURL, c.patient.Development = "https://127.0.0.1:8443", false },
			"public_url", "on this machine alone", "that the internet reaches"},
		"no such host": {func(c *clinic) { c.resolves(nil, &net.DNSError{Err: "no such host", IsNotFound: true}) }, "dns", "no address for example.com", "A or AAAA record"},
		"no name server": {func(c *clinic) { c.resolves(nil, &net.DNSError{Err: "server misbehaving", IsTemporary: true}) },
			"dns", "name server gave no answer", "Try again"},
		"nobody listens":       {func(c *clinic) { c.server.Close() }, "connection", "127.0.0.1 refuses the connection", "proxy runs"},
		"an address is silent": {func(c *clinic) { c.options.Within = 50 * time.Millisecond; c.resolves([]string{"192.0.2.1"}, nil) }, "connection", "Nobody answers at port", ""},
		"another name":         {func(c *clinic) { c.renamed("wa.brand-a.test") }, "tls", "not for wa.brand-a.test but for example.com", "Get a certificate"},
		"expired":              {func(c *clinic) { c.at(time.Date(2300, 1, 1, 0, 0, 0, 0, time.UTC)) }, "tls", "valid from 1970-01-01 to", "Renew"},
		"not trusted":          {func(c *clinic) { c.options.Roots = x509.NewCertPool() }, "tls", "nobody whom this machine trusts: Acme Co", "intermediate certificates"},
		"another token": {func(c *clinic) { c.service.token = "other" }, "verification",
			"refuses the verify token of the account (403)", "another database or keyset"},
		"another secret": {func(c *clinic) { c.service.secret = "other" }, "signed_webhook", "do not belong together", "another keyset"},
		"no secret there": {func(c *clinic) { c.service.secret = "" }, "signed_webhook",
			"no secret to prove it with", "App Secret (Meta)"},
		"another database": {func(c *clinic) { c.service.elsewhere, c.options.Patience = true, time.Millisecond }, "signed_webhook", "acknowledged with 200, but nothing", "WA_DATABASE_URL"},
		"another database and secret": {func(c *clinic) {
			c.service.elsewhere, c.service.secret, c.options.Patience = true, "other", time.Millisecond
		}, "signed_webhook", "nothing of that is noted at the account here", "WA_DATABASE_URL"},
		"not subscribed": {func(c *clinic) {
			c.says(provider.Check{Name: "subscription", Verdict: provider.Rejected, Detail: "The app is not subscribed.", Fix: "Subscribe it."})
		}, "subscription", "not subscribed", "Subscribe it."},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			clinic := opened(t, nil)
			c.breaks(clinic)
			first := broken(t, clinic.examined(t))
			assert.Equal(t, c.link, first.Name)
			assert.Contains(t, first.Found, c.found)
			assert.Contains(t, first.Cure, c.cure)
		})
	}
}

func (c *clinic) resolves(to []string, err error) {
	c.options.Lookup = func(context.Context, string) ([]netip.Addr, error) {
		var all []netip.Addr
		for _, a := range to {
			all = append(all, netip.MustParseAddr(a))
		}
		return all, err
	}
}

func (c *clinic) renamed(host string) {
	c.patient.PublicURL = strings.Replace(c.patient.PublicURL, "example.com", host, 1)
}

func (c *clinic) at(now time.Time) { c.options.Now = func() time.Time { return now } }

func (c *clinic) says(checks ...provider.Check) {
	c.patient.Check = func(context.Context) (provider.Report, error) {
		return provider.NewReport(c.options.Now(), checks...), nil
	}
}

// TestWhatStandsInFrontIsFoundOut puts a proxy before the service that does one thing wrong.
func TestWhatStandsInFrontIsFoundOut(t *testing.T) {
	page := func(status int) func(http.Handler) http.Handler {
		return always(func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", "text/html")
			w.WriteHeader(status)
			_, _ = io.WriteString(w, "<html>"+r.URL.String())
		})
	}
	for name, c := range map[string]struct {
		front             func(http.Handler) http.Handler
		link, found, cure string
	}{
		"a redirect": {always(func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "https://www.example.com"+r.URL.String(), http.StatusMovedPermanently)
		}), "service", "redirects (301) to https://www.example.com/webhooks/meta, and", "take the redirect off"},
		"a redirect of what has a query": {when(asksToken, func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "https://www.example.com"+r.URL.String(), http.StatusFound)
		}), "verification", "redirects (302) to https://www.example.com/webhooks/meta, and", "take the redirect off"},
		"a page":         {page(http.StatusOK), "service", "200, with an HTML page", "as it comes"},
		"a firewall":     {page(http.StatusForbidden), "service", "403, with an HTML page", "firewall"},
		"a page of none": {page(http.StatusNotFound), "service", "404, with an HTML page", "the path of WA_PUBLIC_URL"},
		"nobody behind":  {page(http.StatusBadGateway), "service", "502, with an HTML page", "does not reach the service"},
		"a login": {always(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("WWW-Authenticate", `Basic realm="x"`)
			w.WriteHeader(http.StatusUnauthorized)
		}), "service", "asks for a login (401)", "without a login"},
		"another program": {always(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "hello") }), "service", "Something else answers there: 200", "another program"},
		"a path that is not taken off": {func(next http.Handler) http.Handler {
			return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { r.URL.Path = "/wa" + r.URL.Path; next.ServeHTTP(w, r) })
		}, "service", "was asked for /wa/webhooks/meta; it serves /webhooks/meta", "must take exactly that path off"},
		"a closed connection": {always(func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }), "service", "closed without an answer", "proxy's log"},
		"a query that is dropped": {func(next http.Handler) http.Handler {
			return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { r.URL.RawQuery = ""; next.ServeHTTP(w, r) })
		}, "verification", "refuses the verify token", "another database"},
		"an answer with something around it": {when(asksToken, func(w http.ResponseWriter, r *http.Request) {
			_, _ = io.WriteString(w, r.URL.Query().Get("hub.challenge")+"\n")
		}), "verification", "something around it", "the challenge alone"},
		"an answer from a cache": {when(asksToken, func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "1158201444") }),
			"verification", "10 bytes with text/plain, and not the challenge", "cache neither"},
		"a header that is dropped": {func(next http.Handler) http.Handler {
			return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				r.Header.Del("X-Hub-Signature-256")
				next.ServeHTTP(w, r)
			})
		}, "signed_webhook", "came without its signature", "removes the header"},
		"a body that is written anew": {func(next http.Handler) http.Handler {
			return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				r.Body = io.NopCloser(strings.NewReader(strings.ReplaceAll(string(read(r)), `\u00eb`, "ë")))
				next.ServeHTTP(w, r)
			})
		}, "signed_webhook", "do not belong together", "byte for byte"},
		"a limit of the body": {when(posts, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusRequestEntityTooLarge) }),
			"signed_webhook", "413, without a media type", "bodies of 3 MiB"},
		"a body that grows": {when(posts, func(w http.ResponseWriter, r *http.Request) {
			refuse(w, r, http.StatusRequestEntityTooLarge, "body_too_large")
		}),
			"signed_webhook", "something in front makes it longer", "as they come"},
		"a service that fails": {when(posts, func(w http.ResponseWriter, r *http.Request) {
			refuse(w, r, http.StatusServiceUnavailable, "database_unavailable")
		}), "signed_webhook", "This service failed: 503 database_unavailable", "GET /readyz"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			first := broken(t, opened(t, c.front).examined(t))
			assert.Equal(t, c.link, first.Name, first.Found)
			assert.Contains(t, first.Found, c.found)
			assert.Contains(t, first.Cure, c.cure)
		})
	}
}

// always is a proxy that passes nothing on.
func always(do http.HandlerFunc) func(http.Handler) http.Handler {
	return func(http.Handler) http.Handler { return do }
}

// when is a proxy that answers some requests itself.
func when(some func(*http.Request) bool, do http.HandlerFunc) func(http.Handler) http.Handler {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if some(r) {
				do(w, r)
				return
			}
			next.ServeHTTP(w, r)
		})
	}
}

func asksToken(r *http.Request) bool { return r.URL.Query().Has("hub.verify_token") }
func posts(r *http.Request) bool     { return r.Method == http.MethodPost }

func TestAnAnswerThatComesTooLateIsNone(t *testing.T) {
	for link, some := range map[string]func(*http.Request) bool{
		"service": func(r *http.Request) bool { return !asksToken(r) && !posts(r) }, "verification": asksToken, "signed_webhook": posts,
	} {
		t.Run(link, func(t *testing.T) {
			t.Parallel()
			c := opened(t, when(some, func(_ http.ResponseWriter, r *http.Request) { _ = read(r); <-r.Context().Done() }))
			c.options.Within = time.Second
			first := broken(t, c.examined(t))
			assert.Equal(t, link, first.Name)
			assert.Contains(t, first.Found, "no answer within 1s; the provider would have given up")
		})
	}
}

func TestWhatSpeaksNoTLSIsTold(t *testing.T) {
	plain := httptest.NewServer(http.NotFoundHandler())
	defer plain.Close()
	c := opened(t, nil)
	c.patient.PublicURL = strings.Replace(plain.URL, "http://127.0.0.1", "https://example.com", 1)
	first := broken(t, c.examined(t))
	assert.Equal(t, "tls", first.Name)
	assert.Contains(t, first.Found, "speaks no TLS")
}

func TestWhatLiesBehindABrokenLinkIsUnknownAndTheProviderIsAskedAllTheSame(t *testing.T) {
	c := opened(t, nil)
	c.server.Close()
	found := c.examined(t)
	for _, name := range []string{"tls", "service", "verification", "signed_webhook"} {
		assert.Equal(t, doctor.Unknown, found[name].State, name)
		assert.Equal(t, "Not looked at, because connection is broken.", found[name].Found)
	}
	assert.Equal(t, doctor.OK, found["subscription"].State)
}

func TestABodyThatIsRefusedSaysNothingOfTheVerification(t *testing.T) {
	c := opened(t, nil)
	c.service.token, c.service.secret = "other", "other"
	found := c.examined(t)
	assert.Equal(t, doctor.Broken, found["verification"].State)
	assert.Equal(t, doctor.Broken, found["signed_webhook"].State)
}

func TestAnInactiveAccountIsTheReasonOfARefusedVerification(t *testing.T) {
	c := opened(t, nil)
	c.service.token, c.patient.Account.Status = "none", account.Inactive
	assert.Contains(t, c.examined(t)["verification"].Cure, "Set the account's status to Active")
}

func TestARefusalOfYesterdayIsNotTakenForThisOne(t *testing.T) {
	c := opened(t, func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			r.Header.Del("X-Hub-Signature-256")
			next.ServeHTTP(w, r)
		})
	})
	c.service.note("last_refused_webhook", "bad_signature")
	assert.Contains(t, c.examined(t)["signed_webhook"].Found, "without its signature")
}

func TestWithoutASecretTheRequestIsNotTried(t *testing.T) {
	c := opened(t, nil)
	c.patient.Rehearsals = []provider.Rehearsal{c.patient.Rehearsals[0], {Name: "signed_webhook", Lacks: "app_secret"}}
	l := c.examined(t)["signed_webhook"]
	assert.Equal(t, doctor.Link{Part: doctor.PartCallback, Name: "signed_webhook", State: doctor.Unknown,
		Found: "Not tried, because App Secret of the account is not set.", Cure: "Enter App Secret."}, l)
}

func TestAnAddressThatOnlyThisNetworkKnowsIsNoProof(t *testing.T) {
	c := opened(t, nil)
	c.patient.Development = false
	found := c.examined(t)
	assert.Equal(t, doctor.Unknown, found["dns"].State)
	assert.Contains(t, found["dns"].Found, "which the internet does not reach")
	assert.Equal(t, doctor.OK, found["signed_webhook"].State, "it is tried all the same")
}

func TestOfSeveralAddressesOneThatAnswersIsEnough(t *testing.T) {
	c := opened(t, nil)
	c.resolves([]string{"127.0.0.2", "127.0.0.1"}, nil)
	found := c.examined(t)
	assert.Equal(t, doctor.OK, found["connection"].State)
	assert.Contains(t, found["connection"].Found, "127.0.0.2 refuses the connection")
}

func TestACertificateThatEndsSoonIsToldWhileItWorks(t *testing.T) {
	c := opened(t, nil)
	c.at(c.server.Certificate().NotAfter.Add(-25 * time.Hour))
	l := c.examined(t)["tls"]
	assert.Equal(t, doctor.OK, l.State)
	assert.Contains(t, l.Found, "valid for 1 day more")
	assert.Contains(t, l.Cure, "Renew")
}

func TestWhatTheDatabaseRefusesIsNoDiagnosis(t *testing.T) {
	c, away := opened(t, nil), errors.New("the database is away")
	c.patient.Check = func(context.Context) (provider.Report, error) { return provider.Report{}, away }
	_, err := doctor.New(c.service, c.options).Examine(t.Context(), c.patient)
	require.ErrorIs(t, err, away)
}
