package apidoc

import (
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/ivendnext/whatsapp-accounts/internal/httpapi"
)

// rolesExtension is where an operation lists the roles that may call it.
const rolesExtension = "x-roles"

// operation is one operation of the document with its line of the route table.
type operation struct {
	*openapi3.Operation
	route httpapi.RouteInfo
}

// operations joins the document with the route table; an annotation without a route is an error, and so is the opposite.
func operations(doc *openapi3.T, routes []httpapi.RouteInfo) ([]operation, error) {
	var found []operation
	for _, r := range routes {
		item := doc.Paths.Value(r.Path)
		if item == nil || item.GetOperation(r.Method) == nil {
			return nil, fmt.Errorf("%s %s is in the route table and has no annotations", r.Method, r.Path)
		}
		found = append(found, operation{item.GetOperation(r.Method), r})
	}
	for path, item := range doc.Paths.Map() {
		for method := range item.Operations() {
			if !slices.ContainsFunc(routes, func(r httpapi.RouteInfo) bool { return r.Method == method && r.Path == path }) {
				return nil, fmt.Errorf("%s %s has annotations and is not in the route table", method, path)
			}
		}
	}
	return found, nil
}

// completeOperations gives every operation its name, its role, its parameters' formats, its headers and its refusals.
func completeOperations(doc *openapi3.T, from Source) error {
	all, err := operations(doc, from.Routes)
	if err != nil {
		return err
	}
	addHeaders(doc)
	for _, op := range all {
		op.OperationID = op.route.Operation
		op.applyAccess()
		if err := op.applyParameters(); err != nil {
			return err
		}
		if op.RequestBody != nil {
			op.RequestBody.Value.Extensions = nil
			describeLines(op.RequestBody.Value.Content)
		}
		op.completeSuccess()
		if op.isGraph() {
			op.addGraphRefusals()
			continue
		}
		op.addRefusals()
	}
	return nil
}

// describeLines says of NDJSON what a schema can say: it is text.
func describeLines(content openapi3.Content) {
	if media, takes := content[lines]; takes {
		text := openapi3.NewStringSchema()
		text.Description = "A JSON object in each line: the first is that of application/json without its list, and each further one a member of the list."
		media.Schema = text.NewRef()
	}
}

// applyAccess says who may call the operation.
func (op operation) applyAccess() {
	op.Security = openapi3.NewSecurityRequirements()
	if op.route.Public {
		op.Description += "\n\n**Role**: none; it needs no key."
		return
	}
	op.Security.With(openapi3.NewSecurityRequirement().Authenticate(bearer))
	op.Extensions = map[string]any{rolesExtension: op.route.Roles}
	op.Description += "\n\n**Role**: `" + strings.Join(op.route.Roles, "`, `") + "`."
}

// applyParameters drops the path parameters that this path of the handler lacks, and holds the query parameters against the route table.
func (op operation) applyParameters() error {
	var query []string
	op.Parameters = slices.DeleteFunc(op.Parameters, func(p *openapi3.ParameterRef) bool {
		return p.Value.In == openapi3.ParameterInPath && !strings.Contains(op.route.Path, "{"+p.Value.Name+"}")
	})
	for _, p := range op.Parameters {
		if p.Value.Name == "id" || p.Value.Name == "account_id" {
			p.Value.Schema.Value.Format = "uuid"
		}
		if p.Value.In == openapi3.ParameterInQuery {
			query = append(query, p.Value.Name)
		}
	}
	want := slices.Sorted(slices.Values(op.route.Query))
	if have := slices.Sorted(slices.Values(query)); op.strict() && !slices.Equal(have, want) {
		return fmt.Errorf("%s takes the query parameters %v, and its annotations have %v", op.OperationID, want, have)
	}
	return nil
}

// strict reports whether the operation refuses query parameters that it does not know.
func (op operation) strict() bool { return op.route.Query != nil }

func (op operation) has(parameter string) bool {
	return slices.ContainsFunc(op.Parameters, func(p *openapi3.ParameterRef) bool { return p.Value.Name == parameter })
}

// success gives the response of the success and its status.
func (op operation) success() (int, *openapi3.Response) {
	for _, status := range []int{http.StatusOK, http.StatusCreated, http.StatusAccepted, http.StatusNoContent} {
		if ref := op.Responses.Status(status); ref != nil {
			return status, ref.Value
		}
	}
	return 0, nil
}
