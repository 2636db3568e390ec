package store

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"gorm.io/gorm"

	"github.com/ivendnext/whatsapp-accounts/internal/queue"
	"github.com/ivendnext/whatsapp-accounts/internal/site"
)

// Jobs keeps background work: queue.Store.
type Jobs struct{ db *DB }

// Jobs gives the part of the database that queue.Worker works on.
func (db *DB) Jobs() *Jobs { return &Jobs{db: db} }

// jobRow is a job that is not done.
type jobRow struct {
	ID          string `gorm:"primaryKey"`
	Queue       string
	OrderKey    string
	Site        string
	Subject     string
	Attempt     int
	WaitsUntil  *time.Time // null: ready, leased or parked
	Lease       *string
	LeasedUntil *time.Time
	ParkedAt    *time.Time
	LastError   string
	CreatedAt   time.Time `gorm:"autoCreateTime:false"`
}

func (jobRow) TableName() string { return "jobs" }

// jobColumns begins a look-up of jobs, as t, that are not leased, and places is where the columns go.
const jobColumns = "SELECT t.id, t.queue, t.order_key, t.site, t.subject, t.attempt, t.last_error, t.created_at"

func (r *jobRow) places() []any {
	return []any{&r.ID, &r.Queue, &r.OrderKey, &r.Site, &r.Subject, &r.Attempt, &r.LastError, &r.CreatedAt}
}

func (r jobRow) job() (queue.Job, error) {
	of, err := site.Named(r.Site)
	if err != nil {
		return queue.Job{}, errors.Join(errors.New("store: a broken row in jobs"), err)
	}
	j := queue.Job{
		ID: r.ID, Queue: r.Queue, OrderKey: r.OrderKey, Site: of, Subject: r.Subject, Attempt: r.Attempt, LastError: r.LastError, CreatedAt: r.CreatedAt.UTC(),
	}
	if r.Lease != nil {
		j.Lease = *r.Lease
	}
	if r.ParkedAt != nil {
		j.ParkedAt = r.ParkedAt.UTC()
	}
	return j, nil
}

func jobsOf(rows []jobRow) ([]queue.Job, error) {
	jobs := make([]queue.Job, 0, len(rows))
	for _, r := range rows {
		j, err := r.job()
		if err != nil {
			return nil, err
		}
		jobs = append(jobs, j)
	}
	return jobs, nil
}

// all is every site's jobs.
func (s *Jobs) all(ctx context.Context) *gorm.DB {
	return s.db.acrossSites(ctx, "a worker serves every site").Model(&jobRow{})
}

// enqueueBatch is how many rows one statement inserts: far below the parameters that either database takes.
const enqueueBatch = 500

// Enqueue implements queue.Store.
func (s *Jobs) Enqueue(ctx context.Context, jobs ...queue.New) error {
	if len(jobs) == 0 {
		return nil
	}
	now, rows := s.db.now(), make([]jobRow, len(jobs))
	for i, j := range jobs {
		if j.Site.IsZero() {
			return errNoSite
		}
		rows[i] = jobRow{ID: s.db.newID(), Queue: j.Queue, OrderKey: j.OrderKey, Site: j.Site.String(), Subject: j.Subject, CreatedAt: now}
		rows[i].WaitsUntil = later(j.RunAt, now)
	}
	return s.db.Transact(ctx, func(ctx context.Context) error {
		AfterCommit(ctx, func() { s.tell(rows) })
		return s.db.acrossSites(ctx, "each job carries its site").CreateInBatches(&rows, enqueueBatch).Error
	})
}

// tell tells the workers of the queues that have something to do now.
func (s *Jobs) tell(rows []jobRow) {
	told := map[string]bool{}
	for _, r := range rows {
		if r.WaitsUntil == nil && !told[r.Queue] {
			told[r.Queue] = true
			s.db.enqueued(r.Queue)
		}
	}
}

// later is the time if it is yet to come.
func later(at, now time.Time) *time.Time {
	if !at.After(now) {
		return nil
	}
	at = at.UTC().Truncate(time.Microsecond)
	return &at
}

// held gives the statements on jobs that are still leased as when they were claimed, one for each lease, with how many jobs it is about.
func (s *Jobs) held(ctx context.Context, jobs []queue.Job) (statements []*gorm.DB, counts []int64) {
	leases := map[string][]string{}
	for _, j := range jobs {
		leases[j.Lease] = append(leases[j.Lease], j.ID)
	}
	for lease, ids := range leases {
		held := s.all(ctx).Where("1 = 0")
		if isUUID(lease) {
			held = s.all(ctx).Where("lease = ?", lease).Where(s.db.dialect.among("id", ids))
		}
		statements, counts = append(statements, held), append(counts, int64(len(ids)))
	}
	return statements, counts
}

// change applies changes to jobs that must all be held. ErrLost when one is not. A change of one job is a single statement, so it needs
// no transaction around it.
func (s *Jobs) change(ctx context.Context, jobs []queue.Job, apply func(held *gorm.DB) *gorm.DB) error {
	transact := s.db.Transact
	if len(jobs) == 1 {
		transact = s.db.oneStatement
	}
	return transact(ctx, func(ctx context.Context) error {
		statements, counts := s.held(ctx, jobs)
		for i, held := range statements {
			if done := apply(held); done.Error != nil || done.RowsAffected != counts[i] {
				return orLost(done.Error)
			}
		}
		return nil
	})
}

func orLost(err error) error {
	if err == nil {
		return queue.ErrLost
	}
	return err
}

// Extend implements queue.Store.
func (s *Jobs) Extend(ctx context.Context, lease time.Duration, jobs ...queue.Job) error {
	until, extended := s.db.now().Add(lease), int64(0)
	err := s.db.Transact(ctx, func(ctx context.Context) error {
		statements, _ := s.held(ctx, jobs)
		for _, held := range statements {
			done := held.Update("leased_until", until)
			if done.Error != nil {
				return done.Error
			}
			extended += done.RowsAffected
		}
		return nil
	})
	if err == nil && extended == 0 {
		return queue.ErrLost
	}
	return err
}

// Finish implements queue.Store.
func (s *Jobs) Finish(ctx context.Context, jobs ...queue.Job) error {
	return s.change(ctx, jobs, func(held *gorm.DB) *gorm.DB { return held.Delete(&jobRow{}) })
}

// Retry implements queue.Store.
func (s *Jobs) Retry(ctx context.Context, j queue.Job, at time.Time, why string) error {
	return s.change(ctx, []queue.Job{j}, func(held *gorm.DB) *gorm.DB {
		return held.Updates(map[string]any{"lease": nil, "leased_until": nil, "waits_until": later(at, s.db.now()), "last_error": bounded(why)})
	})
}

// Park implements queue.Store.
func (s *Jobs) Park(ctx context.Context, j queue.Job, why string) error {
	return s.change(ctx, []queue.Job{j}, func(held *gorm.DB) *gorm.DB {
		return held.Updates(map[string]any{"lease": nil, "leased_until": nil, "parked_at": s.db.now(), "last_error": bounded(why)})
	})
}

// Release implements queue.Store.
func (s *Jobs) Release(ctx context.Context, jobs ...queue.Job) error {
	return s.db.Transact(ctx, func(ctx context.Context) error {
		statements, _ := s.held(ctx, jobs)
		for _, held := range statements {
			if err := held.Updates(map[string]any{"lease": nil, "leased_until": nil, "attempt": gorm.Expr("attempt - 1")}).Error; err != nil {
				return err
			}
		}
		return nil
	})
}

// Transact implements queue.Store.
func (s *Jobs) Transact(ctx context.Context, fn func(context.Context) error) error {
	return s.db.Transact(ctx, fn)
}

// bounded is text that either database keeps: PostgreSQL takes no zero byte and no broken UTF-8.
func bounded(why string) string {
	letters := []rune(strings.ReplaceAll(strings.ToValidUTF8(why, "?"), "\x00", "?"))
	return string(slices.Clip(letters[:min(len(letters), queue.MaxWhy)]))
}
