package providertest

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/ivendnext/whatsapp-accounts/internal/fault"
	"github.com/ivendnext/whatsapp-accounts/internal/provider"
	"github.com/ivendnext/whatsapp-accounts/internal/provider/content"
)

// ref is our id of the messages that the suite sends.
const ref = "msg_providertest_0001"

func outgoing(kind provider.MessageType, text string) provider.Outgoing {
	return provider.Outgoing{To: provider.Recipient{Kind: provider.ToPhone, Value: "+447700900123"}, Type: kind, Content: json.RawMessage(text), Ref: ref}
}

// send sends a plain text.
func (s scene) send(ctx context.Context) (provider.Accepted, error) {
	sender, _ := s.provider.(provider.Sender)
	return sender.Send(ctx, s.c, outgoing(provider.TypeText, `{"body":"providertest says <hi>"}`))
}

// sendingOnce wants a text at the provider once, whatever else is asked, and our id of it in the body where the provider carries one.
func sendingOnce(t *testing.T, c Calls) {
	t.Helper()
	var mu sync.Mutex
	var sent []string
	s := c.serve(t, func(w http.ResponseWriter, r *http.Request) {
		var body bytes.Buffer
		_, _ = body.ReadFrom(r.Body)
		if r.Method != http.MethodGet {
			mu.Lock()
			sent = append(sent, body.String())
			mu.Unlock()
		}
		if strings.Contains(r.RequestURI, ref) {
			t.Errorf("the reference is in the URL: %s", r.RequestURI)
		}
		c.Content(w, r)
	})
	accepted, err := s.send(t.Context())
	if err != nil || accepted.ID == "" {
		t.Errorf("sending: %+v, %v", accepted, err)
	}
	mu.Lock()
	defer mu.Unlock()
	if len(sent) != 1 || !strings.Contains(sent[0], "providertest says") || strings.Contains(sent[0], ref) != c.CarriesRef {
		t.Errorf("it was sent %d times: %s", len(sent), sent)
	}
}

// sendingWithoutAnswer wants to know of every message whether it may have been taken, and no message twice.
func sendingWithoutAnswer(t *testing.T, c Calls) {
	t.Helper()
	for name, h := range silences() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			var posted atomic.Int32
			s := c.serve(t, func(w http.ResponseWriter, r *http.Request) {
				posted.Add(1)
				time.AfterFunc(patience, cancel) // once the message is there, however long that took
				h(w, r)
			})
			_, err := s.send(ctx)
			e := failed(t, err)
			if refuses := e.Class == provider.ClassRetry && slices.Contains(refusing(), name); !refuses && e.Class != provider.ClassUnknown {
				t.Errorf("sending is %s: %v", e.Class, e)
			}
			if strings.HasPrefix(name, "429") && (e.Class != provider.ClassRetry || e.Limit != provider.LimitAccount) {
				t.Errorf("a limit is %s of %q", e.Class, e.Limit)
			}
			if posted.Load() != 1 {
				t.Errorf("it was sent %d times", posted.Load())
			}
		})
	}
}

// refusing are the silences that may say that nothing was taken: by 429, by 503, or by a code of the provider's.
func refusing() []string {
	return []string{"429", "429 with a page", "500", "503 with nothing"}
}

// sendingInVain holds what never arrived apart from what may have.
func sendingInVain(t *testing.T, c Calls) {
	t.Helper()
	_, err := c.stage(t, unused(t)).send(t.Context())
	if e := failed(t, err); e.Class != provider.ClassRetry {
		t.Errorf("nobody there is %s: %v", e.Class, e)
	}
	s := c.serve(t, func(_ http.ResponseWriter, r *http.Request) { t.Errorf("asked for %s", r.URL.Path) })
	s.c.Secrets = nil
	_, err = s.send(t.Context())
	if e := failed(t, err); e.Class != provider.ClassToken {
		t.Errorf("without secrets is %s: %v", e.Class, e)
	}
	ctx, cancel := context.WithCancel(t.Context())
	s = c.serve(t, func(w http.ResponseWriter, r *http.Request) {
		cancel()
		hang(w, r)
	})
	_, err = s.send(ctx)
	if e := failed(t, err); !errors.Is(err, context.Canceled) || e.Class != provider.ClassUnknown {
		t.Errorf("cancelled is %s: %v", e.Class, e)
	}
}

// sendingToParrots wants no secret in an error, and none beside the one header.
func sendingToParrots(t *testing.T, c Calls) {
	t.Helper()
	for name, h := range parrots() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := c.serve(t, h).send(t.Context())
			if e := failed(t, err); e.Class == "" {
				t.Error("it has no class")
			}
		})
	}
	s := c.serve(t, func(w http.ResponseWriter, r *http.Request) {
		onlyInAuthorization(t, r)
		c.Content(w, r)
	})
	if _, err := s.send(t.Context()); err != nil {
		t.Error(err)
	}
}

// judging holds the judge to its three answers: it takes a content, names a capability that the provider lacks, or names members.
func judging(t *testing.T, c Calls) {
	t.Helper()
	p := c.stage(t, "http://127.0.0.1:1").provider
	sender, _ := p.(provider.Sender)
	for _, good := range Contents() {
		lack, wrong := sender.Judge(outgoing(good.Type, good.JSON))
		if can := p.Spec().Can(good.Needs); can != (lack == "") || lack != "" && lack != good.Needs || len(wrong) > 0 {
			t.Errorf("%s: it lacks %q, and %+v is wrong", good.Why, lack, wrong)
		}
	}
	for _, good := range ByID() {
		lack, wrong := sender.Judge(outgoing(good.Type, good.JSON))
		if named(t, good.Type, wrong); lack != "" {
			t.Errorf("%s: it lacks %q", good.Why, lack)
		}
	}
}

// judgingBad wants the same of contents that nobody takes: each is refused by its members, and perhaps by what the provider lacks.
func judgingBad(t *testing.T, c Calls) {
	t.Helper()
	p := c.stage(t, "http://127.0.0.1:1").provider
	sender, _ := p.(provider.Sender)
	for _, bad := range BadContents() {
		lack, wrong := sender.Judge(outgoing(bad.Type, bad.JSON))
		read, _ := content.Read(bad.Type, json.RawMessage(bad.JSON))
		named(t, bad.Type, wrong)
		if len(wrong) == 0 || lack != "" && (lack != read.Needs() || p.Spec().Can(lack)) {
			t.Errorf("%s %.200s: it lacks %q, and %+v is wrong", bad.Type, bad.JSON, lack, wrong)
		}
	}
}

// named wants members of the message, each with its cure.
func named(t *testing.T, kind provider.MessageType, wrong fault.Fields) {
	t.Helper()
	for _, f := range wrong {
		inside := f.Pointer == "/type" || f.Pointer == "/"+string(kind) || strings.HasPrefix(f.Pointer, "/"+string(kind)+"/")
		if !inside || !snakeCase(f.Code) || !sentence(f.Detail) {
			t.Errorf("a member needs a pointer in the message, a code and a sentence: %+v", f)
		}
	}
}

// paces wants rules that a queue can keep.
func paces(t *testing.T, c Calls) {
	t.Helper()
	rules := c.stage(t, "http://127.0.0.1:1").provider.Spec().Sending
	if rules.Apart < 0 || rules.PairApart < 0 || rules.PairBurst < 0 || (rules.PairApart > 0) != (rules.PairBurst > 0) {
		t.Errorf("the paces are %+v", rules)
	}
}
