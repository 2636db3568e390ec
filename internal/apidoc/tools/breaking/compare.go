package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/oasdiff/oasdiff/checker"
	"github.com/oasdiff/oasdiff/diff"
	"github.com/oasdiff/oasdiff/load"
)

// change is one thing that a caller of the released document may stumble over.
type change struct {
	Operation string `json:"operation,omitempty"` // "GET /v1/me"; empty where no single operation is concerned
	Rule      string `json:"rule"`                // oasdiff's name for this kind of change
	Text      string `json:"text"`                // what changed, in oasdiff's words
}

// compare lists what breaks, or may break, a caller of the released document. What oasdiff only warns of counts too: it cannot know
// that our requests are read strictly, so that a member that is no longer known is refused.
func compare(released, present []byte) ([]change, error) {
	before, err := parse("released", released)
	if err != nil {
		return nil, err
	}
	after, err := parse("present", present)
	if err != nil {
		return nil, err
	}
	differences, sources, err := diff.GetWithOperationsSourcesMap(diff.NewConfig(), before, after)
	if err != nil {
		return nil, err
	}
	in := checker.NewDefaultLocalizer()
	var found []change
	for _, c := range checker.CheckBackwardCompatibility(checker.NewConfig(checker.GetAllChecks()), differences, sources) {
		found = append(found, change{
			Operation: strings.TrimSpace(c.GetOperation() + " " + c.GetPath()), Rule: c.GetId(), Text: c.GetUncolorizedText(in),
		})
	}
	return slices.Compact(found), nil
}

func parse(name string, document []byte) (*load.SpecInfo, error) {
	doc, err := openapi3.NewLoader().LoadFromData(document)
	if err != nil {
		return nil, fmt.Errorf("the %s document: %w", name, err)
	}
	return &load.SpecInfo{Url: name, Spec: doc, Version: doc.Info.Version}, nil
}
