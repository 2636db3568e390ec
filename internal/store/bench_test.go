package store

import (
	"context"
	"crypto/sha256"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ivendnext/whatsapp-accounts/internal/account"
	"github.com/ivendnext/whatsapp-accounts/internal/pgtest"
	"github.com/ivendnext/whatsapp-accounts/internal/provider/meta"
	"github.com/ivendnext/whatsapp-accounts/internal/secret"
)

// stocked is how many accounts there are when a benchmark starts, in ten sites.
const stocked = 1000

// benchBoth measures do on both databases, by one caller and by several: the first is the latency, the second the throughput. On a durable server
// a write costs what it costs in production; reads need none.
func benchBoth(b *testing.B, durable bool, do func(f *fixture) func(context.Context) error) {
	b.Helper()
	for what, on := range map[string]func(testing.TB) *fixture{"sqlite": onSQLite, "postgres": onPostgres} {
		b.Run(what, func(b *testing.B) {
			f := on(b)
			if durable && f.onPostgres() {
				f = open(b, Options{URL: pgtest.Start(b, pgtest.Options{Durable: true}).URL(b)})
				require.NoError(b, f.Migrate(b.Context()))
			}
			f.stockSites(b)
			call := do(f)
			b.Run("one", func(b *testing.B) {
				b.ReportAllocs()
				for b.Loop() {
					require.NoError(b, call(b.Context()))
				}
			})
			b.Run("many", func(b *testing.B) {
				b.SetParallelism(8)
				b.RunParallel(func(p *testing.PB) {
					for p.Next() {
						if err := call(b.Context()); err != nil {
							b.Error(err)
						}
					}
				})
			})
		})
	}
}

func (f *fixture) stockSites(b *testing.B) {
	b.Helper()
	for n := range 10 {
		f.stock(siteOf(b, fmt.Sprintf("site-%d", n)), numbered(stocked/10)...)
	}
	ask := f.withToken("Default", "token")
	ask.IsDefaultOutgoing = new(true)
	f.create(f.one, ask)
	f.apiKey(f.one, "key")
}

func BenchmarkHolder(b *testing.B) {
	benchBoth(b, false, func(f *fixture) func(context.Context) error {
		return func(ctx context.Context) error { _, err := f.accounts.Holder(ctx, f.one, account.Outgoing); return err }
	})
}

func BenchmarkVerify(b *testing.B) {
	benchBoth(b, false, func(f *fixture) func(context.Context) error {
		return func(ctx context.Context) error {
			found, err := f.accounts.AnswersVerification(ctx, meta.Type, verifyField, "", secret.New("token"))
			if len(found) == 0 {
				return account.ErrNotFound
			}
			return err
		}
	})
}

func BenchmarkByHash(b *testing.B) {
	hash := sha256.Sum256([]byte("key"))
	benchBoth(b, false, func(f *fixture) func(context.Context) error {
		return func(ctx context.Context) error { _, err := f.APIKeys().ByHash(ctx, hash); return err }
	})
}

func BenchmarkInsert(b *testing.B) {
	benchBoth(b, true, func(f *fixture) func(context.Context) error {
		return func(ctx context.Context) error { return f.createQuietly(ctx, f.bareMeta()) }
	})
}
