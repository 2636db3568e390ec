package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"regexp"
	"strconv"
	"time"

	"github.com/ivendnext/whatsapp-accounts/internal/rig"
)

// burden is what a service at rest holds.
type burden struct {
	goroutines int
	files      int   // descriptors, sockets included
	memory     int64 // resident, in bytes
}

// Memory that was given back is seen a while later: the runtime lets go of pages slowly, and collects at rest once in two minutes.
const (
	glance  = 250 * time.Millisecond
	silence = 8 // looks in a row that must be alike
)

// By how much a service may exceed what it held: a heap has its ups and downs, and a pool of connections may only now be full.
const (
	spare      = 16 << 20
	spareFiles = 3 * rig.PoolSize // SQLite opens three for each
)

// back reports whether a service holds no more than it did before.
func (b burden) back(before burden) bool {
	return b.goroutines <= before.goroutines && b.files <= before.files+spareFiles && b.memory <= before.memory+spare
}

// metricsAt finds the operator's address in what a service said as it started.
var metricsAt = regexp.MustCompile(`metrics +(http://\S+)`)

// observed is a service with the address of its metrics.
type observed struct {
	*rig.Child

	metrics string
}

func observe(c *rig.Child) (observed, error) {
	said, err := os.ReadFile(c.Log)
	if err != nil {
		return observed{}, err
	}
	found := metricsAt.FindSubmatch(said)
	if found == nil {
		return observed{}, fmt.Errorf("%s serves no metrics:\n%s", c.Name, said)
	}
	return observed{c, string(found[1])}, nil
}

// burden asks the service, over a connection that ends with the question, and the kernel.
func (o observed) burden(ctx context.Context) (b burden, err error) {
	text, err := rig.Ask(ctx, http.MethodGet, o.metrics, "", "", http.StatusOK)
	if err != nil {
		return b, err
	}
	goroutines, err := gauge(text, "go_goroutines")
	files, filesErr := gauge(text, "process_open_fds")
	memory, memoryErr := rig.Memory(o.PID, "VmRSS")
	return burden{goroutines, files, memory}, errors.Join(err, filesErr, memoryErr)
}

// gauge reads one figure of Prometheus' format.
func gauge(text []byte, name string) (int, error) {
	lines := bufio.NewScanner(bytes.NewReader(text))
	for lines.Scan() {
		if value, found := bytes.CutPrefix(lines.Bytes(), []byte(name+" ")); found {
			f, err := strconv.ParseFloat(string(value), 64)
			return int(f), err
		}
	}
	return 0, fmt.Errorf("the metrics have no %s", name)
}

// still waits until goroutines and descriptors stand still, and gives what is held then.
func (o observed) still(ctx context.Context) (last burden, err error) {
	err = look(ctx, func(alike int) (int, bool, error) {
		b, err := o.burden(ctx)
		if b.goroutines != last.goroutines || b.files != last.files {
			alike = 0
		}
		last = b
		return alike + 1, alike+1 >= silence, err
	})
	return last, err
}

// settle waits until the service holds no more than before, or until the time is over, and gives what it holds then.
func (o observed) settle(ctx context.Context, before burden, within time.Duration) (b burden, err error) {
	ctx, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	err = look(ctx, func(n int) (int, bool, error) {
		var err error
		latest, err := o.burden(ctx)
		if err == nil {
			b = latest
		}
		return n, b.back(before), err
	})
	if errors.Is(err, context.DeadlineExceeded) {
		err = nil // what it holds is the answer
	}
	return b, err
}

// look calls done now and then until it says so; n goes from one call to the next.
func look(ctx context.Context, done func(n int) (next int, enough bool, err error)) error {
	tick := time.NewTicker(glance)
	defer tick.Stop()
	for n := 0; ; {
		next, enough, err := done(n)
		if err != nil || enough {
			return err
		}
		n = next
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-tick.C:
		}
	}
}

// reading is what a log has that it should not have.
type reading struct{ panics, errors int }

// readLog goes through a service's log and tells the lines that it counts. What a caller sent stands in it as JSON, so it cannot look like these.
func readLog(path string, tell func(format string, args ...any)) (r reading, err error) {
	file, err := os.Open(path)
	if err != nil {
		return r, err
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	lines := bufio.NewScanner(file)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		line, before := lines.Bytes(), r
		if bytes.HasPrefix(line, []byte("panic: ")) || bytes.HasPrefix(line, []byte("fatal error: ")) || bytes.Contains(line, []byte(`"msg":"panic"`)) {
			r.panics++
		}
		if bytes.Contains(line, []byte(`"level":"ERROR"`)) {
			r.errors++
		}
		if r != before && r.panics+r.errors <= shown {
			tell("%s", line)
		}
	}
	return r, lines.Err()
}
