package store

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// source is the package as it is written, tests aside.
func source(t *testing.T) []*ast.FuncDecl {
	t.Helper()
	names, err := fs.Glob(os.DirFS("."), "*.go")
	require.NoError(t, err)
	var all []*ast.FuncDecl
	for _, name := range names {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
		require.NoError(t, err)
		for _, d := range file.Decls {
			if function, ok := d.(*ast.FuncDecl); ok {
				all = append(all, function)
			}
		}
	}
	return all
}

// nameOf is "Accounts.Get" for a method and "Open" for a function.
func nameOf(function *ast.FuncDecl) string {
	if function.Recv == nil {
		return function.Name.Name
	}
	return receiverOf(function) + "." + function.Name.Name
}

func receiverOf(function *ast.FuncDecl) string {
	of := function.Recv.List[0].Type
	if pointer, ok := of.(*ast.StarExpr); ok {
		of = pointer.X
	}
	if generic, ok := of.(*ast.IndexExpr); ok {
		of = generic.X
	}
	return of.(*ast.Ident).Name
}

func takesSite(function *ast.FuncDecl) bool {
	for _, p := range function.Type.Params.List {
		if s, ok := p.Type.(*ast.SelectorExpr); ok && (s.Sel.Name == "Site" || s.Sel.Name == "Party") { // a party has its site
			return true
		}
	}
	return false
}

func TestMethodsThatTakeNoSiteAreTheseAndNoOthers(t *testing.T) {
	t.Parallel()
	var got []string
	for _, function := range source(t) {
		exported := function.Name.IsExported() && (function.Recv == nil || ast.IsExported(receiverOf(function)))
		if exported && !takesSite(function) {
			got = append(got, nameOf(function))
		}
	}
	slices.Sort(got)
	require.Equal(t, []string{
		"APIKeys.Any",                  // whether this is a new installation
		"APIKeys.ByHash",               // the key is what says the site
		"APIKeys.Insert",               // the key carries its site
		"APIKeys.Touch",                // the ids come from keys that were found by their hash
		"APIKeys.Valid",                // any caller may hold one of them
		"Accounts.AnswersVerification", // Meta's request names no site
		"Accounts.PurgeReplaced",       // a replaced secret ends by its time
		"Accounts.Whose",               // Meta's request names no site
		"AfterCommit",                  // touches no row
		"Books.Due",                    // a round of checks goes through every site
		"Books.NewID",
		"Books.PurgeStates", // what is past its time ends in every site
		"Bulks.Begin",       // a bulk has its site
		"Bulks.Purge",
		"Bulks.PurgeLoading", // its process ended, whatever the site
		"Bulks.Start",
		"Candidates.ByID", // a provider's webhook names no site
		"Candidates.DefaultIncoming",
		"Candidates.Named",
		"DB.APIKeys",
		"DB.Accounts",
		"DB.Books",
		"DB.Bulks",
		"DB.Candidates",
		"DB.Close",
		"DB.Events",
		"DB.Exclusively",
		"DB.HasSchema", // asks for tables, not for rows
		"DB.Idempotency",
		"DB.Jobs",
		"DB.Keys",
		"DB.Messages",
		"DB.Migrate",
		"DB.MigrateDown",
		"DB.MigrationStatus",
		"DB.OnEvents", "DB.OnJobs", "DB.OnMessage",
		"DB.Ping",
		"DB.ReadReceipts",
		"DB.Receipts",
		"DB.Statistics",
		"DB.Subscriptions",
		"DB.Templates",
		"DB.Transact",
		"DB.UseBox",
		"Events.Purge",
		"Idempotency.Claim", // keyed by the API key, which belongs to one site
		"Idempotency.Complete",
		"Idempotency.Purge", // a claim ends by its time
		"Idempotency.Release",
		"Idempotency.Transact",
		"Jobs.Claim",   // a worker serves every site
		"Jobs.Depth",   // so do its metrics
		"Jobs.Enqueue", // a job carries its site
		"Jobs.Extend",  // the lease says whose the job is
		"Jobs.Finish", "Jobs.Next",
		"Jobs.Park",
		"Jobs.Release",
		"Jobs.Retry",
		"Jobs.Transact",
		"Keys.Forget", // a key seals for every site
		"Keys.Record",
		"Keys.Recorded",
		"Keys.Reseal",
		"Keys.Usage",
		"Messages.Purge",      // what is past its time ends in every site
		"Messages.PurgePairs", // so does this
		"Messages.Transact",   // runs others, which take one
		"Open",
		"ReadReceipts.Purge",
		"Receipts.Handled", // a receipt may be of several sites; its jobs are of one each
		"Receipts.Keep",
		"Receipts.PurgeReceipts",
		"Receipts.Receipt",
		"Receipts.Small",
		"Subscriptions.Claim",   // a courier serves every site
		"Subscriptions.Collect", // a turn has its site
		"Subscriptions.Due",
		"Subscriptions.Extend",
		"Subscriptions.Purge",         // what is past its time ends in every site
		"Subscriptions.PurgeReplaced", // a replaced secret ends by its time
		"Subscriptions.Record",
		"Subscriptions.Release",
		"Templates.EnqueueDue", // a round of syncs goes through every site
		"Templates.Reconcile",  // the account has its site
	}, got)
}

// callers gives the functions that use a method or member of that name.
func callers(t *testing.T, of string) []string {
	t.Helper()
	found := map[string]bool{}
	for _, function := range source(t) {
		ast.Inspect(function, func(n ast.Node) bool {
			if s, ok := n.(*ast.SelectorExpr); ok && s.Sel.Name == of {
				found[nameOf(function)] = true
			}
			return true
		})
	}
	return slices.Sorted(maps.Keys(found))
}

func TestSitesAreCrossedHereAndNowhereElse(t *testing.T) {
	t.Parallel()
	require.Equal(t, []string{
		"APIKeys.Any", "APIKeys.Touch", "APIKeys.Valid", "APIKeys.byHash", "APIKeys.byHashes", "Accounts.AnswersVerification", "Accounts.PurgeReplaced", "Accounts.Whose", "Accounts.holders", "Accounts.secretsAt", "Books.Due",
		"Candidates.DefaultIncoming", "Candidates.named", "Candidates.rowsByID", "DB.purge", "DB.revision", "Events.Purge", "Jobs.Enqueue", "Jobs.all", "Keys.sealedIn", "Receipts.keepChecked", "Receipts.keepProven",
		"Subscriptions.PurgeReplaced", "Subscriptions.every", "Templates.EnqueueDue",
	}, callers(t, "acrossSites"))
}

func TestHandleWithoutASiteIsForTablesWithoutSites(t *testing.T) {
	t.Parallel()
	require.Equal(t, []string{
		"DB.HasSchema", "DB.acrossSites", "DB.in", "DB.lookUp",
		"Idempotency.Purge", "Idempotency.claim", "Idempotency.of", "Keys.Forget", "Keys.Record", "Keys.Recorded", "Keys.Usage",
		"Receipts.Adopt", "Receipts.Receipt", "Receipts.Small", "Receipts.countDown", "Receipts.insert",
	}, callers(t, "handle"))
	require.Equal(t, []string{"DB.Ping", "DB.handle", "DB.openPostgres", "DB.openSQLite", "Open"}, callers(t, "read"))
	require.Equal(t, []string{"DB.Transact", "DB.openPostgres", "DB.openSQLite", "DB.sql", "Open"}, callers(t, "write"))
}

func TestStatementsOtherThanLookUpsAreNotWrittenByHand(t *testing.T) {
	t.Parallel()
	require.Equal(t, []string{"guard", "lookup.each", "lookup.scan"}, callers(t, "Raw"), "which refuses all but look-ups, and adds the site to those")
	require.Equal(t, []string{"APIKeys.byHash", "Accounts.holderAlone", "Accounts.secretsAt", "DB.revision", "Jobs.countLoose", "Jobs.settle", "Receipts.keepChecked", "Receipts.keepProven"}, callers(t, "scan"))
	require.Equal(t, []string{
		"APIKeys.byHashes", "Accounts.AnswersVerification", "Accounts.GetAll", "Accounts.holders", "Accounts.readSecrets", "Accounts.standings", "Candidates.named", "Candidates.rowsByID", "Events.insert", "Jobs.runs", "Jobs.takeLoose", "Messages.all", "Messages.paceAtOnce", "Messages.replace",
		"Messages.rewriteBelieved", "Messages.states", "Receipts.Small",
	}, callers(t, "each"))
	require.Equal(t, []string{"Accounts.GetAll", "Accounts.holderAlone", "Accounts.readSecrets", "Accounts.standings", "Events.insert", "Messages.all", "Messages.paceAtOnce", "Messages.replace", "Messages.rewriteBelieved", "Messages.states"}, callers(t, "lookUp"))
	require.Equal(t, []string{"DB.Ping", "advisoryLock", "planOnce"}, callers(t, "Exec"))
	for _, way := range []string{"ExecContext", "QueryContext", "QueryRow", "QueryRowContext"} {
		require.Empty(t, callers(t, way), way)
	}
	require.Equal(t, []string{"DB.migrator"}, callers(t, "sql"))
}

func TestNoSecretIsRevealedInTheStore(t *testing.T) {
	t.Parallel()
	require.Empty(t, callers(t, "Reveal"))
}

func TestSecretsAreOpenedToBeUsedToBeReplacedOrToBeSealedAnew(t *testing.T) {
	t.Parallel()
	require.Equal(t, []string{"Accounts.Secret", "Accounts.Secrets", "Candidates.open", "DB.openPostgres", "DB.openSQLite", "Keys.reseal", "Subscriptions.Keys"}, callers(t, "Open"), "a box, or a database")
	require.Equal(t, []string{"Accounts.keepReplaced"}, callers(t, "Secret"))
}
