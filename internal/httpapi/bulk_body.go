package httpapi

import (
	"bytes"
	"context"
	"errors"
	"io"
	"slices"

	"github.com/go-json-experiment/json/jsontext"

	v1 "github.com/ivendnext/whatsapp-accounts/api/v1"
	"github.com/ivendnext/whatsapp-accounts/internal/bulk"
	"github.com/ivendnext/whatsapp-accounts/internal/fault"
	"github.com/ivendnext/whatsapp-accounts/internal/message"
)

// bulkBody reads a bulk message recipient by recipient: memory holds one at a time, however many there are.
type bulkBody struct {
	*jsontext.Decoder
	from *spool
	left *portion
}

// mostOfOne is the largest part of a body that must be in memory at once, in bytes: a recipient, or what comes before them.
const mostOfOne = maxBody

var errPart = fault.New(fault.TooLarge, "body_too_large", "One recipient, or what comes before the recipients, is larger than 1 MiB.", "Send less of it: a value has at most 2,048 characters.")

// portion reads so much and then no more, until it is given more.
type portion struct {
	io.Reader
	left int
}

// Read implements io.Reader.
func (p *portion) Read(into []byte) (int, error) {
	if p.left <= 0 {
		return 0, errPart
	}
	n, err := p.Reader.Read(into[:min(len(into), p.left)])
	p.left -= n
	return n, err
}

func newBulkBody(from *spool) *bulkBody {
	left := &portion{Reader: from.file, left: mostOfOne}
	// Names that are there twice are found when the part they are in is read: a bad recipient is one of a report, and not the end of it.
	return &bulkBody{Decoder: jsontext.NewDecoder(left, jsontext.AllowDuplicateNames(true)), from: from, left: left}
}

// next reads a whole value.
func (b *bulkBody) next() (jsontext.Value, error) {
	b.left.left = mostOfOne
	value, err := b.ReadValue()
	return value, b.explained(err)
}

func (b *bulkBody) token() (jsontext.Token, error) {
	b.left.left = mostOfOne
	token, err := b.ReadToken()
	return token, b.explained(err)
}

// explained names what is wrong with a body that is no JSON.
func (b *bulkBody) explained(err error) error {
	syntactic, known := errors.AsType[*jsontext.SyntacticError](err)
	switch {
	case err == nil || errors.Is(err, errPart):
		return err
	case errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF):
		return unreadable("", "invalid_json", "The body ends before its JSON does.", "Send one whole JSON object in UTF-8.")
	case !known:
		return err
	}
	around := make([]byte, 16)
	n, _ := b.from.file.ReadAt(around, syntactic.ByteOffset) // at the end there is less
	detail, fix := explainBytes(around[:n], syntactic)
	pointer := string(syntactic.JSONPointer)
	if b.from.lines {
		pointer = "" // it would be that of a line
	}
	return unreadable(pointer, "invalid_json", detail, fix)
}

// head reads everything that comes before the recipients. In NDJSON that is the first line.
func (b *bulkBody) head() (bulk.Head, error) {
	object := []byte{'{'}
	open, err := b.token()
	if err != nil {
		return bulk.Head{}, err
	}
	if open.Kind() != '{' {
		return bulk.Head{}, unreadable("", "wrong_type", "A JSON "+kindOf(open.Kind())+" cannot stand here.", "Send a JSON object.")
	}
	for b.PeekKind() == '"' {
		name, err := b.token()
		if err != nil {
			return bulk.Head{}, err
		}
		if name.String() == "recipients" {
			return bulkHead(closed(object), b.openRecipients)
		}
		if object, err = b.member(object, name.String()); err != nil {
			return bulk.Head{}, err
		}
	}
	if _, err := b.token(); err != nil {
		return bulk.Head{}, err
	}
	return bulkHead(closed(object), b.noRecipients)
}

// member adds a member to an object that is being read.
func (b *bulkBody) member(object []byte, name string) ([]byte, error) {
	object, err := jsontext.AppendQuote(object, name)
	if err != nil {
		return nil, err
	}
	value, err := b.next()
	if err != nil {
		return nil, err
	}
	if object = append(append(append(object, ':'), value...), ','); len(object) > mostOfOne {
		return nil, errPart
	}
	return object, nil
}

// closed is an object of whole members.
func closed(object []byte) []byte { return append(bytes.TrimSuffix(object, []byte{','}), '}') }

// advised says what else may be the matter with a member that is missing: it was not looked for behind the recipients.
func (b *bulkBody) advised(err error) error {
	f := faultOf(err)
	if b.from.lines || f.Kind != fault.Invalid || !slices.ContainsFunc(f.Fields, func(field fault.Field) bool { return field.Code == "required" }) {
		return err
	}
	return f.Advising("Correct the members listed in errors, and send recipients as the last member: what comes behind it is not read.")
}

// openRecipients begins to read the list.
func (b *bulkBody) openRecipients() error {
	if b.from.lines {
		return unreadable("/recipients", "unknown_member", "In NDJSON each recipient is a line of its own.", "Leave recipients out of the first line, or send Content-Type: application/json.")
	}
	open, err := b.token()
	if err == nil && open.Kind() != '[' {
		return unreadable("/recipients", "wrong_type", "A JSON "+kindOf(open.Kind())+" cannot stand here.", "Send a list of recipients.")
	}
	return err
}

// noRecipients is for an object without a list: in NDJSON the recipients follow, and otherwise there are none.
func (b *bulkBody) noRecipients() error {
	if b.from.lines {
		return nil
	}
	return fault.Fields{{Pointer: "/recipients", Code: "required", Detail: "There are no recipients. Send at least one."}}.Err()
}

// bulkHead reads the head, when what follows it is as it should be.
func bulkHead(object []byte, follows func() error) (bulk.Head, error) {
	var sent v1.BulkSend
	if err := decode(object, &sent); err != nil {
		return bulk.Head{}, err
	}
	if err := follows(); err != nil {
		return bulk.Head{}, err
	}
	h := bulk.Head{Title: orEmpty(sent.Title), TemplateID: orEmpty(sent.TemplateID), AccountID: orEmpty(sent.AccountID), IfUnknown: message.Policy(orEmpty(sent.IfUnknown))}
	if err := misshapen(&sent, &h.Wrong); err != nil {
		return h, err
	}
	plain("/title", h.Title, &h.Wrong)
	h.SendAfter = instantAt("/send_after", sent.SendAfter, &h.Wrong)
	h.DiscardAfter = instantAt("/discard_after", sent.DiscardAfter, &h.Wrong)
	var err error
	h.Parameters, err = parametersOf(jsontext.Value(sent.Parameters))
	return h, err
}

// rows hands each recipient on, and refuses what follows the list.
func (b *bulkBody) rows(ctx context.Context, each func(context.Context, bulk.Row) error) error {
	for {
		b.left.left = mostOfOne
		if b.PeekKind() == ']' && !b.from.lines {
			return b.close()
		}
		value, err := b.ReadValue()
		if b.from.lines && errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
			return nil
		}
		if err == nil {
			err = each(ctx, bulkRow(value))
		}
		if err != nil {
			return b.explained(err)
		}
	}
}

// close reads from the end of the list to that of the body.
func (b *bulkBody) close() error {
	if _, err := b.token(); err != nil {
		return err
	}
	if b.PeekKind() == '"' {
		return unreadable("/recipients", "invalid_json", "recipients is not the last member, so it cannot be read while it arrives.", "Send recipients as the last member of the object.")
	}
	if _, err := b.token(); err != nil {
		return err
	}
	if _, err := b.ReadToken(); !errors.Is(err, io.EOF) {
		return unreadable("", "invalid_json", "Something follows the JSON object.", "Send one JSON object in UTF-8 and nothing after it.")
	}
	return nil
}

// bulkRow reads a recipient. What cannot be read is a fault of the recipient, and not of the body.
func bulkRow(value jsontext.Value) bulk.Row {
	var sent v1.BulkRecipient
	if err := decode(value, &sent); err != nil {
		return bulk.Row{Unreadable: true, Wrong: faultsOf(err)}
	}
	r := bulk.Row{To: orEmpty(sent.To), Name: orEmpty(sent.Name), Reference: orEmpty(sent.Reference)}
	plain("/to", r.To, &r.Wrong)
	plain("/name", r.Name, &r.Wrong)
	plain("/reference", r.Reference, &r.Wrong)
	var err error
	if r.Parameters, err = parametersOf(jsontext.Value(sent.Parameters)); err != nil {
		r.Unreadable, r.Wrong = true, append(r.Wrong, faultsOf(err)...)
	}
	return r
}

// faultsOf is an error that refuses a part, as faults of that part.
func faultsOf(err error) fault.Fields {
	f := faultOf(err)
	if len(f.Fields) > 0 {
		return f.Fields
	}
	return fault.Fields{{Code: f.Code, Detail: f.Detail}}
}
