package store

import (
	"context"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"gorm.io/gorm"

	"github.com/ivendnext/whatsapp-accounts/internal/account"
	"github.com/ivendnext/whatsapp-accounts/internal/provider"
	"github.com/ivendnext/whatsapp-accounts/internal/provider/meta"
)

func TestNewAccountIsOneStatementPerTable(t *testing.T) {
	onBoth(t, func(f *fixture) {
		f.create(f.one, f.meta("First of the site"))
		f.create(f.one, f.meta("First that finds the site there"))
		sent := map[step]int{}
		for _, kind := range []string{"create", "query", "update", "delete"} {
			f.afterEach(kind, "", func(tx *gorm.DB) { sent[step{kind, tx.Statement.Table}]++ })
		}
		f.create(f.one, f.meta("Shop"))
		require.Equal(f, map[step]int{
			{"create", "accounts"}: 1, {"create", "account_identifiers"}: 1, {"create", "account_secrets"}: 1, {"create", "account_history"}: 1,
			{"create", "event_feeds"}: 1, {"create", "events"}: 1,
		}, sent)
	})
}

func TestDesignationRowsThatWereUndoneAreMadeAgain(t *testing.T) {
	onBoth(t, func(f *fixture) {
		ask := f.wasender("A")
		for range 2 {
			require.ErrorIs(f, f.Transact(f.Context(), func(ctx context.Context) error {
				if _, err := f.service.Create(ctx, caller(f.one), ask); err != nil {
					return err
				}
				return errBroken
			}), errBroken)
			require.Zero(f, f.count("designations"))
		}
		require.Equal(f, f.create(f.one, ask).ID, f.holder(f.one, account.Outgoing))
	})
}

// strict is Meta with two fields that no two accounts share.
func (f *fixture) strict() provider.Spec {
	spec := f.spec(meta.Type)
	spec.Fields = slices.Clone(spec.Fields)
	for i := range spec.Fields {
		spec.Fields[i].UniqueInSite = spec.Fields[i].Identifies
	}
	return spec
}

func TestTakenValueIsThatOfItsFieldWhereSeveralAreExclusive(t *testing.T) {
	onBoth(t, func(f *fixture) {
		insert := func(settings map[string]string) error {
			a := f.bare()
			a.Name, a.Settings = newID(), settings
			_, err := f.accounts.Insert(f.Context(), f.one, f.strict(), account.Decision{Account: a}, entry(account.Created))
			return err
		}
		require.NoError(f, insert(map[string]string{"phone_id": "1", "business_id": "2"}))
		f.unchanged(func() {
			requirePointer(f, insert(map[string]string{"phone_id": "1", "business_id": "3"}), "phone_id_taken", "/meta_settings/phone_id")
			requirePointer(f, insert(map[string]string{"phone_id": "3", "business_id": "2"}), "business_id_taken", "/meta_settings/business_id")
			requirePointer(f, insert(map[string]string{"business_id": "2"}), "business_id_taken", "/meta_settings/business_id")
		})
		require.NoError(f, insert(map[string]string{"phone_id": "2", "business_id": "1"}))
	})
}
