package apidoc

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strconv"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/ivendnext/whatsapp-accounts/internal/httpapi"
)

// Exchange is a request and what the service answered, as a file of docs/examples keeps it. Summary tells people what it shows.
type Exchange struct {
	Name     string   `json:"-"`
	Summary  string   `json:"summary"`
	General  bool     `json:"general,omitempty"` // shown at every operation that may answer so and has nothing of its own to show
	Request  Request  `json:"request"`
	Response Response `json:"response"`
}

// Request is what was sent. The key is not kept.
type Request struct {
	Method string            `json:"method"`
	Path   string            `json:"path"` // with its query
	Header map[string]string `json:"header,omitempty"`
	Body   json.RawMessage   `json:"body,omitempty"` // a string where it is no JSON as a whole
}

// Response is what came back. A body that is not JSON is kept as a string.
type Response struct {
	Status int               `json:"status"`
	Header map[string]string `json:"header"`
	Body   json.RawMessage   `json:"body,omitempty"`
}

// Exchanges reads the recorded exchanges, in the order of their names.
func Exchanges(from fs.FS) ([]Exchange, error) {
	files, err := fs.Glob(from, "*.json")
	if err != nil {
		return nil, err
	}
	all := make([]Exchange, len(files))
	for i, file := range files {
		raw, err := fs.ReadFile(from, file)
		if err != nil {
			return nil, err
		}
		if err := json.Unmarshal(raw, &all[i]); err != nil {
			return nil, fmt.Errorf("%s: %w", file, err)
		}
		all[i].Name = strings.TrimSuffix(file, ".json")
	}
	return all, nil
}

// lines is the media type of bodies that are no JSON as a whole: they are kept, and described, as strings.
const lines = "application/x-ndjson"

// addExamples shows every recorded exchange at its operation: the body that was sent when it was taken, and the answer.
func addExamples(doc *openapi3.T, from Source) error {
	exchanges, err := Exchanges(from.Examples)
	if err != nil {
		return err
	}
	all, err := operations(doc, from.Routes)
	if err != nil {
		return err
	}
	for _, x := range exchanges {
		if x.General {
			continue
		}
		i := slices.IndexFunc(all, func(op operation) bool { return x.at(op.route) })
		if i < 0 {
			return fmt.Errorf("example %s: %s %s is no operation", x.Name, x.Request.Method, x.Request.Path)
		}
		if err := all[i].show(x); err != nil {
			return fmt.Errorf("example %s: %w", x.Name, err)
		}
	}
	return addGeneralExamples(doc, all, exchanges)
}

// at reports whether the exchange took place at that route.
func (x Exchange) at(r httpapi.RouteInfo) bool {
	path, _, _ := strings.Cut(x.Request.Path, "?")
	have, want := strings.Split(path, "/"), strings.Split(r.Path, "/")
	return x.Request.Method == r.Method && slices.EqualFunc(have, want, func(segment, pattern string) bool {
		return segment == pattern || strings.HasPrefix(pattern, "{") && segment != ""
	})
}

func (op operation) show(x Exchange) error {
	ref := op.Responses.Value(strconv.Itoa(x.Response.Status))
	if ref == nil {
		return fmt.Errorf("%s lists no status %d", op.OperationID, x.Response.Status)
	}
	for _, media := range ref.Value.Content {
		if err := illustrate(media, x, x.Response.Body); err != nil {
			return err
		}
	}
	if x.Response.Status >= 300 || op.RequestBody == nil || len(x.Request.Body) == 0 && !op.RequestBody.Value.Required {
		return nil
	}
	for name, media := range op.RequestBody.Value.Content {
		if (name == lines) != (x.Request.Header["Content-Type"] == lines) {
			continue
		}
		if err := illustrate(media, x, x.Request.Body); err != nil {
			return err
		}
	}
	return nil
}

func illustrate(media *openapi3.MediaType, x Exchange, body json.RawMessage) error {
	if len(body) == 0 {
		return errors.New("it has no body to show")
	}
	if media.Examples == nil {
		media.Examples = openapi3.Examples{}
	}
	media.Examples[x.Name] = &openapi3.ExampleRef{Value: &openapi3.Example{Summary: x.Summary, Value: body}}
	return nil
}
