package store

import (
	"context"
	"errors"
	"math/rand/v2"
	"slices"
	"time"

	"gorm.io/gorm"

	"github.com/ivendnext/whatsapp-accounts/internal/queue"
)

// ready is literal in every statement that is to use the index of that name.
const ready = "parked_at IS NULL AND waits_until IS NULL AND lease IS NULL"

// oldest is an order that only the indexes made for it have: the primary key would lead past jobs of other keys and states.
const oldest = "id NULLS FIRST"

// claimTries is how often Claim looks again when others were quicker; by then they have what they took, and it looks behind them.
const claimTries = 3

// Claim implements queue.Store. It looks first and takes the write lock only when there is something to write.
func (s *Jobs) Claim(ctx context.Context, of string, want queue.Want, lease time.Duration) (runs [][]queue.Job, err error) {
	for range claimTries {
		due, err := s.settle(ctx, of)
		if err != nil {
			return nil, err
		}
		heads, loose, err := s.candidates(ctx, of, want, due)
		if err != nil || len(heads)+loose.runs == 0 {
			return nil, s.db.classify(ctx, err)
		}
		err = s.db.Transact(ctx, func(ctx context.Context) (err error) {
			runs, err = s.take(ctx, heads, loose, of, want.Each, lease)
			return err
		})
		if err != nil || len(runs) > 0 {
			return runs, err
		}
	}
	return nil, nil
}

// settleBatch is how many jobs one claim makes ready that were waiting, with a key and without one, and of how many the lease has ended.
const settleBatch = 500

// The jobs that wait, each of them in the words of an index: those with a key stand before others, those without behind nobody.
const (
	waitsKeyed = "waits_until IS NOT NULL AND order_key <> ''"
	waitsLoose = "waits_until IS NOT NULL AND order_key = ''"
)

// unsettled tells in one look whether there is anything to settle: the ids of jobs whose time has come, with a key and without one, and of one whose lease has ended.
const unsettled lookup = `SELECT (SELECT id FROM jobs WHERE queue = ? AND ` + waitsKeyed + ` AND waits_until <= ? ORDER BY waits_until LIMIT 1),
	(SELECT id FROM jobs WHERE queue = ? AND ` + waitsLoose + ` AND waits_until <= ? ORDER BY waits_until LIMIT 1),
	(SELECT id FROM jobs WHERE queue = ? AND lease IS NOT NULL AND leased_until <= ? LIMIT 1)`

// settle makes jobs with a key ready whose time has come, and takes back what was leased to somebody who is gone. So a state is a fact of the row, on which an index can
// stand, and never a comparison with the clock. It tells whether the time of jobs without a key has come.
func (s *Jobs) settle(ctx context.Context, of string) (due bool, err error) {
	var keyed, first, ended *string
	now := s.db.now()
	if err := unsettled.scan(s.all(ctx), []any{of, now, of, now, of, now}, &keyed, &first, &ended); err != nil {
		return false, s.db.classify(ctx, err)
	}
	var failed []error
	if keyed != nil {
		failed = append(failed, s.settleSome(ctx, settleBatch, map[string]any{"waits_until": nil}, func(all *gorm.DB) *gorm.DB { return s.waited(all, of, waitsKeyed) }))
	}
	if ended != nil {
		failed = append(failed, s.settleSome(ctx, settleBatch, map[string]any{"lease": nil, "leased_until": nil}, func(all *gorm.DB) *gorm.DB {
			return all.Where("queue = ? AND lease IS NOT NULL AND leased_until <= ?", of, now)
		}))
	}
	return first != nil, errors.Join(failed...)
}

// Next implements queue.Store.
func (s *Jobs) Next(ctx context.Context, of string) (at time.Time, found bool, err error) {
	for _, waits := range []string{waitsKeyed, waitsLoose} {
		var first []time.Time
		err := s.all(ctx).Where("queue = ? AND "+waits, of).Order("waits_until").Limit(1).Pluck("waits_until", &first).Error
		if err != nil {
			return time.Time{}, false, s.db.classify(ctx, err)
		}
		if len(first) > 0 && (!found || first[0].Before(at)) {
			at, found = first[0], true
		}
	}
	return at, found, nil
}

func (s *Jobs) settleSome(ctx context.Context, most int, changes map[string]any, which func(all *gorm.DB) *gorm.DB) error {
	return s.db.Transact(ctx, func(ctx context.Context) error {
		var ids []string
		if err := which(s.all(ctx)).Clauses(free()).Limit(most).Pluck("id", &ids).Error; err != nil || len(ids) == 0 {
			return err
		}
		return s.all(ctx).Where(s.db.dialect.among("id", ids)).Updates(changes).Error
	})
}

// head is the oldest ready job of a key.
type head struct{ ID, OrderKey string }

// loose is for how many runs there are jobs without a key, and where: among those that are ready or, when none is, those whose time has come. They stand behind nobody, so
// they are leased as they are.
type loose struct {
	runs int
	due  bool
}

// candidates finds keys that could be claimed now, by their heads, and for how many runs there are jobs without a key. Nothing is locked yet.
func (s *Jobs) candidates(ctx context.Context, of string, want queue.Want, due bool) (heads []head, l loose, err error) {
	heads, err = s.heads(ctx, of, want.After, want.Runs)
	if err == nil && len(heads) < want.Runs && want.After != "" {
		var more []head
		more, err = s.heads(ctx, of, "", want.Runs)
		heads = append(heads, slices.DeleteFunc(more, func(h head) bool { return h.OrderKey > want.After })...)
	}
	if err != nil {
		return nil, l, err
	}
	if l, err = s.looseOnes(ctx, of, want, due); err != nil {
		return nil, l, err
	}
	// When both are plenty, each gets half, and one who cannot be shared goes by lot.
	half := want.Runs / 2
	if want.Runs == 1 {
		half = rand.IntN(2) //nolint:gosec // nobody gains by guessing
	}
	l.runs = min(l.runs, max(want.Runs-len(heads), half))
	return heads[:min(len(heads), want.Runs-l.runs)], l, nil
}

// looseOnes finds jobs without a key. While some are ready, those whose time has come are made ready too: they take their turn with the others, by their age.
func (s *Jobs) looseOnes(ctx context.Context, of string, want queue.Want, due bool) (l loose, err error) {
	if l.runs, err = s.countLoose(ctx, of, l, want.Runs); err != nil || !due {
		return l, err
	}
	if l.runs == 0 {
		l.due = true
	} else if err := s.settleSome(ctx, min(want.Runs*want.Each, settleBatch), map[string]any{"waits_until": nil}, func(all *gorm.DB) *gorm.DB { return s.waited(all, of, waitsLoose) }); err != nil {
		return l, err
	}
	l.runs, err = s.countLoose(ctx, of, l, want.Runs)
	return l, err
}

// The jobs without a key that are ready, and those whose time has come, each of them in the words of an index.
const (
	looseReady = ` FROM jobs t WHERE queue = ? AND order_key = '' AND ` + ready + ` ORDER BY ` + oldest + ` LIMIT ?`
	looseDue   = ` FROM jobs t WHERE queue = ? AND ` + waitsLoose + ` AND waits_until <= ? ORDER BY waits_until LIMIT ?`
)

// without is where jobs are that have no key, and its parameters.
func (s *Jobs) without(of string, l loose, limit int) (from string, args []any) {
	if l.due {
		return looseDue, []any{of, s.db.now(), limit}
	}
	return looseReady, []any{of, limit}
}

// countLoose tells how many jobs without a key there are, at most so many.
func (s *Jobs) countLoose(ctx context.Context, of string, l loose, limit int) (n int, err error) {
	from, args := s.without(of, l, limit)
	err = lookup("SELECT count(*) FROM (SELECT id"+from+") AS found").scan(s.all(ctx), args, &n)
	return n, err
}

// takeLoose reads jobs without a key that nobody else takes.
func (s *Jobs) takeLoose(ctx context.Context, of string, l loose, limit int) (rows []jobRow, err error) {
	from, args := s.without(of, l, limit)
	if s.db.dialect.arrays { // where several write at a time
		from += string(forUpdateOfFree)
	}
	err = lookup(jobColumns+from).each(s.all(ctx), args, func(row scanner) error {
		var r jobRow
		err := row.Scan(r.places()...)
		rows = append(rows, r)
		return err
	})
	return rows, err
}

// waited is jobs whose time has come, those first that have waited longest.
func (s *Jobs) waited(all *gorm.DB, of, waits string) *gorm.DB {
	return all.Where("queue = ? AND "+waits+" AND waits_until <= ?", of, s.db.now()).Order("waits_until")
}

// walk goes from key to key, one look-up each, however many jobs there are of it, and stops when it has found enough: keys that have something ready,
// of which nothing is leased and whose oldest job does not wait. The conditions are subqueries that give a value, since as joins they would be
// answered for all keys at once.
const walk = `(WITH RECURSIVE walk (order_key) AS (
	SELECT (SELECT j.order_key FROM jobs j WHERE j.queue = ? AND j.order_key > ? AND j.parked_at IS NULL AND j.waits_until IS NULL AND j.lease IS NULL ORDER BY j.order_key LIMIT 1)
	UNION ALL
	SELECT (SELECT j.order_key FROM jobs j WHERE j.queue = ? AND j.order_key > w.order_key AND j.parked_at IS NULL AND j.waits_until IS NULL AND j.lease IS NULL ORDER BY j.order_key LIMIT 1)
	FROM walk w WHERE w.order_key IS NOT NULL
), keys (order_key, id, waiting, leased) AS (
	SELECT w.order_key,
		(SELECT j.id FROM jobs j WHERE j.queue = ? AND j.order_key = w.order_key AND j.parked_at IS NULL AND j.waits_until IS NULL AND j.lease IS NULL ORDER BY j.id NULLS FIRST LIMIT 1),
		(SELECT j.id FROM jobs j WHERE j.queue = ? AND j.order_key = w.order_key AND j.order_key <> '' AND j.waits_until IS NOT NULL ORDER BY j.id NULLS FIRST LIMIT 1),
		(SELECT j.id FROM jobs j WHERE j.queue = ? AND j.order_key = w.order_key AND j.lease IS NOT NULL LIMIT 1)
	FROM walk w WHERE w.order_key IS NOT NULL
) SELECT id, order_key FROM keys WHERE leased IS NULL AND (waiting IS NULL OR id < waiting) LIMIT ?) AS heads`

func (s *Jobs) heads(ctx context.Context, of, after string, limit int) (found []head, err error) {
	err = s.all(ctx).Table(walk, of, after, of, of, of, of, limit).Find(&found).Error
	return found, err
}

// take leases what it can get of the candidates, in one transaction.
func (s *Jobs) take(ctx context.Context, heads []head, l loose, of string, each int, lease time.Duration) (runs [][]queue.Job, err error) {
	keys, err := s.lock(ctx, heads)
	if err != nil {
		return nil, err
	}
	taken, err := s.runs(ctx, of, keys, each)
	if err != nil {
		return nil, err
	}
	if l.runs > 0 {
		rows, err := s.takeLoose(ctx, of, l, l.runs*each)
		if err != nil {
			return nil, err
		}
		cut := portions(rows, min(each, (len(rows)+l.runs-1)/l.runs))
		taken = append(taken, cut[:min(l.runs, len(cut))]...)
	}
	return s.leased(ctx, taken, lease)
}

// lock takes the keys that no other transaction is claiming. After that their jobs must be read anew: only what is read under the lock shows
// the leases of those who had it before. The limit keeps the database from locking the keys of rows that it merely passes.
func (s *Jobs) lock(ctx context.Context, heads []head) (keys []string, err error) {
	var ids, locked []string
	for _, h := range heads {
		ids, keys = append(ids, h.ID), append(keys, h.OrderKey)
	}
	if len(ids) == 0 {
		return nil, nil
	}
	rows := s.all(ctx).Select("queue", "order_key").Where(s.db.dialect.among("id", ids)).Limit(len(ids))
	err = s.all(ctx).Table("(?) AS heads", rows).Where(s.db.dialect.alone).Pluck("order_key", &locked).Error
	return slices.DeleteFunc(keys, func(key string) bool { return !slices.Contains(locked, key) }), err
}

// portions cuts jobs into runs: at most so many in each, and whoever has been tried before is alone.
func portions(rows []jobRow, each int) (runs [][]jobRow) {
	for i, r := range rows {
		alone := i == 0 || r.Attempt > 0 || rows[i-1].Attempt > 0
		if alone || len(runs[len(runs)-1]) == each {
			runs = append(runs, nil)
		}
		runs[len(runs)-1] = append(runs[len(runs)-1], r)
	}
	return runs
}

// leased writes the lease.
func (s *Jobs) leased(ctx context.Context, taken [][]jobRow, lease time.Duration) (runs [][]queue.Job, err error) {
	id, until := s.db.newID(), s.db.now().Add(lease)
	var ids []string
	for _, rows := range taken {
		for i := range rows {
			ids = append(ids, rows[i].ID)
			rows[i].Lease, rows[i].Attempt = &id, rows[i].Attempt+1
		}
		run, err := jobsOf(rows)
		if err != nil {
			return nil, err
		}
		runs = append(runs, run)
	}
	if len(ids) == 0 {
		return nil, nil
	}
	done := s.all(ctx).Where(s.db.dialect.among("id", ids)).Where("lease IS NULL").Updates(map[string]any{"lease": id, "leased_until": until, "waits_until": nil, "attempt": gorm.Expr("attempt + 1")})
	if done.Error == nil && done.RowsAffected != int64(len(ids)) {
		return nil, queue.ErrLost
	}
	return runs, done.Error
}
