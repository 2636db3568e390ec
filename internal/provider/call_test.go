package provider_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/ivendnext/whatsapp-accounts/internal/provider"
	"github.com/ivendnext/whatsapp-accounts/internal/secret"
)

// mute is a provider that can do nothing, and reading one that can read.
type mute struct{ spec provider.Spec }

func (p mute) Spec() provider.Spec { return p.spec }

type reading struct{ mute }

func (reading) MarkRead(context.Context, provider.Credentials, provider.Reference) error { return nil }
func (reading) Readable(string) bool                                                     { return true }

func TestARegistryFindsWhoCanDoWhat(t *testing.T) {
	r, err := provider.Register(mute{spec("a")}, reading{mute{spec("b")}})
	require.NoError(t, err)
	assert.Equal(t, []provider.Type{"a", "b"}, r.Types())
	reader, can := provider.As[provider.Reader](r, "b")
	assert.True(t, can)
	assert.NotNil(t, reader)
	for _, of := range []provider.Type{"a", "c", ""} {
		reader, can = provider.As[provider.Reader](r, of)
		assert.False(t, can, "%q", of)
		assert.Nil(t, reader)
	}
	_, can = provider.As[provider.Checker](r, "b")
	assert.False(t, can)
}

func TestRegisterRefusesWhatItsSpecsContradict(t *testing.T) {
	r, err := provider.Register(mute{spec("a")}, reading{mute{spec("a")}})
	require.ErrorContains(t, err, "unique")
	_, can := provider.As[provider.Reader](r, "a")
	assert.False(t, can)
}

func TestNothingCanBeAskedOfABareSpec(t *testing.T) {
	r, err := provider.NewRegistry(spec("a"))
	require.NoError(t, err)
	_, can := provider.As[provider.Provider](r, "a")
	assert.False(t, can)
}

func TestAReportIsAsBadAsItsWorstCheck(t *testing.T) {
	at := time.Date(2026, time.November, 22, 0, 0, 0, 0, time.UTC)
	for text, want := range map[string]provider.Verdict{
		"": provider.Unknown, "valid": provider.Valid, "valid valid": provider.Valid, "valid unknown": provider.Unknown, "unknown valid": provider.Unknown,
		"unknown rejected valid": provider.Rejected, "rejected unknown": provider.Rejected, "valid odd": provider.Unknown,
	} {
		var checks []provider.Check
		for verdict := range strings.FieldsSeq(text) {
			checks = append(checks, provider.Check{Verdict: provider.Verdict(verdict)})
		}
		assert.Equal(t, provider.Report{Verdict: want, Checks: checks, At: at}, provider.NewReport(at, checks...), text)
	}
}

func TestAnErrorOfACallTellsTheOperatorAllOfIt(t *testing.T) {
	e := &provider.CallError{Class: provider.ClassToken, Code: "190", Subcode: "463", Meaning: "The token has expired.", Detail: "Session has expired"}
	caused := e.Because(io.EOF)
	assert.Equal(t, "token (code 190/463): The token has expired.: Session has expired: EOF", caused.Error())
	require.ErrorIs(t, caused, io.EOF)
	require.NoError(t, errors.Unwrap(e), "the first one is left alone")
	assert.Equal(t, "retry (code 2): Down.", (&provider.CallError{Class: provider.ClassRetry, Code: "2", Meaning: "Down."}).Error())
	assert.Equal(t, "retry: Down.", (&provider.CallError{Class: provider.ClassRetry, Meaning: "Down."}).Error())
}

func credentials(secrets ...string) provider.Credentials {
	c := provider.Credentials{Secrets: map[string]secret.Text{"none": {}}}
	for i, s := range secrets {
		c.Secrets[fmt.Sprint(i)] = secret.New(s)
	}
	return c
}

func TestSecretsInSomebodysWordsAreMaskedHoweverTheyAreWritten(t *testing.T) {
	c := credentials("EAAG+/=", "EAAG", `quo"te`)
	for text, want := range map[string]string{
		"a EAAG+/= b EAAG":     "a [secret] b [secret]",
		"?t=EAAG%2B%2F%3D":     "?t=[secret]",
		"/EAAG+%2F=/x":         "/[secret]/x",
		`bad "quo\"te" there`:  `bad "[secret]" there`,
		"nothing to be hidden": "nothing to be hidden",
	} {
		assert.Equal(t, want, c.Hide(text), text)
	}
	assert.NotContains(t, fmt.Sprintf("%v %+v %#v", c, c, c), "EAAG")
	assert.Equal(t, "as it is", provider.Credentials{}.Hide("as it is"))
}

func TestSomebodysWordsFitOnOneLine(t *testing.T) {
	c := credentials("two words")
	for text, want := range map[string]string{
		"":                          "",
		" a\r\nb\tc\x00d\u2028e ":   "a  b c d e",
		"two\nwords two words":      "[secret] [secret]",
		"\xff\xfe":                  "\ufffd",
		strings.Repeat("é", 500):    strings.Repeat("é", 500),
		strings.Repeat("é", 501):    strings.Repeat("é", 499) + "…",
		"<b>" + "&amp;" + "</b> 👍🏽": "<b>&amp;</b> 👍🏽",
	} {
		assert.Equal(t, want, c.Words(text), "%.20q", text)
	}
}
