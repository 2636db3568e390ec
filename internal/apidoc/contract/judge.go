package contract

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
)

const mediaTypeProblem = "application/problem+json"

// CodesExtension is where a response of the document lists the problem codes it may carry.
const CodesExtension = "x-codes"

// IsGraph tells the paths where Meta's Graph API is played, whose refusals are of its form.
func IsGraph(path string) bool { return strings.HasPrefix(path, "/graph/") }

// exchange is a request that was answered, with both bodies.
type exchange struct {
	req      *http.Request
	sent     []byte
	resp     *http.Response
	received []byte
}

// judge says what of an exchange the document does not promise.
func (p *promise) judge(ctx context.Context, x exchange) []string {
	route, params, err := p.router.FindRoute(listed(x.req))
	switch {
	case errors.Is(err, routers.ErrPathNotFound):
		return p.judgeRefusal(x, http.StatusNotFound)
	case errors.Is(err, routers.ErrMethodNotAllowed):
		return p.judgeRefusal(x, http.StatusMethodNotAllowed)
	case err != nil:
		return []string{err.Error()}
	}
	documented, broken := statusOf(route.Operation, x.resp.StatusCode)
	if broken != "" {
		return []string{broken}
	}
	if x.req.Method == http.MethodHead {
		return missingHeaders(documented, x.resp.Header)
	}
	in := &openapi3filter.RequestValidationInput{Request: x.req, Route: route, PathParams: params, Options: options()}
	return slices.Concat(judgeResponse(ctx, in, x, documented), judgeCode(documented, x), judgeRequest(ctx, in, x))
}

// listed is the request as the document lists it: HEAD is answered as GET is, without the body.
func listed(req *http.Request) *http.Request {
	if req.Method != http.MethodHead {
		return req
	}
	get := req.Clone(req.Context())
	get.Method = http.MethodGet
	return get
}

// judgeRefusal is for what the document does not list: it may only be refused, with a problem.
func (p *promise) judgeRefusal(x exchange, want int) []string {
	if x.resp.StatusCode != want {
		return []string{fmt.Sprintf("the document has no such operation, so it should be refused with %d", want)}
	}
	form, media := "Problem", mediaTypeProblem
	if IsGraph(x.req.URL.Path) {
		form, media = "GraphError", "application/json"
	}
	if got := x.resp.Header.Get("Content-Type"); got != media {
		return []string{fmt.Sprintf("a refusal is %s, not %q", media, got)}
	}
	if x.req.Method == http.MethodHead {
		return nil
	}
	var value any
	if err := json.Unmarshal(x.received, &value); err != nil {
		return []string{"the problem is not JSON: " + err.Error()}
	}
	return complaints(p.doc.Components.Schemas[form].Value.VisitJSON(value, openapi3.VisitAsResponse(), openapi3.MultiErrors(), Formats()))
}

// Unlisted reports whether the status is one that any operation may answer and none lists: default describes it.
func Unlisted(status int) bool {
	switch status {
	case http.StatusMethodNotAllowed, http.StatusInternalServerError:
		return true
	}
	return false
}

// statusOf finds the response of that status. default stands only for the refusals that no operation lists.
func statusOf(op *openapi3.Operation, status int) (*openapi3.Response, string) {
	if ref := op.Responses.Status(status); ref != nil {
		return ref.Value, ""
	}
	if ref := op.Responses.Default(); ref != nil && Unlisted(status) {
		return ref.Value, ""
	}
	return nil, fmt.Sprintf("the document lists no such status for %s", op.OperationID)
}

// judgeResponse judges headers and body. openapi3filter lets every 304 pass, so that one is looked at here.
func judgeResponse(ctx context.Context, in *openapi3filter.RequestValidationInput, x exchange, documented *openapi3.Response) []string {
	broken := complaints(openapi3filter.ValidateResponse(ctx, &openapi3filter.ResponseValidationInput{
		RequestValidationInput: in, Status: x.resp.StatusCode, Header: x.resp.Header, Options: in.Options,
		Body: io.NopCloser(bytes.NewReader(x.received)),
	}))
	if len(documented.Content) == 0 && len(x.received) > 0 {
		broken = append(broken, "it has a body")
	}
	if x.resp.StatusCode == http.StatusNotModified {
		broken = append(broken, missingHeaders(documented, x.resp.Header)...)
	}
	return broken
}

func missingHeaders(documented *openapi3.Response, have http.Header) []string {
	var missing []string
	for name, h := range documented.Headers {
		if h.Value.Required && have.Get(name) == "" {
			missing = append(missing, fmt.Sprintf("the header %s is missing", name))
		}
	}
	return missing
}

// judgeCode holds a problem's code against those that the response lists; a response that lists none takes any.
func judgeCode(documented *openapi3.Response, x exchange) []string {
	codes, ok := documented.Extensions[CodesExtension].([]any)
	if !ok {
		return nil
	}
	var problem struct{ Code string }
	if err := json.Unmarshal(x.received, &problem); err != nil {
		return []string{"the problem is not JSON: " + err.Error()}
	}
	if !slices.Contains(codes, any(problem.Code)) {
		return []string{fmt.Sprintf("its code is %q, and the document lists %v", problem.Code, codes)}
	}
	return nil
}

// judgeRequest asks whether the document allows what the service took.
func judgeRequest(ctx context.Context, in *openapi3filter.RequestValidationInput, x exchange) []string {
	if x.resp.StatusCode >= http.StatusMultipleChoices {
		return nil
	}
	again := x.req.Clone(ctx)
	again.Body = io.NopCloser(bytes.NewReader(x.sent))
	copied := *in
	copied.Request = again
	var broken []string
	for _, what := range complaints(openapi3filter.ValidateRequest(ctx, &copied)) {
		broken = append(broken, "the request was taken, and the document does not allow it: "+what)
	}
	for name := range x.req.URL.Query() {
		if in.Route.Operation.Parameters.GetByInAndName(openapi3.ParameterInQuery, name) == nil {
			broken = append(broken, fmt.Sprintf("the query parameter %s was taken, and the document does not list it", name))
		}
	}
	return broken
}

// options never let a value into a message: it may be a secret of the test.
func options() *openapi3filter.Options {
	o := &openapi3filter.Options{
		IncludeResponseStatus: true, MultiError: true, SkipSettingDefaults: true,
		AuthenticationFunc:      authenticated,
		SchemaValidationOptions: []openapi3.SchemaValidationOption{Formats()},
	}
	o.WithCustomSchemaErrorFunc(explain)
	return o
}

// authenticated asks only whether a key was sent: whether it is right is the service's affair.
func authenticated(_ context.Context, in *openapi3filter.AuthenticationInput) error {
	scheme, key, _ := strings.Cut(in.RequestValidationInput.Request.Header.Get("Authorization"), " ")
	if !strings.EqualFold(scheme, "Bearer") || key == "" {
		return errors.New("it carries no bearer key")
	}
	return nil
}

func explain(err *openapi3.SchemaError) string {
	return fmt.Sprintf("/%s: %s", strings.Join(err.JSONPointer(), "/"), err.Reason)
}

// complaints takes joined errors apart and leaves out the values in them.
func complaints(err error) []string {
	var many openapi3.MultiError
	var schema *openapi3.SchemaError
	var response *openapi3filter.ResponseError
	var request *openapi3filter.RequestError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &response) && response.Err != nil:
		return prefixed(response.Reason, response.Err)
	case errors.As(err, &request) && request.Err != nil:
		return prefixed(partOf(request), request.Err)
	case errors.As(err, &many):
		var all []string
		for _, e := range many {
			all = append(all, complaints(e)...)
		}
		return all
	case errors.As(err, &schema):
		return []string{explain(schema)}
	}
	return []string{err.Error()}
}

// partOf names the part of a request that an error is about.
func partOf(e *openapi3filter.RequestError) string {
	if e.Parameter != nil {
		return e.Parameter.In + " parameter " + e.Parameter.Name
	}
	return "body"
}

func prefixed(prefix string, err error) []string {
	all := complaints(err)
	for i := range all {
		all[i] = prefix + ": " + all[i]
	}
	return all
}
