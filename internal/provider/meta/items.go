package meta

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/ivendnext/whatsapp-accounts/internal/provider"
)

// Items implements provider.Receiver.
func (Receiver) Items(body []byte) []provider.Item {
	changes, readable := unfold(body)
	if !readable {
		quoted, _ := json.Marshal(string(body)) // a text always can be
		return []provider.Item{whole(told{raw: quoted}, provider.ItemOther)}
	}
	var items []provider.Item
	n := 0
	for t := range changes {
		if n++; n > provider.MaxItems {
			raw, _ := json.Marshal(map[string]string{"too_many_changes": digest(body)})
			return []provider.Item{whole(told{raw: raw}, provider.ItemOther)}
		}
		if len(items)+t.parts() > provider.MaxItems {
			items = append(items, whole(t, provider.ItemOther))
			continue
		}
		items = append(items, t.items()...)
	}
	return items
}

// parts is how many items a change has, or one more.
func (t told) parts() int {
	return max(1, len(t.Value.Messages)+len(t.Value.Statuses)+len(t.Value.Errors))
}

// maxBeside is how long metadata or a contact may be, in bytes, to go with each of the messages that they are for. Meta's have a few hundred.
const maxBeside = 4 << 10

// heavy tells a change of which each item would have much beside it.
func (t told) heavy() bool {
	return len(t.Value.Metadata) > maxBeside || slices.ContainsFunc(t.Value.Contacts, func(c json.RawMessage) bool { return len(c) > maxBeside })
}

// items takes a change apart. One in which nothing is recognised, or that is heavy, is passed on whole; an entry that lists no change tells nothing.
func (t told) items() []provider.Item {
	if t.nothing {
		return nil
	}
	if t.Field != "messages" {
		return []provider.Item{t.account()}
	}
	if t.heavy() {
		return []provider.Item{whole(t, provider.ItemOther)}
	}
	var items []provider.Item
	known := t.contacts()
	for _, m := range t.Value.Messages {
		items = append(items, t.message(m, known))
	}
	for _, s := range t.Value.Statuses {
		items = append(items, t.status(s))
	}
	within := sync.OnceValue(func() []byte { return []byte(digest(t.raw)) })
	for _, e := range t.Value.Errors {
		item := t.part(provider.ItemHealth, "error", e)
		item.Key, item.Health = "error/"+digest(e, within()), map[string]json.RawMessage{"error": e}
		items = append(items, item)
	}
	if len(items) == 0 {
		return []provider.Item{whole(t, provider.ItemOther)}
	}
	return items
}

// message is what we look at in an incoming message.
type message struct {
	ID         provider.LooseText `json:"id"`
	From       provider.LooseText `json:"from"`
	FromUserID provider.LooseText `json:"from_user_id"`
	Timestamp  provider.LooseText `json:"timestamp"`
	Type       provider.LooseText `json:"type"`
}

func (t told) message(raw json.RawMessage, known contacts) provider.Item {
	var m message
	if json.Unmarshal(raw, &m) != nil {
		return t.part(provider.ItemOther, "message", raw)
	}
	item := t.part(provider.ItemMessage, "message", raw)
	item.Key, item.At = "message/"+string(m.ID), unix(m.Timestamp)
	if m.ID == "" {
		item.Key = "message/#" + digest(raw)
	}
	if c := known.whose(string(m.From), string(m.FromUserID)); c != nil {
		item.Data["contact"] = c
	}
	item.MessageID, item.Readable = string(m.ID), m.ID != "" && readable(string(m.Type))
	item.Ref, _ = json.Marshal(item.MessageID)
	return item
}

// readable tells the kinds of message that have something to read. Source: Meta, "Mark messages as read"; a system message is about a
// customer and not from one, and a reaction shows no mark.
func readable(kind string) bool {
	return !slices.Contains([]string{"system", "unsupported", "unknown", "reaction", ""}, kind)
}

// contact is somebody who wrote messages: known by phone number or, since a user may hide it, by user id.
type contact struct {
	WaID   provider.LooseText `json:"wa_id"`
	UserID provider.LooseText `json:"user_id"`
}

// contacts are those of a change, by what they are known by: the first of each.
type contacts struct {
	all             []json.RawMessage
	byPhone, byUser map[string]int
}

// contacts reads all of them once for all messages, of which there may be thousands.
func (t told) contacts() contacts {
	known := contacts{all: t.Value.Contacts, byPhone: map[string]int{}, byUser: map[string]int{}}
	add := func(to map[string]int, name provider.LooseText, at int) {
		if _, there := to[string(name)]; !there && name != "" {
			to[string(name)] = at
		}
	}
	for i, raw := range t.Value.Contacts {
		var c contact
		if json.Unmarshal(raw, &c) == nil {
			add(known.byPhone, c.WaID, i)
			add(known.byUser, c.UserID, i)
		}
	}
	return known
}

// whose finds who wrote a message: the first that is known by either.
func (c contacts) whose(from, userID string) json.RawMessage {
	phone, byPhone := c.byPhone[from]
	user, byUser := c.byUser[userID]
	switch {
	case byPhone && (!byUser || phone <= user):
		return c.all[phone]
	case byUser:
		return c.all[user]
	}
	return nil
}

// status is what we look at in what became of a message.
type status struct {
	ID        provider.LooseText `json:"id"`
	Status    provider.LooseText `json:"status"`
	Timestamp provider.LooseText `json:"timestamp"`
	Callback  provider.LooseText `json:"biz_opaque_callback_data"`
	Errors    []struct {
		Code int `json:"code"`
	} `json:"errors"`
}

// maxCodes is how many error codes of a status are explained. Meta gives one.
const maxCodes = 16

func (t told) status(raw json.RawMessage) provider.Item {
	var s status
	if json.Unmarshal(raw, &s) != nil || s.ID == "" {
		return t.part(provider.ItemOther, "status", raw)
	}
	item := t.part(provider.ItemStatus, "status", raw)
	item.Key, item.At = "status/"+string(s.ID)+"/"+string(s.Status), unix(s.Timestamp)
	item.MessageID, item.State, item.Callback = string(s.ID), stateOf(string(s.Status)), string(s.Callback)
	for _, e := range s.Errors {
		if len(item.ErrorCodes) < maxCodes && !slices.Contains(item.ErrorCodes, e.Code) {
			item.ErrorCodes = append(item.ErrorCodes, e.Code)
		}
	}
	return item
}

// stateOf puts Meta's word into ours; a voice message that was played was read.
func stateOf(word string) provider.MessageState {
	if word == "played" {
		return provider.StateRead
	}
	if s := provider.MessageState(word); s.Rank() > 0 {
		return s
	}
	return ""
}

// part is an item that is one member of a change.
func (t told) part(kind provider.ItemKind, member string, raw json.RawMessage) provider.Item {
	item := provider.Item{Kind: kind, Names: t.names(), Key: member + "/" + digest(raw), Data: map[string]json.RawMessage{member: raw}, Change: t.raw}
	if len(t.Value.Metadata) > 0 {
		item.Data["metadata"] = t.Value.Metadata
	}
	return item
}

// digest is a short name for what has no id of its own.
func digest(parts ...[]byte) string {
	h := sha256.New()
	for _, p := range parts {
		h.Write(p)
		h.Write([]byte{0})
	}
	return base64.RawURLEncoding.EncodeToString(h.Sum(nil)[:16])
}

// unix reads Unix seconds; the zero time when there are none.
func unix(seconds provider.LooseText) time.Time {
	n, err := strconv.ParseInt(string(seconds), 10, 64)
	if err != nil || n <= 0 || n > maxUnix {
		return time.Time{}
	}
	return time.Unix(n, 0).UTC()
}

// maxUnix is the last second that a time of RFC 3339 can write.
const maxUnix = 253402300799
