package main

import (
	"context"
	"fmt"
	"time"

	"github.com/ivendnext/whatsapp-accounts/internal/rig"
)

// fuzzed is what became of the hostile requests on one database.
type fuzzed struct {
	name          string
	version       string // of the server, if there is one
	requests      uint64
	took          time.Duration
	tally         *tally
	before, after burden
	peak          int64
	log           reading
}

// fuzz starts the service and assaults it. The base is what it holds after a fiftieth of the requests: pools are filled then, and caches are warm.
func (s session) fuzz(ctx context.Context, name string) (f fuzzed, err error) {
	f = fuzzed{name: name, requests: s.requests, tally: &tally{statuses: map[int]int{}}}
	url := ""
	if name == onPostgres {
		server, err := s.StartPostgres(ctx)
		if err != nil {
			return f, err
		}
		url, f.version = server.URL, server.Version
	}
	data, err := s.Folder(name)
	if err != nil {
		return f, err
	}
	env := rig.Environment(data, url)
	child, err := s.Start(ctx, name, s.program, env, "serve")
	if err != nil {
		return f, err
	}
	service, err := observe(child)
	if err != nil {
		return f, err
	}
	h, err := arm(ctx, s.program, env, service.Address, s.seed)
	if err != nil {
		return f, err
	}
	if err := s.assault(ctx, service, h, &f); err != nil {
		return f, err
	}
	if f.peak, err = rig.Memory(service.PID, "VmHWM"); err != nil {
		return f, err
	}
	if err := service.Stop(); err != nil {
		return f, err
	}
	f.log, err = readLog(service.Log, s.Tell)
	return f, err
}

// assault sends the requests in two parts, looks at the service after each, and tells now and then how far it is.
func (s session) assault(ctx context.Context, service observed, h hostile, f *fuzzed) (err error) {
	warm := s.requests/50 + 1
	begin := now()
	if err := assault(ctx, service.Address, h, 0, warm, s.workers, f.tally); err != nil {
		return err
	}
	f.took = now().Sub(begin)
	if f.before, err = service.still(ctx); err != nil {
		return err
	}
	begin = now()
	for first := warm; first < s.requests; {
		count := min(s.requests/10+1, s.requests-first)
		if err := assault(ctx, service.Address, h, first, count, s.workers, f.tally); err != nil {
			return err
		}
		first += count
		s.Tell("%s: %d of %d requests, %d failures", f.name, first, s.requests, f.tally.failed)
	}
	f.took += now().Sub(begin)
	if f.after, err = service.settle(ctx, f.before, s.rest); err != nil {
		return err
	}
	for _, failure := range f.tally.failures {
		s.Tell("%s", failure)
	}
	return nil
}

// met reports whether the goals of A4 are.
func (f fuzzed) met() bool {
	return f.tally.failed == 0 && f.log.panics == 0 && f.after.back(f.before)
}

func (b burden) String() string {
	return fmt.Sprintf("%d goroutines, %d files, %.1f MB", b.goroutines, b.files, float64(b.memory)/(1<<20))
}
