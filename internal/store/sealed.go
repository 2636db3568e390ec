package store

import (
	"gorm.io/gorm"

	"github.com/ivendnext/whatsapp-accounts/internal/secret"
)

// sealedRow is a row that holds one sealed secret.
type sealedRow interface {
	// place is what the secret is bound to.
	place() secret.Place
	// contents is the sealed secret.
	contents() []byte
	// key tells the row from all others of its table.
	key() map[string]any
	// lookedUpAs is under which name the secret also has a digest, if it has one.
	lookedUpAs() (field string, is bool)
}

// sealedTable is a table of secrets. Each has the columns sealed and key_id, and refers to sealing_keys.
type sealedTable struct {
	model any
	order string // that of its index by key
	rows  func(query *gorm.DB) ([]sealedRow, error)
}

// sealedTables lists the tables of secrets: what a rotation moves, and what keeps a key from being retired.
func sealedTables() []sealedTable {
	return []sealedTable{
		tableOf[secretRow]("key_id, account_id, field, slot"),
		tableOf[subscriptionSecretRow]("key_id, subscription_id, slot"),
	}
}

func tableOf[R sealedRow](order string) sealedTable {
	return sealedTable{model: new(R), order: order, rows: func(query *gorm.DB) ([]sealedRow, error) {
		var rows []R
		err := query.Find(&rows).Error
		sealed := make([]sealedRow, len(rows))
		for i, r := range rows {
			sealed[i] = r
		}
		return sealed, err
	}}
}

func (r secretRow) place() secret.Place { return placeOf(r) }
func (r secretRow) contents() []byte    { return r.Sealed }
func (r secretRow) key() map[string]any {
	return map[string]any{"account_id": r.AccountID, "field": r.Field, "slot": r.Slot}
}
func (r secretRow) lookedUpAs() (field string, is bool) { return r.Field, r.Digest != nil }

func (r subscriptionSecretRow) contents() []byte { return r.Sealed }
func (r subscriptionSecretRow) key() map[string]any {
	return map[string]any{"subscription_id": r.SubscriptionID, "slot": r.Slot}
}
func (r subscriptionSecretRow) lookedUpAs() (field string, is bool) { return "", false }
