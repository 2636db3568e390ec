package httpapi

import (
	"context"
	"errors"
	"strings"

	v1 "github.com/ivendnext/whatsapp-accounts/api/v1"
	"github.com/ivendnext/whatsapp-accounts/internal/fault"
)

// Check is one thing that serving needs. Detail is for the operator and names no host and no secret.
type Check struct {
	Name   string
	OK     bool
	Detail string
}

// notReadyError is a refusal to be called ready, with what was checked.
type notReadyError struct {
	fault  *fault.Error
	checks []v1.ReadinessCheck
}

// Error names the checks that failed.
func (e *notReadyError) Error() string {
	var text strings.Builder
	text.WriteString(e.fault.Code + ":")
	for _, c := range e.checks {
		if !c.OK {
			text.WriteString(" " + c.Name)
		}
	}
	return text.String()
}

// Unwrap gives the fault.
func (e *notReadyError) Unwrap() error { return e.fault }

var errNotReady = fault.New(fault.Unavailable, "not_ready", "The service cannot serve now.", "The checks say what is wrong; try again when it is mended.")

// getMe says who is calling.
//
//	@Summary	Who am I
//	@Description	Answers the site, role and name of the key that the request carries.
//	@Tags		caller
//	@Success	200		{object}	v1.Me
//	@Failure	default	{object}	v1.Problem
//	@Router		/v1/me [get]
func (a *api) getMe(in *call) (reply, error) {
	return ok(v1.Me{Site: in.caller.Site.String(), Role: string(in.caller.Role), Name: in.caller.Name})
}

// getHealth says that the process is alive.
//
//	@Summary	Is the process alive
//	@Description	Answers as soon as the process does. It looks at nothing else, so that a database that is away restarts no process.
//	@Tags		operation
//	@Success	200		{object}	v1.Health
//	@Failure	default	{object}	v1.Problem
//	@Router		/healthz [get]
func (a *api) getHealth(*call) (reply, error) { return ok(v1.Health{Status: "ok"}) }

// getReady says whether the service can serve now.
//
//	@Summary	Can the service serve
//	@Description	Checks what serving needs: the database, its schema and the keys. A service that is stopping says no.
//	@Tags		operation
//	@Success	200		{object}	v1.Ready
//	@Failure	default	{object}	v1.Problem
//	@Router		/readyz [get]
func (a *api) getReady(in *call) (reply, error) {
	checks := a.Ready(in.ctx)
	if err := in.ctx.Err(); errors.Is(err, context.Canceled) {
		return reply{}, err // whoever asked is gone, and the checks were broken off: they say nothing
	}
	answer := v1.Ready{Status: "ready"}
	for _, c := range checks {
		answer.Checks = append(answer.Checks, v1.ReadinessCheck(c))
		if !c.OK {
			answer.Status = "not_ready"
		}
	}
	if answer.Status != "ready" {
		return reply{}, &notReadyError{fault: errNotReady, checks: answer.Checks}
	}
	return ok(answer)
}
