package readreceipt

import (
	"context"
	"encoding/json"
	"errors"

	"github.com/ivendnext/whatsapp-accounts/internal/account"
	"github.com/ivendnext/whatsapp-accounts/internal/event"
	"github.com/ivendnext/whatsapp-accounts/internal/fault"
	"github.com/ivendnext/whatsapp-accounts/internal/provider"
	"github.com/ivendnext/whatsapp-accounts/internal/site"
)

var (
	// ErrUnknownMessage is a message that nothing is known of by which it could be marked.
	ErrUnknownMessage = fault.New(fault.NotFound, "message_not_found", "The account has received no such message, or its event is no longer kept.",
		"Send the id of a message that a message.received event of this account brought.")
	// ErrCannot tells that the provider has no read receipts.
	ErrCannot = fault.New(fault.Invalid, "capability_unsupported", "The provider has no read receipts.", "Leave the message unread.")
)

// Told reads events.
type Told interface {
	// Keyed reads the event of an account that was appended with a key. event.ErrNotKept when it is not kept.
	Keyed(ctx context.Context, in site.Site, n event.New) (event.Event, error)
}

// Asker marks a message as read at the provider of an account, now. Errors are *provider.CallError.
type Asker interface {
	Mark(ctx context.Context, a account.Account, ref json.RawMessage) error
	// MarkTyping also shows that an answer is being written.
	MarkTyping(ctx context.Context, a account.Account, ref json.RawMessage) error
}

// Service marks messages as read because somebody asks for it.
type Service struct {
	told      Told
	providers provider.Registry
	asker     Asker
}

// NewService puts the use case together.
func NewService(told Told, providers provider.Registry, asker Asker) *Service {
	return &Service{told: told, providers: providers, asker: asker}
}

// Read marks a message of an account as read, by the id that its event has. account.ErrInactive, ErrCannot, ErrUnknownMessage,
// *provider.CallError.
func (s *Service) Read(ctx context.Context, a account.Account, messageID string, typing bool) error {
	if !a.IsActive() {
		return account.ErrUnusable(a.Standing())
	}
	referrer, can := provider.As[provider.Referrer](s.providers, a.Type)
	if !can {
		return ErrCannot.Saying("%q is a %s account, and %s does not have the capability %s.", a.Name, a.Type, a.Type, provider.CanReadReceipts)
	}
	message, err := s.message(ctx, a, referrer.MessageKey(messageID))
	if err != nil {
		return err
	}
	ref, ok := referrer.ReferTo(messageID, message)
	switch {
	case !ok:
		return ErrUnknownMessage
	case typing:
		return s.asker.MarkTyping(ctx, a, ref)
	}
	return s.asker.Mark(ctx, a, ref)
}

// message gives what the account was told with a key; nothing where none is needed.
func (s *Service) message(ctx context.Context, a account.Account, key string) (json.RawMessage, error) {
	if key == "" {
		return nil, nil
	}
	e, err := s.told.Keyed(ctx, a.Site, event.New{Type: event.MessageReceived, AccountID: a.ID, Key: key})
	if errors.Is(err, event.ErrNotKept) {
		return nil, ErrUnknownMessage
	}
	if err != nil {
		return nil, err
	}
	var data struct {
		Message json.RawMessage `json:"message"`
	}
	return data.Message, json.Unmarshal(e.Data, &data)
}
