package store

import (
	"context"
	"maps"
	"slices"
	"strings"

	"github.com/ivendnext/whatsapp-accounts/internal/account"
	"github.com/ivendnext/whatsapp-accounts/internal/provider"
	"github.com/ivendnext/whatsapp-accounts/internal/secret"
	"github.com/ivendnext/whatsapp-accounts/internal/site"
	"github.com/ivendnext/whatsapp-accounts/internal/webhook"
)

// Candidates finds the accounts that a webhook may speak for: webhook.Candidates.
type Candidates struct{ db *DB }

// Candidates gives the part of the database that webhooks are routed by.
func (db *DB) Candidates() *Candidates { return &Candidates{db: db} }

const noSite = "a provider's webhook names no site"

// candidateRow is an account with one value that names it and one secret that may prove for it.
type candidateRow struct {
	AccountID string
	Site      string
	Status    string
	NameField string
	NameValue string
	Field     *string
	Slot      *string
	Sealed    []byte
}

const candidateColumns = "accounts.id AS account_id, accounts.site, accounts.status, s.field, s.slot, s.sealed"

// joinProof joins the secrets that are valid now; the field is bound.
const joinProof = "LEFT JOIN account_secrets s ON s.account_id = accounts.id AND s.field = ? AND (s.valid_until IS NULL OR s.valid_until > ?)"

// maxNames is how many values one statement asks for.
const maxNames = 500

// Named implements webhook.Candidates. Every webhook waits for this look-up, so all fields are asked for at once.
func (c *Candidates) Named(ctx context.Context, t provider.Type, names provider.Names, proof string) ([]webhook.Candidate, error) {
	var rows []candidateRow
	var fields []string
	var asked []any
	room := maxNames
	ask := func() error {
		if len(fields) == 0 {
			return nil
		}
		found, err := c.named(ctx, t, proof, strings.Join(fields, " OR "), asked)
		rows, fields, asked, room = append(rows, found...), nil, nil, maxNames
		return err
	}
	for _, field := range slices.Sorted(maps.Keys(names)) {
		for some := range slices.Chunk(names[field], maxNames) {
			if len(some) > room {
				if err := ask(); err != nil {
					return nil, err
				}
			}
			fields, asked, room = append(fields, "i.field = ? AND i.value IN ?"), append(asked, field, some), room-len(some)
		}
	}
	if err := ask(); err != nil {
		return nil, err
	}
	return c.gather(rows)
}

// named reads the accounts that have one of the values; which says of which fields.
func (c *Candidates) named(ctx context.Context, t provider.Type, proof, which string, values []any) (rows []candidateRow, err error) {
	args := append([]any{proof, c.db.now(), string(t)}, values...)
	err = (namedBy + lookup(which) + namedEnd).each(c.db.acrossSites(ctx, noSite), args, func(row scanner) error {
		var r candidateRow
		err := row.Scan(&r.AccountID, &r.Site, &r.Status, &r.Field, &r.Slot, &r.Sealed, &r.NameField, &r.NameValue)
		rows = append(rows, r)
		return err
	})
	return rows, c.db.classify(ctx, err)
}

// ByID implements webhook.Candidates.
func (c *Candidates) ByID(ctx context.Context, t provider.Type, id, proof string) ([]webhook.Candidate, error) {
	if !isUUID(id) {
		return nil, nil
	}
	var rows []candidateRow
	err := c.db.acrossSites(ctx, noSite).Table("accounts").Select(candidateColumns).
		Joins("LEFT JOIN account_secrets s ON s.account_id = accounts.id AND (s.valid_until IS NULL OR s.valid_until > ?)", c.db.now()).
		Where("accounts.id = ? AND accounts.account_type = ?", id, string(t)).Find(&rows).Error
	if err != nil || len(rows) == 0 {
		return nil, c.db.classify(ctx, err)
	}
	all, err := c.gather(rows)
	if err != nil {
		return nil, err
	}
	return c.only(all[0], rows, proof)
}

// only tells the secrets that prove from those that are merely to be hidden.
func (c *Candidates) only(of webhook.Candidate, rows []candidateRow, proof string) ([]webhook.Candidate, error) {
	of.Proofs, of.Hidden = nil, of.Proofs
	for _, r := range rows {
		if r.Field == nil || *r.Field != proof {
			continue
		}
		clear, err := c.open(r)
		if err != nil {
			return nil, err
		}
		of.Proofs = append(of.Proofs, clear)
	}
	return []webhook.Candidate{of}, nil
}

// DefaultIncoming implements webhook.Candidates.
func (c *Candidates) DefaultIncoming(ctx context.Context, t provider.Type, proof string, limit int) ([]webhook.Candidate, error) {
	var rows []candidateRow
	err := c.db.acrossSites(ctx, noSite).Table("designations").Select(candidateColumns).
		Joins("JOIN accounts ON accounts.site = designations.site AND accounts.id = designations.account_id").
		Joins(joinProof, proof, c.db.now()).
		Where("designations.direction = ? AND accounts.account_type = ? AND accounts.status = 'Active'", string(account.Incoming), string(t)).
		Order("accounts.id").Limit(2 * limit).Find(&rows).Error // a secret may have two slots
	if err != nil {
		return nil, c.db.classify(ctx, err)
	}
	all, err := c.gather(rows)
	return all[:min(limit, len(all))], err
}

// gather makes a candidate of the rows of one account and value, in the order in which they came, and opens its secrets.
func (c *Candidates) gather(rows []candidateRow) ([]webhook.Candidate, error) {
	all, place := []webhook.Candidate{}, map[[3]string]int{}
	for _, r := range rows {
		key := [3]string{r.AccountID, r.NameField, r.NameValue}
		i, have := place[key]
		if !have {
			of, err := site.Named(r.Site)
			if err != nil {
				return nil, err
			}
			i, place[key] = len(all), len(all)
			all = append(all, webhook.Candidate{AccountID: r.AccountID, Site: of, Active: r.Status == string(account.Active), Names: r.names()})
		}
		if r.Field == nil {
			continue
		}
		clear, err := c.open(r)
		if err != nil {
			return nil, err
		}
		all[i].Proofs = append(all[i].Proofs, clear)
	}
	return all, nil
}

func (r candidateRow) names() map[string]string {
	if r.NameField == "" {
		return nil
	}
	return map[string]string{r.NameField: r.NameValue}
}

func (c *Candidates) open(r candidateRow) (secret.Text, error) {
	return c.db.box.Open(placeOf(secretRow{AccountID: r.AccountID, Site: r.Site, Field: *r.Field, Slot: *r.Slot}), r.Sealed)
}
