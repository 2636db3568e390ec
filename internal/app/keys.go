package app

import (
	"context"
	"fmt"

	"github.com/ivendnext/whatsapp-accounts/internal/secret"
	"github.com/ivendnext/whatsapp-accounts/internal/store"
)

// AddKey adds a key that opens but does not seal yet, and gives its id.
func (o *Opened) AddKey() (added secret.KeyID, err error) {
	err = secret.UpdateFile(o.Keyset, func(k secret.Keyset) (secret.Keyset, error) {
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

// PromoteKey makes a key the one that seals. The database records it first: a replica that lacks it then says so at /readyz.
func (o *Opened) PromoteKey(ctx context.Context, id secret.KeyID) error {
	if !o.Box.Keyset().Has(id) {
		return fmt.Errorf("the keyset %s has no key %s; whatsapp-accounts keys list shows its keys", o.Keyset, id)
	}
	if err := o.DB.Keys().Record(ctx, id); err != nil {
		return err
	}
	return secret.UpdateFile(o.Keyset, func(k secret.Keyset) (secret.Keyset, error) { return k.Promote(id) })
}

// RetireKey removes a key that nothing is sealed under. A kept answer of an idempotent request counts: it ends by itself within a day.
func (o *Opened) RetireKey(ctx context.Context, id secret.KeyID) error {
	if o.Box.Keyset().Primary() == id {
		return fmt.Errorf("key %s is the primary; promote another first", id)
	}
	usage, err := o.DB.Keys().Usage(ctx, id)
	if err != nil {
		return err
	}
	if usage != (store.Usage{}) {
		return fmt.Errorf("%d secrets and %d kept answers are still sealed under key %s; run keys reseal for the secrets, and wait: kept answers end by themselves within a day", usage.Secrets, usage.Answers, id)
	}
	if err := o.DB.Keys().Forget(ctx, id); err != nil {
		return err
	}
	return secret.UpdateFile(o.Keyset, func(k secret.Keyset) (secret.Keyset, error) { return k.Retire(id) })
}
