// Package internal_test holds the walls of the house up: which room may know which, and the habits that a reader counts on.
// It reads the source and runs none of it.
package internal_test

import (
	"go/ast"
	"go/build"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
)

const module = "github.com/ivendnext/whatsapp-accounts/"

// floors is the program from the ground up. A package may import what is on the floors below it, never a neighbour and never upstairs:
// providers do not know accounts, the database does not know HTTP, and only app looks everywhere.
func floors() [][]string {
	return [][]string{
		{"api/v1", "docs", "internal/batch", "internal/fault", "internal/prepared", "internal/secret", "internal/site", "pkg/whatsapptest"},
		{"internal/event", "internal/provider", "internal/queue", "pkg/client"},
		{"internal/account", "internal/apikey", "internal/idempotency", "internal/provider/content", "internal/provider/endpoint", "internal/subscription"},
		{"internal/template"},
		{"internal/inspect", "internal/provider/breaker", "internal/provider/guard", "internal/readreceipt", "internal/routing", "internal/webhook"},
		{"internal/message"},
		{"internal/bulk"},
		{"internal/config", "internal/doctor", "internal/httpapi", "internal/provider/meta", "internal/provider/wasender", "internal/store", "internal/subscription/post"},
		{"internal/app"},
		{"cmd/whatsapp-accounts"},
	}
}

// workshop is what is beside the program: tests and tools use it, the program never does.
func workshop() []string {
	return []string{
		"internal/apidoc", "internal/apidoc/contract", "internal/apidoc/generate", "internal/apidoc/tools/breaking", "internal/apidoc/tools/goclient",
		"internal/bench", "internal/bench/reference", "internal/crowd", "internal/pgtest", "internal/provider/providertest", "internal/rig", "internal/soak", "internal/storetest",
	}
}

// source is one file of this platform's build.
type source struct {
	pkg, path string // from the root, with slashes
	test      bool
	file      *ast.File
	lines     int
	at        *token.FileSet
}

// foreign names the folders that hold nothing of ours.
func foreign() []string { return []string{"testdata", "bin", "node_modules"} }

// read reads every Go file that a person wrote, once.
var read = sync.OnceValues(func() ([]source, error) {
	var all []source
	err := filepath.WalkDir("..", func(name string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir() && (slices.Contains(foreign(), entry.Name()) || strings.HasPrefix(entry.Name(), ".") && entry.Name() != ".."):
			return fs.SkipDir
		case entry.IsDir() || !strings.HasSuffix(name, ".go"):
			return nil
		}
		if built, err := build.Default.MatchFile(filepath.Dir(name), entry.Name()); err != nil || !built {
			return err
		}
		at := token.NewFileSet()
		file, err := parser.ParseFile(at, name, nil, parser.ParseComments)
		if err != nil || ast.IsGenerated(file) {
			return err
		}
		inside := strings.TrimPrefix(filepath.ToSlash(name), "../")
		all = append(all, source{
			pkg: path.Dir(inside), path: inside, test: strings.HasSuffix(name, "_test.go"), file: file, lines: at.File(file.FileStart).LineCount(), at: at,
		})
		return nil
	})
	return all, err
})

// sources gives every file, those of tests too.
func sources(t *testing.T) []source {
	t.Helper()
	all, err := read()
	if err != nil || len(all) == 0 {
		t.Fatalf("reading the source: %v", err)
	}
	return slices.Clone(all)
}

// program is what is built: no tests.
func program(t *testing.T) []source {
	t.Helper()
	return slices.DeleteFunc(sources(t), func(s source) bool { return s.test })
}

// imports gives what each package imports, ours without the module's name.
func imports(t *testing.T) map[string][]string {
	t.Helper()
	all := map[string][]string{}
	for _, s := range program(t) {
		all[s.pkg] = append(all[s.pkg], nil...)
		for _, spec := range s.file.Imports {
			name := strings.TrimPrefix(strings.Trim(spec.Path.Value, `"`), module)
			if !slices.Contains(all[s.pkg], name) {
				all[s.pkg] = append(all[s.pkg], name)
			}
		}
	}
	return all
}

// reach is everything of ours that a package knows, by whatever way.
func reach(all map[string][]string, from string) []string {
	known := map[string]bool{}
	var walk func(string)
	walk = func(pkg string) {
		for _, next := range all[pkg] {
			if _, ours := all[next]; ours && !known[next] {
				known[next] = true
				walk(next)
			}
		}
	}
	walk(from)
	return slices.Sorted(maps.Keys(known))
}

func TestArrowsPointDown(t *testing.T) {
	all, floor := imports(t), map[string]int{}
	for height, packages := range floors() {
		for _, pkg := range packages {
			floor[pkg] = height
		}
	}
	for pkg, known := range all {
		height, placed := floor[pkg]
		if !placed {
			if !slices.Contains(workshop(), pkg) {
				t.Errorf("%s has no place: put it on a floor of this test, or into the workshop", pkg)
			}
			continue
		}
		for _, name := range known {
			if _, ours := all[name]; !ours {
				continue
			}
			if under, placed := floor[name]; !placed || under >= height {
				t.Errorf("%s imports %s, which is not below it", pkg, name)
			}
		}
	}
}

func TestLibrariesLiveInTheirRooms(t *testing.T) {
	homes := map[string]string{
		"github.com/labstack/": "internal/httpapi", "gorm.io/": "internal/store", "github.com/libtnb/": "internal/store", "github.com/pressly/goose/": "internal/store",
		"github.com/alecthomas/kong": "cmd/whatsapp-accounts", "github.com/tink-crypto/": "internal/secret", "github.com/go-playground/validator/": "internal/httpapi",
		"code.dny.dev/": "internal/provider/guard",
	}
	for pkg, known := range imports(t) {
		if pkg == "internal/bench" || pkg == "internal/bench/reference" { // the bare Echo, GORM and SQLite that ours are measured against
			continue
		}
		for _, name := range known {
			for library, home := range homes {
				if strings.HasPrefix(name, library) && pkg != home {
					t.Errorf("%s imports %s, which lives in %s", pkg, name, home)
				}
			}
		}
	}
}

func TestTheDoublesKnowTheStandardLibraryAloneAndOnlyCommandsKnowThem(t *testing.T) {
	all := imports(t)
	for _, name := range all["pkg/whatsapptest"] {
		if first, _, _ := strings.Cut(name, "/"); strings.Contains(first, ".") || all[name] != nil {
			t.Errorf("pkg/whatsapptest imports %s", name)
		}
	}
	for pkg, known := range all {
		if slices.Contains(known, "pkg/whatsapptest") && pkg != "cmd/whatsapp-accounts" && pkg != "internal/app" {
			t.Errorf("%s imports pkg/whatsapptest, which stands in for the world outside", pkg)
		}
	}
}

func TestTheWireKnowsNothingOfOursAndTheClientKnowsOnlyTheWire(t *testing.T) {
	all := imports(t)
	if known := reach(all, "api/v1"); len(known) > 0 {
		t.Errorf("api/v1 knows %v", known)
	}
	if known := reach(all, "pkg/client"); len(slices.DeleteFunc(known, func(name string) bool { return name == "api/v1" })) > 0 {
		t.Errorf("pkg/client knows %v", known)
	}
}

func TestProvidersKnowNeitherEachOtherNorAccounts(t *testing.T) {
	all := imports(t)
	for pkg, strangers := range map[string][]string{
		"internal/provider/meta": {"internal/provider/wasender", "internal/account"}, "internal/provider/wasender": {"internal/provider/meta", "internal/account"},
		"internal/provider": {"internal/account"}, "internal/provider/guard": {"internal/provider/meta", "internal/provider/wasender", "internal/account"},
	} {
		for _, stranger := range strangers {
			if slices.Contains(reach(all, pkg), stranger) {
				t.Errorf("%s knows %s", pkg, stranger)
			}
		}
	}
}

func TestRulesKnowNoDatabaseNoHTTPAndNoProviderByName(t *testing.T) {
	all := imports(t)
	for _, pkg := range []string{"internal/account", "internal/routing", "internal/apikey", "internal/idempotency", "internal/queue", "internal/subscription", "internal/template", "internal/webhook", "internal/bulk"} {
		for _, name := range reach(all, pkg) {
			if slices.Contains([]string{"internal/store", "internal/httpapi", "internal/provider/meta", "internal/provider/wasender", "internal/app"}, name) {
				t.Errorf("%s knows %s", pkg, name)
			}
		}
		if slices.Contains(all[pkg], "net/http") || slices.Contains(all[pkg], "database/sql") {
			t.Errorf("%s imports net/http or database/sql", pkg)
		}
	}
}

func TestOnlyAppLooksEverywhere(t *testing.T) {
	for pkg, known := range imports(t) {
		if pkg != "internal/app" && slices.Contains(known, "internal/store") && slices.Contains(known, "internal/httpapi") {
			t.Errorf("%s imports both doors", pkg)
		}
	}
}
