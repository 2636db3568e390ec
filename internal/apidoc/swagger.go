package apidoc

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"

	"github.com/getkin/kin-openapi/openapi2"
	"github.com/getkin/kin-openapi/openapi2conv"
	"github.com/getkin/kin-openapi/openapi3"
	"github.com/go-json-experiment/json/jsontext"
)

// swagger runs swag on the annotations and gives what it wrote: Swagger 2, because swag's own version 3 emits wrong request bodies.
func swagger(ctx context.Context, root string) (_ []byte, err error) {
	out, err := os.MkdirTemp("", "swag")
	if err != nil {
		return nil, err
	}
	defer func() {
		if removed := os.RemoveAll(out); err == nil {
			err = removed
		}
	}()
	// What an answer lacks only when it is empty says omitempty; everything else is always there, hence requiredByDefault.
	swag := exec.CommandContext(ctx, "go", "tool", "swag", "init", "--quiet", "--requiredByDefault", "--parseInternal", //nolint:gosec // the arguments are ours
		"--dir", "internal/httpapi,api/v1", "--generalInfo", "server.go", "--output", out, "--outputTypes", "json")
	swag.Dir = root
	if told, err := swag.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("swag: %w: %s", err, told)
	}
	return os.ReadFile(filepath.Join(out, "swagger.json"))
}

// convert makes OpenAPI 3 of Swagger 2, with types named as in Go but without their package.
func convert(swagger []byte) (*openapi3.T, error) {
	swagger = bytes.ReplaceAll(swagger, []byte(`"#/definitions/v1.`), []byte(`"#/definitions/`))
	swagger = bytes.ReplaceAll(swagger, []byte(`"v1.`), []byte(`"`))
	var two openapi2.T
	if err := json.Unmarshal(swagger, &two); err != nil {
		return nil, fmt.Errorf("swag's output: %w", err)
	}
	two.Consumes = []string{"application/json"} // of every operation that does not say otherwise
	return openapi2conv.ToV3(&two)
}

// encode writes the document. Maps come out in alphabetical order, examples as the service wrote them.
func encode(doc *openapi3.T) ([]byte, error) {
	raw, err := json.Marshal(doc)
	if err != nil {
		return nil, err
	}
	return Pretty(raw)
}

// Pretty writes JSON in the one form in which the document and its examples are kept: indented, the members in the order they have,
// nothing escaped that need not be, a line break at the end.
func Pretty(raw []byte) ([]byte, error) {
	value := jsontext.Value(raw)
	err := value.Format(jsontext.PreserveRawStrings(false), jsontext.EscapeForHTML(false), jsontext.WithIndent("  "))
	return append(value, '\n'), err
}
