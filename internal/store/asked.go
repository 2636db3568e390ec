package store

import (
	"context"
	"errors"
	"time"

	"github.com/ivendnext/whatsapp-accounts/internal/account"
	"github.com/ivendnext/whatsapp-accounts/internal/apikey"
	"github.com/ivendnext/whatsapp-accounts/internal/batch"
	"github.com/ivendnext/whatsapp-accounts/internal/site"
)

const (
	// askTogether is how many of those who ask the same question at the same time share a look-up at most.
	askTogether = 256
	// askWithin bounds that look-up: it is not any single caller's to break off.
	askWithin = 5 * time.Second
	// askOn is after which those who have come meanwhile are looked up beside it: a connection that hangs is not everybody's.
	askOn = 100 * time.Millisecond
)

// asked are the questions that nearly every request asks. On PostgreSQL those that come together are one statement: a look-up for many costs
// hardly more than one for one. SQLite is in this process, and asked at once.
type asked struct {
	keys    *batch.Reads[apikey.Hash, apikey.Key]
	holders *batch.Reads[designation, account.Account]
}

// designation is one of the two of a site.
type designation struct {
	site      site.Site
	direction account.Direction
}

func (db *DB) newAsked() asked {
	return asked{
		keys:    batch.NewReads(askTogether, askWithin, db.APIKeys().byHashes).GoesOn(askOn),
		holders: batch.NewReads(askTogether, askWithin, db.Accounts().holders).GoesOn(askOn),
	}
}

// together reports whether questions of the context may be asked together with those of others: a transaction asks for itself.
func (db *DB) together(ctx context.Context) bool {
	_, within := transactionOf(ctx)
	return db.dialect.arrays && !within
}

// Each is looked up by itself and by an index that leads to it, whatever the planner knows of the tables: see byIDs.
const (
	keysByHash lookup = `SELECT t.id, t.site, t.name, t.role, t.key_hash, t.hint, t.created_at, t.last_used_at FROM unnest(?::bytea[]) AS asked (key_hash)
		CROSS JOIN LATERAL (SELECT * FROM api_keys k WHERE k.key_hash = asked.key_hash AND k.revoked_at IS NULL LIMIT 1) AS t`

	holdersOf lookup = `SELECT asked.no, a.id, a.account_name, a.account_type, a.status, a.allow_auto_read_receipt, a.settings, a.secrets_set, a.activated_at,
		a.created_at, a.updated_at, COALESCE((SELECT other.account_id FROM designations other WHERE other.site = asked.site
			AND other.direction = CASE asked.direction WHEN 'outgoing' THEN 'incoming' ELSE 'outgoing' END LIMIT 1) = held.account_id, false)
		FROM unnest(?::text[], ?::text[]) WITH ORDINALITY AS asked (site, direction, no)
		CROSS JOIN LATERAL (SELECT * FROM designations d WHERE d.site = asked.site AND d.direction = asked.direction LIMIT 1) AS held
		CROSS JOIN LATERAL (SELECT * FROM accounts WHERE site = asked.site AND id BETWEEN held.account_id AND held.account_id ORDER BY id LIMIT 1) AS a`
)

// byHashes finds valid keys. Those that are not there are left out.
func (s *APIKeys) byHashes(ctx context.Context, hashes []apikey.Hash) (map[apikey.Hash]apikey.Key, error) {
	if len(hashes) == 1 {
		return only(hashes[0], apikey.ErrUnknown, func() (apikey.Key, error) { return s.byHash(ctx, hashes[0]) })
	}
	column, found := make([][]byte, len(hashes)), make(map[apikey.Hash]apikey.Key, len(hashes))
	for i := range hashes {
		column[i] = hashes[i][:]
	}
	err := keysByHash.each(s.db.acrossSites(ctx, "the key is what says the site"), []any{array(column)}, func(row scanner) error {
		var r apiKeyRow
		if err := row.Scan(r.places()...); err != nil {
			return err
		}
		k, err := r.key()
		found[k.Hash] = k
		return err
	})
	return found, err
}

// holders finds who holds designations, each of its own site. Those that nobody holds are left out.
func (s *Accounts) holders(ctx context.Context, all []designation) (map[designation]account.Account, error) {
	if len(all) == 1 {
		return only(all[0], account.ErrNoDefault, func() (account.Account, error) { return s.holderAlone(ctx, all[0]) })
	}
	sites, directions := make([]string, len(all)), make([]string, len(all))
	for i, d := range all {
		if d.site.IsZero() {
			return nil, errNoSite
		}
		sites[i], directions[i] = d.site.String(), string(d.direction)
	}
	found := make(map[designation]account.Account, len(all))
	err := holdersOf.each(s.db.acrossSites(ctx, "each designation is asked for with its site"), []any{array(sites), array(directions)}, func(row scanner) error {
		var r accountRow
		var no int
		var both bool
		if err := row.Scan(append(append([]any{&no}, r.places()...), &both)...); err != nil {
			return err
		}
		which := all[no-1]
		found[which] = r.holding(which, both)
		return nil
	})
	return found, err
}

// only is the answer to one question, by the statement for one; it is empty when there is no such thing.
func only[K comparable, V any](asked K, none error, find func() (V, error)) (map[K]V, error) {
	v, err := find()
	switch {
	case errors.Is(err, none):
		return map[K]V{}, nil
	case err != nil:
		return nil, err
	}
	return map[K]V{asked: v}, nil
}

// holding is the account of a row as the holder of a designation, or of both.
func (r accountRow) holding(which designation, both bool) account.Account {
	return heldRow{r, both || which.direction == account.Outgoing, both || which.direction == account.Incoming}.held(which.site)
}
