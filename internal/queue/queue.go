// Package queue does work in the background that must not be lost: jobs are durable, leased, done in order where order matters, tried again, and parked when nothing helps.
// It does not know what a job is about, nor which database keeps it.
package queue

import (
	"context"
	"errors"
	"time"

	"github.com/ivendnext/whatsapp-accounts/internal/site"
)

// ErrLost tells that a lease has ended and somebody else may do the job: whatever was about to be committed for it must be undone.
var ErrLost = errors.New("the lease of the job is lost")

// New is a job to be done.
type New struct {
	Queue    string    // which workers do it; never empty
	OrderKey string    // jobs of one queue and key are done one after the other, the oldest first; empty: in any order, side by side
	Site     site.Site // whose it is
	Subject  string    // the id of what it is about; everything else is read when the job is done
	RunAt    time.Time // not before; the zero time is now
}

// Job is a job that was claimed, or that is parked.
type Job struct {
	ID        string // UUIDv7: the order of ids is the order of jobs
	Queue     string
	OrderKey  string
	Site      site.Site
	Subject   string
	Attempt   int       // counts from 1: which attempt this is, or which was the last
	Lease     string    // proves to the store that the job is ours; empty when it is not leased
	ParkedAt  time.Time // zero unless parked
	LastError string    // why the last attempt failed, at most MaxWhy characters
	CreatedAt time.Time
}

// MaxWhy is how much is kept of why an attempt failed, in characters.
const MaxWhy = 500

// Want is how much to claim at once.
type Want struct {
	Runs int // the most runs, each for a goroutine of its own; at least 1
	Each int // the most jobs in a run; at least 1
	// After is the order key that was claimed last: the search begins behind it and goes round, so that busy keys do not starve the others.
	// Empty begins anywhere. It is a hint and changes nothing else.
	After string
}

// Parked is one page of parked jobs, the oldest first.
type Parked struct {
	Jobs []Job
	Next string // the id after which the next page begins; empty: this was the last
}

// Depth says how many jobs of a queue are in each state. No count exceeds DepthLimit, so that counting stays cheap: at the limit it means "at least".
type Depth struct {
	Ready   int // to be done now; those behind another of their key too
	Waiting int // for their time, or without a key and for a worker since it has come
	Leased  int // being done
	Parked  int
}

// DepthLimit is where Depth stops counting.
const DepthLimit = 10_000

// Store keeps jobs. A job is ready, waiting, leased or parked; one that is done is gone.
//
// An order key has at most one leaseholder, whatever happens: crashes, clocks that differ by less than a lease, commits that come late.
// Jobs that are enqueued one after the other have that order; for jobs of transactions that overlap there is none, and one that is committed late
// may follow a younger one that was done meanwhile.
type Store interface {
	// Enqueue keeps jobs, in this order, in the transaction of ctx if there is one. They exist when it is committed.
	Enqueue(ctx context.Context, jobs ...New) error
	// Claim leases jobs that are due, for so long, and counts an attempt of each. Each run is of one key: its oldest jobs, in order and without a gap
	// but for parked ones. A key is passed over while any of its jobs is leased, or while its oldest one waits; a parked job holds up nobody.
	// Jobs without a key are spread over the runs. A job that has been tried before is a run of its own, so that one which takes the process
	// down does so alone. No runs: there is nothing to do now.
	Claim(ctx context.Context, queue string, want Want, lease time.Duration) ([][]Job, error)
	// Next tells when the time comes of the first of the jobs that wait, if any does.
	Next(ctx context.Context, queue string) (at time.Time, found bool, err error)
	// Extend makes the lease of those jobs that are still leased end so long from now. ErrLost when none is.
	Extend(ctx context.Context, lease time.Duration, jobs ...Job) error
	// Finish removes jobs that are done, in the transaction of ctx. ErrLost when one of them is no longer leased by us; the transaction must then be undone.
	// Until it ends nobody else gets the jobs.
	Finish(ctx context.Context, jobs ...Job) error
	// Retry gives a job back that failed, to be tried again at a time; until then it holds up its key. ErrLost.
	Retry(ctx context.Context, j Job, at time.Time, why string) error
	// Park puts a job aside until somebody replays it. Those behind it go on. ErrLost.
	Park(ctx context.Context, j Job, why string) error
	// Release gives back jobs that were not begun, and takes back the attempt that was counted. Those that are lost are left alone.
	Release(ctx context.Context, jobs ...Job) error
	// Parked lists the parked jobs of a queue and site that come after an id, at most limit of them.
	Parked(ctx context.Context, in site.Site, queue, after string, limit int) (Parked, error)
	// Replay makes parked jobs of the site ready, with all their attempts before them, and reports how many were there to replay. A replayed job has
	// its old place: it comes before the younger ones of its key.
	Replay(ctx context.Context, in site.Site, ids []string) (int, error)
	// ReplayAll replays every parked job of a queue and site, in steps; what was replayed before an error stays so.
	ReplayAll(ctx context.Context, in site.Site, queue string) (int, error)
	// Depth counts the jobs of a queue, of all sites.
	Depth(ctx context.Context, queue string) (Depth, error)
	// Transact runs fn in one transaction.
	Transact(ctx context.Context, fn func(context.Context) error) error
}
