package v1

import "encoding/json"

// TemplateHeaderWrite is a header as it is sent.
type TemplateHeaderWrite struct {
	// A text, or a medium that each message brings.
	Format *string `json:"format,omitempty" enums:"text,image,video,document" example:"text"`
	// Of a text header: one line, with one placeholder at most.
	Text *string `json:"text,omitempty" extensions:"x-nullable" example:"Order {{1}}"`
}

// TemplateButtonWrite is a button as it is sent. Each type has its own members.
type TemplateButtonWrite struct {
	Type *string `json:"type,omitempty" enums:"quick_reply,url,phone_number,copy_code,flow" example:"url"`
	// What is on the button; a copy_code button has a text of WhatsApp's.
	Text *string `json:"text,omitempty" extensions:"x-nullable" example:"Track"`
	// Of a url button: a complete URL, which may end in the placeholder {{1}}.
	URL *string `json:"url,omitempty" extensions:"x-nullable" example:"https://shop.example.com/orders/{{1}}"`
	// Of a phone_number button.
	PhoneNumber *string `json:"phone_number,omitempty" extensions:"x-nullable" example:"+97145550100"`
	// Of a flow button: the id of a published flow.
	FlowID *string `json:"flow_id,omitempty" extensions:"x-nullable" example:"1234567890"`
}

// TemplateCreate is the body of POST /v1/templates.
type TemplateCreate struct {
	// The account that the template belongs to; it decides the type.
	AccountID *string `json:"account_id" validate:"required" example:"0198b2f0-5c1e-7c3a-9d1f-6a2b8c4d0e11"`
	// What people call the template.
	Label *string `json:"label" validate:"required" minLength:"1" maxLength:"512" example:"Order ready"`
	// What the provider calls it. Left out, it is made of the label: order_ready.
	Name *string `json:"name,omitempty" minLength:"1" maxLength:"512" extensions:"x-nullable" example:"order_ready"`
	// A code such as en_US, or a name such as English (US).
	Language *string `json:"language" validate:"required" example:"en_US"`
	// Of a Meta template, before it is submitted.
	Category *string              `json:"category,omitempty" extensions:"x-nullable" example:"UTILITY"`
	Header   *TemplateHeaderWrite `json:"header,omitempty" extensions:"x-nullable"`
	// The text, with placeholders {{1}}, {{2}} … or {{a_name}}.
	Body    *string               `json:"body" validate:"required" example:"Hi {{1}}, your order {{2}} is ready."`
	Footer  *string               `json:"footer,omitempty" extensions:"x-nullable" example:"Brand A"`
	Buttons []TemplateButtonWrite `json:"buttons,omitempty" extensions:"x-nullable"`
	// A value for each placeholder, for whoever reviews the template: by the key of its place, which the answer lists as placeholders.
	Samples map[string]*string `json:"samples,omitempty" extensions:"x-nullable"`
}

// TemplateUpdate is the body of PATCH /v1/templates/{id}: an RFC 7396 merge patch. What is left out stays; buttons are replaced as a whole.
type TemplateUpdate struct {
	// May repeat the account; it never changes.
	AccountID *string `json:"account_id,omitempty" example:"0198b2f0-5c1e-7c3a-9d1f-6a2b8c4d0e11"`
	Label     *string `json:"label,omitempty" minLength:"1" maxLength:"512" example:"Order is ready"`
	// Never changes once the provider has the template; null makes it of the label again.
	Name *string `json:"name,omitempty" minLength:"1" maxLength:"512" extensions:"x-nullable" example:"order_is_ready"`
	// Never changes once the provider has the template.
	Language *string               `json:"language,omitempty" example:"en_US"`
	Category *string               `json:"category,omitempty" extensions:"x-nullable" example:"MARKETING"`
	Header   *TemplateHeaderWrite  `json:"header,omitempty" extensions:"x-nullable"`
	Body     *string               `json:"body,omitempty" example:"Hi {{1}}, order {{2}} is ready for you."`
	Footer   *string               `json:"footer,omitempty" extensions:"x-nullable" example:"Brand A, Gulf"`
	Buttons  []TemplateButtonWrite `json:"buttons,omitempty" extensions:"x-nullable"`
	Samples  map[string]*string    `json:"samples,omitempty" extensions:"x-nullable"`
}

// TemplateHeader is a header.
type TemplateHeader struct {
	Format string `json:"format" enums:"text,image,video,document" example:"text"`
	// Null for a medium.
	Text *string `json:"text" extensions:"x-nullable" example:"Order {{1}}"`
}

// TemplateButton is a button. Members that its type does not have are null.
type TemplateButton struct {
	Type        string  `json:"type" enums:"quick_reply,url,phone_number,copy_code,flow" example:"url"`
	Text        *string `json:"text" extensions:"x-nullable" example:"Track"`
	URL         *string `json:"url" extensions:"x-nullable" example:"https://shop.example.com/orders/{{1}}"`
	PhoneNumber *string `json:"phone_number" extensions:"x-nullable"`
	FlowID      *string `json:"flow_id" extensions:"x-nullable"`
}

// TemplatePlace is what a message of the template must bring.
type TemplatePlace struct {
	// How a parameter names it: 1 or a_name in the body, header_1 in the header, header for a medium, button_0 for the first button.
	Key string `json:"key" example:"1"`
	// What the value is put into.
	Kind string `json:"kind" enums:"header,media,body,url,code" example:"body"`
	// The member of the template that has it, as an RFC 6901 pointer.
	Pointer string `json:"pointer" example:"/body"`
}

// Template is a message template.
type Template struct {
	ID          string `json:"id" format:"uuid" example:"0198b2f0-5c1e-7c3a-9d1f-6a2b8c4d0e14"`
	AccountID   string `json:"account_id" format:"uuid" example:"0198b2f0-5c1e-7c3a-9d1f-6a2b8c4d0e11"`
	AccountType string `json:"account_type" example:"Meta"`
	Label       string `json:"label" example:"Order ready"`
	// With the language it tells templates apart among all accounts that share them: those of one Meta business account.
	Name string `json:"name" example:"order_ready"`
	// The name of the language; its code where no name is known.
	Language     string  `json:"language" example:"English (US)"`
	LanguageCode string  `json:"language_code" example:"en_US"`
	Category     *string `json:"category" extensions:"x-nullable" example:"UTILITY"`
	// Whether placeholders have numbers or names.
	ParameterFormat string            `json:"parameter_format" enums:"positional,named" example:"positional"`
	Header          *TemplateHeader   `json:"header" extensions:"x-nullable"`
	Body            string            `json:"body" example:"Hi {{1}}, your order {{2}} is ready."`
	Footer          *string           `json:"footer" extensions:"x-nullable" example:"Brand A"`
	Buttons         []TemplateButton  `json:"buttons"`
	Samples         map[string]string `json:"samples"`
	// What a message must bring, in the order of a list of parameters.
	Placeholders []TemplatePlace `json:"placeholders"`
	// Parts of the provider's template that this service shows by name and cannot write.
	UnsupportedParts []string `json:"unsupported_parts"`
	// LOCAL is rendered here and needs no approval, DRAFT was never submitted; every other is the provider's word, such as PENDING, APPROVED, REJECTED, PAUSED.
	Status string `json:"status" example:"APPROVED"`
	// Why it was rejected or paused, in the provider's word.
	StatusReason *string `json:"status_reason" extensions:"x-nullable"`
	// The provider's word for how recipients like it.
	Quality *string `json:"quality" extensions:"x-nullable"`
	// Whether messages of it may be sent with its account, as far as the template goes.
	Sendable bool `json:"sendable" example:"true"`
	// Whether it says something that its provider was not told yet: submit it.
	Unsubmitted bool `json:"unsubmitted" example:"false"`
	// The provider's id of it.
	ProviderID  *string `json:"provider_id" extensions:"x-nullable" example:"1387372356726668"`
	SubmittedAt *Time   `json:"submitted_at" swaggertype:"string" format:"date-time" extensions:"x-nullable" example:"2026-11-22T10:00:00.000000Z"`
	// When the provider last listed it.
	SyncedAt  *Time `json:"synced_at" swaggertype:"string" format:"date-time" extensions:"x-nullable" example:"2026-11-22T10:00:00.000000Z"`
	CreatedAt Time  `json:"created_at" swaggertype:"string" format:"date-time" example:"2026-11-22T10:00:00.000000Z"`
	UpdatedAt Time  `json:"updated_at" swaggertype:"string" format:"date-time" example:"2026-11-22T10:00:00.000000Z"`
}

// TemplateList is a page of templates, newest first.
type TemplateList struct {
	Data []Template `json:"data"`
	// Pass it as cursor for the next page; null at the end.
	NextCursor *string `json:"next_cursor" extensions:"x-nullable"`
}

// TemplateRender is the body of POST /v1/templates/{id}/render.
type TemplateRender struct {
	// The values: a list in the order of placeholders, or an object by their keys.
	Parameters json.RawMessage `json:"parameters,omitempty" swaggertype:"object"`
}

// RenderedTemplate is a template with its values in their places.
type RenderedTemplate struct {
	// Header, body and footer as one text.
	Text   string  `json:"text" example:"Hi Ann, your order 42 is ready."`
	Header *string `json:"header" extensions:"x-nullable"`
	Body   string  `json:"body" example:"Hi Ann, your order 42 is ready."`
	Footer *string `json:"footer" extensions:"x-nullable"`
	// What an account of each type would send.
	Providers []RenderedFor `json:"providers"`
}

// RenderedFor is what an account of one type would send, or why it would not.
type RenderedFor struct {
	AccountType string `json:"account_type" example:"Meta"`
	OK          bool   `json:"ok" example:"true"`
	// What would go to the provider beside the recipient; null when nothing would.
	Message json.RawMessage `json:"message" swaggertype:"object" extensions:"x-nullable"`
	// The capability that the provider lacks.
	Capability *string `json:"capability" extensions:"x-nullable"`
	// Why it would not be sent.
	Detail *string `json:"detail" extensions:"x-nullable"`
}

// LinkedTemplate is a template that stands in the way of deleting its account.
type LinkedTemplate struct {
	ID           string `json:"id" format:"uuid" example:"0198b2f0-5c1e-7c3a-9d1f-6a2b8c4d0e14"`
	Label        string `json:"label" example:"Order ready"`
	Name         string `json:"name" example:"order_ready"`
	LanguageCode string `json:"language_code" example:"en_US"`
}

// TemplateSync is the answer of POST /v1/accounts/{id}/sync-templates.
type TemplateSync struct {
	AccountID string `json:"account_id" format:"uuid" example:"0198b2f0-5c1e-7c3a-9d1f-6a2b8c4d0e11"`
	// It is done soon.
	Status string `json:"status" enums:"queued" example:"queued"`
}
