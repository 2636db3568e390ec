package httpapi

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	v1 "github.com/ivendnext/whatsapp-accounts/api/v1"
	"github.com/ivendnext/whatsapp-accounts/internal/event"
	"github.com/ivendnext/whatsapp-accounts/internal/fault"
)

// maxEventWait is how long a reader may wait for events, in seconds: less than a balancer lets a connection be idle.
const maxEventWait = 30

// listEvents reads the site's feed.
//
//	@Summary	Read events
//	@Description	Answers the site's events, the oldest first. `next_cursor` is always there: pass it as `after` to go on, also when there was nothing new. Who follows the cursor misses nothing and reads nothing twice. With `wait` an answer without events is held back until there are some. With `Accept: text/event-stream` the events come as Server-Sent Events, and `Last-Event-ID` stands for `after`.
//	@Tags		events
//	@Param		after		query		string	false	"next_cursor of the answer before; without it the feed begins with the oldest event that is kept"
//	@Param		type		query		string	false	"Only events of these types, separated by commas"
//	@Param		account_id	query		string	false	"Only events of this account"
//	@Param		limit		query		int		false	"Events per answer"	minimum(1)	maximum(200)	default(50)
//	@Param		wait		query		int		false	"Seconds to wait for an event when there is none"	minimum(0)	maximum(30)	default(0)
//	@Success	200			{object}	v1.EventList
//	@Failure	default		{object}	v1.Problem
//	@Router		/v1/events [get]
func (a *api) listEvents(in *call) (reply, error) {
	query, wait, err := eventQuery(in)
	if err != nil {
		return reply{}, err
	}
	if wantsStream(in.Request()) {
		return reply{stream: func() error { return a.streamEvents(in, query) }}, nil
	}
	ctx, cancel := a.patient(in, wait)
	defer cancel()
	page, err := a.Feed.Read(ctx, in.caller.Site, query, wait)
	if err != nil {
		return reply{}, err
	}
	return ok(eventList(in, page))
}

// patient gives a context that lasts as long as the caller waits, and ends when the caller goes or the service stops.
func (a *api) patient(in *call, wait time.Duration) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithTimeout(in.Request().Context(), a.Timeout+wait)
	go func() {
		select {
		case <-a.Leaving:
			cancel()
		case <-ctx.Done():
		}
	}()
	return ctx, cancel
}

func eventList(in *call, page event.Page) v1.EventList {
	list := v1.EventList{Data: make([]v1.Event, len(page.Events)), NextCursor: eventCursor(in, page.Next)}
	for i, e := range page.Events {
		list.Data[i] = eventOf(e)
	}
	return list
}

// EncodeEvent writes an event as readers of the feed see it; subscribers are sent the same.
func EncodeEvent(e event.Event) ([]byte, error) {
	return json.Marshal(eventOf(e), jsontext.AllowInvalidUTF8(true))
}

func eventOf(e event.Event) v1.Event {
	out := v1.Event{ID: e.ID, Type: string(e.Type), CreatedAt: v1.Time{Time: e.CreatedAt}, AccountID: unlessEmpty(e.AccountID), Data: e.Data}
	if r := e.ReadReceipt; r != nil {
		out.ReadReceipt = &v1.ReadReceipt{Status: string(r.State), At: v1.Time{Time: r.At}, Detail: r.Detail}
	}
	return out
}

func eventQuery(in *call) (q event.Query, wait time.Duration, err error) {
	var wrong fault.Fields
	q.Limit, q.After = limitOf(in, &wrong), eventPosition(in, &wrong)
	if id, sent := param(in, "account_id"); sent {
		if q.AccountID = loggable(id); q.AccountID == "" {
			wrong.Add("account_id", "invalid_value", "account_id must be the id of an account.")
		}
	}
	if text, sent := param(in, "type"); sent {
		q.Types = eventTypes(text, &wrong)
	}
	seconds, sent := param(in, "wait")
	n, err := strconv.Atoi(seconds)
	if sent && (err != nil || n < 0 || n > maxEventWait) {
		wrong.Add("wait", "invalid_value", fmt.Sprintf("wait must be a number of seconds from 0 to %d.", maxEventWait))
	}
	return q, time.Duration(n) * time.Second, wrong.Err()
}

func eventTypes(text string, wrong *fault.Fields) []event.Type {
	var types []event.Type
	for name := range strings.SplitSeq(text, ",") {
		if !slices.Contains(event.Types(), event.Type(name)) {
			wrong.Add("type", "invalid_value", fmt.Sprintf("type must be some of these, separated by commas: %s.", joined(event.Types())))
			return nil
		}
		types = append(types, event.Type(name))
	}
	return types
}

func joined[T ~string](names []T) string {
	texts := make([]string, len(names))
	for i, n := range names {
		texts[i] = string(n)
	}
	return strings.Join(texts, ", ")
}

// eventCursor says where a reader stands in the feed of its site. It is opaque to readers.
func eventCursor(in *call, position int64) string {
	return listOf(in, "events") + "." + strconv.FormatInt(position, 36)
}

// eventPosition reads the parameter after or, as a browser sends it again, the header Last-Event-ID; zero is the beginning.
func eventPosition(in *call, wrong *fault.Fields) int64 {
	text, sent := param(in, "after")
	if header := in.Request().Header.Get("Last-Event-ID"); !sent && header != "" && wantsStream(in.Request()) {
		text, sent = header, true
	}
	if !sent {
		return 0
	}
	list, number, _ := strings.Cut(text, ".")
	position, err := strconv.ParseInt(number, 36, 64)
	if err != nil || position < 0 || list != listOf(in, "events") || eventCursor(in, position) != text {
		wrong.Add("after", "invalid_cursor", "The cursor is not one that this service gave for this feed.")
		return 0
	}
	return position
}
