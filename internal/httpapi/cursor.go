package httpapi

import (
	"crypto/sha256"
	"encoding/base64"

	"github.com/go-json-experiment/json"
	"github.com/google/uuid"

	"github.com/ivendnext/whatsapp-accounts/internal/account"
	"github.com/ivendnext/whatsapp-accounts/internal/fault"
)

// cursor says where a page ended and not how many came before, so that callers may keep one as long as they like. It is opaque to them.
type cursor struct {
	List string `json:"l"` // the list it belongs to: in another it would silently begin somewhere else
	account.Position
}

// listOf names the list of a request: whose it is, what is listed, and in which order.
func listOf(in *call, order string) string {
	sum := sha256.Sum256([]byte(in.caller.Site.String() + "\n" + in.Request().URL.Path + "\n" + order))
	return base64.RawURLEncoding.EncodeToString(sum[:6])
}

// cursorOf is nil when there are no more pages.
func cursorOf(in *call, order string, p account.Position) (*string, error) {
	if p == (account.Position{}) {
		return nil, nil
	}
	raw, err := json.Marshal(cursor{listOf(in, order), p})
	text := base64.RawURLEncoding.EncodeToString(raw)
	return &text, err
}

// positionOf reads the cursor parameter; the zero Position is the beginning.
func positionOf(in *call, order string, wrong *fault.Fields) account.Position {
	text, sent := param(in, "cursor")
	if !sent {
		return account.Position{}
	}
	c, ok := readCursor(text)
	if !ok || c.List != listOf(in, order) {
		wrong.Add("cursor", "invalid_cursor", "The cursor is not one that this service gave for this list; start again without it.")
	}
	return c.Position
}

// readCursor takes only the very text that cursorOf wrote.
func readCursor(text string) (c cursor, ok bool) {
	raw, err := base64.RawURLEncoding.Strict().DecodeString(text)
	if err != nil || json.Unmarshal(raw, &c) != nil || !isText(c.Name) {
		return cursor{}, false
	}
	again, err := json.Marshal(c)
	if err != nil || base64.RawURLEncoding.EncodeToString(again) != text {
		return cursor{}, false
	}
	id, err := uuid.Parse(c.ID)
	return c, c.Name != "" && c.ID == "" || c.Name == "" && err == nil && id.String() == c.ID
}
