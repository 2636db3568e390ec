package main

import (
	"context"
	"database/sql"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/libtnb/sqlite" //nolint:depguard // the reference is GORM without the store
	"gorm.io/driver/postgres"  //nolint:depguard // see above
	"gorm.io/gorm"             //nolint:depguard // see above
	"gorm.io/gorm/logger"      //nolint:depguard // see above
)

// database is GORM for look-ups and, on PostgreSQL, pgx for the raw insert.
type database struct {
	orm *gorm.DB
	raw *pgxpool.Pool
}

// open tunes the pool: with database/sql's two idle connections the reference would cost three times as much, and flatter the service.
func open(ctx context.Context, o options) (database, error) {
	dialector := sqlite.Open("file:" + o.sqlite + "?_pragma=busy_timeout(5000)&_pragma=query_only(1)")
	if o.postgres != "" {
		dialector = postgres.Open(o.postgres)
	}
	orm, err := gorm.Open(dialector, &gorm.Config{Logger: logger.Discard, SkipDefaultTransaction: true})
	if err != nil {
		return database{}, err
	}
	pool, err := orm.DB()
	if err != nil {
		return database{}, err
	}
	tune(pool, o.conns)
	if o.postgres == "" {
		return database{orm: orm}, nil
	}
	config, err := pgxpool.ParseConfig(o.postgres)
	if err != nil {
		return database{}, err
	}
	config.MaxConns = int32(o.conns) //nolint:gosec // a dozen
	raw, err := pgxpool.NewWithConfig(ctx, config)
	return database{orm: orm, raw: raw}, err
}

func tune(pool *sql.DB, conns int) {
	pool.SetMaxOpenConns(conns)
	pool.SetMaxIdleConns(conns)
}
