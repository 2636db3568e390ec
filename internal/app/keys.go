package app

import (
	"context"
	"fmt"
	"os"
	"time"

	"github.com/ivendnext/whatsapp-accounts/internal/secret"
	"github.com/ivendnext/whatsapp-accounts/internal/store"
)

// Rotation replaces the key that seals, beside running replicas: Add, Promote, Reseal, Retire, in this order. Each step relies on every
// replica knowing of the step before: one that lacks a promoted key cannot open what is sealed under it, and one that still seals under the
// old key would go on while that is retired. So each step first waits until the last change of the keyset file is known everywhere.
type Rotation struct {
	*Opened
	Poll time.Duration       // how often replicas look at the file
	Tell func(time.Duration) // is told how long a step waits, if it does
}

// Add adds a key that opens but does not seal yet, and gives its id.
func (r Rotation) Add() (added secret.KeyID, err error) {
	err = secret.UpdateFile(r.Keyset, func(k secret.Keyset) (secret.Keyset, error) {
		larger, err := k.Add(Now())
		for _, key := range larger.Keys() {
			if !k.Has(key.ID) {
				added = key.ID
			}
		}
		return larger, err
	})
	return added, err
}

// Promote makes a key the one that seals. The database records it first: a replica that lacks it then says so at /readyz.
func (r Rotation) Promote(ctx context.Context, id secret.KeyID) error {
	if err := r.mustHave(id); err != nil {
		return err
	}
	if err := r.settle(ctx); err != nil {
		return err
	}
	if err := r.DB.Keys().Record(ctx, id); err != nil {
		return err
	}
	return secret.UpdateFile(r.Keyset, func(k secret.Keyset) (secret.Keyset, error) { return k.Promote(id) })
}

// Reseal moves every secret to the primary key. It can be broken off and started again; progress is told after each batch.
func (r Rotation) Reseal(ctx context.Context, progress func(done, left int64)) error {
	if err := r.settle(ctx); err != nil {
		return err
	}
	return r.DB.Keys().Reseal(ctx, progress)
}

// Retire removes a key that nothing is sealed under. A kept answer of an idempotent request counts: it ends by itself within a day.
func (r Rotation) Retire(ctx context.Context, id secret.KeyID) error {
	if err := r.mustHave(id); err != nil {
		return err
	}
	if r.Box.Keyset().Primary() == id {
		return fmt.Errorf("key %s is the primary; promote another first", id)
	}
	if err := r.settle(ctx); err != nil {
		return err
	}
	usage, err := r.DB.Keys().Usage(ctx, id)
	if err != nil {
		return err
	}
	if usage != (store.Usage{}) {
		return fmt.Errorf("%d secrets and %d kept answers are still sealed under key %s; run keys reseal for the secrets, and wait: kept answers end by themselves within a day", usage.Secrets, usage.Answers, id)
	}
	if err := r.DB.Keys().Forget(ctx, id); err != nil {
		return err
	}
	return secret.UpdateFile(r.Keyset, func(k secret.Keyset) (secret.Keyset, error) { return k.Retire(id) })
}

func (r Rotation) mustHave(id secret.KeyID) error {
	if r.Box.Keyset().Has(id) {
		return nil
	}
	return fmt.Errorf("the keyset %s has no key %s; whatsapp-accounts keys list shows its keys", r.Keyset, id)
}

// settle waits until the file is old enough for every replica to have seen it.
func (r Rotation) settle(ctx context.Context) error {
	info, err := os.Stat(r.Keyset)
	if err != nil {
		return fmt.Errorf("WA_KEYSET_FILE: %w", err)
	}
	// Twice, and a second more: a busy replica is slow to look.
	enough := 2*r.Poll + time.Second
	wait := min(enough, time.Until(info.ModTime().Add(enough)))
	if wait <= 0 {
		return nil
	}
	r.Tell(wait)
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(wait):
		return nil
	}
}
