package store

import (
	"context"
	"errors"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"gorm.io/gorm"

	"github.com/ivendnext/whatsapp-accounts/internal/account"
	"github.com/ivendnext/whatsapp-accounts/internal/apikey"
	"github.com/ivendnext/whatsapp-accounts/internal/event"
	"github.com/ivendnext/whatsapp-accounts/internal/provider"
	"github.com/ivendnext/whatsapp-accounts/internal/queue"
	"github.com/ivendnext/whatsapp-accounts/internal/site"
	"github.com/ivendnext/whatsapp-accounts/internal/subscription"
	"github.com/ivendnext/whatsapp-accounts/internal/webhook"
)

// filled puts something into every table of sites.
func (f *fixture) filled() {
	f.Helper()
	for _, s := range f.sites() {
		ask := f.meta("Default")
		ask.IsDefaultOutgoing, ask.IsDefaultIncoming = new(true), new(true)
		made := f.create(s, ask)
		party := webhook.Party{AccountID: made.ID, Site: s}
		f.template(s, written(made, "Order ready"))
		f.apiKey(s, "key of "+s.String())
		f.keepDelivery(f.subscribe(s))
		f.bulk(s)
		f.keepMessage(f.message(made, "+971501234567"))
		require.NoError(f, f.Messages().Hold(f.Context(), s, made.ID, f.clock.now()))
		f.countPair(s, pairOf(made.ID, "+971501234567"), time.Second)
		require.NoError(f, f.Jobs().Enqueue(f.Context(), queue.New{Queue: "work", Site: s, Subject: newID()}))
		require.NoError(f, f.Books().Learn(f.Context(), party, map[string]webhook.Fact{"error": {Value: []byte("{}")}}))
		require.NoError(f, f.Transact(f.Context(), func(ctx context.Context) error {
			_, err := f.Books().Advance(ctx, party, []webhook.StateChange{{MessageID: "m", State: provider.StateSent}})
			return errors.Join(err, f.Books().Promise(ctx, party, []webhook.ReadReceipt{{ID: newID(), MessageID: "m", Ref: []byte("{}")}}))
		}))
	}
}

func TestEveryMethodWithASiteRefusesTheZeroSite(t *testing.T) {
	onBoth(t, func(f *fixture) {
		f.filled()
		f.unchanged(func() {
			asked := 0
			for _, part := range []any{f.accounts, f.APIKeys(), f.Idempotency(), f.Jobs(), f.Keys(), f.Events(), f.Books(), f.Candidates(), f.Receipts(), f.ReadReceipts(), f.Subscriptions(), f.Templates(), f.Messages(), f.Bulks(), f.DB} {
				of := reflect.ValueOf(part)
				for i := range of.NumMethod() {
					name, method := of.Type().Method(i).Name, of.Method(i)
					if args, takesSite := zeroArguments(f, method.Type()); takesSite {
						results := called(method, args)
						err, _ := reflect.TypeAssert[error](results[len(results)-1])
						require.ErrorIs(f, err, errNoSite, "%T.%s", part, name)
						asked++
					}
				}
			}
			require.GreaterOrEqual(f, asked, reflect.TypeFor[account.Store]().NumMethod()+2)
			require.ErrorIs(f, f.APIKeys().Insert(f.Context(), apikey.Key{ID: newID(), Role: site.Viewer}), errNoSite)
			require.ErrorIs(f, f.Jobs().Enqueue(f.Context(), queue.New{Queue: "work"}), errNoSite)
		})
	})
}

// zeroArguments makes arguments that are sound but for the zero site. Functions among them must not be called.
func zeroArguments(t testing.TB, method reflect.Type) (args []reflect.Value, takesSite bool) {
	t.Helper()
	for in := range method.Ins() {
		switch {
		case in == reflect.TypeFor[context.Context]():
			args = append(args, reflect.ValueOf(t.Context()))
		case in == reflect.TypeFor[site.Site]():
			takesSite = true
			args = append(args, reflect.Zero(in))
		case in == reflect.TypeFor[string]():
			args = append(args, reflect.ValueOf(newID()))
		case in == reflect.TypeFor[int]():
			args = append(args, reflect.ValueOf(10))
		case in == reflect.TypeFor[webhook.Party]():
			takesSite = true
			args = append(args, reflect.ValueOf(webhook.Party{AccountID: newID()}))
		case in == reflect.TypeFor[[]event.New]():
			args = append(args, reflect.ValueOf([]event.New{{Type: event.WebhookOther, Data: []byte("{}")}}))
		case in == reflect.TypeFor[[]webhook.StateChange]():
			args = append(args, reflect.ValueOf([]webhook.StateChange{{MessageID: "m"}}))
		case in == reflect.TypeFor[subscription.Delivery]():
			args = append(args, reflect.ValueOf(subscription.Delivery{SubscriptionID: newID()}))
		case in == reflect.TypeFor[[]webhook.Review]():
			args = append(args, reflect.ValueOf([]webhook.Review{{TemplateNews: provider.TemplateNews{ID: "1"}}}))
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

// called calls a method; its last arguments, when there may be any number, come as a list.
func called(method reflect.Value, args []reflect.Value) []reflect.Value {
	if method.Type().IsVariadic() {
		return method.CallSlice(args)
	}
	return method.Call(args)
}

// unscoped are statements that are confined to no site, by the way they go, and what became of them.
func unscoped(db *gorm.DB, table string) map[string]error {
	var rows []map[string]any
	row := map[string]any{"site": "one.example"}
	fresh := func() *gorm.DB { return db.Session(&gorm.Session{NewDB: true, AllowGlobalUpdate: true}) }
	return map[string]error{
		"find":           fresh().Table(table).Find(&rows).Error,
		"take":           fresh().Table(table).Take(&row).Error,
		"count":          fresh().Table(table).Count(new(int64)).Error,
		"rows":           readRows(fresh().Table(table)),
		"upper case":     fresh().Table(strings.ToUpper(table)).Find(&rows).Error,
		"alias":          fresh().Table(table + " AS x").Find(&rows).Error,
		"short alias":    fresh().Table(table + " x").Find(&rows).Error,
		"quoted":         fresh().Table(`"` + table + `"`).Find(&rows).Error,
		"schema":         fresh().Table("main." + table).Find(&rows).Error,
		"second table":   fresh().Table("sealing_keys, " + table).Find(&rows).Error,
		"join":           fresh().Table("sealing_keys").Joins("CROSS JOIN " + table).Find(&rows).Error,
		"subquery":       fresh().Table("(?) AS x", fresh().Table(table)).Find(&rows).Error,
		"raw":            fresh().Raw("SELECT * FROM " + table).Scan(&rows).Error,
		"exec":           fresh().Exec("DELETE FROM " + table).Error,
		"update":         fresh().Table(table).Where("1 = 1").Update("site", "x").Error,
		"update columns": fresh().Table(table).Where("1 = 1").UpdateColumn("site", "x").Error,
		"delete":         fresh().Table(table).Where("1 = 1").Delete(nil).Error,
		"create":         fresh().Table(table).Create(map[string]any{"site": "one.example"}).Error,
	}
}

func readRows(query *gorm.DB) error {
	rows, err := query.Rows()
	if err != nil {
		return err
	}
	defer func() { _ = rows.Close() }()
	return rows.Err()
}

func TestStatementOnATableOfSitesThatNamesNoSiteFails(t *testing.T) {
	onBoth(t, func(f *fixture) {
		f.filled()
		f.unchanged(func() {
			for _, table := range f.siteTables() {
				for _, handle := range f.handles() {
					for way, err := range unscoped(handle, table) {
						require.ErrorIs(f, err, errNoSite, "%s: %s", table, way)
					}
				}
			}
		})
	})
}

func TestStatementWrittenByHandCannotBeConfinedAndFails(t *testing.T) {
	onBoth(t, func(f *fixture) {
		f.filled()
		var rows []map[string]any
		f.unchanged(func() {
			require.ErrorIs(f, f.in(f.Context(), f.one).Raw("SELECT * FROM accounts").Scan(&rows).Error, errNoSite)
			require.ErrorIs(f, f.in(f.Context(), f.one).Exec("DELETE FROM designations").Error, errNoSite)
		})
	})
}

func TestConfinedStatementSeesItsSiteOnly(t *testing.T) {
	onBoth(t, func(f *fixture) {
		f.filled()
		for _, table := range f.siteTables() {
			for _, query := range []string{table, table + " AS x"} {
				var rows []map[string]any
				require.NoError(f, f.in(f.Context(), f.two).Table(query).Find(&rows).Error)
				require.NotEmpty(f, rows, query)
				for _, r := range rows {
					require.Equal(f, f.two.String(), text(r["site"]), query)
				}
			}
		}
	})
}

func TestConfinedWriteTouchesItsSiteOnly(t *testing.T) {
	onBoth(t, func(f *fixture) {
		f.filled()
		require.NoError(f, f.Transact(f.Context(), func(ctx context.Context) error {
			if err := f.in(ctx, f.one).Model(&accountRow{}).Where("1 = 1").Update("status", "Inactive").Error; err != nil {
				return err
			}
			return f.in(ctx, f.one).Where("1 = 1").Delete(&secretRow{}).Error
		}))
		require.Len(f, f.rows("SELECT 1 FROM accounts WHERE status = 'Active' AND site = 'two.example'"), 1)
		require.Len(f, f.rows("SELECT 1 FROM account_secrets WHERE site = 'two.example'"), 3)
		require.Equal(f, 3, f.count("account_secrets"))
	})
}

func TestRowIsInsertedForTheSiteOfItsStatementOnly(t *testing.T) {
	onBoth(t, func(f *fixture) {
		f.unchanged(func() {
			err := f.Transact(f.Context(), func(ctx context.Context) error {
				in := f.in(ctx, f.one)
				foreign := []designationRow{{Site: "one.example", Direction: "outgoing"}, {Site: "two.example", Direction: "outgoing"}}
				require.ErrorIs(f, in.Create(&foreign).Error, errForeignRow)
				require.ErrorIs(f, in.Create(&foreign[1]).Error, errForeignRow)
				require.ErrorIs(f, in.Create(&[]*designationRow{&foreign[1]}).Error, errForeignRow)
				require.ErrorIs(f, in.Table("designations").Create(map[string]any{"site": "two.example", "direction": "outgoing"}).Error, errForeignRow)
				return errBroken
			})
			require.ErrorIs(f, err, errBroken)
		})
	})
}

func TestEveryTableWithASiteIsGuarded(t *testing.T) {
	onBoth(t, func(f *fixture) {
		with := f.siteTables()
		require.NotEmpty(f, with)
		for _, table := range f.tables() {
			require.Equal(f, slices.Contains(with, table), isSiteTable(table), table)
		}
	})
}

// siteTables are the tables that have a column for the site, by the live schema.
func (f *fixture) siteTables() []string {
	f.Helper()
	var with []string
	for _, table := range f.tables() {
		if _, has := f.columns(table)["site"]; has {
			with = append(with, table)
		}
	}
	return with
}

func TestEveryTableThatPointsAtASiteTableIsGuarded(t *testing.T) {
	onBoth(t, func(f *fixture) {
		for _, table := range f.tables() {
			if _, points := f.columns(table)["account_id"]; points {
				require.True(f, isSiteTable(table), table)
			}
		}
	})
}
