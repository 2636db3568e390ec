package internal_test

import (
	"fmt"
	"go/ast"
	"maps"
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"
)

func TestEveryPackageSaysWhatItIsForAndWhatItDoesNotKnow(t *testing.T) {
	said := map[string]string{}
	for _, s := range program(t) {
		if s.file.Doc != nil {
			said[s.pkg] += s.file.Doc.Text()
		} else if said[s.pkg] == "" {
			said[s.pkg] = ""
		}
	}
	two := regexp.MustCompile(`(?s)^(Package|Command) \S+ .+[.:?] .*\.\n$`)
	for pkg, text := range said {
		name := path.Base(pkg)
		if !strings.HasPrefix(text, "Package "+name+" ") && !strings.HasPrefix(text, "Command ") {
			t.Errorf("%s: its comment must begin with Package %s", pkg, name)
		}
		if !two.MatchString(strings.ReplaceAll(strings.TrimSuffix(text, "\n"), "\n", " ") + "\n") {
			t.Errorf("%s: its comment has less than two sentences: %q", pkg, text)
		}
	}
}

func TestNoPackageIsADrawer(t *testing.T) {
	for pkg := range imports(t) {
		if slices.Contains([]string{"util", "utils", "common", "model", "models", "type", "types", "helper", "helpers", "base", "impl", "manager", "misc"}, path.Base(pkg)) {
			t.Errorf("%s: name it after what it is about", pkg)
		}
	}
}

func TestOnlyTheseRevealASecret(t *testing.T) {
	want := []string{
		"cmd/whatsapp-accounts apikeyCreateCmd.Run", // shows a new API key, once
		"internal/account Decision.applySetting",    // the provider's rule looks at it, then it is a secret again
		"internal/apikey Service.Authenticate",      // is it long enough
		"internal/apikey hashOf",                    // a hash is what is kept
		"internal/apikey hintOf",                    // its last four characters
		"internal/app App.giveFirstKey",             // shows the first API key, once
		"internal/app demo.begin",                   // the demo calls with its own API key, and shows it
		"internal/doctor callback.request",          // sends a request as a provider does, with the token or secret in it
		"internal/provider Credentials.Hide",        // to find it in a provider's words and mask it
		"internal/provider/guard setHeaders",        // the Authorization header
		"internal/provider/meta Provider.inspect",   // Meta wants to be asked about a token in a parameter
		"internal/provider/meta appToken",           // "app id|app secret" is a token, for the Authorization header
		"internal/provider/providertest harmless",   // do the provider's own rules take a rehearsal for real
		"internal/secret Box.Digest",                // to find it again
		"internal/secret Box.Digests",
		"internal/secret Box.Seal",
		"internal/secret Remove",           // to find it in what is kept and take it out
		"internal/secret Text.Equal",       // compares, in constant time
		"internal/secret Text.Fingerprint", // to try each secret once
		"internal/secret Text.Is",          // did somebody give this very secret
		"internal/secret Text.Sign",        // did the provider sign with it
		"internal/subscription Shown",      // shows a new signing secret, once
	}
	var have []string
	for _, s := range program(t) {
		for _, f := range functions(s) {
			ast.Inspect(f, func(n ast.Node) bool {
				if selector, ok := n.(*ast.SelectorExpr); ok && selector.Sel.Name == "Reveal" {
					have = append(have, s.pkg+" "+nameOf(f))
				}
				return true
			})
		}
	}
	slices.Sort(have)
	if have = slices.Compact(have); !slices.Equal(want, have) {
		t.Errorf("these reveal a secret:\n%s\nand this test knows of:\n%s", strings.Join(have, "\n"), strings.Join(want, "\n"))
	}
}

func TestNothingHappensBecauseAPackageWasImported(t *testing.T) {
	for _, s := range sources(t) {
		for _, f := range functions(s) {
			if f.Recv == nil && f.Name.Name == "init" {
				t.Errorf("%s has an init", s.path)
			}
		}
	}
}

func TestTheClockIsHandedIn(t *testing.T) {
	own := map[string]string{
		"internal/app/":            "hands it out",
		"internal/bench/":          "measures",
		"internal/pgtest/":         "waits for a server",
		"internal/soak/":           "measures",
		"internal/store/logger.go": "GORM gives the beginning by the same clock",
		"pkg/client/":              "runs where ours is not",
		"pkg/whatsapptest/":        "is the world outside, unless a test brings a clock",
	}
	for _, s := range program(t) {
		excused := slices.ContainsFunc(slices.Collect(maps.Keys(own)), func(prefix string) bool { return strings.HasPrefix(s.path, prefix) })
		for _, name := range []string{"Now", "Since", "Until"} {
			if !excused && uses(s, "time", name) {
				t.Errorf("%s asks time.%s: take the clock as a value", s.path, name)
			}
		}
	}
}

func TestNothingPrintsButCommands(t *testing.T) {
	for _, s := range program(t) {
		for _, name := range []string{"Print", "Printf", "Println"} {
			if s.file.Name.Name != "main" && uses(s, "fmt", name) {
				t.Errorf("%s prints", s.path)
			}
		}
	}
}

func TestFilesAndFunctionsStaySmall(t *testing.T) {
	for _, s := range sources(t) {
		if s.lines > 350 {
			t.Errorf("%s has %d lines", s.path, s.lines)
		}
		for _, f := range functions(s) {
			if long := s.at.Position(f.End()).Line - s.at.Position(f.Pos()).Line + 1; long > 60 && !s.test {
				t.Errorf("%s: %s has %d lines", s.path, nameOf(f), long)
			}
		}
	}
}

func TestNothingIsLeftToDo(t *testing.T) {
	left := regexp.MustCompile(`\b(TO` + `DO|FIX` + `ME|XX` + `X)\b`)
	for _, s := range sources(t) {
		for _, group := range s.file.Comments {
			if left.MatchString(group.Text()) && !strings.Contains(group.Text(), "issue") {
				t.Errorf("%s: %s", s.at.Position(group.Pos()), group.Text())
			}
		}
	}
}

func functions(s source) []*ast.FuncDecl {
	var all []*ast.FuncDecl
	for _, d := range s.file.Decls {
		if f, ok := d.(*ast.FuncDecl); ok {
			all = append(all, f)
		}
	}
	return all
}

// nameOf is the function's name, after its receiver's.
func nameOf(f *ast.FuncDecl) string {
	if f.Recv == nil {
		return f.Name.Name
	}
	receiver := f.Recv.List[0].Type
	if pointer, ok := receiver.(*ast.StarExpr); ok {
		receiver = pointer.X
	}
	return fmt.Sprintf("%s.%s", receiver, f.Name.Name)
}

// uses reports whether the file names a member of a package.
func uses(s source, pkg, name string) bool {
	found := false
	ast.Inspect(s.file, func(n ast.Node) bool {
		selector, ok := n.(*ast.SelectorExpr)
		if !ok {
			return true
		}
		of, ok := selector.X.(*ast.Ident)
		found = found || ok && of.Name == pkg && selector.Sel.Name == name
		return true
	})
	return found
}
