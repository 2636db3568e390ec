package queue

import "context"

// aheadKey is where the context of a handler keeps what those of its batch read once for all of them.
type aheadKey struct{}

// maxHeld is how many bytes the handlers of a batch hold when no other one begins. What is made of them on the way to the commit may be many times as much.
const maxHeld = 1 << 20

// ahead is what was read once for a batch, and how much its handlers hold. They run one after the other.
type ahead struct {
	subjects []string
	read     bool
	found    any
	err      error
	held     int
}

// ahead gives the context of the handlers of a batch.
func (r *run) ahead(batch []Job) context.Context {
	if len(batch) < 2 {
		return r.ctx
	}
	a := &ahead{subjects: make([]string, len(batch))}
	for i, j := range batch {
		a.subjects[i] = j.Subject
	}
	return context.WithValue(r.ctx, aheadKey{}, a)
}

// Ahead gives each handler of a batch what read finds for the subjects of all its jobs: the first that asks has it read. A job that is alone gets the zero value. What
// is read may be as old as the batch when the last handler gets it. A worker asks for one thing only: another type would be given nothing.
func Ahead[T any](ctx context.Context, read func(ctx context.Context, subjects []string) (T, error)) (found T, err error) {
	a, several := ctx.Value(aheadKey{}).(*ahead)
	if !several {
		return found, nil
	}
	if !a.read {
		a.read = true
		a.found, a.err = read(ctx, a.subjects)
	}
	found, _ = a.found.(T)
	return found, a.err
}

// Hold tells that a handler has read so many bytes, which it holds until its batch is committed. A batch ends behind the handler with which they are many: the jobs
// behind that one are for the next.
func Hold(ctx context.Context, bytes int) {
	if a, several := ctx.Value(aheadKey{}).(*ahead); several {
		a.held += bytes
	}
}

// full reports that the handlers of a batch hold as much as they may.
func full(ctx context.Context) bool {
	a, several := ctx.Value(aheadKey{}).(*ahead)
	return several && a.held >= maxHeld
}
