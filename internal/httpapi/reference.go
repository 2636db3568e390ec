package httpapi

import (
	"maps"
	"net/http"

	"github.com/labstack/echo/v4"
	"github.com/swaggest/swgui"
	"github.com/swaggest/swgui/v5emb"

	"github.com/ivendnext/whatsapp-accounts/docs"
)

// getDocument serves the OpenAPI document.
//
//	@Summary	The OpenAPI document
//	@Description	Answers the document that you are reading.
//	@Tags		operation
//	@Param		If-None-Match	header	string	false	"Answers 304 while the representation is this one"
//	@Success	200		{object}	object
//	@Failure	default	{object}	v1.Problem
//	@Router		/openapi.json [get]
func (a *api) getDocument(*call) (reply, error) {
	body := docs.OpenAPI()
	return reply{status: http.StatusOK, body: body, etag: etagOf(body)}, nil
}

// mountReference serves the reference page from the binary: it needs no other host.
func (a *api) mountReference(e *echo.Echo) {
	page := v5emb.NewWithConfig(swgui.Config{SettingsUI: map[string]string{
		"showExtensions":           "false", // they repeat the text, for programs
		"defaultModelsExpandDepth": "0",     // the schemas are there, folded
	}})("WhatsApp accounts", "/openapi.json", "/docs/")
	serve := func(c echo.Context) error {
		header := c.Response().Header()
		strict := header.Clone()
		// The page has its script inline; nothing from elsewhere may run in it.
		header.Set("Content-Security-Policy", "default-src 'self'; script-src 'self' 'unsafe-inline'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; frame-ancestors 'none'")
		c.Request().Header.Del("Range") // a part that is not there would be refused in plain text
		w := &pageWriter{ResponseWriter: c.Response()}
		page.ServeHTTP(w, c.Request())
		if w.missing {
			clear(header) // a problem is no page, and has none of its headers
			maps.Copy(header, strict)
			return errNoRoute
		}
		return nil
	}
	for _, path := range []string{"/docs", "/docs/*"} {
		e.Match(methodsOf(http.MethodGet), path, serve)
	}
}

// pageWriter lets the page's files pass and withholds its errors, which are plain text: ours are problems.
type pageWriter struct {
	http.ResponseWriter
	missing bool
}

// WriteHeader implements http.ResponseWriter.
func (w *pageWriter) WriteHeader(status int) {
	if w.missing = status >= http.StatusBadRequest; !w.missing {
		w.ResponseWriter.WriteHeader(status)
	}
}

// Write implements http.ResponseWriter.
func (w *pageWriter) Write(body []byte) (int, error) {
	if w.missing {
		return len(body), nil
	}
	return w.ResponseWriter.Write(body)
}
