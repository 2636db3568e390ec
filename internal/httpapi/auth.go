package httpapi

import (
	"errors"
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
	case readers, managers, senders:
	default:
		return fmt.Errorf("route %s %s says nobody may call it", in.Request().Method, in.Path())
	}
	principal, err := a.authenticate(in)
	if err != nil {
		return err
	}
	in.caller = site.Caller{Principal: principal, RequestID: requestID(in.Context)}
	in.Set(callerKey, in.caller)
	if !may(principal.Role, who) {
		return fault.New(fault.Forbidden, "forbidden", fmt.Sprintf("The role %s may not do this; it needs %s.", principal.Role, strings.Join(rolesOf(who), " or ")),
			"Use a key of that role, or ask a system manager.")
	}
	return nil
}

// may reports whether a role is among those that a route is for.
func may(role site.Role, who access) bool {
	switch who {
	case readers:
		return true
	case managers:
		return role == site.SystemManager
	case senders:
		return role == site.SystemManager || role == site.Service
	case nobody, anybody:
	}
	return false
}

// authenticate looks the key up. An address that has tried too many wrong ones is refused before the database is asked, but never a key that
// was valid when it was last seen: a neighbour behind the same address must not be able to lock its holder out.
func (a *api) authenticate(in *call) (site.Principal, error) {
	key := bearer(in.Context)
	if !tries(in.Context) {
		return a.Keys.Authenticate(in.ctx, key)
	}
	from, known := subscriber(a.clientAddress(in.Request())), a.Keys.Known(key)
	if !known {
		if wait := a.failures.take(from, a.Now()); wait > 0 {
			return site.Principal{}, errTooManyFailures.After(wait)
		}
	}
	principal, err := a.Keys.Authenticate(in.ctx, key)
	switch wrong := errors.Is(err, apikey.ErrUnknown); {
	case wrong && known: // it has been revoked meanwhile
		a.failures.take(from, a.Now())
	case !wrong && !known:
		a.failures.giveBack(from, a.Now())
	}
	return principal, err
}

// tries reports whether the request tries to prove anything. Without the header nothing is looked up and nothing counted: many clients ask
// once without it, to learn from the answer how to authenticate.
func tries(c echo.Context) bool { return len(c.Request().Header.Values(echo.HeaderAuthorization)) > 0 }

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
