package httpapi

import (
	"fmt"
	"log/slog"
	"regexp"
	"runtime/debug"

	"github.com/labstack/echo/v4"

	"github.com/ivendnext/whatsapp-accounts/internal/site"
)

// What a handler leaves for the line about its request.
const (
	callerKey  = "caller"
	outcomeKey = "outcome" // attributes of the route's own
)

// acceptableID is what we take over as a request id from a caller: it goes into headers, logs and history, so it is printable ASCII without
// space, quotes, backslash, and what templates and pages take for code. That lets pass what proxies make: UUIDs, Base64, Root=1-….
var acceptableID = regexp.MustCompile(`^[!#&(-;=?-\[\]^_a-z|~]{1,128}$`)

// identify takes or makes the request id, and echoes it.
func (a *api) identify(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		id := c.Request().Header.Get(echo.HeaderXRequestID)
		if !acceptableID.MatchString(id) {
			id = a.NewID()
		}
		c.Response().Header().Set(echo.HeaderXRequestID, id)
		return next(c)
	}
}

func requestID(c echo.Context) string { return c.Response().Header().Get(echo.HeaderXRequestID) }

// observe counts each request and writes one line about it: never a body, never a query, since a query may hold a verify token.
func (a *api) observe(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		begin := a.Now()
		if err := next(c); err != nil {
			c.Error(err)
		}
		took := a.Now().Sub(begin)
		route, method, status := routeOf(c), methodOf(c), c.Response().Status
		a.Metrics.request(method, route, status, took)
		caller, _ := c.Get(callerKey).(site.Caller)
		outcome, _ := c.Get(outcomeKey).([]slog.Attr)
		attrs := append(make([]slog.Attr, 0, 10),
			slog.String("method", method), slog.String("route", route), slog.Int("status", status), slog.Float64("duration_ms", float64(took.Microseconds())/1000),
			slog.String("caller", caller.Name), slog.String("site", caller.Site.String()), slog.Any("client", a.clientAddress(c.Request())), slog.String("request_id", requestID(c)))
		a.Log.LogAttrs(c.Request().Context(), slog.LevelInfo, "request", append(attrs, outcome...)...)
		return nil
	}
}

// routeOf is the route's pattern: a path would make a metric per id.
func routeOf(c echo.Context) string {
	if path := c.Path(); path != "" {
		return path
	}
	return "none"
}

// methodOf keeps strangers from inventing metrics by inventing methods.
func methodOf(c echo.Context) string {
	switch m := c.Request().Method; m {
	case "GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS":
		return m
	}
	return "other"
}

// recover turns a panic into an Internal error whose stack only the operator sees.
func (a *api) recover(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) (err error) {
		defer func() {
			if cause := recover(); cause != nil {
				a.Log.ErrorContext(c.Request().Context(), "panic", "cause", fmt.Sprintf("%T", cause), "stack", string(debug.Stack()), "request_id", requestID(c))
				err = errInternal
			}
		}()
		return next(c)
	}
}

// secure sets the headers that keep browsers from guessing, framing, caching or leaking.
func secure(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		h := c.Response().Header()
		h.Set(echo.HeaderXContentTypeOptions, "nosniff")
		h.Set(echo.HeaderXFrameOptions, "DENY")
		h.Set(echo.HeaderReferrerPolicy, "no-referrer")
		h.Set(echo.HeaderContentSecurityPolicy, "default-src 'none'; frame-ancestors 'none'")
		h.Set(echo.HeaderCacheControl, "private, no-cache")
		return next(c)
	}
}
