// Package goclient is the client that a stranger would generate from the OpenAPI document: it proves that the document can be compiled.
// It does not know pkg/client, which is the one to use from Go.
package goclient

//go:generate go tool oapi-codegen -config oapi-codegen.yaml ../../../../docs/openapi.json
