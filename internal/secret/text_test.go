package secret

import (
	"bytes"
	"database/sql/driver"
	"encoding/base64"
	"encoding/gob"
	"encoding/hex"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"log/slog"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// marked is a secret that no output may show, in any spelling.
const marked = "EAAG-correct-horse"

type holder struct {
	Name  string
	Token Text
	inner struct{ token Text }
	ptr   *Text
}

func newHolder() holder {
	t := New(marked)
	h := holder{Name: "a", Token: t, ptr: &t}
	h.inner.token = t
	return h
}

// holders are the ways in which a secret is carried about.
func holders() map[string]any {
	t, h := New(marked), newHolder()
	return map[string]any{
		"text": t, "pointer": &t, "struct": h, "struct pointer": &h, "slice": []Text{t}, "array": [1]Text{t},
		"pointers": []*Text{&t}, "structs": []holder{h}, "map": map[string]Text{"k": t}, "map of pointers": map[string]*Text{"k": &t},
		"map of structs": map[string]holder{"k": h}, "any": []any{t, &t, h}, "unexported": struct{ t Text }{t},
		"deep": struct{ p *struct{ h holder } }{&struct{ h holder }{h}}, "value": slog.AnyValue(t),
	}
}

func requireHidden(t *testing.T, output string) {
	t.Helper()
	for _, spelling := range []string{
		marked, hex.EncodeToString([]byte(marked)), strings.ToUpper(hex.EncodeToString([]byte(marked))),
		fmt.Sprintf("% x", marked), fmt.Sprint([]byte(marked)), base64.StdEncoding.EncodeToString([]byte(marked)),
		strconv.QuoteToASCII(marked), "horse",
	} {
		require.NotContains(t, output, spelling)
	}
}

func TestNoVerbOfFmtShowsASecret(t *testing.T) {
	for name, v := range holders() {
		t.Run(name, func(t *testing.T) {
			for _, verb := range "vTtbcdoOqxXUeEfFgGspwz" {
				for _, flags := range []string{"", "+", "#", "-", " ", "0", "+#", "# ", "20", ".3", "+20.30"} {
					requireHidden(t, fmt.Sprintf("%"+flags+string(verb), v))
				}
			}
		})
	}
}

func TestNoPrintFunctionShowsASecret(t *testing.T) {
	for name, v := range holders() {
		t.Run(name, func(t *testing.T) {
			requireHidden(t, fmt.Sprint(v)+fmt.Sprintln("x", v)+string(fmt.Append(nil, v))+fmt.Errorf("because %v: %w", v, errMarshal).Error())
		})
	}
}

func TestAPrintedSecretIsAMask(t *testing.T) {
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
		require.Equal(t, masked, fmt.Sprintf(verb, New(marked)), verb)
	}
	require.Equal(t, masked, New(marked).String())
}

func TestTheZeroTextPrintsLikeASecret(t *testing.T) {
	require.Equal(t, masked, fmt.Sprint(Text{}))
}

func TestNoLogHandlerShowsASecret(t *testing.T) {
	handlers := map[string]func(*bytes.Buffer) slog.Handler{
		"text": func(b *bytes.Buffer) slog.Handler { return slog.NewTextHandler(b, nil) },
		"json": func(b *bytes.Buffer) slog.Handler { return slog.NewJSONHandler(b, nil) },
	}
	for format, handler := range handlers {
		for name, v := range holders() {
			t.Run(format+"/"+name, func(t *testing.T) {
				var out bytes.Buffer
				slog.New(handler(&out)).With("with", v).WithGroup("g").Info("m", "attr", v, slog.Group("in", "attr", v))
				require.Contains(t, out.String(), "attr")
				requireHidden(t, out.String())
			})
		}
	}
}

func TestALoggedSecretIsAMask(t *testing.T) {
	var out bytes.Buffer
	slog.New(slog.NewJSONHandler(&out, nil)).Info("m", "token", New(marked))
	require.Contains(t, out.String(), `"token":"[secret]"`)
}

func TestJSONRefusesASecret(t *testing.T) {
	for _, v := range []any{New(marked), newHolder(), []Text{New(marked)}, map[string]any{"k": New(marked)}, Text{}} {
		out, err := json.Marshal(v)
		require.ErrorIs(t, err, errMarshal)
		require.Empty(t, out)
	}
}

func TestJSONDoesNotReachAnUnexportedSecret(t *testing.T) {
	out, err := json.Marshal(struct{ t Text }{New(marked)})
	require.NoError(t, err)
	require.Equal(t, "{}", string(out))
}

func TestJSONMapKeysRefuseASecret(t *testing.T) {
	out, err := json.Marshal(map[*Text]int{new(New(marked)): 1})
	require.Error(t, err)
	require.Empty(t, out)
}

func TestGobRefusesASecret(t *testing.T) {
	for _, v := range []any{New(marked), struct{ Token Text }{New(marked)}, []Text{New(marked)}} {
		var out bytes.Buffer
		require.ErrorIs(t, gob.NewEncoder(&out).Encode(v), errMarshal)
		requireHidden(t, out.String())
	}
}

func TestXMLRefusesASecret(t *testing.T) {
	_, err := xml.Marshal(newHolder())
	require.ErrorIs(t, err, errMarshal)
}

func TestBinaryAndTextEncodersGetARefusal(t *testing.T) {
	_, err := New(marked).MarshalBinary()
	require.ErrorIs(t, err, errMarshal)
	_, err = New(marked).MarshalText()
	require.ErrorIs(t, err, errMarshal)
}

func TestADatabaseDriverGetsARefusal(t *testing.T) {
	v, err := driver.DefaultParameterConverter.ConvertValue(New(marked))
	require.ErrorIs(t, err, errMarshal)
	require.Nil(t, v)
}

func TestErrorsKeepASecret(t *testing.T) {
	err := errors.Join(fmt.Errorf("token %v", New(marked)), fmt.Errorf("account %+v", newHolder()))
	requireHidden(t, err.Error())
}

func TestRevealGivesBackWhatNewTook(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := rapid.String().Draw(t, "clear")
		require.Equal(t, s, New(s).Reveal())
		require.Equal(t, s == "", New(s).IsZero())
	})
}

func TestTheZeroTextIsNoSecret(t *testing.T) {
	require.True(t, Text{}.IsZero())
	require.Empty(t, Text{}.Reveal())
	require.Equal(t, Text{}, New(""))
}

func TestTextsAreEqualByWhatTheyHide(t *testing.T) {
	require.True(t, New("same").Equal(New("same")))
	require.True(t, Text{}.Equal(New("")))
	for _, other := range []string{"", "sama", "same ", "sam"} {
		require.False(t, New("same").Equal(New(other)), other)
	}
}
