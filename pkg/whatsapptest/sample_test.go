package whatsapptest_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/ivendnext/whatsapp-accounts/pkg/whatsapptest"
)

const (
	theirs = "wamid.HBgMNDQ3NzAwOTAwMTIzFQIAEhgUM0EwMDAwMDAwMDAwMDAwMDAwMDEA"
	ours   = "wamid.HBgMNDQ3NzAwOTAwMTIzFQIAERgSMDAwMDAwMDAwMDAwMDAwMDAxAA=="
)

func incoming(c whatsapptest.Content) whatsapptest.Incoming {
	return whatsapptest.Incoming{ID: theirs, Content: c}
}

func status(is string) whatsapptest.Status {
	return whatsapptest.Status{MessageID: ours, Status: is}
}

// samples are the bodies in testdata, as events.
func samples(t *testing.T, m *whatsapptest.Meta) map[string]whatsapptest.Event {
	t.Helper()
	reply := incoming(whatsapptest.Text("yes please"))
	reply.ReplyTo = ours
	button := incoming(whatsapptest.Button("STOP_PROMO", "Stop"))
	button.ReplyTo = ours
	interactive := incoming(whatsapptest.ButtonReply("yes", "Yes"))
	interactive.ReplyTo = ours
	nobody := incoming(whatsapptest.Text("hi"))
	nobody.From = whatsapptest.Customer{Name: "Zoë Ok", Username: "zoe.ok", UserID: "GB.1029384756102938"}
	sent := status("sent")
	sent.CallbackData = "job-42"
	failed := status("failed")
	failed.Errors = []whatsapptest.ErrorItem{{Code: 131047, Details: "More than 24 hours have passed since the recipient last replied to the sender number."}}
	return map[string]whatsapptest.Event{
		"in_text": incoming(whatsapptest.Text("Do you ship to Leeds?")), "in_text_reply": reply, "in_text_bsuid_only": nobody,
		"in_image": incoming(whatsapptest.Image("this one")), "in_button": button, "in_interactive_button": interactive,
		"in_reaction": incoming(whatsapptest.Reaction(ours, "👍")), "in_unsupported": incoming(whatsapptest.Unsupported("poll_creation")),
		"in_system_number": incoming(whatsapptest.NumberChanged("User Zoë Ok changed from 447700900123 to 447700900999", "447700900999")),
		"st_sent":          sent, "st_delivered": status("delivered"), "st_read": status("read"), "st_failed": failed,
		"value_errors":       whatsapptest.NumberErrors{Errors: []whatsapptest.ErrorItem{{Code: 130429, Details: "Too many messages sent from this phone number in a short period of time"}}},
		"account_restricted": whatsapptest.AccountRestriction("RESTRICTED_BIZ_INITIATED_MESSAGING", time.Unix(1795604400, 0)),
		"phone_quality":      whatsapptest.PhoneQuality(whatsapptest.SamplePhoneNumber, "THROUGHPUT_UPGRADE", "TIER_UNLIMITED"),
		"tmpl_approved":      reviewed(t, m, "APPROVED", ""),
	}
}

func reviewed(t *testing.T, m *whatsapptest.Meta, status, reason string) whatsapptest.Change {
	t.Helper()
	c, err := m.Review("640000000000123", status, reason)
	require.NoError(t, err)
	return c
}

func TestBodiesAreThoseThatMetaSends(t *testing.T) {
	config := whatsapptest.SampleMeta()
	config.Clock = func() time.Time { return time.Unix(1795345200, 0) }
	config.Businesses[0].Templates[0].ID = "640000000000123"
	m := whatsapptest.StartMeta(t, config)
	in := callback(t)
	hooks := m.Webhooks(whatsapptest.SampleAppID, in.URL)
	all := samples(t, m)
	files, err := filepath.Glob("testdata/meta/*.json")
	require.NoError(t, err)
	require.NotEmpty(t, files)
	for _, file := range files {
		name := strings.TrimSuffix(filepath.Base(file), ".json")
		want, err := os.ReadFile(file)
		require.NoError(t, err)
		require.Contains(t, all, name)
		_, err = hooks.Send(t.Context(), all[name])
		require.NoError(t, err)
		assert.JSONEq(t, string(want), in.last(t).text, name)
	}
}
