package whatsapptest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"unicode/utf16"
	"unicode/utf8"
)

// member is one member of an object that keeps its order.
type member struct {
	name  string
	value any
}

// object is a JSON object whose members are written in the order in which the provider writes them.
type object []member

// MarshalJSON writes the members in their order.
func (o object) MarshalJSON() ([]byte, error) {
	var out bytes.Buffer
	out.WriteByte('{')
	for i, m := range o {
		if i > 0 {
			out.WriteByte(',')
		}
		value, err := marshal(m.value)
		if err != nil {
			return nil, err
		}
		fmt.Fprintf(&out, "%q:%s", m.name, value)
	}
	out.WriteByte('}')
	return out.Bytes(), nil
}

// with adds a member unless its value is empty.
func (o object) with(name, value string) object {
	if value == "" {
		return o
	}
	return append(o, member{name, value})
}

// without leaves a member out.
func (o object) without(name string) object {
	return slices.DeleteFunc(slices.Clone(o), func(m member) bool { return m.name == name })
}

func marshal(v any) ([]byte, error) {
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	err := encoder.Encode(v)
	return bytes.TrimRight(out.Bytes(), "\n"), err
}

// encode is marshal for what a double made itself, or took from JSON.
func encode(v any) []byte {
	text, err := marshal(v)
	if err != nil {
		panic(fmt.Sprintf("whatsapptest: %T is no JSON: %v", v, err))
	}
	return text
}

// Escape writes JSON as Meta does before it signs: every character beyond ~ becomes \uXXXX in lower-case hexadecimal digits, with surrogate pairs
// where one unit is not enough, and / becomes \/. It means the same; only its bytes, and so its signature, differ.
func Escape(text []byte) []byte {
	out := make([]byte, 0, len(text)+len(text)/8)
	for len(text) > 0 {
		r, size := utf8.DecodeRune(text)
		escaped := len(text) > 1 && text[0] == '\\' // what is escaped stays as it is
		switch {
		case escaped:
			size = 2
			out = append(out, text[:2]...)
		case r == '/':
			out = append(out, '\\', '/')
		case r > '~':
			for _, unit := range utf16.Encode([]rune{r}) {
				out = fmt.Appendf(out, `\u%04x`, unit)
			}
		default:
			out = append(out, text[0])
		}
		text = text[size:]
	}
	return out
}
