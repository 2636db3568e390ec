// Package apidoc makes the OpenAPI document: swag reads the annotations, and what no annotation can say once for all is added here.
// It is no part of the running service, which only serves the document it is given.
package apidoc

import (
	"context"
	"io/fs"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/ivendnext/whatsapp-accounts/internal/httpapi"
	"github.com/ivendnext/whatsapp-accounts/internal/provider"
)

// Source is everything the document is made of.
type Source struct {
	Root      string              // the module's folder, where swag looks for annotations
	Routes    []httpapi.RouteInfo // who may call what
	Providers provider.Registry   // the rules of each provider's settings
	Examples  fs.FS               // recorded exchanges, see Exchange
}

// Generate gives the document as JSON. The same source always gives the same bytes.
func Generate(ctx context.Context, from Source) ([]byte, error) {
	annotated, err := swagger(ctx, from.Root)
	if err != nil {
		return nil, err
	}
	doc, err := convert(annotated)
	if err != nil {
		return nil, err
	}
	for _, step := range []func(*openapi3.T, Source) error{introduce, describeTypes, shapeSchemas, applyProviders, completeOperations, addExamples} {
		if err := step(doc, from); err != nil {
			return nil, err
		}
	}
	return encode(doc)
}
