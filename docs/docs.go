// Package docs carries the generated OpenAPI document, so that the binary can serve it.
// It knows nothing of how the document is made; docs/README.md does.
package docs

import _ "embed"

//go:generate go run ../internal/apidoc/generate

//go:embed openapi.json
var openAPI []byte

// OpenAPI is the document, OpenAPI 3 as JSON. The caller must not change it.
func OpenAPI() []byte { return openAPI }
