package store

import (
	"context"
	"database/sql"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ivendnext/whatsapp-accounts/internal/account"
	"github.com/ivendnext/whatsapp-accounts/internal/site"
)

func TestLookUpThatIsConfinedLeavesRoomForItsSite(t *testing.T) {
	t.Parallel()
	_, condition, found := strings.Cut(string(holderOf), "WHERE ")
	require.True(t, found)
	require.Equal(t, "d.direction = ?", condition, "an OR, an ORDER or a LIMIT would take the site away from it")
}

func TestLookUpAsksForTheSiteOfItsHandle(t *testing.T) {
	onBoth(t, func(f *fixture) {
		f.filled()
		for _, in := range f.sites() {
			statements := f.sent(func() {
				require.NoError(f, f.Transact(f.Context(), func(ctx context.Context) error { // which asks for itself
					a, err := f.accounts.Holder(ctx, in, account.Incoming)
					require.NoError(f, err)
					require.Equal(f, in, a.Site)
					return nil
				}))
			})
			require.Len(f, statements, 1)
			require.Regexp(f, ` AND d\.site = (\?|\$2)$`, statements[0].sql)
			require.Equal(f, []any{"incoming", in.String()}, statements[0].vars)
		}
	})
}

func TestLookUpSeesItsSiteOnly(t *testing.T) {
	onBoth(t, func(f *fixture) {
		f.filled()
		const anybody lookup = "SELECT site FROM accounts a WHERE true"
		for _, in := range f.sites() {
			var of string
			require.NoError(f, anybody.scan(f.lookUp(f.Context(), in, "a"), nil, &of))
			require.Equal(f, in.String(), of)
		}
		require.ErrorIs(f, anybody.scan(f.lookUp(f.Context(), siteOf(f, "empty"), "a"), nil, new(string)), sql.ErrNoRows)
	})
}

func TestLookUpWithoutASiteFails(t *testing.T) {
	onBoth(t, func(f *fixture) {
		f.filled()
		require.ErrorIs(f, holderOf.scan(f.lookUp(f.Context(), site.Site{}, "d"), []any{"outgoing"}), errNoSite)
		require.ErrorIs(f, holderOf.scan(f.in(f.Context(), f.one), []any{"outgoing"}), errNoSite)
		require.ErrorIs(f, holderOf.scan(f.read.WithContext(f.Context()), []any{"outgoing"}), errNoSite)
	})
}

func TestHandleForLookUpsIsForNothingElse(t *testing.T) {
	onBoth(t, func(f *fixture) {
		f.filled()
		f.unchanged(func() {
			on := f.lookUp(f.Context(), f.one, "accounts")
			require.ErrorIs(f, on.Take(&accountRow{}).Error, errNoSite)
			require.ErrorIs(f, on.Create(&designationRow{Site: f.one.String()}).Error, errNoSite)
			require.ErrorIs(f, on.Where("1 = 1").Delete(&secretRow{}).Error, errNoSite)
			require.ErrorIs(f, on.Model(&accountRow{}).Where("1 = 1").Update("status", "Inactive").Error, errNoSite)
		})
	})
}
