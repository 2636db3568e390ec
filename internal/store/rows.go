package store

import (
	"database/sql/driver"
	"fmt"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/ivendnext/whatsapp-accounts/internal/account"
	"github.com/ivendnext/whatsapp-accounts/internal/provider"
	"github.com/ivendnext/whatsapp-accounts/internal/site"
)

// retryAfter is what a caller is told while the database is away.
const retryAfter = 2 * time.Second

// document is a JSON column.
type document[T any] struct{ V T }

// Value writes the column.
func (d document[T]) Value() (driver.Value, error) {
	text, err := json.Marshal(d.V, json.Deterministic(true))
	return string(text), err
}

// Scan reads the column.
func (d *document[T]) Scan(value any) error {
	switch v := value.(type) {
	case string:
		return json.Unmarshal([]byte(v), &d.V)
	case []byte:
		return json.Unmarshal(v, &d.V)
	}
	return fmt.Errorf("store: a JSON column holds a %T", value)
}

// accountRow is a row of accounts. Secrets are in rows of their own; here is only when each was set.
type accountRow struct {
	ID                   string `gorm:"primaryKey"`
	Site                 string
	AccountName          string
	NameKey              string
	AccountType          string
	Status               string
	AllowAutoReadReceipt bool
	Settings             document[map[string]string]
	SecretsSet           document[map[string]time.Time]
	ActivatedAt          *time.Time
	CreatedAt            time.Time `gorm:"autoCreateTime:false"`
	UpdatedAt            time.Time `gorm:"autoUpdateTime:false"`
}

func (accountRow) TableName() string { return "accounts" }

// places is where the columns of a look-up go.
func (r *accountRow) places() []any {
	return []any{&r.ID, &r.AccountName, &r.AccountType, &r.Status, &r.AllowAutoReadReceipt, &r.Settings, &r.SecretsSet, &r.ActivatedAt, &r.CreatedAt, &r.UpdatedAt}
}

// heldRow is an account with its designations, read in one statement.
type heldRow struct {
	Account           accountRow `gorm:"embedded"`
	IsDefaultOutgoing bool
	IsDefaultIncoming bool
}

func (heldRow) TableName() string { return "accounts" }

func rowOf(a account.Account) accountRow {
	r := accountRow{
		ID: a.ID, Site: a.Site.String(), AccountName: a.Name, NameKey: account.NameKey(a.Name),
		AccountType: string(a.Type), Status: string(a.Status), AllowAutoReadReceipt: a.AllowAutoReadReceipt,
		Settings:   document[map[string]string]{a.Settings},
		SecretsSet: document[map[string]time.Time]{a.SecretsSet},
		CreatedAt:  a.CreatedAt, UpdatedAt: a.UpdatedAt,
	}
	if !a.ActivatedAt.IsZero() {
		r.ActivatedAt = &a.ActivatedAt
	}
	return r
}

// account makes the domain value, at home in the site that was asked for.
func (r accountRow) account(s site.Site) account.Account {
	a := account.Account{
		ID: r.ID, Site: s, Name: r.AccountName, Type: provider.Type(r.AccountType), Status: account.Status(r.Status),
		Settings: r.Settings.V, SecretsSet: r.SecretsSet.V, AllowAutoReadReceipt: r.AllowAutoReadReceipt,
		CreatedAt: r.CreatedAt.UTC(), UpdatedAt: r.UpdatedAt.UTC(),
	}
	if r.ActivatedAt != nil {
		a.ActivatedAt = r.ActivatedAt.UTC()
	}
	return a
}

func (r heldRow) held(s site.Site) account.Account {
	a := r.Account.account(s)
	a.IsDefaultOutgoing, a.IsDefaultIncoming = r.IsDefaultOutgoing, r.IsDefaultIncoming
	return a
}

// identifierRow is a value by which webhooks name an account.
type identifierRow struct {
	AccountID   string `gorm:"primaryKey"`
	Field       string `gorm:"primaryKey"`
	Site        string
	AccountType string
	Value       string
	Exclusive   bool
}

func (identifierRow) TableName() string { return "account_identifiers" }

// secretRow is a sealed secret.
type secretRow struct {
	AccountID  string `gorm:"primaryKey"`
	Field      string `gorm:"primaryKey"`
	Slot       string `gorm:"primaryKey"`
	Site       string
	Sealed     []byte
	KeyID      int64
	Digest     []byte
	ValidUntil *time.Time
}

func (secretRow) TableName() string { return "account_secrets" }

// designationRow points at who is default; nil is nobody.
type designationRow struct {
	Site      string `gorm:"primaryKey"`
	Direction string `gorm:"primaryKey"`
	AccountID *string
}

func (designationRow) TableName() string { return "designations" }

// historyRow is a line of history.
type historyRow struct {
	ID        string `gorm:"primaryKey"`
	Site      string
	AccountID string
	At        time.Time
	Actor     string
	Action    string
	Changes   document[[]changeDocument]
	RequestID string
}

func (historyRow) TableName() string { return "account_history" }

// changeDocument is a change as the history's JSON column keeps it.
type changeDocument struct {
	Field string          `json:"field"`
	From  *account.Scalar `json:"from"`
	To    *account.Scalar `json:"to"`
}

func (r historyRow) entry() account.Entry {
	e := account.Entry{ID: r.ID, At: r.At.UTC(), Actor: r.Actor, Action: account.Action(r.Action), RequestID: r.RequestID}
	for _, c := range r.Changes.V {
		e.Changes = append(e.Changes, account.FieldChange(c))
	}
	return e
}
