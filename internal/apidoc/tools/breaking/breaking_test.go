package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// document is docs/openapi.json, as callers get it.
const document = "../../../../docs/openapi.json"

// object walks down a JSON document.
func object(t *testing.T, doc map[string]any, path ...string) map[string]any {
	t.Helper()
	for _, name := range path {
		next, is := doc[name].(map[string]any)
		require.True(t, is, "there is no object %s of %v", name, path)
		doc = next
	}
	return doc
}

// changed gives the document as it is and as it is after an edit.
func changed(t *testing.T, edit func(doc map[string]any)) (before, after []byte) {
	t.Helper()
	before, err := os.ReadFile(document)
	require.NoError(t, err)
	var doc map[string]any
	require.NoError(t, json.Unmarshal(before, &doc))
	edit(doc)
	after, err = json.Marshal(doc)
	require.NoError(t, err)
	return before, after
}

// edits are changes of the document, each to an object at a path.
type edits map[string]struct {
	path []string
	edit func(at map[string]any)
	rule string // of the change that must be found
}

func (e edits) each(t *testing.T, judge func(t *testing.T, found []change, rule string)) {
	t.Helper()
	for name, c := range e {
		t.Run(name, func(t *testing.T) {
			found, err := compare(changed(t, func(doc map[string]any) { c.edit(object(t, doc, c.path...)) }))
			require.NoError(t, err)
			judge(t, found, c.rule)
		})
	}
}

// without removes a name from a list of names.
func without(list any, name string) []any {
	var rest []any
	for _, item := range list.([]any) {
		if item != name {
			rest = append(rest, item)
		}
	}
	return rest
}

func TestWhatBreaksACallerIsCaught(t *testing.T) {
	schemas := func(names ...string) []string { return append([]string{"components", "schemas"}, names...) }
	edits{
		"a path is gone":       {[]string{"paths"}, func(at map[string]any) { delete(at, "/v1/route") }, "api-path-removed-without-deprecation"},
		"an operation is gone": {[]string{"paths", "/v1/accounts/{id}"}, func(at map[string]any) { delete(at, "delete") }, "api-removed-without-deprecation"},
		"an answer lacks a member": {schemas("Account"), func(at map[string]any) {
			delete(at["properties"].(map[string]any), "readiness")
			at["required"] = without(at["required"], "readiness")
		}, "response-required-property-removed"},
		"an answer may lack a member":         {schemas("Account"), func(at map[string]any) { at["required"] = without(at["required"], "id") }, "response-property-became-optional"},
		"an answer's member has another type": {schemas("Me", "properties", "site"), func(at map[string]any) { at["type"] = "integer" }, "response-property-type-changed"},
		"a request needs a member that it did not": {schemas("AccountCreate"), func(at map[string]any) {
			at["required"] = append(at["required"].([]any), "status")
		}, "request-property-became-required"},
		"a request needs a new member": {schemas("DefaultSet"), func(at map[string]any) {
			at["properties"].(map[string]any)["because"] = map[string]any{"type": "string"}
			at["required"] = append(at["required"].([]any), "because")
		}, "new-required-request-property"},
		"a request's member is refused": {schemas("AccountCreate", "properties"), func(at map[string]any) { delete(at, "allow_auto_read_receipt") }, "request-property-removed"},
		"a request's enum is narrower": {schemas("AccountUpdate", "properties", "status"), func(at map[string]any) {
			at["enum"] = without(at["enum"], "Inactive")
		}, "request-property-enum-value-removed"},
		"a request's text is shorter": {schemas("AccountCreate", "properties", "account_name"), func(at map[string]any) { at["maxLength"] = 3 }, "request-property-max-length-decreased"},
		"a success has another status": {[]string{"paths", "/v1/accounts", "post", "responses"}, func(at map[string]any) {
			at["202"] = at["201"]
			delete(at, "201")
		}, "response-success-status-removed"},
	}.each(t, func(t *testing.T, found []change, rule string) {
		t.Helper()
		var rules []string
		for _, c := range found {
			rules = append(rules, c.Rule)
		}
		assert.Contains(t, rules, rule)
		assert.Error(t, judge(found, nil))
	})
}

func TestWhatOnlyAddsIsNotCaught(t *testing.T) {
	nullable := map[string]any{"type": "string", "nullable": true}
	edits{
		"nothing": {nil, func(map[string]any) {}, ""},
		"a path": {[]string{"paths"}, func(at map[string]any) {
			at["/v1/whoami"] = map[string]any{"get": map[string]any{"responses": map[string]any{"204": map[string]any{"description": "Done."}}}}
		}, ""},
		"a member of an answer":                      {[]string{"components", "schemas", "Account", "properties"}, func(at map[string]any) { at["note"] = nullable }, ""},
		"a member of a request that may be left out": {[]string{"components", "schemas", "AccountCreate", "properties"}, func(at map[string]any) { at["note"] = nullable }, ""},
		"a description":                              {[]string{"info"}, func(at map[string]any) { at["description"] = "Other words." }, ""},
	}.each(t, func(t *testing.T, found []change, _ string) {
		t.Helper()
		assert.Empty(t, found)
	})
}

func TestDocumentThatCannotBeReadIsAnError(t *testing.T) {
	whole, err := os.ReadFile(document)
	require.NoError(t, err)
	_, err = compare(whole, []byte("{"))
	require.ErrorContains(t, err, "the present document")
	_, err = compare([]byte("{"), whole)
	require.ErrorContains(t, err, "the released document")
}

// files writes the released and the present document and the declarations, and gives their names.
func files(t *testing.T, declared string) []string {
	t.Helper()
	before, after := changed(t, func(doc map[string]any) { delete(object(t, doc, "paths"), "/v1/route") })
	folder := t.TempDir()
	names := []string{filepath.Join(folder, "released.json"), filepath.Join(folder, "present.json"), filepath.Join(folder, "breaking.json")}
	for i, text := range []string{string(before), string(after), declared} {
		require.NoError(t, os.WriteFile(names[i], []byte(text), 0o600))
	}
	return names
}

func TestUndeclaredChangeFailsAndSaysWhatToDeclare(t *testing.T) {
	err := run(new(strings.Builder), files(t, `[]`))
	require.ErrorContains(t, err, "breaks callers, and is not declared")
	_, entry, _ := strings.Cut(err.Error(), "not declared: ")
	entry = strings.Replace(entry, `"reason":""`, `"reason":"nobody asked any more"`, 1)
	var told strings.Builder
	require.NoError(t, run(&told, files(t, "["+entry+"]")))
	assert.Equal(t, "1 breaking changes since the last release, all of them declared\n", told.String())
}

func TestDeclarationWithoutAnOperationHoldsForAll(t *testing.T) {
	gone := change{"GET /v1/me", "gone", "it is gone"}
	require.NoError(t, judge([]change{gone, {"PUT /v1/me", "gone", "it is gone"}}, []declaration{{change{"", "gone", "it is gone"}, "unused"}}))
	require.Error(t, judge([]change{gone}, []declaration{{change{"PUT /v1/me", "gone", "it is gone"}, "unused"}}))
}

func TestDeclarationThatCoversNothingFails(t *testing.T) {
	require.ErrorContains(t, judge(nil, []declaration{{change{"", "gone", "it is gone"}, "unused"}}), "no longer so: gone: it is gone")
}

func TestDeclarationNeedsItsReason(t *testing.T) {
	for _, declared := range []string{`[{"rule":"gone","text":"it is gone","reason":" "}]`, `[{"reason":"why not"}]`, `[{"because":"x"}]`, `{}`, ``} {
		require.Error(t, run(new(strings.Builder), files(t, declared)), declared)
	}
}

func TestEveryFileIsNeeded(t *testing.T) {
	names := files(t, `[]`)
	require.ErrorContains(t, run(new(strings.Builder), names[:2]), "usage")
	for i := range names {
		lacking := append([]string(nil), names...)
		lacking[i] = filepath.Join(t.TempDir(), "none.json")
		require.ErrorIs(t, run(new(strings.Builder), lacking), os.ErrNotExist)
	}
}
