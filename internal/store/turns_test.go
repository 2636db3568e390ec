package store

import (
	"context"
	"errors"
	"os"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gofrs/flock"
	"github.com/stretchr/testify/require"

	"github.com/ivendnext/whatsapp-accounts/internal/secret"
)

func TestACommandWritesNextHoweverManyWaitInTheService(t *testing.T) {
	t.Parallel()
	f := onSQLite(t)
	command := f.again()
	const writers, key = 8, secret.KeyID(77)
	begun, end, told, errs := make(chan struct{}), make(chan struct{}), make(chan error, 1), make([]error, writers+1)
	ctx, stop := context.WithCancel(f.Context())
	defer stop()
	var service sync.WaitGroup
	service.Go(func() {
		errs[writers] = f.Transact(f.Context(), func(context.Context) error { close(begun); <-end; return nil })
	})
	<-begun
	go func() { told <- command.Keys().Record(f.Context(), key) }()
	require.Eventually(t, f.turnTaken, 10*time.Second, time.Millisecond)
	var before atomic.Int64 // as many transactions of the service came before the command's
	for i := range writers {
		service.Go(func() {
			for last := false; !last && errs[i] == nil && ctx.Err() == nil; {
				errs[i] = f.Transact(f.Context(), func(ctx context.Context) error {
					recorded, err := f.Keys().Recorded(ctx)
					if last = slices.Contains(recorded, key); !last {
						before.Add(1)
					}
					return err
				})
			}
		})
	}
	close(end)
	require.NoError(t, <-told)
	stop()
	service.Wait()
	require.NoError(t, errors.Join(errs...))
	require.Zero(t, before.Load())
}

// turnTaken tells that somebody waits to begin a transaction.
func (f *fixture) turnTaken() bool {
	lock := flock.New(f.options.Path + ".turn")
	mine, err := lock.TryLock()
	return err == nil && !mine || errors.Join(err, lock.Unlock()) != nil
}

func TestATurnThatCannotBeHadKeepsNobodyFromWriting(t *testing.T) {
	t.Parallel()
	for why, take := range map[string]func(t *testing.T, path string){
		"nobody gives it back": func(t *testing.T, path string) {
			t.Helper()
			lock := flock.New(path)
			mine, err := lock.TryLock()
			require.NoError(t, err)
			require.True(t, mine)
			t.Cleanup(func() { require.NoError(t, lock.Unlock()) })
		},
		"no file can be made": func(t *testing.T, path string) {
			t.Helper()
			require.NoError(t, os.Remove(path))
			require.NoError(t, os.Mkdir(path, 0o700))
		},
	} {
		t.Run(why, func(t *testing.T) {
			t.Parallel()
			f := onSQLite(t)
			take(t, f.options.Path+".turn")
			require.NoError(t, f.Keys().Record(f.Context(), 77))
			recorded, err := f.Keys().Recorded(f.Context())
			require.NoError(t, err)
			require.Contains(t, recorded, secret.KeyID(77))
		})
	}
}
