package store

import (
	"context"
	"encoding/json"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"github.com/ivendnext/whatsapp-accounts/internal/account"
	"github.com/ivendnext/whatsapp-accounts/internal/event"
	"github.com/ivendnext/whatsapp-accounts/internal/inspect"
	"github.com/ivendnext/whatsapp-accounts/internal/provider"
	"github.com/ivendnext/whatsapp-accounts/internal/site"
	"github.com/ivendnext/whatsapp-accounts/internal/webhook"
)

// The facts of health that come from checks: the last one, the last that came to a result, and what the provider said of the number.
const (
	factCheck       = "last_check"
	factCredentials = "credentials"
	factNumber      = "number"
)

// verdictDocument is a verdict as a fact keeps it.
type verdictDocument struct {
	Verdict provider.Verdict `json:"verdict"`
}

// reportDocument is a report as a fact and an event keep it.
type reportDocument struct {
	verdictDocument
	Checks []checkDocument `json:"checks"`
}

type checkDocument struct {
	Name    string           `json:"name"`
	Verdict provider.Verdict `json:"verdict"`
	Detail  string           `json:"detail"`
	Fix     string           `json:"fix,omitempty"`
	Pointer string           `json:"pointer,omitempty"`
}

func documentOf(r provider.Report) reportDocument {
	d := reportDocument{verdictDocument: verdictDocument{r.Verdict}, Checks: make([]checkDocument, len(r.Checks))}
	for i, c := range r.Checks {
		d.Checks[i] = checkDocument(c)
	}
	return d
}

// Checked implements inspect.Books. The first fact that is learnt holds the account's health until the end, so two checks that end together are told
// one after the other.
func (b *Books) Checked(ctx context.Context, in site.Site, accountID string, r provider.Report) error {
	party := webhook.Party{AccountID: accountID, Site: in}
	report, err := json.Marshal(documentOf(r))
	if err != nil {
		return err
	}
	at := r.At.UTC().Truncate(time.Microsecond)
	facts := map[string]webhook.Fact{factCheck: {At: at, Value: report}}
	if r.Number != nil {
		number, _ := json.Marshal(r.Number) // texts always can be
		facts[factNumber] = webhook.Fact{At: at, Value: number}
	}
	return b.db.Transact(ctx, func(ctx context.Context) error {
		if err := b.Learn(ctx, party, facts); err != nil || r.Verdict == provider.Unknown {
			return err
		}
		before, err := b.verdict(ctx, party)
		if err != nil {
			return err
		}
		now, err := json.Marshal(verdictDocument{r.Verdict})
		if err != nil {
			return err
		}
		if err := b.Learn(ctx, party, map[string]webhook.Fact{factCredentials: {At: at, Value: now}}); err != nil || !inspect.Tells(before, r.Verdict) {
			return err
		}
		data, err := json.Marshal(map[string]reportDocument{"check": documentOf(r)})
		if err != nil {
			return err
		}
		_, err = b.db.Events().Append(ctx, in, event.New{Type: event.AccountHealth, AccountID: accountID, Data: data})
		return err
	})
}

// verdict is the last one that came to a result, or empty.
func (b *Books) verdict(ctx context.Context, p webhook.Party) (provider.Verdict, error) {
	facts, err := b.Health(ctx, p.Site, p.AccountID)
	if err != nil {
		return "", err
	}
	known, have := facts[factCredentials]
	if !have {
		return "", nil
	}
	var last verdictDocument
	return last.Verdict, json.Unmarshal(known.Value, &last)
}

// lastChecked is when an account's turn was last; an account that never had one waits from its creation on. The index has the same words.
const lastChecked = "COALESCE(checked_at, created_at)"

// Due implements inspect.Books.
func (b *Books) Due(ctx context.Context, before time.Time, limit int) ([]account.Account, error) {
	var taken []accountRow
	err := b.db.Transact(ctx, func(ctx context.Context) error {
		all := func() *gorm.DB { return b.db.acrossSites(ctx, "every site's accounts are checked") }
		some := all().Model(&accountRow{}).Select("id").Where("status = 'Active' AND "+lastChecked+" < ?", before).Order(lastChecked).Limit(limit).Clauses(free())
		return all().Model(&taken).Clauses(clause.Returning{}).Where("id IN (?)", some).Update("checked_at", b.db.now()).Error
	})
	if err != nil {
		return nil, err
	}
	due := make([]account.Account, len(taken))
	for i, r := range taken {
		of, err := site.Named(r.Site)
		if err != nil {
			return nil, err
		}
		due[i] = r.account(of)
	}
	return due, nil
}
