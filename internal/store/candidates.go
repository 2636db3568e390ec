package store

import (
	"context"
	"maps"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

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
	Field     string // empty when there is no secret
	Slot      string
	Sealed    []byte
}

// scanCandidates puts the rows of a look-up into a slice.
func scanCandidates(into *[]candidateRow) func(scanner) error {
	return func(row scanner) error {
		var r candidateRow
		err := row.Scan(&r.AccountID, &r.Site, &r.Status, &r.Field, &r.Slot, &r.Sealed, &r.NameField, &r.NameValue)
		*into = append(*into, r)
		return err
	}
}

const candidateColumns = "accounts.id AS account_id, accounts.site, accounts.status, s.field, s.slot, s.sealed"

// joinProof joins the secrets that are valid now; the field is bound.
const joinProof = "LEFT JOIN account_secrets s ON s.account_id = accounts.id AND s.field = ? AND (s.valid_until IS NULL OR s.valid_until > ?)"

// maxNames is how many values one statement asks for.
const maxNames = 500

// Named implements webhook.Candidates.
func (c *Candidates) Named(ctx context.Context, t provider.Type, names provider.Names, proof string) ([]webhook.Candidate, error) {
	rows, _, err := c.rowsNamed(ctx, t, names, proof)
	if err != nil {
		return nil, err
	}
	return c.gather(rows)
}

// rowsNamed asks for all fields at once, because webhooks wait for it. Cut means that there may be more than it gives.
func (c *Candidates) rowsNamed(ctx context.Context, t provider.Type, names provider.Names, proof string) (rows []candidateRow, cut bool, err error) {
	ask := naming{proof: proof, now: c.db.now(), of: t}
	read := func() error {
		found, err := c.named(ctx, &ask)
		rows, cut = append(rows, found...), cut || len(found) >= maxFound
		return err
	}
	for _, field := range slices.Sorted(maps.Keys(names)) {
		for some := range slices.Chunk(possible(names[field]), maxNames) {
			if ask.asked+len(some) > maxNames {
				if err := read(); err != nil {
					return nil, false, err
				}
			}
			ask.add(field, some)
		}
	}
	err = read()
	return rows, cut, err
}

// possible are those of the values that an account can have. PostgreSQL fails with what is no text to it, and a stranger can name anything.
func possible(values []string) []string {
	return slices.DeleteFunc(slices.Clone(values), impossible)
}

func impossible(value string) bool {
	return strings.Contains(value, "\x00") || !utf8.ValidString(value)
}

// naming collects what one statement asks for: each field on its own, because SQLite would otherwise read every account of the type.
type naming struct {
	proof string
	now   time.Time
	of    provider.Type
	parts []string
	args  []any
	asked int
}

// add asks for values of a field.
func (n *naming) add(field string, values []string) {
	n.parts, n.asked = append(n.parts, string(namedBy)), n.asked+len(values)
	n.args = append(n.args, n.proof, n.now, string(n.of), field, padded(values))
}

// padded repeats a value until there are as many as the next power of two, so that there are few different statements to be planned.
func padded(values []string) []string {
	all := slices.Clone(values)
	for len(all)&(len(all)-1) != 0 {
		all = append(all, values[0])
	}
	return all
}

// named reads the accounts that have one of the values, and begins anew.
func (c *Candidates) named(ctx context.Context, n *naming) (rows []candidateRow, err error) {
	if len(n.parts) == 0 {
		return nil, nil
	}
	statement, args := lookup(strings.Join(n.parts, " UNION ALL "))+namedEnd, n.args
	n.parts, n.args, n.asked = nil, nil, 0
	err = statement.each(c.db.acrossSites(ctx, noSite), args, scanCandidates(&rows))
	return rows, c.db.classify(ctx, err)
}

// ByID implements webhook.Candidates.
func (c *Candidates) ByID(ctx context.Context, t provider.Type, id, proof string) ([]webhook.Candidate, error) {
	rows, err := c.rowsByID(ctx, t, id)
	if err != nil || len(rows) == 0 {
		return nil, err
	}
	all, err := c.gather(rows)
	if err != nil {
		return nil, err
	}
	return c.only(all[0], rows, proof)
}

func (c *Candidates) rowsByID(ctx context.Context, t provider.Type, ids ...string) (rows []candidateRow, err error) {
	known := slices.DeleteFunc(slices.Clone(ids), func(id string) bool { return !isUUID(id) })
	if len(known) == 0 {
		return nil, nil
	}
	err = candidatesByID.each(c.db.acrossSites(ctx, noSite), []any{c.db.now(), string(t), padded(known)}, scanCandidates(&rows))
	return rows, c.db.classify(ctx, err)
}

// only tells the secrets that prove from those that are merely to be hidden.
func (c *Candidates) only(of webhook.Candidate, rows []candidateRow, proof string) ([]webhook.Candidate, error) {
	of.Proofs, of.Hidden = nil, of.Proofs
	for _, r := range rows {
		if r.Field == "" || r.Field != proof {
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
		fact, err := r.fact()
		if err != nil {
			return nil, err
		}
		all[i].Facts = append(all[i].Facts, fact)
		if r.Field == "" {
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
	return c.db.box.Open(placeOf(secretRow{AccountID: r.AccountID, Site: r.Site, Field: r.Field, Slot: r.Slot}), r.Sealed)
}
