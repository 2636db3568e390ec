package httpapi

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/labstack/echo/v4"

	"github.com/ivendnext/whatsapp-accounts/internal/idempotency"
	"github.com/ivendnext/whatsapp-accounts/internal/site"
)

// call is one request as a handler sees it.
type call struct {
	echo.Context
	ctx    context.Context
	caller site.Caller // zero on routes for anybody
	body   []byte      // read within bounds; empty on methods without one
	spool  *spool      // in place of it where it may be large
}

// reply is what a handler answers.
type reply struct {
	status      int
	body        []byte
	contentType string // empty means JSON
	etag        string
	location    string
	stream      func() error // writes the answer by itself, instead of all the others
}

// handler answers a call. It writes nothing itself, so that the funnel can keep, replay or withhold the answer.
type handler func(*call) (reply, error)

// outside is how long somebody outside may take to answer, beyond what a request of ours may take: a call of 15 seconds and a check of 10.
const outside = 25 * time.Second

// funnel is the way of every request: who is calling, what was sent, was it sent before, answer.
func (a *api) funnel(r route) echo.HandlerFunc {
	return func(c echo.Context) error {
		limit := a.Timeout
		switch {
		case r.body.outside():
			limit += outside
		case r.body == spooled:
			limit += 2 * reading
		}
		ctx, cancel := context.WithTimeout(c.Request().Context(), limit)
		defer cancel()
		return broken(ctx, a.serve(&call{Context: c, ctx: ctx}, r))
	}
}

func (a *api) serve(in *call, r route) error {
	defer func() { in.spool.drop() }()
	if err := a.admit(in, r); err != nil {
		return err
	}
	out, err := a.answer(in, r)
	if err != nil {
		return err
	}
	if out.stream != nil {
		return out.stream()
	}
	return write(in, out)
}

// exact refuses what Echo would let pass: a path whose last parameter took the slashes that follow it, and OPTIONS on any path.
func exact(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		pattern := c.Path()
		if !strings.HasSuffix(pattern, "*") && strings.Count(pattern, "/") != strings.Count(echo.GetPath(c.Request()), "/") {
			return errNoRoute
		}
		if allow, other := c.Get(echo.ContextKeyHeaderAllow).(string); other {
			c.Response().Header().Set(echo.HeaderAllow, strings.TrimPrefix(allow, "OPTIONS, "))
			return errMethod
		}
		return next(c)
	}
}

// admit checks the caller, the query and the body, in this order: a stranger learns nothing about either.
func (a *api) admit(in *call, r route) error {
	if err := refuseTokenInURL(in.Request()); err != nil {
		return err
	}
	if err := a.authorize(in, r.who); err != nil {
		return err
	}
	if err := checkQuery(in.Request(), r.query); err != nil {
		return err
	}
	var err error
	if r.body == spooled {
		in.spool, err = a.readSpool(in)
		return err
	}
	in.body, err = r.body.read(in.Response(), in.Request())
	return err
}

// answer runs the handler, once per Idempotency-Key where that is not the handler's affair.
func (a *api) answer(in *call, r route) (reply, error) {
	if r.body == raw || r.body == bare || r.body == graph || r.body == spooled || namesNothing(in) {
		return r.handle(in)
	}
	return a.once(in, in.body, unprepared, r.handle)
}

// unprepared is for what needs nothing beforehand.
func unprepared(context.Context) error { return nil }

// once does what a request asks for, and repeats the answer when its Idempotency-Key comes with the same body again. prepare comes first, in no transaction; it
// leaves nothing that has an effect by itself.
func (a *api) once(in *call, body []byte, prepare func(context.Context) error, handle handler) (reply, error) {
	key, keyed, err := idempotencyKey(in.Request())
	if err != nil {
		return reply{}, err
	}
	if !keyed {
		if err := prepare(in.ctx); err != nil {
			return reply{}, err
		}
		return handle(in)
	}
	outside := in.ctx
	defer func() { in.ctx = outside }()
	scope := idempotency.Scope{Caller: in.caller.Principal, Method: in.Request().Method, Path: in.Request().URL.Path, Key: key}
	kept, replayed, err := a.Idempotency.DoPrepared(in.ctx, scope, body, prepare, func(ctx context.Context) (idempotency.Answer, error) {
		in.ctx = ctx
		out, err := handle(in)
		return out.kept(), err
	})
	if replayed {
		in.Response().Header().Set("Idempotent-Replayed", "true")
	}
	return replyOf(kept), err
}

// namesNothing reports whether the path has something in place of an id that is none. Then nothing is there to be done, and nothing to be remembered
// under a path that can be long, or no text.
func namesNothing(in *call) bool {
	given := in.Param("id")
	id, err := uuid.Parse(given)
	return given != "" && (err != nil || id.String() != given)
}

// write sends the reply, or 304 when the caller has this representation already.
func write(in *call, out reply) error {
	header := in.Response().Header()
	if out.etag != "" {
		header.Set("ETag", out.etag)
	}
	if out.location != "" {
		header.Set(echo.HeaderLocation, out.location)
	}
	if slices.Contains(methodsOf(http.MethodGet), in.Request().Method) && out.etag != "" && noneMatch(in.Request(), out.etag) {
		return in.NoContent(http.StatusNotModified)
	}
	if len(out.body) == 0 {
		return in.NoContent(out.status)
	}
	if out.contentType == "" {
		out.contentType = echo.MIMEApplicationJSON
	}
	return in.Blob(out.status, out.contentType, out.body)
}
