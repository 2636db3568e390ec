package providertest

import (
	"bytes"
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/ivendnext/whatsapp-accounts/internal/provider"
	"github.com/ivendnext/whatsapp-accounts/internal/secret"
)

func abilities(t *testing.T, c Calls) {
	t.Helper()
	p := c.stage(t, "http://127.0.0.1").provider
	if _, reads := p.(provider.Reader); reads != p.Spec().Can(provider.CanReadReceipts) {
		t.Errorf("its Spec says %v of read receipts, and it has %v", !reads, reads)
	}
	if _, checks := p.(provider.Checker); !checks {
		t.Error("it cannot check an account")
	}
	if _, sends := p.(provider.Sender); !sends {
		t.Error("it cannot send")
	}
	registry, err := provider.Register(p)
	if _, can := provider.As[provider.Checker](registry, p.Spec().Type); err != nil || !can {
		t.Errorf("a registry does not find it: %v", err)
	}
}

func contented(t *testing.T, c Calls) {
	t.Helper()
	s := c.serve(t, c.Content)
	if err := s.mark(t.Context(), c); err != nil {
		t.Errorf("marking as read: %v", err)
	}
	if r := s.check(t.Context(), t); r.Verdict != provider.Valid || len(r.Checks) == 0 {
		t.Errorf("checking: %+v", r)
	}
}

// oneHeader looks at a whole request, except for parameters: Meta wants to be asked about a token in one.
func oneHeader(t *testing.T, c Calls) {
	t.Helper()
	var asked atomic.Int32
	s := c.serve(t, func(w http.ResponseWriter, r *http.Request) {
		asked.Add(1)
		onlyInAuthorization(t, r)
		c.Content(w, r)
	})
	if err := s.mark(t.Context(), c); err != nil {
		t.Error(err)
	}
	s.check(t.Context(), t)
	if asked.Load() < 2 {
		t.Error("it was not asked")
	}
}

func onlyInAuthorization(t *testing.T, r *http.Request) {
	t.Helper()
	var body bytes.Buffer
	_, _ = body.ReadFrom(r.Body)
	if token := r.Header.Get("Authorization"); !strings.HasPrefix(token, "Bearer ") || !strings.Contains(token, Canary) {
		t.Errorf("%s %s: Authorization has no token of the account", r.Method, r.URL.Path)
	}
	r.Header.Del("Authorization")
	for name, values := range r.Header {
		silent(t, name+strings.Join(values, " "))
	}
	silent(t, r.URL.Path+r.Host+body.String())
}

func silence(t *testing.T, c Calls) {
	t.Helper()
	for name, h := range silences() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := c.serve(t, h)
			ctx, cancel := context.WithTimeout(t.Context(), patience)
			defer cancel()
			if e := failed(t, s.mark(ctx, c)); e.Class != provider.ClassRetry && e.Class != provider.ClassUnknown {
				t.Errorf("marking is %s: %v", e.Class, e)
			}
			ctx, cancel = context.WithTimeout(t.Context(), patience)
			defer cancel()
			if r := s.check(ctx, t); r.Verdict != provider.Unknown {
				t.Errorf("checking is %+v", r)
			}
		})
	}
}

func echoes(t *testing.T, c Calls) {
	t.Helper()
	for name, h := range parrots() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := c.serve(t, h)
			if e := failed(t, s.mark(t.Context(), c)); e.Class == "" {
				t.Error("it has no class")
			}
			s.check(t.Context(), t)
		})
	}
}

// stops cancels once the provider has the request, so that the call is known to be waiting.
func stops(t *testing.T, c Calls) {
	t.Helper()
	for _, call := range []func(context.Context, scene) error{
		func(ctx context.Context, s scene) error { return s.mark(ctx, c) },
		func(ctx context.Context, s scene) error {
			if r := s.check(ctx, t); r.Verdict != provider.Unknown {
				t.Errorf("checking is %+v", r)
			}
			return nil
		},
	} {
		ctx, cancel := context.WithCancel(t.Context())
		s := c.serve(t, func(w http.ResponseWriter, r *http.Request) {
			cancel()
			hang(w, r)
		})
		if err := call(ctx, s); err != nil && (!errors.Is(err, context.Canceled) || failed(t, err).Class != provider.ClassUnknown) {
			t.Errorf("cancelled: %v", err)
		}
	}
}

func redirects(t *testing.T, c Calls) {
	t.Helper()
	elsewhere := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { t.Errorf("followed to %s", r.URL.Path) }))
	t.Cleanup(elsewhere.Close)
	for _, status := range []int{http.StatusMovedPermanently, http.StatusFound, http.StatusSeeOther, http.StatusTemporaryRedirect, http.StatusPermanentRedirect} {
		s := c.serve(t, func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, elsewhere.URL+"/elsewhere", status) })
		if e := failed(t, s.mark(t.Context(), c)); e.Class != provider.ClassAccount {
			t.Errorf("%d is %s", status, e.Class)
		}
		_, err := s.send(t.Context())
		if e := failed(t, err); e.Class != provider.ClassAccount {
			t.Errorf("sending: %d is %s", status, e.Class)
		}
		s.check(t.Context(), t)
	}
}

// unused is the address of a port that was just given back.
func unused(t *testing.T) string {
	t.Helper()
	server := httptest.NewServer(http.NotFoundHandler())
	server.Close()
	return server.URL
}

func nobodyThere(t *testing.T, c Calls) {
	t.Helper()
	s := c.stage(t, unused(t))
	if e := failed(t, s.mark(t.Context(), c)); e.Class != provider.ClassRetry {
		t.Errorf("marking is %s: %v", e.Class, e)
	}
	if r := s.check(t.Context(), t); r.Verdict != provider.Unknown {
		t.Errorf("checking is %+v", r)
	}
}

func withoutSecrets(t *testing.T, c Calls) {
	t.Helper()
	s := c.serve(t, func(_ http.ResponseWriter, r *http.Request) { t.Errorf("asked for %s", r.URL.Path) })
	s.c.Secrets = nil
	if e := failed(t, s.mark(t.Context(), c)); e.Class != provider.ClassToken {
		t.Errorf("marking is %s: %v", e.Class, e)
	}
	if r := s.check(t.Context(), t); r.Verdict != provider.Rejected {
		t.Errorf("checking is %+v", r)
	}
}

// hostile stores what no rule would have let through, as an old database or a slip might.
func hostile(t *testing.T, c Calls) {
	t.Helper()
	for _, u := range HostileURLs("graph.facebook.com") {
		refusesURL(t, c, u)
	}
}

func unlisted(t *testing.T, c Calls) {
	t.Helper()
	for _, text := range []string{"https://graph.facebook.com", "https://graph.facebook.com/api", "https://www.wasenderapi.com/api", "https://wasenderapi.com"} {
		refusesURL(t, c, URL{Why: "a host that is not listed", Text: text})
	}
}

func refusesURL(t *testing.T, c Calls, u URL) {
	t.Helper()
	s := c.stage(t, "http://127.0.0.1")
	field, _ := s.provider.Spec().FieldWhere(func(f provider.Field) bool { return f.Kind == provider.URL })
	s.c.Settings[field.Name] = u.Text
	if e := failed(t, s.mark(t.Context(), c)); e.Class != provider.ClassAccount || e.Status != 0 {
		t.Errorf("%s: marking is %s: %v", u.Why, e.Class, e)
	}
	_, err := s.send(t.Context())
	if e := failed(t, err); e.Class != provider.ClassAccount || e.Status != 0 {
		t.Errorf("%s: sending is %s: %v", u.Why, e.Class, e)
	}
	if r := s.check(t.Context(), t); r.Verdict != provider.Rejected {
		t.Errorf("%s: checking is %+v", u.Why, r)
	}
}

// manyAtOnce shares one provider between accounts, whose answers differ.
func manyAtOnce(t *testing.T, c Calls) {
	t.Helper()
	s := c.serve(t, func(w http.ResponseWriter, r *http.Request) {
		if strings.Contains(r.Header.Get("Authorization"), "other") {
			answer(http.StatusUnauthorized, `{"error":{"code":190}}`)(w, r)
			return
		}
		c.Content(w, r)
	})
	reader, _ := s.provider.(provider.Reader)
	other := provider.Credentials{Settings: s.c.Settings, Secrets: map[string]secret.Text{}}
	for name := range s.c.Secrets {
		other.Secrets[name] = secret.New(Canary + "other")
	}
	var calls sync.WaitGroup
	for range 20 {
		calls.Go(func() {
			if err := reader.MarkRead(t.Context(), s.c, c.Message); err != nil {
				t.Error(err)
			}
		})
		calls.Go(func() {
			e, ok := errors.AsType[*provider.CallError](reader.MarkRead(t.Context(), other, c.Message))
			if !ok || e.Class != provider.ClassToken {
				t.Errorf("the other account: %v", e)
			}
		})
	}
	calls.Wait()
}

func notices(t *testing.T, c Calls) {
	t.Helper()
	reader, _ := c.stage(t, "http://127.0.0.1").provider.(provider.Reader)
	for kind, can := range map[string]bool{"text": true, "image": true, "never heard of": true, "system": false, "unsupported": false, "reaction": false} {
		if reader.Readable(kind) != can {
			t.Errorf("%s: %v", kind, !can)
		}
	}
}

// cures wants a refused token to be found, with where to correct it, and nothing to be rejected that is not a setting.
func cures(t *testing.T, c Calls) {
	t.Helper()
	s := c.serve(t, answer(http.StatusUnauthorized, `{"success":false,"message":"Unnotarized","error":{"message":"Invalid OAuth access token.","code":190}}`))
	if e := failed(t, s.mark(t.Context(), c)); e.Class != provider.ClassToken || e.Detail == "" {
		t.Errorf("marking is %+v", e)
	}
	r := s.check(t.Context(), t)
	if r.Verdict != provider.Rejected {
		t.Errorf("checking is %+v", r)
	}
	for _, found := range r.Checks {
		if found.Verdict == provider.Rejected && found.Pointer == "" {
			t.Errorf("rejected: %+v", found)
		}
	}
}
