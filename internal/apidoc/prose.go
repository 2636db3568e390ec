package apidoc

import (
	"go/ast"
	"go/doc"
	"go/parser"
	"go/token"
	"path/filepath"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
)

// describeTypes takes the comments of the wire's types over as the descriptions of their schemas; swag does so only for members.
func describeTypes(out *openapi3.T, from Source) error {
	comments, err := typeComments(filepath.Join(from.Root, "api", "v1"))
	if err != nil {
		return err
	}
	for name, schema := range out.Components.Schemas {
		schema.Value.Description = comments[name]
	}
	return nil
}

// typeComments reads the comment of every type of a package.
func typeComments(folder string) (map[string]string, error) {
	files, err := filepath.Glob(filepath.Join(folder, "*.go"))
	if err != nil {
		return nil, err
	}
	set := token.NewFileSet()
	var parsed []*ast.File
	for _, file := range files {
		f, err := parser.ParseFile(set, file, nil, parser.ParseComments)
		if err != nil {
			return nil, err
		}
		parsed = append(parsed, f)
	}
	pkg, err := doc.NewFromFiles(set, parsed, "v1")
	if err != nil {
		return nil, err
	}
	comments := map[string]string{}
	for _, t := range pkg.Types {
		comments[t.Name] = strings.Join(strings.Fields(t.Doc), " ")
	}
	return comments, nil
}
