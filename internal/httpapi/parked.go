package httpapi

import (
	"cmp"
	"context"

	v1 "github.com/ivendnext/whatsapp-accounts/api/v1"
	"github.com/ivendnext/whatsapp-accounts/internal/account"
	"github.com/ivendnext/whatsapp-accounts/internal/fault"
	"github.com/ivendnext/whatsapp-accounts/internal/queue"
	"github.com/ivendnext/whatsapp-accounts/internal/readreceipt"
	"github.com/ivendnext/whatsapp-accounts/internal/site"
	"github.com/ivendnext/whatsapp-accounts/internal/template"
	"github.com/ivendnext/whatsapp-accounts/internal/webhook"
)

// Jobs is the part of the queue that people look at.
type Jobs interface {
	// Parked lists the parked jobs of a queue and site that come after an id.
	Parked(ctx context.Context, in site.Site, queue, after string, limit int) (queue.Parked, error)
	// Replay makes parked jobs of the site ready, and reports how many were there.
	Replay(ctx context.Context, in site.Site, ids []string) (int, error)
}

var errNoJob = fault.New(fault.NotFound, "job_not_found", "There is no parked job with this id in your site.", "List them with GET /v1/parked-jobs; one that was replayed is no longer among them.")

type parkedQuery struct {
	queue, after string
	limit        int
}

func (a *api) parkedQuery(in *call) (parkedQuery, error) {
	var wrong fault.Fields
	q := parkedQuery{limit: limitOf(in, &wrong)}
	q.queue = cmp.Or(oneOf(in, "queue", &wrong, webhook.Queue, readreceipt.Queue, template.Queue), webhook.Queue)
	q.after = positionOf(in, q.queue, &wrong).ID
	return q, badQuery(wrong)
}

func parkedPage(in *call, q parkedQuery, page queue.Parked) (reply, error) {
	jobs := make([]v1.ParkedJob, len(page.Jobs))
	for i, j := range page.Jobs {
		jobs[i] = v1.ParkedJob{
			ID: j.ID, Queue: j.Queue, Subject: j.Subject, AccountID: unlessEmpty(j.OrderKey), Attempts: j.Attempt, LastError: j.LastError,
			CreatedAt: v1.Time{Time: j.CreatedAt}, ParkedAt: v1.Time{Time: j.ParkedAt},
		}
	}
	next, err := cursorOf(in, q.queue, account.Position{ID: page.Next})
	if err != nil {
		return reply{}, err
	}
	return ok(pageAnswer[v1.ParkedJob]{Data: jobs, NextCursor: next})
}
