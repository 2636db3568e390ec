package apidoc

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"

	"github.com/ivendnext/whatsapp-accounts/internal/site"
)

// problem is a kind of refusal: its stable code, the status it comes with and when it comes.
type problem struct {
	code   string
	status int
	when   string
}

// problems lists every code, by status. internal/apidoc/contract holds each answer of the tests against what the operations list of them.
func problems() []problem { return slices.Concat(notFound(), notDone()) }

// notFound are those of requests that are not understood, or name what is not there.
func notFound() []problem {
	return []problem{
		{"unreadable_body", http.StatusBadRequest, "the body broke off"},
		{"empty_body", http.StatusBadRequest, "there is no body"},
		{"invalid_json", http.StatusBadRequest, "the body is not one JSON value"},
		{"unknown_member", http.StatusBadRequest, "there is no such member"},
		{"duplicate_member", http.StatusBadRequest, "a member is there twice"},
		{"read_only_member", http.StatusBadRequest, "the member is part of answers only"},
		{"wrong_type", http.StatusBadRequest, "a member is of another JSON type"},
		{"invalid_query", http.StatusBadRequest, "the query cannot be read"},
		{"unknown_parameter", http.StatusBadRequest, "there is no such query parameter"},
		{"duplicate_parameter", http.StatusBadRequest, "a query parameter is there twice"},
		{"invalid_idempotency_key", http.StatusBadRequest, "Idempotency-Key is empty, repeated or longer than 255 characters"},
		{"request_abandoned", http.StatusBadRequest, "the caller went away before it was answered"},
		{"unauthenticated", http.StatusUnauthorized, "the request carries no valid key"},
		{"signature_refused", http.StatusUnauthorized, "no account proves the webhook"},
		{"forbidden", http.StatusForbidden, "the key's role may not do this"},
		{"verification_refused", http.StatusForbidden, "no Active Meta account answers the verification"},
		{"route_not_found", http.StatusNotFound, "there is nothing at the path"},
		{"account_not_found", http.StatusNotFound, "the site has no such account"},
		{"template_not_found", http.StatusNotFound, "the site has no such template"},
		{"message_not_found", http.StatusNotFound, "the site has no such message, or it is no longer kept"},
		{"bulk_not_found", http.StatusNotFound, "the site has no such bulk message, or it is no longer kept"},
		{"job_not_found", http.StatusNotFound, "the site has no such parked job"},
		{"subscription_not_found", http.StatusNotFound, "the site has no such subscription"},
		{"event_not_found", http.StatusNotFound, "the site has no such event, or it is no longer kept"},
		{"no_default_account", http.StatusNotFound, "nobody holds the designation, or its holder is Inactive"},
		{"method_not_allowed", http.StatusMethodNotAllowed, "the path does not take the method"},
	}
}

// notDone are those of requests that are understood and not done.
func notDone() []problem {
	return []problem{
		{"account_inactive", http.StatusConflict, "the account is Inactive, so it is used for nothing and can become no default"},
		{"account_name_taken", http.StatusConflict, "another account of the site has the name"},
		{"phone_id_taken", http.StatusConflict, "another account of the site has the phone id"},
		{"subscription_disabled", http.StatusConflict, "the subscription is disabled, so nothing is delivered to it"},
		{"account_has_templates", http.StatusConflict, "templates belong to the account; `templates` lists them"},
		{"template_exists", http.StatusConflict, "there is a template of this name and language, of this account or of one that shares its templates"},
		{"template_locked", http.StatusConflict, "the provider does not allow it while the template is in its present state"},
		{"bulk_cancelled", http.StatusConflict, "the bulk message was cancelled, which is for good"},
		{"message_not_cancellable", http.StatusConflict, "the sending of the message has begun, or its end has come"},
		{"idempotency_in_progress", http.StatusConflict, "the first request with this Idempotency-Key is still running"},
		{"stale_representation", http.StatusPreconditionFailed, "the account, the default, the subscription or the template is no longer what If-Match names"},
		{"body_too_large", http.StatusRequestEntityTooLarge, "the body is larger than 1 MiB, than 3 MiB on webhooks, or than 64 MiB of a bulk message"},
		{"unsupported_media_type", http.StatusUnsupportedMediaType, "the body's media type or charset is not one that the request takes"},
		{"required", http.StatusUnprocessableEntity, "something is missing"},
		{"invalid_value", http.StatusUnprocessableEntity, "a value breaks a rule"},
		{"null_not_allowed", http.StatusUnprocessableEntity, "a member that is no setting cannot be null"},
		{"read_only_field", http.StatusUnprocessableEntity, "the member cannot be changed on this account"},
		{"field_not_applicable", http.StatusUnprocessableEntity, "the setting belongs to another account type"},
		{"capability_unsupported", http.StatusUnprocessableEntity, "the account's provider cannot do this"},
		{"template_unavailable", http.StatusUnprocessableEntity, "the template cannot be used with the account"},
		{"duplicate_recipient", http.StatusUnprocessableEntity, "a recipient of a bulk message has the number of another"},
		{"recipients_invalid", http.StatusUnprocessableEntity, "some recipients of a bulk message break a rule, so nothing was accepted; `errors` names them"},
		{"validation_failed", http.StatusUnprocessableEntity, "several of these at once; `errors` has the code of each"},
		{"invalid_cursor", http.StatusUnprocessableEntity, "the cursor is not one that this service gave"},
		{"idempotency_key_reused", http.StatusUnprocessableEntity, "this Idempotency-Key came with another body before"},
		{"too_many_failures", http.StatusTooManyRequests, "too many wrong keys came from the client's address, so this one was not looked at"},
		{"internal", http.StatusInternalServerError, "something went wrong on our side"},
		{"provider_refused", http.StatusBadGateway, "the provider refused what it was asked for; the detail has its reason"},
		{"provider_unanswered", http.StatusBadGateway, "the provider did not answer, or was not able to"},
		{"database_unavailable", http.StatusServiceUnavailable, "the service cannot reach its database"},
		{"keyset_outdated", http.StatusServiceUnavailable, "this replica has missed a change of the keyset"},
		{"not_ready", http.StatusServiceUnavailable, "the service cannot serve now; `checks` says why"},
		{"timeout", http.StatusServiceUnavailable, "the request took too long"},
	}
}

// own lists the codes that are peculiar to operations; refusalsOf adds what follows from what an operation is.
func own() map[string][]string {
	saved := []string{
		"read_only_member", "account_inactive", "account_name_taken", "phone_id_taken",
		"required", "invalid_value", "null_not_allowed", "read_only_field", "field_not_applicable", "capability_unsupported", "validation_failed",
		"keyset_outdated",
	}
	all := map[string][]string{
		"createAccount":    saved,
		"updateAccount":    append(slices.Clone(saved), "account_not_found"),
		"getAccount":       {"account_not_found"},
		"deleteAccount":    {"account_not_found", "account_has_templates"},
		"accountHistory":   {"account_not_found"},
		"listAccounts":     {"invalid_value", "validation_failed"},
		"getDefault":       {"route_not_found", "no_default_account"},
		"setDefault":       {"route_not_found", "account_not_found", "account_inactive", "required", "capability_unsupported"},
		"clearDefault":     {"route_not_found"},
		"getRoute":         {"account_not_found", "no_default_account", "account_inactive", "capability_unsupported", "template_unavailable", "invalid_value"},
		"verifyMeta":       {"verification_refused", "database_unavailable", "timeout"},
		"verifyMetaById":   {"verification_refused", "database_unavailable", "timeout"},
		"getReady":         {"not_ready"},
		"getAccountHealth": {"account_not_found"},
		"checkAccount":     {"account_not_found"},
		"subscribeAccount": {"account_not_found", "account_inactive", "capability_unsupported", "provider_refused", "provider_unanswered"},
		"adoptWebhooks":    {"account_not_found", "account_inactive"},
		"listParkedJobs":   {"invalid_value", "validation_failed"},
		"replayParkedJob":  {"job_not_found"},
		"listEvents":       {"invalid_value", "invalid_cursor", "validation_failed"},

		"createSubscription":       {"read_only_member", "required", "invalid_value", "null_not_allowed", "validation_failed", "keyset_outdated"},
		"getSubscription":          {"subscription_not_found"},
		"updateSubscription":       {"read_only_member", "subscription_not_found", "invalid_value", "null_not_allowed", "validation_failed"},
		"deleteSubscription":       {"subscription_not_found"},
		"rotateSubscriptionSecret": {"subscription_not_found"},
		"testSubscription":         {"subscription_not_found"},
		"listDeliveries":           {"subscription_not_found"},
		"redeliverEvent":           {"read_only_member", "event_not_found", "subscription_not_found", "subscription_disabled", "null_not_allowed"},

		"receiveMeta":     {"signature_refused", "database_unavailable", "timeout"},
		"receiveMetaById": {"signature_refused", "database_unavailable", "timeout"},
		"receiveWasender": {"signature_refused", "database_unavailable", "timeout"},
	}
	maps.Copy(all, ownOfTemplates())
	maps.Copy(all, ownOfMessages())
	return all
}

func ownOfTemplates() map[string][]string {
	worded := []string{
		"read_only_member", "template_exists", "required", "invalid_value", "null_not_allowed", "read_only_field", "field_not_applicable", "capability_unsupported",
		"validation_failed",
	}
	told := []string{"template_not_found", "account_inactive", "template_locked", "template_unavailable", "provider_refused", "provider_unanswered"}
	return map[string][]string{
		"createTemplate": append(slices.Clone(worded), "account_not_found"),
		"syncTemplates":  {"account_not_found", "account_inactive", "capability_unsupported"},
		"listTemplates":  {"invalid_value", "validation_failed"},
		"getTemplate":    {"template_not_found"},
		"updateTemplate": append(slices.Clone(worded), "template_not_found", "template_locked"),
		"deleteTemplate": append(slices.Clone(told), "invalid_value"),
		"submitTemplate": append(slices.Clone(told), "required", "capability_unsupported", "validation_failed"),
		"renderTemplate": {"template_not_found", "required", "invalid_value", "validation_failed"},
	}
}

func ownOfMessages() map[string][]string {
	return map[string][]string{
		"sendMessage": {
			"account_not_found", "no_default_account", "account_inactive", "required", "invalid_value", "capability_unsupported", "template_unavailable", "validation_failed",
		},
		"listMessages":  {"invalid_value", "validation_failed"},
		"getMessage":    {"message_not_found"},
		"cancelMessage": {"message_not_found", "message_not_cancellable"},
		"sendBulk": {
			"account_not_found", "account_inactive", "required", "invalid_value", "capability_unsupported", "template_unavailable", "recipients_invalid",
			"duplicate_recipient", "validation_failed", "bulk_not_found",
		},
		"listBulks":        {"invalid_value", "validation_failed"},
		"getBulk":          {"bulk_not_found"},
		"listBulkMessages": {"bulk_not_found", "invalid_value", "validation_failed"},
		"pauseBulk":        {"bulk_not_found", "bulk_cancelled"},
		"resumeBulk":       {"bulk_not_found", "bulk_cancelled"},
		"cancelBulk":       {"bulk_not_found"},
		"retryBulk":        {"bulk_not_found", "bulk_cancelled"},
	}
}

// refusalsOf lists the codes an operation may answer, by status.
func (op operation) refusalsOf() map[int][]string {
	codes := append(own()[op.OperationID], op.implied()...)
	byStatus := map[int][]string{}
	for _, p := range problems() {
		if slices.Contains(codes, p.code) {
			byStatus[p.status] = append(byStatus[p.status], p.code)
		}
	}
	return byStatus
}

// implied lists the codes that follow from what an operation is.
func (op operation) implied() []string {
	var codes []string
	add := func(is bool, more ...string) {
		if is {
			codes = append(codes, more...)
		}
	}
	add(!op.route.Public, "unauthenticated", "too_many_failures", "database_unavailable", "timeout")
	add(!op.route.Public && len(op.route.Roles) < len(site.Roles()), "forbidden")
	add(op.strict(), "invalid_query", "unknown_parameter", "duplicate_parameter")
	add(op.route.TakesBody, "body_too_large")
	add(op.route.NeedsBody, "empty_body")
	add(op.route.TakesBody && op.strict(), "unreadable_body", "invalid_json", "unknown_member", "duplicate_member", "wrong_type", "unsupported_media_type")
	add(op.has("Idempotency-Key"), "invalid_idempotency_key", "idempotency_in_progress", "idempotency_key_reused", "keyset_outdated")
	add(op.has("If-Match"), "stale_representation")
	add(op.has("cursor"), "invalid_value", "invalid_cursor", "validation_failed")
	return codes
}

// codeTable lists the codes for people, in Markdown.
func codeTable() string {
	var b strings.Builder
	for _, p := range problems() {
		fmt.Fprintf(&b, "\n- %d `%s`: %s", p.status, p.code, p.when)
	}
	return b.String()
}
