package provider

import (
	"context"
	"strconv"
)

// TemplateSubmission is what a provider is asked to approve.
type TemplateSubmission struct {
	ID       string // the provider's id of a template that it has and that is edited; empty for a new one
	Category string // empty for an edit that leaves it
	Content  TemplateContent
	Samples  TemplateMessage // the samples in their places
}

// KnownTemplate is a template as its provider has it.
type KnownTemplate struct {
	ID       string
	Name     string
	Language string
	Category string
	Status   string // the provider's word
	Reason   string // why it was rejected; empty when it was not
	Quality  string // empty when the provider has no opinion
	Content  TemplateContent
}

// TemplateApprover is a provider that reviews templates before they may be sent.
type TemplateApprover interface {
	// SubmitTemplate asks for the approval of a new template or of an edit. Where the provider has one of that name and language already, it is given as
	// the provider has it, so a submission may be repeated when nobody knows what became of it. Errors are *CallError.
	SubmitTemplate(ctx context.Context, c Credentials, s TemplateSubmission) (KnownTemplate, error)
	// WithdrawTemplate deletes one language of a template. One that is not there is deleted. Errors are *CallError.
	WithdrawTemplate(ctx context.Context, c Credentials, id, name string) error
}

// TemplateSyncer is a provider that lists the templates that an account can send.
type TemplateSyncer interface {
	// Templates lists them all, page by page. Errors are *CallError.
	Templates(ctx context.Context, c Credentials) ([]KnownTemplate, error)
}

// TemplateNews is what a webhook tells of a template. Empty members tell nothing.
type TemplateNews struct {
	ID       string // the provider's id
	Name     string
	Language string
	Status   string
	Reason   string // goes with the status
	Category string
	Quality  string
}

// HeaderKey is the key of a place in the header's text. Numbers count for each part of a template anew, so they are told apart.
func HeaderKey(name string) string {
	if name != "" && name[0] >= '0' && name[0] <= '9' {
		return "header_" + name
	}
	return name
}

// ButtonKey is the key of the place in a button.
func ButtonKey(i int) string { return "button_" + strconv.Itoa(i) }
