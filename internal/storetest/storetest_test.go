package storetest_test

import (
	"log/slog"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/ivendnext/whatsapp-accounts/internal/pgtest"
	"github.com/ivendnext/whatsapp-accounts/internal/site"
	"github.com/ivendnext/whatsapp-accounts/internal/store"
	"github.com/ivendnext/whatsapp-accounts/internal/storetest"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

func TestEachTestHasAMigratedDatabaseOfItsOwn(t *testing.T) {
	storetest.OnBoth(t, func(t *testing.T, first store.Options) {
		t.Helper()
		second := storetest.SQLite(t)
		if first.URL != "" {
			second = storetest.Postgres(t)
		}
		require.NotEqual(t, first, second)
		for _, o := range []store.Options{first, second} {
			o.MaxConns, o.Log, o.Now, o.NewID = 2, slog.New(slog.DiscardHandler), time.Now, uuid.NewString
			db, err := store.Open(t.Context(), o)
			require.NoError(t, err)
			steps, err := db.MigrationStatus(t.Context())
			require.NoError(t, err)
			for _, s := range steps {
				require.True(t, s.Applied, s.Name)
			}
			home, err := site.Named("home")
			require.NoError(t, err)
			position, err := db.Events().Append(t.Context(), home)
			require.NoError(t, err)
			require.Empty(t, position)
			require.NoError(t, db.Close())
		}
	})
}
