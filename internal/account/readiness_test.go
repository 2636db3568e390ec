package account

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/ivendnext/whatsapp-accounts/internal/provider"
)

func pointers(a Ability) []string {
	var at []string
	for _, m := range a.Missing {
		at = append(at, m.Pointer)
	}
	return at
}

func TestAnActiveCompleteAccountIsReadyToSend(t *testing.T) {
	for _, spec := range allSpecs(t) {
		r := ReadinessOf(spec, made(t, spec, Active), noon())
		assert.Equal(t, Ability{OK: true}, r.Send, spec.Type)
	}
}

func TestAnInactiveAccountNeitherSendsNorReceives(t *testing.T) {
	for _, spec := range allSpecs(t) {
		r := ReadinessOf(spec, made(t, spec, Inactive), noon())
		assert.False(t, r.Send.OK, spec.Type)
		assert.False(t, r.Receive.OK, spec.Type)
		assert.Equal(t, []string{"/status"}, pointers(r.Send), spec.Type)
	}
}

func TestADraftIsToldEverythingItLacks(t *testing.T) {
	draft := created(t, metaSpec(t), Change{Name: new("A")}).Account
	r := ReadinessOf(metaSpec(t), draft, noon())
	lacks := []string{"/status", "/meta_settings/token", "/meta_settings/webhook_verify_token", "/meta_settings/phone_id", "/meta_settings/app_id", "/meta_settings/business_id"}
	assert.Equal(t, lacks, pointers(r.Send))
	assert.Equal(t, append(lacks, "/meta_settings/app_secret"), pointers(r.Receive))
}

func TestReceivingNeedsTheSecretThatProvesWebhooks(t *testing.T) {
	for _, c := range []struct {
		spec provider.Spec
		name string
	}{{metaSpec(t), "app_secret"}, {wasenderSpec(t), "webhook_secret"}} {
		spec, pointer := c.spec, c.spec.Pointer(c.name)
		a := made(t, spec, Active)
		r := ReadinessOf(spec, a, noon())
		assert.True(t, r.Send.OK)
		assert.Equal(t, []string{pointer}, pointers(r.Receive))
		require.Len(t, r.Warnings, 1)
		assert.Equal(t, pointer, r.Warnings[0].Pointer)

		a = changed(t, spec, a, Change{Sections: with(spec, Section{c.name: set(marked)})}).Account
		r = ReadinessOf(spec, a, noon())
		assert.Equal(t, Ability{OK: true}, r.Receive)
		assert.Empty(t, r.Warnings)
	}
}

func TestAProviderWithoutProofReceivesAsItSends(t *testing.T) {
	assert.True(t, ReadinessOf(toySpec(), made(t, toySpec(), Active), noon()).Receive.OK)
}

func TestWhatIsMissingIsToldInWordsToActOn(t *testing.T) {
	spec := metaSpec(t)
	draft := created(t, spec, Change{Name: new("A")}).Account
	for _, m := range ReadinessOf(spec, draft, noon()).Receive.Missing {
		if m.Pointer == "/status" {
			assert.Contains(t, m.Detail, "Set status to Active")
			continue
		}
		f, _ := spec.Field(strings.TrimPrefix(m.Pointer, "/meta_settings/"))
		assert.Contains(t, m.Detail, f.Label+" is not set")
		if !f.ProvesWebhooks {
			assert.Contains(t, m.Detail, f.Help, "where to find it")
		}
	}
}

func TestMissingProofIsToldWithItsCureAndNothingTwice(t *testing.T) {
	spec := metaSpec(t)
	r := ReadinessOf(spec, made(t, spec, Active), noon())
	const where = "The App secret: Meta App Dashboard, App settings, Basic, Show."
	assert.Equal(t, []Missing{{"/meta_settings/app_secret", "App Secret is not set, so the webhooks of Meta cannot be verified and are refused. " + where}}, r.Receive.Missing)
	assert.Equal(t, []Warning{{"app_secret_missing", "/meta_settings/app_secret", "Without App Secret every incoming webhook is refused. " + where}}, r.Warnings)
}

func TestAnOldVersionIsAWarningAndNoRefusal(t *testing.T) {
	spec := metaSpec(t)
	a := changed(t, spec, made(t, spec, Active), Change{Sections: with(spec, Section{"version": set("v18.0"), "app_secret": set(marked)})}).Account
	r := ReadinessOf(spec, a, noon())
	assert.True(t, r.Send.OK && r.Receive.OK)
	require.Len(t, r.Warnings, 1)
	assert.Equal(t, "graph_version_expired", r.Warnings[0].Code)
	assert.Equal(t, "/meta_settings/version", r.Warnings[0].Pointer)
	assert.Empty(t, ReadinessOf(spec, a, time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC)).Warnings, "it was not old then")
}

func TestAnInactiveHolderIsWarnedOfEachDesignation(t *testing.T) {
	spec := metaSpec(t)
	a := made(t, spec, Inactive)
	a.IsDefaultOutgoing, a.IsDefaultIncoming = true, true
	var at []string
	for _, w := range ReadinessOf(spec, a, noon()).Warnings {
		if w.Code == "default_inactive" {
			at = append(at, w.Pointer)
		}
	}
	assert.Equal(t, []string{"/is_default_outgoing", "/is_default_incoming"}, at)
	a.Status = Active
	for _, w := range ReadinessOf(spec, a, noon()).Warnings {
		assert.NotEqual(t, "default_inactive", w.Code)
	}
}

func TestListsOfReadinessDoNotShareMemory(t *testing.T) {
	spec := metaSpec(t)
	r := ReadinessOf(spec, created(t, spec, Change{Name: new("A")}).Account, noon())
	r.Send.Missing[0].Pointer = "changed"
	assert.Equal(t, "/status", r.Receive.Missing[0].Pointer)
}
