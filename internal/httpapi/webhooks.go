package httpapi

import (
	"log/slog"
	"net/http"
	"net/url"

	"github.com/google/uuid"
	"github.com/labstack/echo/v4"

	"github.com/ivendnext/whatsapp-accounts/internal/fault"
	"github.com/ivendnext/whatsapp-accounts/internal/secret"
	"github.com/ivendnext/whatsapp-accounts/internal/webhook"
)

// errVerification says no and not why: the reason is in the log and in the metrics.
var errVerification = fault.New(fault.Forbidden, "verification_refused", "No Active Meta account answers this verification.",
	"Enter the same verify token here, at an Active account, and at Meta; then verify again.")

// verifyMeta answers Meta's verification request with its challenge and nothing else.
//
//	@Summary	Verify the callback URL
//	@Description	Answers Meta's verification request with its challenge and nothing else, when an Active Meta account has the verify token. With an id in the path only that account answers.
//	@Tags		webhooks
//	@Produce	plain
//	@Param		account_id					path		string	true	"The id of the only account that may answer"
//	@Param		hub.mode			query		string	true	"subscribe"
//	@Param		hub.verify_token	query		string	true	"The verify token of an Active Meta account"
//	@Param		hub.challenge		query		string	true	"Answered as it is"
//	@Success	200					{string}	string	"The challenge"
//	@Failure	default				{object}	v1.Problem
//	@Router		/webhooks/meta [get]
//	@Router		/webhooks/meta/{account_id} [get]
func (a *api) verifyMeta(in *call) (reply, error) {
	ask, readable := verificationOf(in)
	outcome := webhook.UnreadableForm
	if readable {
		var err error
		if outcome, err = a.Verifier.Verify(in.ctx, ask); err != nil {
			return reply{}, err
		}
	}
	a.Metrics.verified(string(outcome))
	in.Set(outcomeKey, []slog.Attr{slog.String("outcome", string(outcome)), slog.String("account_id", loggable(ask.AccountID))})
	if outcome != webhook.Verified {
		return reply{}, errVerification
	}
	return reply{status: http.StatusOK, body: []byte(ask.Challenge), contentType: echo.MIMETextPlainCharsetUTF8}, nil
}

// loggable keeps what a stranger wrote in place of an id out of the log.
func loggable(id string) string {
	if uuid.Validate(id) != nil {
		return ""
	}
	return id
}

// verificationOf reads the parameters; a repeated one is nobody's honest request.
func verificationOf(in *call) (webhook.Verification, bool) {
	query, err := url.ParseQuery(in.Request().URL.RawQuery)
	if err != nil {
		return webhook.Verification{}, false
	}
	for _, name := range []string{"hub.mode", "hub.challenge", "hub.verify_token"} {
		if len(query[name]) > 1 {
			return webhook.Verification{}, false
		}
	}
	return webhook.Verification{
		Mode: query.Get("hub.mode"), Challenge: query.Get("hub.challenge"),
		Token: secret.New(query.Get("hub.verify_token")), AccountID: in.Param("account_id"),
	}, true
}
