package httpapi

import (
	"net/http"

	"github.com/labstack/echo/v4"
	swgui "github.com/swaggest/swgui/v5emb"

	"github.com/ivendnext/whatsapp-accounts/docs"
)

// getDocument serves the OpenAPI document.
//
//	@Summary	The OpenAPI document
//	@Tags		operation
//	@Success	200		{object}	object
//	@Failure	default	{object}	v1.Problem
//	@Router		/openapi.json [get]
func (a *api) getDocument(*call) (reply, error) {
	body := docs.OpenAPI()
	return reply{status: http.StatusOK, body: body, etag: etagOf(body)}, nil
}

// mountReference serves the reference page from the binary: it needs no other host.
func (a *api) mountReference(e *echo.Echo) {
	page := echo.WrapHandler(swgui.New("WhatsApp accounts", "/openapi.json", "/docs/"))
	serve := func(c echo.Context) error {
		// The page has its script inline; nothing from elsewhere may run in it.
		c.Response().Header().Set("Content-Security-Policy", "default-src 'self'; script-src 'self' 'unsafe-inline'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; frame-ancestors 'none'")
		return page(c)
	}
	e.GET("/docs", serve)
	e.GET("/docs/*", serve)
}
