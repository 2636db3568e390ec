package store

import (
	"bytes"
	"log/slog"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"gorm.io/gorm"
)

func TestSlowStatementIsToldWithoutItsValues(t *testing.T) {
	onBoth(t, func(f *fixture) {
		var log bytes.Buffer
		for _, handle := range f.handles() {
			handle.Logger.(*quietLogger).log = slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))
		}
		f.afterEach("create", "accounts", func(*gorm.DB) { time.Sleep(slow) })
		f.create(f.one, f.withPhone("Quite unmistakable", "987654321"))
		require.Contains(f, log.String(), "slow statement")
		require.Contains(f, log.String(), "INSERT INTO")
		require.NotContains(f, log.String(), "unmistakable")
		require.NotContains(f, log.String(), "987654321")
	})
}

func TestFailuresAreReturnedAndNotLogged(t *testing.T) {
	onBoth(t, func(f *fixture) {
		var log bytes.Buffer
		for _, handle := range f.handles() {
			handle.Logger.(*quietLogger).log = slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))
		}
		f.create(f.one, f.meta("A"))
		require.Error(f, f.tryCreate(f.meta("A")))
		_, err := f.accounts.Get(f.Context(), f.one, newID())
		require.Error(f, err)
		require.Empty(f, log.String())
	})
}
