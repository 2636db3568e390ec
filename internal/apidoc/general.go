package apidoc

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/ivendnext/whatsapp-accounts/internal/apidoc/contract"
)

// addGeneralExamples shows the exchanges that stand for many at every refusal that has none of its own. They are kept once, among the components.
func addGeneralExamples(doc *openapi3.T, all []operation, exchanges []Exchange) error {
	doc.Components.Examples = openapi3.Examples{}
	for _, x := range exchanges {
		if !x.General {
			continue
		}
		var got struct{ Code string }
		if err := json.Unmarshal(x.Response.Body, &got); err != nil {
			return fmt.Errorf("example %s: %w", x.Name, err)
		}
		doc.Components.Examples[x.Name] = &openapi3.ExampleRef{Value: &openapi3.Example{Summary: x.Summary, Value: x.Response.Body}}
		for _, op := range all {
			op.showGeneral(x, got.Code)
		}
	}
	return nil
}

// showGeneral refers to the example where the operation may answer so, and at default when the status is of those that none lists.
func (op operation) showGeneral(x Exchange, code string) {
	ref := op.Responses.Value(strconv.Itoa(x.Response.Status))
	switch {
	case op.isGraph() != x.isGraph():
		return
	case contract.Unlisted(x.Response.Status):
		ref = op.Responses.Default()
	case ref == nil || !op.isGraph() && !slices.Contains(op.refusalsOf()[x.Response.Status], code):
		return
	}
	for _, media := range ref.Value.Content {
		if media.Examples == nil {
			media.Examples = openapi3.Examples{}
		}
		if !hasOwn(media.Examples) {
			media.Examples[x.Name] = &openapi3.ExampleRef{Ref: "#/components/examples/" + x.Name}
		}
	}
}

func hasOwn(examples openapi3.Examples) bool {
	for _, e := range examples {
		if e.Ref == "" {
			return true
		}
	}
	return false
}
