package doctor

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"time"

	"github.com/ivendnext/whatsapp-accounts/internal/provider"
	"github.com/ivendnext/whatsapp-accounts/internal/webhook"
)

// another is the cure when whoever answers does not know what is known here.
const another = "The service that answers runs on another database or keyset. Run this with its WA_DATA_DIR, WA_DATABASE_URL and WA_KEYSET_FILE, or let WA_PUBLIC_URL lead to this one."

// play makes one request as the provider would, and says what its answer means.
func (c *callback) play(ctx context.Context, r provider.Rehearsal) (Link, error) {
	if r.Lacks != "" {
		return lacking(c.patient.Spec, r.Lacks), nil
	}
	before, err := c.facts(ctx)
	if err != nil {
		return Link{}, err
	}
	got, err := c.ask(ctx, r)
	if l, foreign := c.foreign(got, err); foreign {
		return l, nil
	}
	switch {
	case got.code == "route_not_found":
		return c.misled(got), nil
	case got.code == "verification_refused":
		return c.unverified(), nil
	case got.code == "signature_refused":
		return c.unproved(ctx, before)
	case got.code != "":
		return refused(got), nil
	case r.Answer != "":
		return challenged(got, r), nil
	}
	return c.taken(ctx, got, r, before)
}

// unverified explains a 403 of a verification with the token that the account has here.
func (c *callback) unverified() Link {
	found := "The service refuses the verify token of the account (403)."
	if !c.patient.Account.IsActive() {
		return broken(found, "Set the account's status to Active: an Inactive one answers no verification.")
	}
	return broken(found, another)
}

// unproved explains a 401 by what the service has noted of it.
func (c *callback) unproved(ctx context.Context, before facts) (Link, error) {
	noted, err := c.await(ctx, webhook.FactRefused, before)
	if err != nil {
		return Link{}, err
	}
	found := "The service refuses what is signed with the secret of the account (401)"
	switch webhook.Acceptance(noted.reason) {
	case webhook.Unsigned:
		return broken(found+": it came without its signature.", "A proxy in front removes the header: let it pass every header of /webhooks/."), nil
	case webhook.BadProof:
		return broken(found+": signature and body do not belong together.",
			"A proxy in front changes the body, or the header: let it pass both as they come, byte for byte. Or the service that answers has another keyset, and so another secret."), nil
	case webhook.NoSecret:
		return broken(found+": it has no secret to prove it with.", webhook.NoSecret.Cure()), nil
	case webhook.NoAccount, webhook.Unreadable, webhook.Accepted:
	}
	if noted.is {
		return broken(found+".", "The account's health has the reason."), nil
	}
	return broken(found+", and nothing of that is noted at the account here.", another), nil
}

// taken looks whether what was acknowledged was noted here, too.
func (c *callback) taken(ctx context.Context, got reply, r provider.Rehearsal, before facts) (Link, error) {
	if got.status != http.StatusOK {
		return broken(fmt.Sprintf("The answer is %d, and not 200.", got.status), "Look at what stands in front of the service."), nil
	}
	if r.Proof == "" {
		return fine("The service acknowledges it, in %s.", got.took.Round(time.Millisecond)), nil
	}
	noted, err := c.await(ctx, webhook.FactSigned, before)
	if err != nil {
		return Link{}, err
	}
	if !noted.is {
		return broken("It was acknowledged with 200, but nothing of that is noted at the account here.", another), nil
	}
	return fine("The service proves it by the secret of the account and keeps it, in %s.", got.took.Round(time.Millisecond)), nil
}

// facts are what is known of the account's health.
type facts map[string]webhook.Fact

func (c *callback) facts(ctx context.Context) (facts, error) {
	return c.doctor.facts.Health(ctx, c.patient.Account.Site, c.patient.Account.ID)
}

// note is a fact that is new.
type note struct {
	is     bool
	reason string
}

// await waits until a fact is another than before, for as long as the doctor's patience. Its time is the service's, so it is compared with itself
// and not with the clock here.
func (c *callback) await(ctx context.Context, name string, before facts) (note, error) {
	const look = 50 * time.Millisecond
	tick, over := time.NewTicker(look), time.NewTimer(c.doctor.Patience)
	defer tick.Stop()
	defer over.Stop()
	for {
		now, err := c.facts(ctx)
		if err != nil {
			return note{}, err
		}
		if fact, is := now[name]; is && !fact.At.Equal(before[name].At) {
			var value struct{ Reason string }
			_ = json.Unmarshal(fact.Value, &value) // a fact without a reason has none
			return note{is: true, reason: value.Reason}, nil
		}
		select {
		case <-ctx.Done():
			return note{}, ctx.Err()
		case <-over.C:
			return note{}, nil
		case <-tick.C:
		}
	}
}
