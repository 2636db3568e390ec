package meta

import (
	"slices"
	"strings"
	"time"

	"github.com/ivendnext/whatsapp-accounts/internal/provider"
)

// soon is how long before its end a token is told of.
const soon = 14 * 24 * time.Hour

// needed are the permissions without which an account cannot send, receive or synchronise.
func needed() []string {
	return []string{"whatsapp_business_messaging", "whatsapp_business_management"}
}

// errors gives the errors of all questions, that about the token first.
func (a answers) errors() []error {
	return []error{a.tokenErr, a.businessErr, a.numbersErr, a.appsErr}
}

// connection is valid when any question was answered, be it with an error.
func (j *judgement) connection(a answers) {
	var worst error
	for _, err := range a.errors() {
		if answered(err) {
			j.valid(checkConnection, "Meta answers at the URL of the account.")
			return
		}
		if worst == nil || refused(err) {
			worst = err
		}
	}
	if refusesToken(worst) {
		j.unknown(checkConnection, "Nothing can be asked without a token.", "Enter the Token of the account.")
		return
	}
	j.failed(checkConnection, "url", worst)
}

func (j *judgement) token(a answers) {
	withToken := a.errors()
	if !a.byItself {
		withToken = withToken[1:]
	}
	if i := slices.IndexFunc(withToken, refusesToken); i >= 0 {
		j.failed(checkToken, "token", withToken[i])
		return
	}
	switch {
	case a.tokenErr == nil && *a.token.Data.IsValid:
		j.lasting(a.token.Data.ExpiresAt)
	case a.tokenErr == nil:
		j.invalid(a.token)
	case a.businessErr == nil || a.numbersErr == nil || a.appsErr == nil:
		j.valid(checkToken, "Meta accepts the token; more about it could not be found out.")
	case j.depends(checkToken, checkConnection):
	default:
		j.unknown(checkToken, "Meta said nothing about the token.", "Check again later.")
	}
}

// lasting is about a valid token and its end, in Unix seconds; 0 is never.
func (j *judgement) lasting(end int64) {
	until := time.Unix(end, 0).UTC()
	switch {
	case end == 0:
		j.valid(checkToken, "Meta accepts the token, and it does not expire.")
	case until.Sub(j.now) < soon:
		j.advise(checkToken, "Meta accepts the token, but only until "+until.Format("2 January 2006, 15:04")+" UTC.", newToken)
	default:
		j.valid(checkToken, "Meta accepts the token until "+until.Format("2 January 2006")+".")
	}
}

// invalid is about a token that Meta's debug_token calls so, with the reason that it gives.
func (j *judgement) invalid(t inspected) {
	said := problem{code: "190"}
	if t.Data.Error != nil {
		said = t.Data.Error.problem()
	}
	found, known := j.codes.explain(said.code, said.subcode)
	if !known {
		found, _ = j.codes.explain("190", "")
	}
	j.reject(checkToken, "token", spoken(&provider.CallError{Meaning: found.Meaning, Detail: words(j.c, said.words)}), found.Fix)
}

func (j *judgement) permissions(a answers) {
	if j.depends(checkPermissions, checkConnection, checkToken) {
		return
	}
	if a.tokenErr != nil || a.token.Data.Scopes == nil {
		j.unknown(checkPermissions, "Meta did not tell the permissions of the token.", "Check again later.")
		return
	}
	missing := slices.DeleteFunc(needed(), func(scope string) bool { return slices.Contains(a.token.Data.Scopes, scope) })
	if len(missing) > 0 {
		j.reject(checkPermissions, "token", "The token lacks the permission "+strings.Join(missing, " and ")+".",
			"Make a new token with the permissions "+strings.Join(needed(), " and ")+", and enter it as Token.")
		return
	}
	j.valid(checkPermissions, "The token has the permissions that the account needs.")
}

func (j *judgement) app(a answers) {
	if j.depends(checkApp, checkConnection, checkToken) {
		return
	}
	switch of := a.token.Data.AppID; {
	case a.appID == "":
		j.reject(checkApp, "app_id", "The account has no App ID.", "Enter the App ID of the app that the token was made for.")
	case a.tokenErr != nil || of == "":
		j.unknown(checkApp, "Meta did not tell the app of the token.", "Check again later.")
	case of != a.appID:
		j.reject(checkApp, "app_id", "The token was made for the app "+words(j.c, string(of))+" and not for the App ID of the account.",
			"Enter that App ID, or a token of the app that is meant.")
	default:
		j.valid(checkApp, "The token was made for the app that the account names.")
	}
}

// appSecret is proved by Meta's taking "app id|app secret" as a token. Code 100 is about the app of the account's token.
func (j *judgement) appSecret(a answers) {
	switch {
	case j.depends(checkAppSecret, checkConnection, checkApp):
	case a.byAppErr == nil:
		j.valid(checkAppSecret, "Meta accepts the App Secret.")
	case refused(a.byAppErr) && codeOf(a.byAppErr) != "100":
		j.reject(checkAppSecret, "app_secret", "Meta does not accept App ID and App Secret together.",
			"Copy the App Secret again: Meta App Dashboard, App settings, Basic, Show.")
	default:
		j.unknown(checkAppSecret, "Meta said nothing about the App Secret.", "Check again later.")
	}
}
