package store

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"github.com/ivendnext/whatsapp-accounts/internal/account"
	"github.com/ivendnext/whatsapp-accounts/internal/event"
	"github.com/ivendnext/whatsapp-accounts/internal/provider"
	"github.com/ivendnext/whatsapp-accounts/internal/queue"
	"github.com/ivendnext/whatsapp-accounts/internal/site"
	"github.com/ivendnext/whatsapp-accounts/internal/template"
	"github.com/ivendnext/whatsapp-accounts/internal/webhook"
)

// factSync is the fact of an account's health that its last sync leaves.
const factSync = "template_sync"

// outcomeDocument is an outcome as a fact keeps it.
type outcomeDocument struct {
	Outcome   string `json:"outcome"`
	Templates *int   `json:"templates,omitempty"`
	Detail    string `json:"detail,omitempty"`
	Fix       string `json:"fix,omitempty"`
}

const (
	outcomeDone   = "done"
	outcomeFailed = "failed"
)

// Enqueue implements template.Store.
func (s *Templates) Enqueue(ctx context.Context, in site.Site, accountID string) error {
	return s.db.Jobs().Enqueue(ctx, syncOf(in, accountID))
}

func syncOf(in site.Site, accountID string) queue.New {
	return queue.New{Queue: template.Queue, OrderKey: accountID, Site: in, Subject: accountID}
}

// lastSynced is when an account's turn was last; one that never had one waits from its creation on. The index has the same words.
const lastSynced = "COALESCE(templates_turn_at, created_at)"

// EnqueueDue implements template.Store.
func (s *Templates) EnqueueDue(ctx context.Context, types []provider.Type, before time.Time, limit int) (int, error) {
	var taken []accountRow
	err := s.db.Transact(ctx, func(ctx context.Context) error {
		all := func() *gorm.DB { return s.db.acrossSites(ctx, "every site's templates are synced") }
		some := all().Model(&accountRow{}).Select("id").Where("status = 'Active' AND account_type IN ? AND "+lastSynced+" < ?", types, before).
			Order(lastSynced).Limit(limit).Clauses(free())
		err := all().Model(&taken).Clauses(clause.Returning{}).Where("id IN (?)", some).Update("templates_turn_at", s.db.now()).Error
		if err != nil || len(taken) == 0 {
			return err
		}
		jobs := make([]queue.New, len(taken))
		for i, r := range taken {
			of, err := site.Named(r.Site)
			if err != nil {
				return err
			}
			jobs[i] = syncOf(of, r.ID)
		}
		return s.db.Jobs().Enqueue(ctx, jobs...)
	})
	return len(taken), err
}

// Synced implements template.Store.
func (s *Templates) Synced(ctx context.Context, in site.Site, accountID string) (time.Time, error) {
	facts, err := s.db.Books().Health(ctx, in, accountID)
	if err != nil {
		return time.Time{}, err
	}
	var last outcomeDocument
	known, have := facts[factSync]
	if !have {
		return time.Time{}, nil
	}
	if err := json.Unmarshal(known.Value, &last); err != nil || last.Outcome != outcomeDone {
		return time.Time{}, err
	}
	return known.At, nil
}

// Unsynced implements template.Store.
func (s *Templates) Unsynced(ctx context.Context, in site.Site, accountID string, o template.Outcome) error {
	d := outcomeDocument{Outcome: outcomeFailed, Detail: o.Detail, Fix: o.Fix}
	if o.Done {
		d = outcomeDocument{Outcome: outcomeDone, Templates: &o.Templates}
	}
	value, err := json.Marshal(d)
	if err != nil {
		return err
	}
	err = s.db.Books().Learn(ctx, webhook.Party{AccountID: accountID, Site: in}, map[string]webhook.Fact{factSync: {At: o.At, Value: value}})
	if errors.Is(err, account.ErrNotFound) {
		return nil // and so is whoever would read it
	}
	return err
}

// Reconcile implements template.Store. The rows are held in the order of their ids, so that the syncs of two numbers of one home do not wait for each other.
func (s *Templates) Reconcile(ctx context.Context, a account.Account, home string, o template.Outcome, decide func([]template.Template) template.Changes) error {
	return s.db.Transact(ctx, func(ctx context.Context) error {
		now, err := s.db.Books().Hold(ctx, webhook.Party{AccountID: a.ID, Site: a.Site})
		if errors.Is(err, account.ErrNotFound) || err == nil && !now.IsActive() {
			return nil
		}
		if err != nil {
			return err
		}
		var rows []templateRow
		err = s.db.in(ctx, a.Site).Where("account_type = ? AND home = ?", string(a.Type), home).Order("id").
			Clauses(clause.Locking{Strength: clause.LockingStrengthUpdate}).Find(&rows).Error
		if err != nil {
			return err
		}
		have := make([]template.Template, len(rows))
		for i, r := range rows {
			have[i] = r.template(a.Site)
		}
		changes := decide(have)
		if err := s.apply(ctx, a.Site, changes); err != nil {
			return err
		}
		if err := s.Unsynced(ctx, a.Site, a.ID, o); err != nil {
			return err
		}
		return s.tell(ctx, a, changes.Told)
	})
}

func (s *Templates) apply(ctx context.Context, in site.Site, changes template.Changes) error {
	for _, t := range changes.Changed {
		if err := s.replace(ctx, in, t); err != nil {
			return err
		}
	}
	if len(changes.Fresh) == 0 {
		return nil
	}
	rows := make([]templateRow, len(changes.Fresh))
	for i, t := range changes.Fresh {
		rows[i] = templateRowOf(t)
	}
	// One that somebody made in the meantime is found by the next sync.
	return gone(s.db.in(ctx, in).Clauses(clause.OnConflict{DoNothing: true}).CreateInBatches(&rows, 100).Error)
}

// statusDocument is what the event template.status tells of a status that a sync found.
type statusDocument struct {
	TemplateID string `json:"template_id"`
	Before     string `json:"before"`
	Status     string `json:"status"`
	Reason     string `json:"reason,omitempty"`
	FoundBy    string `json:"found_by"`
}

func (s *Templates) tell(ctx context.Context, a account.Account, told []template.Told) error {
	events := make([]event.New, len(told))
	for i, t := range told {
		data, err := json.Marshal(statusDocument{TemplateID: t.TemplateID, Before: string(t.Before), Status: string(t.Status), Reason: t.Reason, FoundBy: "sync"})
		if err != nil {
			return err
		}
		events[i] = event.New{Type: event.TemplateStatus, AccountID: a.ID, Data: data}
	}
	_, err := s.db.Events().Append(ctx, a.Site, events...)
	return err
}
