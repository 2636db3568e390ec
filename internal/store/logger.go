package store

import (
	"context"
	"log/slog"
	"time"

	"gorm.io/gorm/logger"
)

// quietLogger keeps GORM from printing: errors are returned and logged once at the edge, and statements may hold what is secret.
// Only slow statements are told, by duration and without their values.
type quietLogger struct{ log *slog.Logger }

// slow is how long a statement may take before it is told.
const slow = 500 * time.Millisecond

func (l *quietLogger) LogMode(logger.LogLevel) logger.Interface { return l }
func (l *quietLogger) Info(context.Context, string, ...any)     {}
func (l *quietLogger) Warn(context.Context, string, ...any)     {}
func (l *quietLogger) Error(context.Context, string, ...any)    {}
func (l *quietLogger) ParamsFilter(_ context.Context, sql string, _ ...any) (string, []any) {
	return sql, nil
}

func (l *quietLogger) Trace(ctx context.Context, begin time.Time, statement func() (string, int64), _ error) {
	took := time.Since(begin)
	if took < slow {
		return
	}
	sql, rows := statement()
	l.log.WarnContext(ctx, "slow statement", "sql", sql, "rows", rows, "duration_ms", took.Milliseconds())
}
