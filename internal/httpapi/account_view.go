package httpapi

import (
	"maps"
	"slices"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	v1 "github.com/ivendnext/whatsapp-accounts/api/v1"
	"github.com/ivendnext/whatsapp-accounts/internal/account"
	"github.com/ivendnext/whatsapp-accounts/internal/provider"
)

// accountAnswer is v1.Account as the service writes it: settings under whatever key the provider declares. It holds no secret,
// and could not: an account.Account has none.
type accountAnswer struct {
	v1.AccountState
	Settings jsontext.Value `json:",embed"`
}

func (a *api) answerOf(of account.Account) accountAnswer {
	spec := a.Accounts.SpecOf(of)
	return accountAnswer{
		AccountState: v1.AccountState{
			ID: of.ID, AccountName: of.Name, AccountType: string(of.Type), Status: string(of.Status),
			IsDefaultOutgoing: of.IsDefaultOutgoing, IsDefaultIncoming: of.IsDefaultIncoming, AllowAutoReadReceipt: of.AllowAutoReadReceipt,
			WebhookURL: a.webhookURL(spec, of), Readiness: readinessOf(a.Accounts.Readiness(of)),
			CreatedAt: v1.Time{Time: of.CreatedAt}, UpdatedAt: v1.Time{Time: of.UpdatedAt},
		},
		Settings: settingsOf(spec, of),
	}
}

// represent is the one JSON of an account: what is sent, and what the ETag digests.
func (a *api) represent(of account.Account) ([]byte, error) {
	return json.Marshal(a.answerOf(of))
}

func (a *api) webhookURL(spec provider.Spec, of account.Account) string {
	if a.PublicURL == "" {
		return ""
	}
	return spec.WebhookURL(a.PublicURL, of.ID)
}

// settingsOf writes the settings in the order of the provider's fields. They are in every answer about an account, so they are appended, not marshalled.
func settingsOf(spec provider.Spec, of account.Account) jsontext.Value {
	b := append(make([]byte, 0, 1<<9), '{')
	b = append(appendText(b, spec.SettingsKey), ":{"...)
	for i, f := range spec.Fields {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(appendText(b, f.Name), ':')
		if f.IsSecret() {
			b = appendSecretState(b, of.SecretsSet[f.Name])
		} else {
			b = appendOptional(b, of.Settings[f.Name])
		}
	}
	return append(b, "}}"...)
}

// appendText appends a JSON string. The error would be about text that is not UTF-8, which no request can set.
func appendText(b []byte, text string) []byte {
	b, _ = jsontext.AppendQuote(b, text)
	return b
}

// appendSecretState appends a v1.SecretState.
func appendSecretState(b []byte, since time.Time) []byte {
	if since.IsZero() {
		return append(b, `{"is_set":false,"updated_at":null}`...)
	}
	at, _ := v1.Time{Time: since}.MarshalJSON()
	b = append(b, `{"is_set":true,"updated_at":`...)
	return append(append(b, at...), '}')
}

// appendOptional appends null for an empty text.
func appendOptional(b []byte, text string) []byte {
	if text == "" {
		return append(b, "null"...)
	}
	return appendText(b, text)
}

// unlessEmpty is nil for an empty text.
func unlessEmpty(text string) *string {
	if text == "" {
		return nil
	}
	return &text
}

func readinessOf(r account.Readiness) v1.Readiness {
	out := v1.Readiness{Send: abilityOf(r.Send), Receive: abilityOf(r.Receive)}
	for _, w := range r.Warnings {
		out.Warnings = append(out.Warnings, v1.Warning(w))
	}
	return out
}

func abilityOf(of account.Ability) v1.Ability {
	out := v1.Ability{OK: of.OK}
	for _, m := range of.Missing {
		out.Missing = append(out.Missing, v1.Missing(m))
	}
	return out
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
