package httpapi

import (
	"fmt"
	"strings"

	"github.com/labstack/echo/v4"

	"github.com/ivendnext/whatsapp-accounts/internal/apikey"
	"github.com/ivendnext/whatsapp-accounts/internal/fault"
	"github.com/ivendnext/whatsapp-accounts/internal/secret"
	"github.com/ivendnext/whatsapp-accounts/internal/site"
)

// authorize finds out who is calling and whether the route is for them.
func (a *api) authorize(in *call, who access) error {
	switch who {
	case anybody:
		return nil
	case readers, managers:
	default:
		return fmt.Errorf("route %s %s says nobody may call it", in.Request().Method, in.Path())
	}
	principal, err := a.Keys.Authenticate(in.ctx, bearer(in.Context))
	if err != nil {
		return err
	}
	in.caller = site.Caller{Principal: principal, RequestID: requestID(in.Context)}
	in.Set(callerKey, in.caller)
	if who == managers && principal.Role != site.SystemManager {
		return fault.New(fault.Forbidden, "forbidden", fmt.Sprintf("The role %s may not do this; it needs %s.", principal.Role, site.SystemManager),
			"Use a key of that role, or ask a system manager.")
	}
	return nil
}

// bearer takes the key out of the Authorization header; the zero Text when there is none, or more than one.
func bearer(c echo.Context) secret.Text {
	values := c.Request().Header.Values(echo.HeaderAuthorization)
	if len(values) != 1 {
		return secret.Text{}
	}
	scheme, key, found := strings.Cut(values[0], " ")
	if !found || !strings.EqualFold(scheme, "Bearer") || !strings.HasPrefix(key, apikey.Prefix) {
		return secret.Text{}
	}
	return secret.New(key)
}
