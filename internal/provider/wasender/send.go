package wasender

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strconv"
	"time"

	"github.com/ivendnext/whatsapp-accounts/internal/provider"
	"github.com/ivendnext/whatsapp-accounts/internal/provider/content"
	"github.com/ivendnext/whatsapp-accounts/internal/provider/guard"
)

// infoTimeout is for the question for WhatsApp's own id: the message is on its way without it.
const infoTimeout = 3 * time.Second

// outgoing is the request of POST /send-message (WASender, send-text-message and its sisters): the member with the content says what kind it is.
//
//nolint:tagliatelle // WASender's names
type outgoing struct {
	To       string       `json:"to"`
	Text     string       `json:"text,omitempty"` // of media it is the caption
	Image    string       `json:"imageUrl,omitempty"`
	Video    string       `json:"videoUrl,omitempty"`
	Audio    string       `json:"audioUrl,omitempty"`
	Document string       `json:"documentUrl,omitempty"`
	FileName string       `json:"fileName,omitempty"`
	Sticker  string       `json:"stickerUrl,omitempty"`
	Location *place       `json:"location,omitempty"`
	Contact  *contactCard `json:"contact,omitempty"`
	ReplyTo  int64        `json:"replyTo,omitempty"`
}

type place struct {
	Latitude  float64 `json:"latitude"`
	Longitude float64 `json:"longitude"`
	Name      string  `json:"name,omitempty"`
	Address   string  `json:"address,omitempty"`
}

type contactCard struct {
	Name  string `json:"name"`
	Phone string `json:"phone"`
}

// taken is what WASender answers to a message that it took. Its msgId is not WhatsApp's id.
type taken struct {
	Success bool `json:"success"`
	Data    struct {
		MsgID provider.LooseText `json:"msgId"` //nolint:tagliatelle // WASender's name
	} `json:"data"`
}

// Send implements provider.Sender. WASender carries no reference of ours.
func (p *Provider) Send(ctx context.Context, c provider.Credentials, m provider.Outgoing) (provider.Accepted, error) {
	body, ok := p.write(m)
	if !ok {
		return provider.Accepted{}, &provider.CallError{
			Class: provider.ClassPermanent, Meaning: "The message holds something that cannot be written down for WASender, so it was not sent.",
			Fix: "Correct the message and send it as a new one.",
		}
	}
	answer, err := ask[taken](ctx, p, c, guard.Request{Method: http.MethodPost, Path: []string{"send-message"}, Body: body})
	if err == nil && !answer.Success && answer.Data.MsgID == "" {
		err = unreadable(http.StatusOK)
	}
	if err != nil {
		return provider.Accepted{}, doubted(err)
	}
	return provider.Accepted{ID: p.whatsAppID(ctx, c, string(answer.Data.MsgID))}, nil
}

// doubted is what a failure says of a message. 503 is said before anything is done.
func doubted(err error) error {
	if e, ok := errors.AsType[*provider.CallError](err); ok && e.Status == http.StatusServiceUnavailable {
		return err
	}
	return provider.Doubted(err)
}

// whatsAppID asks once for the id by which webhooks name the message: GET /messages/{msgId}/info (WASender, get-message-info). Empty when it is not told.
func (p *Provider) whatsAppID(ctx context.Context, c provider.Credentials, own string) string {
	if !ownID.MatchString(own) {
		return ""
	}
	ctx, cancel := context.WithTimeout(ctx, infoTimeout)
	defer cancel()
	type info struct {
		Data struct {
			ID  provider.LooseText `json:"id"`
			Key messageKey         `json:"key"`
		} `json:"data"`
	}
	answer, err := ask[info](ctx, p, c, guard.Request{Method: http.MethodGet, Path: []string{"messages", own, "info"}})
	switch {
	case err != nil:
		return ""
	case answer.Data.Key.ID != "":
		return string(answer.Data.Key.ID)
	}
	return string(answer.Data.ID)
}

// write translates a message; what was not judged, or was refused, cannot be.
func (p *Provider) write(m provider.Outgoing) (body []byte, ok bool) {
	if lack, wrong := p.Judge(m); lack != "" || len(wrong) > 0 {
		return nil, false
	}
	out := outgoing{To: m.To.Value}
	out.ReplyTo, _ = strconv.ParseInt(m.ReplyTo, 10, 64) // judged, or empty
	if m.Composed == nil {
		read, _ := content.Read(m.Type, m.Content)
		out.take(read)
		body, err := json.Marshal(out)
		return body, err == nil
	}
	var members map[string]json.RawMessage
	outside, err := json.Marshal(out)
	if err != nil || json.Unmarshal(m.Composed, &members) != nil || len(members) == 0 {
		return nil, false
	}
	return bytes.Join([][]byte{outside[:len(outside)-1], []byte(`,`), bytes.TrimSpace(m.Composed)[1:]}, nil), true
}

// take puts the content where WASender wants it.
func (o *outgoing) take(c content.Content) {
	switch c.Type {
	case provider.TypeText:
		o.Text = c.Text.Body
	case provider.TypeImage:
		o.Image, o.Text = c.Media.Link, c.Media.Caption
	case provider.TypeVideo:
		o.Video, o.Text = c.Media.Link, c.Media.Caption
	case provider.TypeDocument:
		o.Document, o.Text, o.FileName = c.Media.Link, c.Media.Caption, c.Media.Filename
	case provider.TypeAudio:
		o.Audio = c.Media.Link
	case provider.TypeSticker:
		o.Sticker = c.Media.Link
	case provider.TypeLocation:
		o.Location = &place{Latitude: c.Location.Latitude, Longitude: c.Location.Longitude, Name: c.Location.Name, Address: c.Location.Address}
	case provider.TypeContacts:
		o.Contact = &contactCard{Name: c.Contacts[0].Name, Phone: c.Contacts[0].Phones[0]}
	case provider.TypeReaction, provider.TypeInteractive, provider.TypeTemplate: // WASender lacks the capability
	}
}
