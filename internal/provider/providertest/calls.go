package providertest

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/ivendnext/whatsapp-accounts/internal/provider"
	"github.com/ivendnext/whatsapp-accounts/internal/provider/endpoint"
	"github.com/ivendnext/whatsapp-accounts/internal/provider/guard"
	"github.com/ivendnext/whatsapp-accounts/internal/secret"
)

// patience is how long the suite waits for a provider that says nothing.
const patience = 150 * time.Millisecond

// Calls is a provider whose calls are tried.
type Calls struct {
	// Open makes the provider. Its client may call loopback.
	Open func(endpoint.Policy, *guard.Client) provider.Provider
	// At gives the settings of a complete account whose provider is at base, "http://127.0.0.1:port".
	At func(base string) map[string]string
	// Message names a message that can be marked as read.
	Message provider.Reference
	// Content is the provider at its best: it does what it is asked and finds nothing wrong.
	Content http.HandlerFunc
	// CarriesRef says that the provider takes our id of a message and brings it back with its statuses.
	CarriesRef bool
}

// scene is a provider that is called, and the account that calls it.
type scene struct {
	provider provider.Provider
	c        provider.Credentials
}

// ConformCalls fails t for every promise about calls that the provider does not keep. Run it in the tests of each provider.
func ConformCalls(t *testing.T, c Calls) {
	t.Helper()
	for name, try := range map[string]func(*testing.T, Calls){
		"it does what it says it can":                          abilities,
		"content, it is valid and marks as read":               contented,
		"the token is in one header and nowhere else":          oneHeader,
		"what cannot be told is unknown and never rejected":    silence,
		"no secret is in what fails, whoever repeats it":       echoes,
		"whoever waits can stop waiting":                       stops,
		"a redirect is not followed":                           redirects,
		"what was not sent may be sent again":                  nobodyThere,
		"without secrets nothing is sent":                      withoutSecrets,
		"a URL that is no longer allowed is not called":        hostile,
		"a URL of a host that is not listed is not called":     unlisted,
		"calls of many accounts at once keep to their own":     manyAtOnce,
		"notices of the system cannot be marked as read":       notices,
		"a call that is refused leaves a report with its cure": cures,
		"a text is sent once":                                  sendingOnce,
		"what may have been sent is unknown, and sent once":    sendingWithoutAnswer,
		"what was not sent is known not to be":                 sendingInVain,
		"no secret is in what was not sent":                    sendingToParrots,
		"every content is taken or refused with its reason":    judging,
		"what breaks a rule of a content is named":             judgingBad,
		"the paces of sending can be kept":                     paces,
		"what it plays against us is proved and harmless":      rehearsals,
	} {
		t.Run(name, func(t *testing.T) { try(t, c) })
	}
}

// policy lets loopback through, and no host.
func policy() endpoint.Policy { return endpoint.Policy{AllowPrivate: true} }

func clock() time.Time { return time.Date(2026, time.November, 22, 12, 0, 0, 0, time.UTC) }

// stage opens the provider at base, with secrets that all hold Canary.
func (c Calls) stage(t *testing.T, base string) scene {
	t.Helper()
	client := guard.New(guard.Options{Endpoints: policy(), Now: clock})
	t.Cleanup(client.Close)
	p := c.Open(policy(), client)
	s := scene{provider: p, c: provider.Credentials{Settings: c.At(base), Secrets: map[string]secret.Text{}}}
	for _, f := range p.Spec().Fields {
		if f.IsSecret() {
			s.c.Secrets[f.Name] = secret.New(Canary + f.Name)
		}
	}
	return s
}

// serve stages the provider as h.
func (c Calls) serve(t *testing.T, h http.HandlerFunc) scene {
	t.Helper()
	server := httptest.NewServer(h)
	t.Cleanup(server.Close)
	return c.stage(t, server.URL)
}

// mark marks the message as read.
func (s scene) mark(ctx context.Context, c Calls) error {
	reader, _ := s.provider.(provider.Reader)
	return reader.MarkRead(ctx, s.c, c.Message)
}

// check checks the account.
func (s scene) check(ctx context.Context, t *testing.T) provider.Report {
	t.Helper()
	checker, _ := s.provider.(provider.Checker)
	report := checker.Check(ctx, s.c)
	readable(t, s.provider.Spec(), report)
	return report
}

// readable wants a report that a person can act on and that shows no secret.
func readable(t *testing.T, spec provider.Spec, r provider.Report) {
	t.Helper()
	silent(t, fmt.Sprintf("%+v %#v", r, r))
	if !r.At.Equal(clock()) || r.Verdict != provider.NewReport(r.At, r.Checks...).Verdict {
		t.Errorf("the report is of %s and says %s", r.At, r.Verdict)
	}
	seen := map[string]bool{}
	for _, c := range r.Checks {
		if !snakeCase(c.Name) || seen[c.Name] || !sentence(c.Detail) || c.Fix != "" && !sentence(c.Fix) || c.Verdict != provider.Valid && c.Fix == "" {
			t.Errorf("a check needs a name of its own, a sentence, and a cure unless it is valid: %+v", c)
		}
		seen[c.Name] = true
		if field := strings.TrimPrefix(c.Pointer, spec.Pointer("")); c.Pointer != "" {
			if _, found := spec.Field(field); !found {
				t.Errorf("%s points at %s, which is no setting", c.Name, c.Pointer)
			}
		}
	}
}

// failed wants an error that can be acted on and that shows no secret, however it is printed.
func failed(t *testing.T, err error) *provider.CallError {
	t.Helper()
	e, ok := err.(*provider.CallError) //nolint:errorlint // the promise is this very type
	if !ok {
		t.Fatalf("%v is a %T and no *provider.CallError", err, err)
	}
	if !sentence(e.Meaning) || !sentence(e.Fix) || e.Class == "" || len([]rune(e.Detail)) > provider.MaxDetail {
		t.Errorf("an error needs a class, a meaning and a cure: %+v", e)
	}
	var log strings.Builder
	slog.New(slog.NewJSONHandler(&log, nil)).Error("failed", "error", err, "whole", e)
	silent(t, log.String()+fmt.Sprintf("%v %+v %#v %+v", err, e, e, *e))
	return e
}

func silent(t *testing.T, text string) {
	t.Helper()
	if strings.Contains(text, Canary) {
		t.Errorf("a secret shows: %s", text)
	}
}
