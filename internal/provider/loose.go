package provider

import (
	"bytes"
	"encoding/json"
	"strings"
)

// LooseText reads a JSON string or number as text: providers write ids as both. Anything else reads as empty, so that one odd member
// does not make the rest unreadable. A number is never a float on the way.
type LooseText string

// UnmarshalJSON implements json.Unmarshaler.
func (t *LooseText) UnmarshalJSON(raw []byte) error {
	switch {
	case len(raw) > 0 && raw[0] == '"':
		return json.Unmarshal(raw, (*string)(t))
	case len(raw) > 0 && strings.ContainsRune("-0123456789", rune(raw[0])):
		*t = LooseText(raw)
	default:
		*t = ""
	}
	return nil
}

// LooseList reads a JSON array, or one value as a list of it: providers write both. Null is the empty list.
type LooseList []json.RawMessage

// UnmarshalJSON implements json.Unmarshaler.
func (l *LooseList) UnmarshalJSON(raw []byte) error {
	switch {
	case bytes.Equal(raw, []byte("null")):
		*l = nil
		return nil
	case len(raw) > 0 && raw[0] == '[':
		return json.Unmarshal(raw, (*[]json.RawMessage)(l))
	}
	*l = LooseList{bytes.Clone(raw)}
	return nil
}
