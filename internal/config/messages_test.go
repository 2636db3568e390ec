package config_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/ivendnext/whatsapp-accounts/internal/config"
)

func TestWhatWouldSendNothingOrTooMuchAtOnceIsRefused(t *testing.T) {
	t.Parallel()
	good := config.Messages{SendWorkers: 1, SendInFlight: 1, UnknownWait: time.Second, MessageRetention: time.Hour}
	require.NoError(t, good.Validate())
	for setting, spoil := range map[string]func(*config.Messages){
		"WA_SEND_WORKERS (--send-workers) must be from 1 to 1000": func(m *config.Messages) { m.SendWorkers = 0 },
		"WA_SEND_WORKERS (--send-workers)":                        func(m *config.Messages) { m.SendWorkers = 1001 },
		"WA_SEND_IN_FLIGHT (--send-in-flight)":                    func(m *config.Messages) { m.SendInFlight = 0 },
		"WA_UNKNOWN_WAIT (--unknown-wait)":                        func(m *config.Messages) { m.UnknownWait = 0 },
		"WA_MESSAGE_RETENTION (--message-retention)":              func(m *config.Messages) { m.MessageRetention = 0 },
	} {
		bad := good
		spoil(&bad)
		require.ErrorContains(t, bad.Validate(), setting)
	}
}
