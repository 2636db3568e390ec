package httpapi

import (
	"encoding/base64"

	"github.com/go-json-experiment/json"
	"github.com/google/uuid"

	"github.com/ivendnext/whatsapp-accounts/internal/account"
	"github.com/ivendnext/whatsapp-accounts/internal/fault"
)

// A cursor is opaque to callers; they may keep one as long as they like, since it says where a page ended and not how many came before.

func cursorOf(p account.Position) *string {
	if p == (account.Position{}) {
		return nil
	}
	raw, err := json.Marshal(p)
	if err != nil {
		return nil
	}
	text := base64.RawURLEncoding.EncodeToString(raw)
	return &text
}

// positionOf reads the cursor parameter; the zero Position is the beginning.
func positionOf(in *call, wrong *fault.Fields) (p account.Position) {
	text := in.QueryParam("cursor")
	if text == "" {
		return p
	}
	raw, err := base64.RawURLEncoding.DecodeString(text)
	if err == nil {
		err = json.Unmarshal(raw, &p)
	}
	if err == nil && p.ID != "" {
		_, err = uuid.Parse(p.ID)
	}
	if err != nil || p == (account.Position{}) {
		wrong.Add("cursor", "invalid_cursor", "The cursor is not one that this service gave.")
	}
	return p
}
