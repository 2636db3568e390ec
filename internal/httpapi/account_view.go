package httpapi

import (
	"maps"
	"slices"
	"strings"
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

func (a *api) answerOf(of account.Account) (accountAnswer, error) {
	spec := a.Accounts.SpecOf(of)
	settings, err := settingsOf(spec, of)
	return accountAnswer{
		AccountState: v1.AccountState{
			ID: of.ID, AccountName: of.Name, AccountType: string(of.Type), Status: string(of.Status),
			IsDefaultOutgoing: of.IsDefaultOutgoing, IsDefaultIncoming: of.IsDefaultIncoming, AllowAutoReadReceipt: of.AllowAutoReadReceipt,
			WebhookURL: a.webhookURL(spec, of), Readiness: readinessOf(a.Accounts.Readiness(of)),
			CreatedAt: v1.Time{Time: of.CreatedAt}, UpdatedAt: v1.Time{Time: of.UpdatedAt},
		},
		Settings: settings,
	}, err
}

// represent is the one JSON of an account: what is sent, and what the ETag digests.
func (a *api) represent(of account.Account) ([]byte, error) {
	answer, err := a.answerOf(of)
	if err != nil {
		return nil, err
	}
	return json.Marshal(answer)
}

func (a *api) webhookURL(spec provider.Spec, of account.Account) string {
	if a.PublicURL == "" {
		return ""
	}
	return strings.TrimSuffix(a.PublicURL, "/") + strings.ReplaceAll(spec.WebhookPath, "{account_id}", of.ID)
}

// settingsOf writes the settings in the order of the provider's fields.
func settingsOf(spec provider.Spec, of account.Account) (jsontext.Value, error) {
	members := make([]member, 0, len(spec.Fields))
	for _, f := range spec.Fields {
		if f.IsSecret() {
			members = append(members, member{f.Name, secretState(of.SecretsSet[f.Name])})
		} else {
			members = append(members, member{f.Name, optional(of.Settings[f.Name])})
		}
	}
	inner, err := object(members)
	if err != nil {
		return nil, err
	}
	return object([]member{{spec.SettingsKey, inner}})
}

func secretState(since time.Time) v1.SecretState {
	if since.IsZero() {
		return v1.SecretState{}
	}
	return v1.SecretState{IsSet: true, UpdatedAt: &v1.Time{Time: since}}
}

// optional is nil for an empty text.
func optional(text string) *string {
	if text == "" {
		return nil
	}
	return &text
}

// member is one member of a JSON object whose order matters.
type member struct {
	name  string
	value any
}

// object writes members in their order.
func object(members []member) (jsontext.Value, error) {
	var b strings.Builder
	enc := jsontext.NewEncoder(&b)
	if err := enc.WriteToken(jsontext.BeginObject); err != nil {
		return nil, err
	}
	for _, m := range members {
		if err := enc.WriteToken(jsontext.String(m.name)); err != nil {
			return nil, err
		}
		if err := json.MarshalEncode(enc, m.value); err != nil {
			return nil, err
		}
	}
	err := enc.WriteToken(jsontext.EndObject)
	return jsontext.Value(b.String()), err
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
