package webhook

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"time"

	"github.com/ivendnext/whatsapp-accounts/internal/account"
	"github.com/ivendnext/whatsapp-accounts/internal/event"
	"github.com/ivendnext/whatsapp-accounts/internal/provider"
)

// Queue is where the jobs wait that handle receipts: their subject is a receipt, their order key an account that proved it.
const Queue = "webhooks"

// maxMessageID is the length of the longest message id that is acted on; what is longer is passed on as it is.
const maxMessageID = 255

// Reason says why an item is for no account.
type Reason string

// The reasons.
const (
	UnknownID       Reason = "unknown_id"       // no account of the site has the id that it names
	Unproved        Reason = "unproved"         // an account of the site has it, and its own secret does not prove the body
	AccountInactive Reason = "account_inactive" // the account is switched off
)

// Books is where the effects of a webhook are written, in the transaction of ctx.
type Books interface {
	// Hold reads an account and keeps it as it is until the transaction ends. account.ErrNotFound.
	Hold(ctx context.Context, p Party) (account.Account, error)
	// Advance notes how far messages have come, and gives where each stands now. A state never goes back.
	Advance(ctx context.Context, p Party, changes []StateChange) ([]provider.MessageState, error)
	// Settle takes over what became of messages that this service sent, and gives of each how readers are told of it; nil for one that somebody else sent.
	Settle(ctx context.Context, p Party, changes []StateChange) ([]json.RawMessage, error)
	// Learn takes over facts of an account's health, at the provider's time or ours.
	Learn(ctx context.Context, p Party, facts map[string]Fact) error
	// Review takes over what a provider told of templates of the party's site: of those of a home, by name and language or, where that is
	// not told, by the provider's id. It gives our id of each, empty for one that is not known.
	Review(ctx context.Context, p Party, t provider.Type, home string, news []Review) ([]string, error)
	// Append appends to the feed of the party's site, and tells what is new.
	Append(ctx context.Context, p Party, events []event.New) (fresh []bool, err error)
	// Promise notes the read receipts that are to be sent, each with its job.
	Promise(ctx context.Context, p Party, receipts []ReadReceipt) error
	// NewID makes a UUIDv7.
	NewID() string
}

// StateChange is a status of a message.
type StateChange struct {
	MessageID string
	State     provider.MessageState
	Errors    json.RawMessage // of a failed one, as the provider sent them
	Ref       string          // our id of the message, where the provider brings it back
	Why       *Explanation    // what the first of the errors means; nil without errors
	Detail    string          // the provider's words for it
}

// Review is what a provider told of a template, at its time.
type Review struct {
	provider.TemplateNews

	At time.Time // zero when it does not say
}

// ReadReceipt is a read receipt that is to be sent.
type ReadReceipt struct {
	ID        string // UUIDv7; the event names it
	MessageID string
	Ref       json.RawMessage
}

// Explainer says in our words what a provider's error code means. It is false when we do not know.
type Explainer func(code int) (Explanation, bool)

// Explanation is an error code in words.
type Explanation struct {
	Code    int    `json:"code"`
	Class   string `json:"class"`
	Meaning string `json:"meaning"`
	Fix     string `json:"fix"`
}

// Processor handles receipts, one account at a time.
type Processor struct {
	candidates Candidates
	receipts   Receipts
	books      Books
	doors      map[provider.Type]Door
	explain    map[provider.Type]Explainer
	tally      Tally
}

// Tally counts what was handled. It must not block.
type Tally interface {
	Handled(kind string)
	NotRouted(reason string)
}

// NewProcessor makes a processor.
func NewProcessor(candidates Candidates, receipts Receipts, books Books, doors map[provider.Type]Door, explain map[provider.Type]Explainer, tally Tally) *Processor {
	return &Processor{candidates: candidates, receipts: receipts, books: books, doors: doors, explain: explain, tally: tally}
}

// Handle reads a receipt and gives what writes its effects for one party, all of them in one transaction. Handling it again has no
// further effect: every event is told apart by its key.
func (p *Processor) Handle(ctx context.Context, receiptID string, party Party) (func(context.Context) error, error) {
	r, err := p.receipts.Receipt(ctx, receiptID)
	if errors.Is(err, ErrReceiptGone) {
		return func(context.Context) error { return nil }, nil
	}
	if err != nil {
		return nil, err
	}
	door, known := p.doors[r.Type]
	if !known {
		return nil, errors.New("webhook: a receipt of a provider that this build does not know: " + string(r.Type))
	}
	names, items := door.Receiver.Names(r.Body), door.Receiver.Items(r.Body)
	return func(ctx context.Context) error {
		named := func() ([]Candidate, error) { return p.named(ctx, door, names) }
		job := sorter{receipt: r, party: party, named: named, nobody: names.Nobody()}
		if err := p.write(ctx, job, items); err != nil {
			return err
		}
		return p.receipts.Handled(ctx, r.ID)
	}, nil
}

func (p *Processor) named(ctx context.Context, door Door, names provider.Names) ([]Candidate, error) {
	if names.Nobody() {
		return nil, nil
	}
	return p.candidates.Named(ctx, door.Spec.Type, names, "")
}

// write holds the account, sorts the items and writes what follows from them. The feed comes last but for what only it can tell, because
// it keeps the site's other writers waiting.
func (p *Processor) write(ctx context.Context, job sorter, items []provider.Item) error {
	holder, err := p.books.Hold(ctx, job.party)
	if err != nil && !errors.Is(err, account.ErrNotFound) {
		return err
	}
	lines, err := job.sort(holder, items)
	if err != nil {
		return err
	}
	if err := p.advance(ctx, job.party, holder, lines); err != nil {
		return err
	}
	if err := p.learn(ctx, job.party, lines); err != nil {
		return err
	}
	if err := p.review(ctx, job.party, holder, lines); err != nil {
		return err
	}
	news := make([]event.New, len(lines))
	for i := range lines {
		if holder.IsActive() && holder.AllowAutoReadReceipt && lines[i].asksReceipt() {
			lines[i].receiptID = p.books.NewID()
		}
		if news[i], err = lines[i].event(); err != nil {
			return err
		}
	}
	fresh, err := p.books.Append(ctx, job.party, news)
	if err != nil {
		return err
	}
	return p.promise(ctx, job.party, lines, fresh)
}

// advance notes the statuses and writes into each where its message stands now, with what its errors mean.
func (p *Processor) advance(ctx context.Context, party Party, holder account.Account, lines []line) error {
	var changes []StateChange
	var of []int
	for i, l := range lines {
		if l.kind == event.MessageStatus && l.item.State != "" && len(l.item.MessageID) <= maxMessageID {
			changes, of = append(changes, p.change(holder.Type, l)), append(of, i)
		}
	}
	if len(changes) == 0 {
		return nil
	}
	states, err := p.books.Advance(ctx, party, changes)
	if err != nil {
		return err
	}
	sent, err := p.books.Settle(ctx, party, changes)
	if err != nil {
		return err
	}
	for n, i := range of {
		lines[i].add("state", states[n])
		if explained := p.explained(holder.Type, lines[i].item.ErrorCodes); len(explained) > 0 {
			lines[i].add("explained", explained)
		}
		if sent[n] != nil {
			lines[i].data["message"] = sent[n]
		}
	}
	return nil
}

// change is what a line says of a message that was sent.
func (p *Processor) change(of provider.Type, l line) StateChange {
	c := StateChange{MessageID: l.item.MessageID, State: l.item.State, Errors: l.errors(), Ref: l.item.Callback}
	c.Detail = l.complaint()
	if explain := p.explain[of]; explain != nil && len(l.item.ErrorCodes) > 0 {
		why, _ := explain(l.item.ErrorCodes[0])
		c.Why = &why
	}
	return c
}

func (p *Processor) explained(t provider.Type, codes []int) []Explanation {
	explain := p.explain[t]
	if explain == nil {
		return nil
	}
	var all []Explanation
	for _, code := range codes {
		if e, known := explain(code); known {
			all = append(all, e)
		}
	}
	return all
}

func (p *Processor) learn(ctx context.Context, party Party, lines []line) error {
	facts := map[string]Fact{}
	for _, l := range lines {
		if l.kind == event.AccountHealth {
			for name, value := range l.item.Health {
				if known, have := facts[name]; !have || !l.item.At.Before(known.At) {
					facts[name] = Fact{At: l.item.At, Value: printable(value)}
				}
			}
		}
	}
	if len(facts) == 0 {
		return nil
	}
	return p.books.Learn(ctx, party, facts)
}

// review takes over what is told of templates, and names in each line the template that it is about.
func (p *Processor) review(ctx context.Context, party Party, holder account.Account, lines []line) error {
	var news []Review
	var of []int
	for i, l := range lines {
		if l.kind == event.TemplateStatus && l.item.Template != nil {
			news, of = append(news, Review{*l.item.Template, l.item.At}), append(of, i)
		}
	}
	if len(news) == 0 {
		return nil
	}
	ids, err := p.books.Review(ctx, party, holder.Type, p.doors[holder.Type].Spec.TemplateHome(holder.ID, holder.Settings), news)
	if err != nil {
		return err
	}
	for n, i := range of {
		if ids[n] != "" {
			lines[i].add("template_id", ids[n])
		}
	}
	return nil
}

func (p *Processor) promise(ctx context.Context, party Party, lines []line, fresh []bool) error {
	var receipts []ReadReceipt
	for i, l := range lines {
		if !fresh[i] {
			continue
		}
		p.tally.Handled(string(l.kind))
		if l.reason != "" {
			p.tally.NotRouted(string(l.reason))
		}
		if l.receiptID != "" {
			receipts = append(receipts, ReadReceipt{ID: l.receiptID, MessageID: l.item.MessageID, Ref: l.item.Ref})
		}
	}
	if len(receipts) == 0 {
		return nil
	}
	return p.books.Promise(ctx, party, receipts)
}

// printable is JSON that can be answered: what is not UTF-8 in it is replaced.
func printable(raw json.RawMessage) json.RawMessage { return bytes.ToValidUTF8(raw, []byte("\uFFFD")) }
