package httpapi

import (
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/ivendnext/whatsapp-accounts/internal/event"
)

const mediaTypeStream = "text/event-stream"

// streamFor is how long a stream lasts; the reader then comes again, perhaps to another replica. streamRest is how long it is silent at most.
const (
	streamFor  = 15 * time.Minute
	streamRest = 15 * time.Second
)

func wantsStream(r *http.Request) bool {
	return strings.HasPrefix(strings.TrimSpace(r.Header.Get("Accept")), mediaTypeStream)
}

// streamEvents writes the feed as Server-Sent Events until the reader goes or the service stops. An event's id is the cursor behind it, so
// that a browser that comes again with Last-Event-ID goes on where it was.
func (a *api) streamEvents(in *call, q event.Query) error {
	ctx, cancel := a.patient(in, streamFor)
	defer cancel()
	out := http.NewResponseController(in.Response())
	header := in.Response().Header()
	header.Set("Content-Type", mediaTypeStream)
	header.Set("X-Accel-Buffering", "no") // nginx would keep events back
	in.Response().WriteHeader(http.StatusOK)
	for ctx.Err() == nil {
		page, err := a.Feed.Read(ctx, in.caller.Site, q, streamRest)
		if err != nil {
			return nil // the answer has begun: to end it is all that can be said, and the reader comes again
		}
		// The server's limit is for one answer; a stream is as many as it has events.
		if err := out.SetWriteDeadline(a.Now().Add(a.Timeout)); err != nil {
			return err
		}
		if err := writeEvents(in, page); err != nil {
			return nil // the reader is gone
		}
		if err := out.Flush(); err != nil {
			return nil // the reader is gone
		}
		q.After = page.Next
	}
	return nil
}

// writeEvents writes a page; an empty one is a comment, which keeps the connection open and moves nobody.
func writeEvents(in *call, page event.Page) error {
	if len(page.Events) == 0 {
		_, err := fmt.Fprint(in.Response(), ": nothing new\n\n")
		return err
	}
	for _, e := range page.Events {
		line, err := EncodeEvent(e)
		if err != nil {
			return err
		}
		if _, err := fmt.Fprintf(in.Response(), "id: %s\nevent: %s\ndata: %s\n\n", eventCursor(in, e.Position), e.Type, line); err != nil {
			return err
		}
	}
	return nil
}
