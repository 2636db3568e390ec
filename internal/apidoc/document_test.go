package apidoc_test

import (
	"bytes"
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/labstack/echo/v4"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/ivendnext/whatsapp-accounts/docs"
	"github.com/ivendnext/whatsapp-accounts/internal/apidoc"
	"github.com/ivendnext/whatsapp-accounts/internal/apidoc/contract"
	"github.com/ivendnext/whatsapp-accounts/internal/app"
	"github.com/ivendnext/whatsapp-accounts/internal/config"
	"github.com/ivendnext/whatsapp-accounts/internal/httpapi"
	"github.com/ivendnext/whatsapp-accounts/internal/provider"
	"github.com/ivendnext/whatsapp-accounts/internal/routing"
)

// document is docs/openapi.json, as callers get it.
func document(t *testing.T) *openapi3.T {
	t.Helper()
	doc, err := openapi3.NewLoader().LoadFromData(docs.OpenAPI())
	require.NoError(t, err)
	return doc
}

func source(t *testing.T) apidoc.Source {
	t.Helper()
	return apidoc.Source{Root: "../..", Routes: httpapi.Routes(), Providers: registry(t), Examples: os.DirFS(examplesFolder)}
}

func registry(t *testing.T) provider.Registry {
	t.Helper()
	providers, err := app.Providers(config.Providers{})
	require.NoError(t, err)
	return providers
}

// operations lists the document's operations by "GET /v1/me".
func operations(doc *openapi3.T) map[string]*openapi3.Operation {
	all := map[string]*openapi3.Operation{}
	for path, item := range doc.Paths.Map() {
		for method, op := range item.Operations() {
			all[method+" "+path] = op
		}
	}
	return all
}

func TestDocumentIsWhatTheSourcesGiveEveryTime(t *testing.T) {
	for range 2 {
		want, err := apidoc.Generate(t.Context(), source(t))
		require.NoError(t, err)
		if !bytes.Equal(want, docs.OpenAPI()) {
			t.Fatal("docs/openapi.json is stale; run make docs and look at the difference")
		}
	}
	assert.True(t, bytes.HasSuffix(docs.OpenAPI(), []byte("}\n")))
}

func TestDocumentIsValid(t *testing.T) {
	require.NoError(t, document(t).Validate(t.Context(), openapi3.EnableMultiError()))
	assert.Equal(t, "3.0.3", document(t).OpenAPI)
}

// The pages for people are the only routes that the document leaves out; HEAD, which is wherever GET is, it names once for all.
func TestDocumentAndRouterHaveTheSameRoutes(t *testing.T) {
	var served []string
	for _, r := range httpapi.New(httpapi.Deps{}).Routes() {
		if !strings.HasPrefix(r.Path, "/docs") && r.Method != http.MethodHead {
			served = append(served, r.Method+" "+openAPI(r.Path))
		}
	}
	assert.ElementsMatch(t, served, slices.Collect(maps.Keys(operations(document(t)))))
	assert.Contains(t, served, "GET /webhooks/meta/{account_id}")
	assert.Contains(t, document(t).Info.Description, "`HEAD` is answered wherever `GET` is")
}

func openAPI(echoPath string) string {
	segments := strings.Split(echoPath, "/")
	for i, s := range segments {
		if name, is := strings.CutPrefix(s, ":"); is {
			segments[i] = "{" + name + "}"
		}
	}
	return strings.Join(segments, "/")
}

func TestRouteTableIsTheRouters(t *testing.T) {
	table := map[string]httpapi.RouteInfo{}
	for _, r := range httpapi.Routes() {
		table[r.Method+" "+r.Path] = r
	}
	for _, r := range httpapi.New(httpapi.Deps{}).Routes() {
		if !strings.HasPrefix(r.Path, "/docs") && r.Method != http.MethodHead {
			assert.Contains(t, table, r.Method+" "+openAPI(r.Path))
		}
	}
	assert.Equal(t, httpapi.RouteInfo{
		Method: http.MethodPost, Path: "/v1/accounts", Operation: "createAccount", Roles: []string{"system_manager"}, Query: []string{}, TakesBody: true, NeedsBody: true,
	}, table["POST /v1/accounts"])
	assert.Equal(t, httpapi.RouteInfo{Method: http.MethodGet, Path: "/webhooks/meta/{account_id}", Operation: "verifyMetaById", Public: true}, table["GET /webhooks/meta/{account_id}"])
	assert.Equal(t, []string{"system_manager", "service", "viewer"}, table["GET /v1/route"].Roles)
}

func TestEveryOperationSaysWhatItDoesAndForWhom(t *testing.T) {
	doc := document(t)
	known := map[string]bool{}
	for _, tag := range doc.Tags {
		assert.NotEmpty(t, tag.Description, tag.Name)
		known[tag.Name] = true
	}
	seen := map[string]string{}
	for where, op := range operations(doc) {
		assert.NotEmpty(t, op.Summary, where)
		assert.NotEmpty(t, op.OperationID, where)
		assert.Empty(t, seen[op.OperationID], "%s has the operationId of %s", where, seen[op.OperationID])
		seen[op.OperationID] = where
		what, role, told := strings.Cut(op.Description, "\n\n**Role**: ")
		assert.True(t, told && what != "" && role != "", "%s: %q", where, op.Description)
		require.Len(t, op.Tags, 1, where)
		assert.True(t, known[op.Tags[0]], where)
		assert.NotEmpty(t, examplesOf(op), "%s has no example", where)
	}
}

func examplesOf(op *openapi3.Operation) []string {
	var names []string
	for _, r := range op.Responses.Map() {
		for _, media := range r.Value.Content {
			names = slices.AppendSeq(names, maps.Keys(media.Examples))
		}
	}
	return names
}

// The document cannot hold itself; every other answer and every refusal is shown.
func TestEveryBodyIsShown(t *testing.T) {
	for where, op := range operations(document(t)) {
		for status, r := range op.Responses.Map() {
			for media, content := range r.Value.Content {
				assert.True(t, len(content.Examples) > 0 || op.OperationID == "getDocument" && status == "200", "%s %s %s", where, status, media)
			}
		}
		if op.RequestBody != nil {
			for media, content := range op.RequestBody.Value.Content {
				assert.NotEmpty(t, content.Examples, "%s %s", where, media)
			}
		}
	}
}

func TestRouteTakesTheKindsThatRoutingKnows(t *testing.T) {
	var listed []string
	for _, kind := range operations(document(t))["GET /v1/route"].Parameters.GetByInAndName("query", "type").Schema.Value.Enum {
		listed = append(listed, kind.(string))
	}
	assert.ElementsMatch(t, routing.Kinds(), listed)
}

func TestOnlyV1AndGraphNeedAKey(t *testing.T) {
	for where, op := range operations(document(t)) {
		require.NotNil(t, op.Security, where)
		assert.Equal(t, strings.Contains(where, " /v1/") || strings.Contains(where, " /graph/"), len(*op.Security) == 1, where)
	}
}

func TestBodiesAreJSONAndPatchesMergePatchesToo(t *testing.T) {
	for where, op := range operations(document(t)) {
		want := []string{"application/json"}
		if strings.HasPrefix(where, http.MethodPatch) {
			want = append(want, "application/merge-patch+json")
		}
		if op.OperationID == "sendBulk" {
			want = append(want, ndjson)
		}
		if op.RequestBody != nil {
			assert.Equal(t, op.OperationID != "redeliverEvent", op.RequestBody.Value.Required, where)
			assert.ElementsMatch(t, want, slices.Collect(maps.Keys(op.RequestBody.Value.Content)), where)
		}
	}
}

func TestRefusalsAreProblems(t *testing.T) {
	for where, op := range operations(document(t)) {
		require.NotNil(t, op.Responses.Default(), where)
		for status, r := range op.Responses.Map() {
			assert.Contains(t, r.Value.Headers, "X-Request-Id", "%s %s", where, status)
			if status < "4" || status == "304" {
				continue
			}
			want := httpapi.MediaTypeProblem
			if strings.Contains(where, " /graph/") {
				want = echo.MIMEApplicationJSON
				assert.Equal(t, "#/components/schemas/GraphError", r.Value.Content[want].Schema.Ref, "%s %s", where, status)
			}
			assert.Equal(t, []string{want}, slices.Collect(maps.Keys(r.Value.Content)), "%s %s", where, status)
		}
	}
}

// TestSettingsAreThoseOfTheSpecs holds the wire against the rules: exactly the fields of the Spec, secrets written but never read.
func TestSettingsAreThoseOfTheSpecs(t *testing.T) {
	schemas := document(t).Components.Schemas
	settings := func(owner, key string) *openapi3.Schema {
		member := schemas[owner].Value.Properties[key]
		require.NotNil(t, member, "%s.%s", owner, key)
		if member.Ref == "" {
			member = member.Value.AllOf[0]
		}
		return member.Value
	}
	for _, spec := range registry(t).All() {
		names := make([]string, len(spec.Fields))
		for i, f := range spec.Fields {
			names[i] = f.Name
			read := settings("Account", spec.SettingsKey).Properties[f.Name]
			for _, owner := range []string{"AccountCreate", "AccountUpdate"} {
				written := settings(owner, spec.SettingsKey).Properties[f.Name]
				require.NotNil(t, written, "%s lacks %s", owner, f.Name)
				assert.True(t, written.Value.Nullable, f.Name)
				assert.Equal(t, f.IsSecret(), written.Value.WriteOnly, f.Name)
				assert.Equal(t, f.Pattern, written.Value.Pattern, f.Name)
			}
			require.NotNil(t, read, "Account lacks %s", f.Name)
			assert.Equal(t, f.IsSecret(), read.Ref == "#/components/schemas/SecretState", f.Name)
		}
		assert.ElementsMatch(t, names, settings("Account", spec.SettingsKey).Required)
		for _, owner := range []string{"Account", "AccountCreate", "AccountUpdate"} {
			assert.ElementsMatch(t, names, slices.Collect(maps.Keys(settings(owner, spec.SettingsKey).Properties)), owner)
		}
	}
}

// recorded answers as an example file says.
type recorded struct{ apidoc.Exchange }

func (r recorded) RoundTrip(req *http.Request) (*http.Response, error) {
	body := []byte(r.Response.Body)
	if strings.HasPrefix(r.Response.Header["Content-Type"], echo.MIMETextPlain) {
		var text string
		if err := json.Unmarshal(body, &text); err != nil {
			return nil, err
		}
		body = []byte(text)
	}
	resp := &http.Response{StatusCode: r.Response.Status, Header: http.Header{}, Body: io.NopCloser(bytes.NewReader(body)), Request: req}
	for name, value := range r.Response.Header {
		resp.Header.Set(name, value)
	}
	return resp, nil
}

// TestExamplesKeepTheContract puts every recorded exchange before the judge that judges the service in other tests.
func TestExamplesKeepTheContract(t *testing.T) {
	sent := func(r apidoc.Request) []byte {
		var text string
		if r.Header["Content-Type"] == ndjson && json.Unmarshal(r.Body, &text) == nil {
			return []byte(text)
		}
		return r.Body
	}
	exchanges, err := apidoc.Exchanges(os.DirFS(examplesFolder))
	require.NoError(t, err)
	require.NotEmpty(t, exchanges)
	for _, x := range exchanges {
		t.Run(x.Name, func(t *testing.T) {
			req, err := http.NewRequestWithContext(t.Context(), x.Request.Method, "http://example.test"+x.Request.Path, bytes.NewReader(sent(x.Request)))
			require.NoError(t, err)
			req.Header.Set("Content-Type", "application/json")
			req.Header.Set("Authorization", "Bearer of-no-importance")
			for name, value := range x.Request.Header {
				req.Header.Set(name, value)
			}
			resp, err := contract.Transport(t, recorded{x}).RoundTrip(req)
			require.NoError(t, err)
			require.NoError(t, resp.Body.Close())
		})
	}
}
