package apidoc_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/ivendnext/whatsapp-accounts/internal/apidoc/contract"
)

// unreachable are the codes that no request is answered with.
func unreachable() []string {
	return []string{
		"api_key_not_found", // of the subcommand apikey revoke
		"secret_not_set",    // nothing that the API does needs one yet
	}
}

// codesOfTheSource are the codes that the source makes faults and their fields with.
func codesOfTheSource(t *testing.T) []string {
	t.Helper()
	found := map[string]bool{"validation_failed": true} // of fields that do not agree on one: fault.Fields
	for _, spec := range registry(t).All() {
		for _, f := range spec.Fields {
			found[f.Name+"_taken"] = f.UniqueInSite
		}
	}
	require.NoError(t, filepath.WalkDir("..", func(path string, _ fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return err
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		ast.Inspect(file, func(n ast.Node) bool {
			if code, is := codeOf(n); is {
				found[code] = true
			}
			return true
		})
		return nil
	}))
	for _, code := range unreachable() {
		assert.True(t, found[code], "%s is not in the source", code)
		delete(found, code)
	}
	maps.DeleteFunc(found, func(_ string, is bool) bool { return !is })
	return slices.Sorted(maps.Keys(found))
}

// codeOf takes the code out of fault.New(kind, code, …), unreadable(pointer, code, …), fields.Add(pointer, code, …) and fault.Field{Code: code}.
func codeOf(n ast.Node) (string, bool) {
	switch n := n.(type) {
	case *ast.CallExpr:
		if len(n.Args) > 2 && slices.Contains([]string{"fault.New", "unreadable", "wrong.Add", "inactive.Add"}, nameOf(n.Fun)) {
			return literal(n.Args[1])
		}
	case *ast.CompositeLit:
		if name := nameOf(n.Type); name != "fault.Field" && name != "" {
			return "", false
		}
		for _, member := range n.Elts {
			if pair, is := member.(*ast.KeyValueExpr); is && nameOf(pair.Key) == "Code" {
				return literal(pair.Value)
			}
		}
	}
	return "", false
}

func nameOf(e ast.Expr) string {
	switch e := e.(type) {
	case *ast.Ident:
		return e.Name
	case *ast.SelectorExpr:
		return nameOf(e.X) + "." + e.Sel.Name
	}
	return ""
}

func literal(e ast.Expr) (string, bool) {
	text, is := e.(*ast.BasicLit)
	if !is {
		return "", false
	}
	code, err := strconv.Unquote(text.Value)
	return code, err == nil
}

func TestDocumentListsTheCodesOfTheSourceAndNoOther(t *testing.T) {
	var listed []string
	for _, m := range regexp.MustCompile("(?m)^- [45]\\d\\d `([a-z_]+)`: ").FindAllStringSubmatch(document(t).Components.Schemas["Problem"].Value.Properties["code"].Value.Description, -1) {
		listed = append(listed, m[1])
	}
	assert.ElementsMatch(t, codesOfTheSource(t), listed)
}

func TestEveryCodeIsOneOfSomeOperation(t *testing.T) {
	answered := map[string]bool{}
	for _, op := range operations(document(t)) {
		for _, r := range op.Responses.Map() {
			codes, _ := r.Value.Extensions[contract.CodesExtension].([]any)
			for _, code := range codes {
				answered[code.(string)] = true
			}
		}
		for _, m := range regexp.MustCompile("`([a-z_]+)`").FindAllStringSubmatch(*op.Responses.Default().Value.Description, -1) {
			answered[m[1]] = true
		}
	}
	assert.Equal(t, codesOfTheSource(t), slices.Sorted(maps.Keys(answered)))
}
