package store

import (
	"context"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"gorm.io/gorm"

	"github.com/ivendnext/whatsapp-accounts/internal/account"
	"github.com/ivendnext/whatsapp-accounts/internal/apikey"
	"github.com/ivendnext/whatsapp-accounts/internal/provider"
	"github.com/ivendnext/whatsapp-accounts/internal/site"
)

// filled puts something into every table of sites.
func (f *fixture) filled(t testing.TB) {
	t.Helper()
	for _, s := range f.sites() {
		ask := f.meta("Default")
		ask.IsDefaultOutgoing, ask.IsDefaultIncoming = new(true), new(true)
		f.create(t, s, ask)
		f.apiKey(t, s, "key of "+s.String())
	}
}

func TestEveryMethodWithASiteRefusesTheZeroSite(t *testing.T) {
	onBoth(t, func(t *testing.T, f *fixture) {
		f.filled(t)
		f.unchanged(t, func() {
			asked := 0
			for _, part := range []any{f.accounts, f.APIKeys(), f.Idempotency(), f.Keys(), f.DB} {
				of := reflect.ValueOf(part)
				for i := range of.NumMethod() {
					name, method := of.Type().Method(i).Name, of.Method(i)
					if args, takesSite := zeroArguments(t, method.Type()); takesSite {
						results := method.Call(args)
						err, _ := results[len(results)-1].Interface().(error)
						require.ErrorIs(t, err, errNoSite, "%T.%s", part, name)
						asked++
					}
				}
			}
			require.GreaterOrEqual(t, asked, reflect.TypeFor[account.Store]().NumMethod()+2)
			require.ErrorIs(t, f.APIKeys().Insert(t.Context(), apikey.Key{ID: newID(), Role: site.Viewer}), errNoSite)
		})
	})
}

// zeroArguments makes arguments that are sound but for the zero site. Functions among them must not be called.
func zeroArguments(t *testing.T, method reflect.Type) (args []reflect.Value, takesSite bool) {
	t.Helper()
	for i := range method.NumIn() {
		switch in := method.In(i); {
		case in == reflect.TypeFor[context.Context]():
			args = append(args, reflect.ValueOf(t.Context()))
		case in == reflect.TypeFor[site.Site]():
			takesSite = true
			args = append(args, reflect.Zero(in))
		case in == reflect.TypeFor[string]():
			args = append(args, reflect.ValueOf(newID()))
		case in == reflect.TypeFor[int]():
			args = append(args, reflect.ValueOf(10))
		case in == reflect.TypeFor[account.Query]():
			args = append(args, reflect.ValueOf(account.Query{Limit: 10}))
		case in == reflect.TypeFor[provider.Spec]():
			args = append(args, reflect.ValueOf(provider.Spec{}))
		case in.Kind() == reflect.Func:
			args = append(args, reflect.MakeFunc(in, func([]reflect.Value) []reflect.Value {
				panic("decided without a site")
			}))
		default:
			args = append(args, reflect.Zero(in))
		}
	}
	return args, takesSite
}

// unscoped are statements that are confined to no site, by the way they go.
func unscoped(db *gorm.DB, table string) map[string]*gorm.DB {
	var rows []map[string]any
	row := map[string]any{"site": "one.example"}
	fresh := func() *gorm.DB { return db.Session(&gorm.Session{NewDB: true, AllowGlobalUpdate: true}) }
	var n int64
	all := map[string]*gorm.DB{
		"find":           fresh().Table(table).Find(&rows),
		"take":           fresh().Table(table).Take(&row),
		"count":          fresh().Table(table).Count(&n),
		"upper case":     fresh().Table(strings.ToUpper(table)).Find(&rows),
		"alias":          fresh().Table(table + " AS x").Find(&rows),
		"short alias":    fresh().Table(table + " x").Find(&rows),
		"quoted":         fresh().Table(`"` + table + `"`).Find(&rows),
		"schema":         fresh().Table("main." + table).Find(&rows),
		"second table":   fresh().Table("sealing_keys, " + table).Find(&rows),
		"join":           fresh().Table("sealing_keys").Joins("CROSS JOIN " + table).Find(&rows),
		"subquery":       fresh().Table("(?) AS x", fresh().Table(table)).Find(&rows),
		"raw":            fresh().Raw("SELECT * FROM " + table).Scan(&rows),
		"exec":           fresh().Exec("DELETE FROM " + table),
		"update":         fresh().Table(table).Where("1 = 1").Update("site", "x"),
		"update columns": fresh().Table(table).Where("1 = 1").UpdateColumn("site", "x"),
		"delete":         fresh().Table(table).Where("1 = 1").Delete(nil),
		"create":         fresh().Table(table).Create(map[string]any{"site": "one.example"}),
	}
	if rows, err := fresh().Table(table).Rows(); err == nil {
		_ = rows.Close()
		all["rows"] = db
	}
	return all
}

func TestStatementOnATableOfSitesThatNamesNoSiteFails(t *testing.T) {
	onBoth(t, func(t *testing.T, f *fixture) {
		f.filled(t)
		f.unchanged(t, func() {
			for _, table := range f.siteTables(t) {
				for _, handle := range f.handles() {
					for way, tx := range unscoped(handle, table) {
						require.ErrorIs(t, tx.Error, errNoSite, "%s: %s", table, way)
					}
				}
			}
		})
	})
}

func TestStatementWrittenByHandCannotBeConfinedAndFails(t *testing.T) {
	onBoth(t, func(t *testing.T, f *fixture) {
		f.filled(t)
		var rows []map[string]any
		f.unchanged(t, func() {
			require.ErrorIs(t, f.in(t.Context(), f.one).Raw("SELECT * FROM accounts").Scan(&rows).Error, errNoSite)
			require.ErrorIs(t, f.in(t.Context(), f.one).Exec("DELETE FROM designations").Error, errNoSite)
		})
	})
}

func TestConfinedStatementSeesItsSiteOnly(t *testing.T) {
	onBoth(t, func(t *testing.T, f *fixture) {
		f.filled(t)
		for _, table := range f.siteTables(t) {
			for _, query := range []string{table, table + " AS x"} {
				var rows []map[string]any
				require.NoError(t, f.in(t.Context(), f.two).Table(query).Find(&rows).Error)
				require.NotEmpty(t, rows, query)
				for _, r := range rows {
					require.Equal(t, f.two.String(), text(r["site"]), query)
				}
			}
		}
	})
}

func TestConfinedWriteTouchesItsSiteOnly(t *testing.T) {
	onBoth(t, func(t *testing.T, f *fixture) {
		f.filled(t)
		require.NoError(t, f.Transact(t.Context(), func(ctx context.Context) error {
			if err := f.in(ctx, f.one).Model(&accountRow{}).Where("1 = 1").Update("status", "Inactive").Error; err != nil {
				return err
			}
			return f.in(ctx, f.one).Where("1 = 1").Delete(&secretRow{}).Error
		}))
		require.Len(t, f.rows(t, "SELECT 1 FROM accounts WHERE status = 'Active' AND site = 'two.example'"), 1)
		require.Len(t, f.rows(t, "SELECT 1 FROM account_secrets WHERE site = 'two.example'"), 3)
		require.Equal(t, 3, f.count(t, "account_secrets"))
	})
}

func TestRowIsInsertedForTheSiteOfItsStatementOnly(t *testing.T) {
	onBoth(t, func(t *testing.T, f *fixture) {
		f.unchanged(t, func() {
			err := f.Transact(t.Context(), func(ctx context.Context) error {
				in := f.in(ctx, f.one)
				foreign := []designationRow{{Site: "one.example", Direction: "outgoing"}, {Site: "two.example", Direction: "outgoing"}}
				require.ErrorIs(t, in.Create(&foreign).Error, errForeignRow)
				require.ErrorIs(t, in.Create(&foreign[1]).Error, errForeignRow)
				require.ErrorIs(t, in.Create(&[]*designationRow{&foreign[1]}).Error, errForeignRow)
				require.ErrorIs(t, in.Table("designations").Create(map[string]any{"site": "two.example", "direction": "outgoing"}).Error, errForeignRow)
				return errBroken
			})
			require.ErrorIs(t, err, errBroken)
		})
	})
}

func TestEveryTableWithASiteIsGuarded(t *testing.T) {
	onBoth(t, func(t *testing.T, f *fixture) {
		with := f.siteTables(t)
		require.NotEmpty(t, with)
		for _, table := range f.tables(t) {
			require.Equal(t, slices.Contains(with, table), isSiteTable(table), table)
		}
	})
}

// siteTables are the tables that have a column for the site, by the live schema.
func (f *fixture) siteTables(t testing.TB) []string {
	t.Helper()
	var with []string
	for _, table := range f.tables(t) {
		if _, has := f.columns(t, table)["site"]; has {
			with = append(with, table)
		}
	}
	return with
}

func TestEveryTableThatPointsAtASiteTableIsGuarded(t *testing.T) {
	onBoth(t, func(t *testing.T, f *fixture) {
		for _, table := range f.tables(t) {
			if _, points := f.columns(t, table)["account_id"]; points {
				require.True(t, isSiteTable(table), table)
			}
		}
	})
}
