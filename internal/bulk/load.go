package bulk

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"strconv"
	"time"
	"unicode/utf8"

	"github.com/ivendnext/whatsapp-accounts/internal/fault"
	"github.com/ivendnext/whatsapp-accounts/internal/message"
	"github.com/ivendnext/whatsapp-accounts/internal/routing"
	"github.com/ivendnext/whatsapp-accounts/internal/site"
	"github.com/ivendnext/whatsapp-accounts/internal/template"
)

// Head is what a caller asks for, but for the recipients.
type Head struct {
	Title        string
	TemplateID   string
	AccountID    string // empty names none
	Parameters   template.Parameters
	SendAfter    time.Time
	DiscardAfter time.Time
	IfUnknown    message.Policy // empty is message.Keep
	// Wrong is what is at fault already, before any rule looks at it: it is told with all that the rules find.
	Wrong fault.Fields
}

// Row is a recipient as a caller writes it.
type Row struct {
	To         string
	Name       string
	Reference  string
	Parameters template.Parameters // over those of the head
	// Wrong is what is at fault already, with pointers of the row.
	Wrong fault.Fields
	// Unreadable is one that cannot be held against the rules: Wrong says why.
	Unreadable bool
}

// loadStep is how many recipients are written at once: so few that nobody waits long for it.
const loadStep = 500

// Load is a bulk that is being read. It keeps what is good in steps, so that it needs little memory and no long transaction; nobody sees any of it before
// Start. Whoever makes one must call Start or Drop.
type Load struct {
	bulk     Bulk
	decision routing.Decision
	service  *Service
	series   *message.Series
	common   template.Parameters

	rows     int // that were read
	findings Findings
	seen     map[uint64]int // where each number was first
	step     []Recipient
}

// Open begins a bulk. Invalid with every member at fault, a *routing.Refusal when no account may send it.
func (s *Service) Open(ctx context.Context, caller site.Caller, ask Head) (*Load, error) {
	wrong := ask.Wrong
	switch {
	case wrong.Has("/title"):
	case ask.Title == "":
		wrong.Add("/title", "required", "Give the bulk message a title, by which people know it.")
	case utf8.RuneCountInString(ask.Title) > MaxTitle:
		wrong.Add("/title", "invalid_value", fmt.Sprintf("The title is longer than %d characters.", MaxTitle))
	}
	if ask.TemplateID == "" && !wrong.Has("/template_id") {
		wrong.Add("/template_id", "required", "Name the template that is to be sent.")
	}
	series, err := s.messages.Series(ctx, caller.Site, message.Draft{
		TemplateID: ask.TemplateID, AccountID: ask.AccountID, IfUnknown: ask.IfUnknown, SendAfter: ask.SendAfter, DiscardAfter: ask.DiscardAfter, Wrong: wrong,
	})
	if err != nil {
		return nil, err
	}
	now, d := s.now(), series.Decision
	l := &Load{service: s, series: series, decision: d, common: ask.Parameters, seen: map[uint64]int{}, bulk: Bulk{
		ID: s.newID(), Site: caller.Site, Title: ask.Title, TemplateID: d.Template.ID, AccountID: d.Account.ID, Reason: d.Reason, IfUnknown: ask.IfUnknown,
		SendAfter: ask.SendAfter, DiscardAfter: ask.DiscardAfter, Status: Loading, CreatedBy: caller.Name, CreatedAt: now, UpdatedAt: now,
	}}
	if l.bulk.IfUnknown == "" {
		l.bulk.IfUnknown = message.Keep
	}
	if err := l.judgeCommon(); err != nil {
		return nil, err
	}
	return l, s.store.Begin(ctx, l.bulk)
}

// judgeCommon refuses common values that no recipient can mend. That some are missing is for the recipients to tell.
func (l *Load) judgeCommon() error {
	_, err := l.common.Fill(l.decision.Template.Content)
	found, _ := errors.AsType[*fault.Error](err)
	if found == nil {
		return err
	}
	var wrong fault.Fields
	for _, f := range found.Fields {
		if f.Code != "required" {
			wrong = append(wrong, f)
		}
	}
	return wrong.Err()
}

// Add takes the next recipient. What is wrong with it is told by Finish; an error ends the load.
func (l *Load) Add(ctx context.Context, r Row) error {
	n := l.rows
	if l.rows++; l.rows > MaxRecipients {
		return fault.Fields{{Pointer: "/recipients", Code: "invalid_value", Detail: fmt.Sprintf("There are more than %d recipients. Send several bulk messages.", MaxRecipients)}}.Err()
	}
	m, wrong, err := l.judge(n, r)
	if err != nil {
		return err
	}
	if len(wrong) > 0 {
		l.findings.Add(n, wrong...)
	}
	if l.findings.Any() {
		return nil // nothing will be kept, and the rest is read to tell all that is wrong
	}
	l.step = append(l.step, Recipient{N: n, To: m.To.Value, Name: r.Name, Reference: r.Reference, Composed: m.Composed})
	if len(l.step) < loadStep {
		return nil
	}
	return l.flush(ctx)
}

func (l *Load) flush(ctx context.Context) error {
	if len(l.step) == 0 {
		return nil
	}
	err := l.service.store.Load(ctx, l.bulk.Site, l.bulk.ID, l.step)
	l.step = l.step[:0]
	return err
}

// judge holds a row against the rules. The error is a refusal of all rows.
func (l *Load) judge(n int, r Row) (message.Message, fault.Fields, error) {
	if r.Unreadable {
		return message.Message{}, r.Wrong, nil
	}
	wrong := r.Wrong
	judgeLength(&wrong, "/name", r.Name, MaxName)
	judgeLength(&wrong, "/reference", r.Reference, MaxReference)
	m, err := l.series.Message(r.To, r.Reference, l.overlaid(r.Parameters))
	if err != nil {
		found, is := errors.AsType[*fault.Error](err)
		if _, refused := errors.AsType[*routing.Refusal](err); refused || !is || found.Kind != fault.Invalid || len(found.Fields) == 0 {
			return m, nil, err
		}
		for _, f := range found.Fields {
			if !wrong.Has(f.Pointer) {
				wrong = append(wrong, f)
			}
		}
	}
	if first, twice := l.first(m.To.Value, n); twice {
		wrong.Add("/to", "duplicate_recipient", fmt.Sprintf("The number is also that of /recipients/%d: nobody gets the same message twice.", first))
	}
	return m, wrong, nil
}

func judgeLength(wrong *fault.Fields, pointer, text string, most int) {
	if utf8.RuneCountInString(text) > most && !wrong.Has(pointer) {
		wrong.Add(pointer, "invalid_value", fmt.Sprintf("The text is longer than %d characters.", most))
	}
}

// first notes where a number stands, and tells where it stood before. A number is kept as one: 15 digits fit.
func (l *Load) first(e164 string, n int) (before int, twice bool) {
	if e164 == "" {
		return 0, false
	}
	number, err := strconv.ParseUint(e164[1:], 10, 64)
	if err != nil {
		return 0, false
	}
	if before, twice = l.seen[number]; !twice {
		l.seen[number] = n
	}
	return before, twice
}

// overlaid puts a recipient's own values over the common ones. A list is a whole, so it replaces them.
func (l *Load) overlaid(own template.Parameters) template.Parameters {
	switch {
	case own.InOrder != nil || own.ByKey == nil && l.common.ByKey == nil && l.common.InOrder == nil:
		return own
	case own.ByKey == nil:
		return l.common
	}
	all := map[string]string{}
	for i, at := range template.PlacesOf(l.decision.Template.Content) {
		if i < len(l.common.InOrder) {
			all[at.Key] = l.common.InOrder[i]
		}
	}
	maps.Copy(all, l.common.ByKey)
	maps.Copy(all, own.ByKey)
	return template.Parameters{ByKey: all}
}

// Finish ends the reading. ErrRecipients with each one at fault, Invalid when there are none.
func (l *Load) Finish(ctx context.Context) error {
	if l.rows == 0 {
		return fault.Fields{{Pointer: "/recipients", Code: "required", Detail: "There are no recipients. Send at least one."}}.Err()
	}
	if err := l.findings.Err(l.rows); err != nil {
		return err
	}
	return l.flush(ctx)
}

// Start makes the bulk a running one, in the transaction of ctx if there is one. ErrNotFound when it was removed because it took too long.
func (l *Load) Start(ctx context.Context) (Progress, routing.Decision, error) {
	b := l.bulk
	b.Status, b.Total, b.UpdatedAt = Running, l.rows, l.service.now()
	return Progress{Bulk: b, Counts: Counts{Pending: b.Total}}, l.decision, l.service.store.Start(ctx, b)
}

// Drop removes what was kept, unless the bulk was started.
func (l *Load) Drop(ctx context.Context) error {
	return l.service.store.Drop(ctx, l.bulk.Site, l.bulk.ID)
}
