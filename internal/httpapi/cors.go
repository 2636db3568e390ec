package httpapi

import (
	"net/http"
	"slices"
	"strings"

	"github.com/labstack/echo/v4"
)

// What a page of an allowed origin may send and read beyond what browsers allow anyway. Credentials mode is not among it: no cookie is read
// here, and the key is a header that the page sets itself.
const (
	corsRequestHeaders = "Authorization, Content-Type, If-Match, If-None-Match, Idempotency-Key, X-Request-Id"
	corsAnswerHeaders  = "ETag, Location, Retry-After, X-Request-Id, Idempotent-Replayed"
	corsMaxAge         = "600" // seconds for which a browser need not ask again; an origin that is taken off the list is let in no longer
)

// allowOrigins lets pages of the allowed origins call /v1 from a browser. Everything else is as it is without: a browser withholds the answer.
// Echo puts the chain together for every request anew, so what is the same for all of them is found out before.
func (a *api) allowOrigins() echo.MiddlewareFunc {
	methods := a.corsMethods()
	return func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c echo.Context) error {
			if len(a.CORSOrigins) == 0 || !strings.HasPrefix(echo.GetPath(c.Request()), "/v1/") {
				return next(c)
			}
			return a.allowOrigin(c, methods, next)
		}
	}
}

// allowOrigin answers a page's question whether it may call, or says so beside the answer.
func (a *api) allowOrigin(c echo.Context, methods string, next echo.HandlerFunc) error {
	asked, answer := c.Request().Header, c.Response().Header()
	answer.Add(echo.HeaderVary, echo.HeaderOrigin)
	origin := asked.Get(echo.HeaderOrigin)
	if !slices.Contains(a.CORSOrigins, origin) {
		return next(c)
	}
	answer.Set(echo.HeaderAccessControlAllowOrigin, origin)
	if c.Request().Method != http.MethodOptions || asked.Get(echo.HeaderAccessControlRequestMethod) == "" {
		answer.Set(echo.HeaderAccessControlExposeHeaders, corsAnswerHeaders)
		return next(c)
	}
	answer.Add(echo.HeaderVary, echo.HeaderAccessControlRequestMethod)
	answer.Add(echo.HeaderVary, echo.HeaderAccessControlRequestHeaders)
	answer.Set(echo.HeaderAccessControlAllowMethods, methods)
	answer.Set(echo.HeaderAccessControlAllowHeaders, corsRequestHeaders)
	answer.Set(echo.HeaderAccessControlMaxAge, corsMaxAge)
	return c.NoContent(http.StatusNoContent)
}

// corsMethods lists the methods of /v1. A path that does not take one says so to the request itself, with a problem that the page can read.
func (a *api) corsMethods() string {
	var methods []string
	for _, r := range a.routes() {
		if strings.HasPrefix(r.path, "/v1/") && !slices.Contains(methods, r.method) {
			methods = append(methods, r.method)
		}
	}
	return strings.Join(methods, ", ")
}
