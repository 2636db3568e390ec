package apikey

import (
	"context"
	"sync"

	"github.com/ivendnext/whatsapp-accounts/internal/secret"
)

// mostKnown bounds how many keys are known by heart: those used last.
const mostKnown = 100_000

// known are the hashes of keys that were valid when they were last seen. Nobody is let in because of it: a key that is known is looked up like
// any other. It only tells a caller who may be in the right from one who guesses, without asking the database.
type known struct {
	mu     sync.RWMutex
	hashes map[Hash]struct{}
}

func (k *known) has(h Hash) bool {
	k.mu.RLock()
	defer k.mu.RUnlock()
	_, is := k.hashes[h]
	return is
}

func (k *known) add(h Hash) {
	if k.has(h) {
		return
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	k.hashes[h] = struct{}{}
}

func (k *known) forget(h Hash) {
	if !k.has(h) {
		return
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	delete(k.hashes, h)
}

func (k *known) replace(all []Hash) {
	hashes := make(map[Hash]struct{}, len(all))
	for _, h := range all {
		hashes[h] = struct{}{}
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	k.hashes = hashes
}

// Known reports whether a key was valid when it was last seen, without asking the store. It proves nothing: Authenticate does.
func (s *Service) Known(given secret.Text) bool { return s.known.has(hashOf(given)) }

// Learn looks up which keys are valid, so that they are known also before they are first used here. It is called at the start and now and then.
func (s *Service) Learn(ctx context.Context) error {
	all, err := s.store.Valid(ctx, mostKnown)
	if err != nil {
		return err
	}
	s.known.replace(all)
	return nil
}
