package webhook

import (
	"cmp"
	"encoding/json"
	"maps"
	"slices"
	"time"

	"github.com/ivendnext/whatsapp-accounts/internal/account"
	"github.com/ivendnext/whatsapp-accounts/internal/event"
	"github.com/ivendnext/whatsapp-accounts/internal/provider"
)

// Fact is one thing that is known of an account's health.
type Fact struct {
	At    time.Time       `json:"at"`
	Value json.RawMessage `json:"value"`
}

// line is one event that an item becomes.
type line struct {
	item      provider.Item
	kind      event.Type
	accountID string
	reason    Reason // why it is unrouted
	receiptID string
	data      map[string]json.RawMessage
}

// sorter says what each item of a receipt is for one of the accounts that proved it.
type sorter struct {
	receipt Receipt
	party   Party
	named   func() ([]Candidate, error) // finds the accounts, of any site, that the body names
	nobody  bool                        // the body names no account at all
}

// sort gives the party's lines: its own items, and those that are nobody's. The items of other accounts that proved the receipt are
// theirs, and in another site they are not even seen.
func (s sorter) sort(holder account.Account, items []provider.Item) (lines []line, err error) {
	var named []Candidate
	if slices.ContainsFunc(items, func(item provider.Item) bool { return !s.mine(holder, item) }) { // or nobody else matters
		if named, err = s.named(); err != nil {
			return nil, err
		}
	}
	for _, item := range items {
		switch {
		case s.mine(holder, item) && holder.IsActive():
			lines = append(lines, line{item: item, kind: typeOf(item.Kind), accountID: holder.ID, data: maps.Clone(item.Data)})
		case s.mine(holder, item):
			lines = s.untold(lines, item, AccountInactive, holder.ID)
		case !s.others(item, named):
			lines = s.untold(lines, item, s.whyNot(item, named), "")
		}
	}
	return lines, nil
}

// mine tells what is for the holder: what names it, and what names nobody, when the path or the lack of any name says so.
func (s sorter) mine(holder account.Account, item provider.Item) bool {
	if holder.ID == "" {
		return false
	}
	if len(item.Names) == 0 {
		return s.receipt.Confined || s.nobody
	}
	return is(holder.Settings, item.Names)
}

func is(settings, names map[string]string) bool {
	for field, value := range names {
		if settings[field] != value {
			return false
		}
	}
	return true
}

// others tells what is for another account that proved the receipt: that account's turn comes.
func (s sorter) others(item provider.Item, named []Candidate) bool {
	return slices.ContainsFunc(named, func(c Candidate) bool {
		return c.AccountID != s.party.AccountID && is(c.Names, item.Names) && len(item.Names) > 0 &&
			slices.ContainsFunc(s.receipt.Proved, func(p Party) bool { return p.AccountID == c.AccountID })
	})
}

// whyNot looks at the accounts of the party's own site only: what other sites have is not its affair.
func (s sorter) whyNot(item provider.Item, named []Candidate) Reason {
	if len(item.Names) > 0 && slices.ContainsFunc(named, func(c Candidate) bool { return c.Site == s.party.Site && is(c.Names, item.Names) }) {
		return Unproved
	}
	return UnknownID
}

// untold adds the change of an item unless the last line is about it: a line for each of thousands of items, with all of them in it, would be more than fits into memory.
func (s sorter) untold(lines []line, item provider.Item, why Reason, accountID string) []line {
	if n := len(lines); n > 0 && lines[n-1].reason == why && same(lines[n-1].item.Change, item.Change) {
		return lines
	}
	return append(lines, s.unrouted(item, why, accountID))
}

// same tells that two parts of a body are one and the same, which the items of a change share.
func same(a, b json.RawMessage) bool { return len(a) == len(b) && len(a) > 0 && &a[0] == &b[0] }

// maxName is the length of the longest name of an account that is repeated beside a change; no account has a longer one.
const maxName = 255

// unrouted keeps the change as it came. It is told apart by the change and not by the item: a change for nobody is one event.
func (s sorter) unrouted(item provider.Item, why Reason, accountID string) line {
	item.Key = "unrouted/" + string(why) + "/" + s.receipt.keyOf(item.Change)
	l := line{item: item, kind: event.WebhookUnrouted, accountID: accountID, reason: why, data: map[string]json.RawMessage{"change": item.Change}}
	l.add("reason", why)
	l.add("receipt_id", s.receipt.ID)
	for field, value := range item.Names {
		if len(value) <= maxName {
			l.add(field, value)
		}
	}
	return l
}

// typeOf is the event that an item becomes.
func typeOf(k provider.ItemKind) event.Type {
	switch k {
	case provider.ItemMessage:
		return event.MessageReceived
	case provider.ItemStatus:
		return event.MessageStatus
	case provider.ItemTemplate:
		return event.TemplateStatus
	case provider.ItemHealth:
		return event.AccountHealth
	case provider.ItemOther:
	}
	return event.WebhookOther
}

// asksReceipt tells a message that can be marked as read.
func (l line) asksReceipt() bool {
	return l.kind == event.MessageReceived && l.item.Readable && l.item.MessageID != "" && len(l.item.MessageID) <= maxMessageID
}

// errors gives the errors of a status as the provider sent them.
func (l line) errors() json.RawMessage {
	var s struct {
		Errors json.RawMessage `json:"errors"`
	}
	if json.Unmarshal(l.item.Data["status"], &s) != nil {
		return nil
	}
	return printable(s.Errors)
}

// complaint is what the provider says of the first error of a status, in its most telling words.
func (l line) complaint() string {
	var all []struct {
		Title   provider.LooseText `json:"title"`
		Message provider.LooseText `json:"message"`
		Data    struct {
			Details provider.LooseText `json:"details"`
		} `json:"error_data"`
	}
	if json.Unmarshal(l.errors(), &all) != nil || len(all) == 0 {
		return ""
	}
	return string(cmp.Or(all[0].Data.Details, all[0].Message, all[0].Title))
}

// add puts a member beside what the provider sent.
func (l line) add(name string, value any) {
	if raw, err := json.Marshal(value); err == nil {
		l.data[name] = raw
	}
}

func (l line) event() (event.New, error) {
	data, err := json.Marshal(l.data)
	return event.New{Type: l.kind, AccountID: l.accountID, Key: l.item.Key, Data: printable(data), ReceiptID: l.receiptID}, err
}
