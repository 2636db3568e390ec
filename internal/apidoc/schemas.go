package apidoc

import (
	"fmt"
	"maps"
	"slices"

	"github.com/getkin/kin-openapi/openapi3"
)

// shapeSchemas says what swag cannot: which objects may be null, which members are scalars, and that a request has no unknown member.
func shapeSchemas(doc *openapi3.T, _ Source) error {
	schemas := doc.Components.Schemas
	if err := moveNullable(schemas); err != nil {
		return err
	}
	for _, name := range []string{"from", "to"} {
		member, known := schemas["HistoryChange"].Value.Properties[name]
		if !known {
			return fmt.Errorf("HistoryChange has no member %s", name)
		}
		member.Value = scalar(member.Value.Description)
	}
	for _, name := range []string{"TemplateRender", "MessageSend", "BulkSend", "BulkRecipient"} {
		parameters, known := schemas[name].Value.Properties["parameters"]
		if !known {
			return fmt.Errorf("%s has no member parameters", name)
		}
		parameters.Value = listOrObject(parameters.Value.Description)
	}
	schemas["Problem"].Value.Properties["code"].Value.Description += "\n" + codeTable()
	requests := requestSchemas(doc)
	delete(requests, "GraphMessage") // as Meta does, it passes over what it does not know
	for name := range requests {
		schemas[name].Value.AdditionalProperties = openapi3.AdditionalProperties{Has: new(false)}
	}
	return nil
}

// scalar is a string, a boolean or null. Null is in a branch: beside oneOf, OpenAPI 3.0 gives nullable no meaning.
func scalar(description string) *openapi3.Schema {
	text := openapi3.NewStringSchema().WithNullable()
	return &openapi3.Schema{Description: description, OneOf: openapi3.SchemaRefs{text.NewRef(), openapi3.NewBoolSchema().NewRef()}}
}

// listOrObject is a list of texts, or an object of texts.
func listOrObject(description string) *openapi3.Schema {
	object := openapi3.NewObjectSchema().WithAdditionalProperties(openapi3.NewStringSchema())
	return &openapi3.Schema{Description: description, OneOf: openapi3.SchemaRefs{openapi3.NewArraySchema().WithItems(openapi3.NewStringSchema()).NewRef(), object.NewRef()}}
}

// moveNullable moves "may be null" from the members that refer to an object to the object itself. Beside a reference OpenAPI 3.0 gives nullable
// no meaning, and tools disagree about allOf; beside a type all of them agree. An object that may be null at one place only is therefore refused.
func moveNullable(schemas openapi3.Schemas) error {
	nullable := map[string]bool{}
	for _, owner := range slices.Sorted(maps.Keys(schemas)) {
		properties := schemas[owner].Value.Properties
		for _, name := range slices.Sorted(maps.Keys(properties)) {
			target, may := reference(properties[name])
			if target == "" {
				continue
			}
			if before, seen := nullable[target]; seen && before != may {
				return fmt.Errorf("%s.%s: %s may be null at one place and not at another", owner, name, target)
			}
			nullable[target] = may
			simplify(properties, name)
		}
	}
	for target, may := range nullable {
		schemas[target].Value.Nullable = may
	}
	return nil
}

// reference names the schema that a member refers to, if it does, and says whether it may be null.
func reference(member *openapi3.SchemaRef) (target string, nullable bool) {
	switch {
	case member.Ref != "":
		return schemaName(member.Ref), false
	case len(member.Value.AllOf) == 1:
		return schemaName(member.Value.AllOf[0].Ref), member.Value.Nullable
	}
	return "", false
}

// simplify leaves allOf only where it carries a description.
func simplify(properties openapi3.Schemas, name string) {
	member := properties[name]
	if member.Ref != "" {
		return
	}
	member.Value.Nullable = false
	if member.Value.Description == "" {
		properties[name] = member.Value.AllOf[0]
	}
}

// requestSchemas names the objects that requests carry, and those inside them.
func requestSchemas(doc *openapi3.T) map[string]bool {
	found := map[string]bool{}
	for _, item := range doc.Paths.Map() {
		for _, op := range item.Operations() {
			if op.RequestBody == nil {
				continue
			}
			for _, media := range op.RequestBody.Value.Content {
				collect(doc.Components.Schemas, media.Schema, found)
			}
		}
	}
	return found
}

func collect(schemas openapi3.Schemas, ref *openapi3.SchemaRef, found map[string]bool) {
	target, _ := reference(ref)
	if target == "" || found[target] {
		return
	}
	found[target] = true
	for _, member := range schemas[target].Value.Properties {
		collect(schemas, member, found)
		if member.Value != nil && member.Value.Items != nil {
			collect(schemas, member.Value.Items, found)
		}
	}
}
