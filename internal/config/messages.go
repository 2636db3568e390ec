package config

import (
	"errors"
	"fmt"
	"time"
)

// Messages is how messages are sent.
type Messages struct {
	SendWorkers      int           `help:"How many calls that send messages may be in flight at once." env:"WA_SEND_WORKERS" default:"256" placeholder:"N"`
	SendInFlight     int           `help:"How many calls that send messages one account may have in flight; at most half of WA_SEND_WORKERS, and at least one." env:"WA_SEND_IN_FLIGHT" default:"32" placeholder:"N"`
	UnknownWait      time.Duration `help:"How long a status is waited for when it is not known whether a provider took a message, before if_unknown of the message is followed." env:"WA_UNKNOWN_WAIT" default:"15m" placeholder:"TIME"`
	MessageRetention time.Duration `help:"How long messages are kept after nothing is left to be done for them." env:"WA_MESSAGE_RETENTION" default:"720h" placeholder:"TIME"`
}

// mostSendWorkers bounds what a process asks of its machine and of its database.
const mostSendWorkers = 1000

// Validate checks that messages can be sent and are kept for a while.
func (m Messages) Validate() error {
	if m.SendWorkers < 1 || m.SendWorkers > mostSendWorkers {
		return fmt.Errorf("WA_SEND_WORKERS (--send-workers) must be from 1 to %d", mostSendWorkers)
	}
	if m.SendInFlight < 1 {
		return errors.New("WA_SEND_IN_FLIGHT (--send-in-flight) must be at least 1: an account with no call in flight sends nothing")
	}
	if m.UnknownWait <= 0 {
		return errors.New("WA_UNKNOWN_WAIT (--unknown-wait) must be longer than 0s: a status takes a moment to arrive")
	}
	if m.MessageRetention <= 0 {
		return errors.New("WA_MESSAGE_RETENTION (--message-retention) must be longer than 0s")
	}
	return nil
}
