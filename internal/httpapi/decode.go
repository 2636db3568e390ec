package httpapi

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"reflect"
	"regexp"
	"strings"
	"unicode/utf8"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"github.com/labstack/echo/v4"

	"github.com/ivendnext/whatsapp-accounts/internal/fault"
)

// The largest bodies we read, in bytes. Source of the second: Meta, WhatsApp Cloud API, Webhooks: "up to 3 MB".
const (
	maxBody    = 1 << 20
	maxWebhook = 3 << 20
)

const mergePatch = "application/merge-patch+json"

// read reads the body of a request by its route's rule.
func (b bodyRule) read(w http.ResponseWriter, r *http.Request) ([]byte, error) {
	switch b {
	case strict, graph:
		return readBody(w, r)
	case raw:
		return readWebhook(w, r)
	case optional:
		return readOptional(w, r)
	case bare:
		body, err := readOptional(w, r)
		if err != nil {
			return nil, err
		}
		return nil, decode(body, &struct{}{})
	case none, asking, spooled:
	}
	return nil, nil
}

// mostUnread is how much of a body that nobody wanted is read all the same, in bytes.
const mostUnread = 256 << 10

// finish reads what is left of a body when the connection closes after the answer. Go's server would close it with those bytes unread, and the kernel
// then resets the connection, which can take the answer from the caller's hands. It reads such rests itself on connections that stay.
func finish(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		err := next(c)
		if r := c.Request(); r.Close && r.ContentLength > 0 && r.ContentLength <= mostUnread {
			_, _ = io.CopyN(io.Discard, r.Body, r.ContentLength) // a caller that is gone needs no answer
		}
		return err
	}
}

// readOptional reads a body that may be absent, and gives an empty object then.
func readOptional(w http.ResponseWriter, r *http.Request) ([]byte, error) {
	ahead := bufio.NewReader(r.Body)
	if _, err := ahead.Peek(1); errors.Is(err, io.EOF) { // however its length was announced
		return []byte("{}"), nil
	}
	r.Body = struct {
		io.Reader
		io.Closer
	}{ahead, r.Body}
	return readBody(w, r)
}

// readBody reads the body within bounds and insists on JSON by its media type.
func readBody(w http.ResponseWriter, r *http.Request) ([]byte, error) {
	if err := checkMediaType(r); err != nil {
		return nil, err
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	var tooLarge *http.MaxBytesError
	switch {
	case errors.As(err, &tooLarge):
		return nil, fault.New(fault.TooLarge, "body_too_large", "The body is larger than 1 MiB.", "Send a body of at most 1,048,576 bytes; no request needs a larger one.")
	case err != nil:
		return nil, fault.New(fault.Unreadable, "unreadable_body", "The body ended before it was complete.", "Send the request again.").Because(err)
	case len(body) == 0:
		return nil, fault.New(fault.Unreadable, "empty_body", "The body is empty.", "Send a JSON object.")
	}
	return body, nil
}

// readWebhook reads a provider's body as it is: only its size is judged.
func readWebhook(w http.ResponseWriter, r *http.Request) ([]byte, error) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxWebhook))
	if errors.As(err, new(*http.MaxBytesError)) {
		return nil, fault.New(fault.TooLarge, "body_too_large", "The body is larger than 3 MiB.", "Send the updates in several requests.")
	}
	if err != nil {
		return nil, fault.New(fault.Unreadable, "unreadable_body", "The body ended before it was complete.", "Send the request again.").Because(err)
	}
	return body, nil
}

func checkMediaType(r *http.Request) error {
	if err := checkCoding(r); err != nil {
		return err
	}
	media := mediaOf(r)
	if media == echo.MIMEApplicationJSON || media == mergePatch && r.Method == http.MethodPatch {
		return nil
	}
	if r.Method == http.MethodPatch {
		return errMedia.Advising("Send Content-Type: application/merge-patch+json or application/json.")
	}
	return errMedia
}

var errMedia = fault.New(fault.Unsupported, "unsupported_media_type", "The body's media type is missing or not one this request takes, or its charset is not UTF-8.",
	"Send Content-Type: application/json.")

func checkCoding(r *http.Request) error {
	if coding := r.Header.Get(echo.HeaderContentEncoding); coding != "" && !strings.EqualFold(coding, "identity") {
		return fault.New(fault.Unsupported, "unsupported_media_type", "The body is compressed, and this service takes none that is.", "Send it as it is, without Content-Encoding.")
	}
	return nil
}

// mediaOf is the media type of a body in UTF-8; of any other it is empty.
func mediaOf(r *http.Request) string {
	media, params, err := mime.ParseMediaType(r.Header.Get(echo.HeaderContentType))
	if charset := params["charset"]; err != nil || charset != "" && !strings.EqualFold(charset, "utf-8") {
		return ""
	}
	return media
}

// decode reads a body strictly: an unknown or repeated member, a wrong type or trailing data is refused with its place.
// It is read as JSON first and for its members second, so that what is wrong with it does not depend on where it is taken.
func decode(body []byte, into any) error {
	var whole jsontext.Value
	if err := decodeAt("", body, &whole); err != nil {
		return err
	}
	if whole.Kind() != '{' {
		return wrongType("", whole.Kind(), reflect.TypeFor[map[string]any]())
	}
	return decodeAt("", body, into)
}

// decodeAt reads a part of a body; at is the part's pointer.
func decodeAt(at string, body []byte, into any) error {
	err := json.Unmarshal(body, into, json.RejectUnknownMembers(true))
	if err == nil {
		return nil
	}
	var semantic *json.SemanticError
	var syntactic *jsontext.SyntacticError
	switch {
	case errors.As(err, &semantic) && errors.Is(err, json.ErrUnknownName):
		return unreadable(at+string(semantic.JSONPointer), "unknown_member", "There is no such member.", "Remove it, or correct its spelling; names are case-sensitive.")
	case errors.As(err, &semantic):
		return wrongType(at+string(semantic.JSONPointer), semantic.JSONKind, semantic.GoType)
	case errors.Is(err, jsontext.ErrDuplicateName) && errors.As(err, &syntactic):
		return unreadable(at+string(syntactic.JSONPointer), "duplicate_member", "The member is there twice.", "Send it once.")
	case errors.As(err, &syntactic):
		detail, fix := explainSyntax(body, syntactic)
		return unreadable(at+string(syntactic.JSONPointer), "invalid_json", detail, fix)
	}
	return unreadable(at, "invalid_json", "The body is not a JSON object.", "Send one JSON object in UTF-8 and nothing after it.").Because(err)
}

// maxDepth is how deeply JSON may be nested, in the library that reads it.
const maxDepth = 10_000

// surrogate is the beginning of an escaped half of a surrogate pair.
var surrogate = regexp.MustCompile(`^\\u[dD][89a-fA-F]`)

// explainSyntax names what is wrong with a body that is no JSON, and its cure.
func explainSyntax(body []byte, e *jsontext.SyntacticError) (detail, fix string) {
	return explainBytes(body[min(int(e.ByteOffset), len(body)):], e)
}

// explainBytes does so by what stands there.
func explainBytes(rest []byte, e *jsontext.SyntacticError) (detail, fix string) {
	letter, width := utf8.DecodeRune(rest)
	switch {
	case strings.Count(string(e.JSONPointer), "/") >= maxDepth:
		return fmt.Sprintf("The body is nested more than %d levels deep.", maxDepth), "Send the object that the reference at /docs shows; none is nested deeper than two levels."
	case len(rest) == 0:
		return "The body ends before its JSON does.", "Send one whole JSON object in UTF-8."
	case letter == '\ufeff' && e.ByteOffset == 0:
		return "The body begins with a byte order mark.", "Send UTF-8 without a byte order mark."
	case letter == utf8.RuneError && width == 1:
		return fmt.Sprintf("Byte %d of the body is not UTF-8.", e.ByteOffset), "Encode the body as UTF-8."
	case surrogate.Match(rest):
		return fmt.Sprintf("At byte %d stands half of a surrogate pair, which is no character.", e.ByteOffset), "Escape a character beyond U+FFFF as a pair, or send it as UTF-8."
	}
	return fmt.Sprintf("The body is not JSON from byte %d on.", e.ByteOffset), "Send one JSON object in UTF-8 and nothing after it."
}

// wrongType names what stands there and, where the place has one type, what should.
func wrongType(pointer string, have jsontext.Kind, want reflect.Type) *fault.Error {
	fix := "Send the type that the reference at /docs shows."
	switch {
	case want == nil:
	case want.Kind() == reflect.String:
		fix = "Send a JSON string."
	case want.Kind() == reflect.Bool:
		fix = "Send true or false."
	case want.Kind() == reflect.Map || want.Kind() == reflect.Struct:
		fix = "Send a JSON object."
	}
	return unreadable(pointer, "wrong_type", fmt.Sprintf("A JSON %s cannot stand here.", kindOf(have)), fix)
}

// kindOf names a JSON kind for people.
func kindOf(k jsontext.Kind) string {
	switch k {
	case 'n':
		return "null"
	case 't', 'f':
		return "boolean"
	case '"':
		return "string"
	case '0':
		return "number"
	case '{':
		return "object"
	case '[':
		return "array"
	default:
		return "value"
	}
}

// maxSpot is the longest spot that is repeated to the caller, in bytes: longer ones are nobody's honest mistake.
const maxSpot = 512

// unreadable is a 400 that names the spot.
func unreadable(pointer, code, detail, fix string) *fault.Error {
	e := fault.New(fault.Unreadable, code, detail, fix)
	if pointer == "" || len(pointer) > maxSpot {
		return e
	}
	return e.Saying("%s: %s", pointer, detail).At(fault.Field{Pointer: pointer, Code: code, Detail: detail})
}
