package httpapi

import (
	"log/slog"
	"net/http"
	"strings"

	"github.com/ivendnext/whatsapp-accounts/internal/webhook"
)

// receiveMeta takes a webhook of Meta.
//
//	@Summary	Receive a webhook of Meta
//	@Description	Proves the body by the app secrets of the accounts that it names, keeps it, and then answers. Whatever is answered with 200 is kept; whatever is not, Meta repeats for days. With an id in the path only that account is asked. Its items become events.
//	@Tags		webhooks
//	@Param		account_id			path	string	true	"The id of the only account that is asked"
//	@Param		X-Hub-Signature-256	header	string	false	"sha256= and the HMAC-SHA256 of the body under the app secret, in lower-case hexadecimal"
//	@Param		body				body	object	true	"As Meta sends it, up to 3 MiB"
//	@Success	200
//	@Failure	default	{object}	v1.Problem
//	@Router		/webhooks/meta [post]
//	@Router		/webhooks/meta/{account_id} [post]
func (a *api) receiveMeta(in *call) (reply, error) { return a.receive(in, "/webhooks/meta") }

// receiveWasender takes a webhook of WASender.
//
//	@Summary	Receive a webhook of WASender
//	@Description	Compares the header with the account's webhook secret, keeps the body without any secret that it may hold, and then answers. Its items become events.
//	@Tags		webhooks
//	@Param		account_id			path	string	true	"The account's id"
//	@Param		X-Webhook-Signature	header	string	false	"The account's webhook secret, as WASender sends it"
//	@Param		body				body	object	true	"As WASender sends it, up to 3 MiB"
//	@Success	200
//	@Failure	default	{object}	v1.Problem
//	@Router		/webhooks/wasender/{account_id} [post]
func (a *api) receiveWasender(in *call) (reply, error) { return a.receive(in, "/webhooks/wasender") }

// receive proves and keeps a webhook of the provider that posts below path.
func (a *api) receive(in *call, path string) (reply, error) {
	door, known := a.doorAt(path)
	if !known {
		return reply{}, errNoRoute
	}
	values := in.Request().Header.Values(door.Receiver.SignatureHeader())
	d := webhook.Delivery{AccountID: in.Param("account_id"), Body: in.body}
	if len(values) > 0 {
		d.Signature = strings.Join(values, ",") // more than one is nobody's honest signature, and proves nothing
	}
	how, err := a.Acceptor.Accept(in.ctx, door, d)
	if how == "" {
		how = "failed"
	}
	a.Metrics.delivered(string(door.Spec.Type), string(how))
	if how != webhook.Accepted {
		a.Log.LogAttrs(in.ctx, slog.LevelWarn, "webhook refused", slog.String("account_type", string(door.Spec.Type)), slog.String("outcome", string(how)),
			slog.String("cure", how.Cure()), slog.String("account_id", loggable(d.AccountID)), slog.String("request_id", requestID(in.Context)))
	}
	return reply{status: http.StatusOK}, err
}

// doorAt finds the provider that posts below a path.
func (a *api) doorAt(path string) (webhook.Door, bool) {
	for _, d := range a.Doors {
		if d.Spec.WebhookPath == path || strings.HasPrefix(d.Spec.WebhookPath, path+"/") {
			return d, true
		}
	}
	return webhook.Door{}, false
}
