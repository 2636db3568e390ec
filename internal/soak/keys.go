package main

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"time"

	"github.com/ivendnext/whatsapp-accounts/internal/crowd"
	"github.com/ivendnext/whatsapp-accounts/internal/rig"
	"github.com/ivendnext/whatsapp-accounts/internal/secret"
)

// rotated is what became of a rotation under load.
type rotated struct {
	secrets                 int64
	movedBefore, movedAfter int64 // by the command that was killed, and by the one that went on
	progress                int   // lines that told how far it was
	took                    time.Duration
	traffic                 *traffic
	oldLeft                 int64 // secrets under the old key after the rotation
	unopened                int64 // secrets that the new keyset alone does not open
	learnt                  int   // replicas that learnt of the promotion without a restart
	log                     reading
}

// installation is two replicas on one PostgreSQL.
type installation struct {
	session
	crowd.Crowd

	url      string
	env      []string
	keyset   string
	key      string
	replicas [2]*rig.Child
}

// rotate rotates the keys while both replicas serve: add, promote, reseal, kill, reseal again, retire.
func (s session) rotate(ctx context.Context) (r rotated, err error) {
	i, err := s.install(ctx)
	if err != nil {
		return r, err
	}
	r.secrets = int64(i.Groups()) * crowd.PerGroup
	r.traffic = i.begin(ctx)
	begin := now()
	old, err := i.turn(ctx, &r)
	r.took = now().Sub(begin)
	r.traffic.end()
	if err != nil {
		return r, err
	}
	if err := i.audit(ctx, old, &r); err != nil {
		return r, err
	}
	for _, replica := range i.replicas {
		if err := replica.Stop(); err != nil {
			return r, err
		}
		found, err := readLog(replica.Log, s.Tell)
		if err != nil {
			return r, err
		}
		r.log.panics, r.log.errors = r.log.panics+found.panics, r.log.errors+found.errors
	}
	return r, nil
}

// install fills the database and starts the replicas.
func (s session) install(ctx context.Context) (i *installation, err error) {
	server, err := s.StartPostgres(ctx)
	if err != nil {
		return nil, err
	}
	data, err := s.Folder("keys")
	if err != nil {
		return nil, err
	}
	i = &installation{session: s, url: server.URL, env: append(rig.Environment(data, server.URL), "WA_KEYSET_POLL=500ms"), keyset: filepath.Join(data, "keyset.json")}
	if i.key, err = rig.CreateKey(ctx, s.program, i.env, siteName, "system_manager"); err != nil {
		return nil, err
	}
	keys, err := secret.ReadFile(i.keyset)
	if err != nil {
		return nil, err
	}
	groups := (s.secrets + crowd.PerGroup - 1) / crowd.PerGroup
	i.Crowd = crowd.Crowd{Site: siteName, Accounts: groups * crowd.GroupSize, Box: secret.NewBox(keys)}
	s.Tell("keys: sealing %d secrets", groups*crowd.PerGroup)
	if err := i.Fill(ctx, i.url); err != nil {
		return nil, err
	}
	for n := range i.replicas {
		if i.replicas[n], err = s.Start(ctx, fmt.Sprint("replica-", n), s.program, i.env, "serve"); err != nil {
			return nil, err
		}
	}
	return i, nil
}

// turn goes through the written procedure, and gives the old key.
func (i *installation) turn(ctx context.Context, r *rotated) (old secret.KeyID, err error) {
	old = i.Box.Keyset().Primary()
	fresh, err := i.command(ctx, "keys", "add")
	if err != nil {
		return old, err
	}
	if _, err := i.command(ctx, "keys", "promote", fresh); err != nil {
		return old, err
	}
	i.Tell("keys: moving %d secrets from %s to %s", r.secrets, old, fresh)
	if r.movedBefore, err = i.reseal(ctx, r.secrets/2, r); err != nil {
		return old, err
	}
	i.Tell("keys: killed after %d; going on", r.movedBefore)
	if r.movedAfter, err = i.reseal(ctx, 0, r); err != nil {
		return old, err
	}
	r.learnt, err = i.knowing(fmt.Sprintf(`"primary":"%s"`, fresh))
	return old, err
}

// audit retires the old key and opens every secret without it.
func (i *installation) audit(ctx context.Context, old secret.KeyID, r *rotated) (err error) {
	if r.oldLeft, err = i.count(ctx, "key_id = $1", int64(old)); err != nil {
		return err
	}
	if _, err := i.command(ctx, "keys", "retire", old.String()); err != nil {
		return err
	}
	keys, err := secret.ReadFile(i.keyset)
	if err != nil {
		return err
	}
	if keys.Has(old) {
		return errors.New("the old key was not retired")
	}
	r.unopened, err = i.unopened(ctx, secret.NewBox(keys))
	return err
}

// met reports whether the goals of S2 are.
func (r rotated) met() bool {
	return r.traffic.failed.Load() == 0 && r.log == reading{} && r.oldLeft == 0 && r.unopened == 0 && r.progress > 1 && r.learnt == len(installation{}.replicas)
}

func (r rotated) table(b *strings.Builder) {
	heading(b, "S2 "+underLoad)
	row := func(name, goal string, met bool, format string, args ...any) {
		fmt.Fprintf(b, "| %s | %s | %s | %s |\n", name, fmt.Sprintf(format, args...), goal, yes(met))
	}
	sent, failed := r.traffic.sent.Load(), r.traffic.failed.Load()
	row("secrets moved", "", true, "%d; killed after %d, %d by the next command", r.secrets, r.movedBefore, r.movedAfter)
	row("the whole rotation took", "", true, "%s, from add to the last secret", r.took.Round(time.Second))
	row("lines that told how far it was", "> 1", r.progress > 1, "%d", r.progress)
	row("requests meanwhile, on two replicas", "", true, "%d, %.0f a second; p99 %s", sent, float64(sent)/r.traffic.lasted.Seconds(), r.traffic.p99().Round(time.Millisecond))
	row("failed opens: requests that were not answered with 200", "0", failed == 0, "%d", failed)
	row("panics in the logs, other errors", "0, 0", r.log == reading{}, "%d, %d", r.log.panics, r.log.errors)
	row("replicas that learnt of the new key without a restart", "2", r.learnt == 2, "%d", r.learnt)
	row("secrets under the old key at the end", "0", r.oldLeft == 0, "%d", r.oldLeft)
	row("secrets that do not open without the old key", "0", r.unopened == 0, "%d", r.unopened)
}
