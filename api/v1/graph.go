package v1

import "encoding/json"

// GraphMessage is the body of POST /graph/{version}/{phone}/messages: a message as clients of Meta's Cloud API send it, or a message that is to be marked as read.
// What is not listed is passed over, as Meta does.
type GraphMessage struct {
	// whatsapp, which is all that there is.
	MessagingProduct *string `json:"messaging_product,omitempty" enums:"whatsapp" example:"whatsapp"`
	// individual, or group for a group of the provider's.
	RecipientType *string `json:"recipient_type,omitempty" enums:"individual,group" example:"individual"`
	// A telephone number with its country code, in any spelling; the id of a group.
	To *string `json:"to,omitempty" example:"+971501234567"`
	// A business-scoped user id of Meta's, in place of a telephone number.
	Recipient *string `json:"recipient,omitempty" example:"AE.1029384756102938"`
	// Left out, it is text.
	Type *string `json:"type,omitempty" enums:"text,image,video,audio,document,sticker,location,contacts,reaction,interactive,template" example:"text"`
	// {"body", "preview_url"}
	Text json.RawMessage `json:"text,omitempty" swaggertype:"object"`
	// {"link" or "id", "caption"}
	Image json.RawMessage `json:"image,omitempty" swaggertype:"object"`
	// {"link" or "id", "caption"}
	Video json.RawMessage `json:"video,omitempty" swaggertype:"object"`
	// {"link" or "id"}
	Audio json.RawMessage `json:"audio,omitempty" swaggertype:"object"`
	// {"link" or "id", "caption", "filename"}
	Document json.RawMessage `json:"document,omitempty" swaggertype:"object"`
	// {"link" or "id"}
	Sticker json.RawMessage `json:"sticker,omitempty" swaggertype:"object"`
	// {"latitude", "longitude", "name", "address"}
	Location json.RawMessage `json:"location,omitempty" swaggertype:"object"`
	// A list of contacts: {"name": {"formatted_name"}, "phones": [{"phone"}]}
	Contacts []json.RawMessage `json:"contacts,omitempty" swaggertype:"array,object"`
	// {"message_id", "emoji"}
	Reaction json.RawMessage `json:"reaction,omitempty" swaggertype:"object"`
	// {"type": "button", "list", "cta_url" …, "body": {"text"}, "action": {…}}
	Interactive json.RawMessage `json:"interactive,omitempty" swaggertype:"object"`
	// {"name", "language": {"code"}, "components": […]}
	Template json.RawMessage `json:"template,omitempty" swaggertype:"object"`
	// What the message answers: {"message_id"}
	Context json.RawMessage `json:"context,omitempty" swaggertype:"object"`
	// Your own word for the message; it becomes the reference under /v1/messages.
	Callback *string `json:"biz_opaque_callback_data,omitempty" maxLength:"512" example:"order-42"`
	// read, when nothing is to be sent but message_id marked as read.
	Status *string `json:"status,omitempty" enums:"read" example:"read"`
	// The message that is to be marked as read.
	MessageID *string `json:"message_id,omitempty" example:"wamid.HBgMOTcxNTAxMjM0NTY3FQIAERgSMUE="`
	// {"type": "text"} also shows that an answer is being written, where the provider can.
	Typing json.RawMessage `json:"typing_indicator,omitempty" swaggertype:"object"`
}

// GraphContact is whom a message was accepted for.
type GraphContact struct {
	// As the request had it.
	Input string `json:"input" example:"+971501234567"`
	// The telephone number without its plus, or the id of the group.
	WaID string `json:"wa_id,omitempty" example:"971501234567"`
	// The business-scoped user id, when the request named one.
	UserID string `json:"user_id,omitempty"`
}

// GraphMessageID names a message that was accepted.
type GraphMessageID struct {
	// The provider's id; our own, which X-Message-Id has too, when the provider has not told one in time.
	ID string `json:"id" example:"wamid.HBgMOTcxNTAxMjM0NTY3FQIAERgSMUE="`
}

// GraphAnswer is what Meta answers to a message: contacts and messages when one is sent, success when one is marked as read.
type GraphAnswer struct {
	MessagingProduct string           `json:"messaging_product,omitempty" enums:"whatsapp" example:"whatsapp"`
	Contacts         []GraphContact   `json:"contacts,omitempty"`
	Messages         []GraphMessageID `json:"messages,omitempty"`
	Success          bool             `json:"success,omitempty,omitzero" example:"true"`
}

// GraphPhone is a telephone number as Meta shows it, as far as it is known here: from the last check of the account, and from webhooks.
type GraphPhone struct {
	// The account's phone_id; its own id where it has none.
	ID            string `json:"id" example:"305000000000007"`
	DisplayNumber string `json:"display_phone_number,omitempty" example:"+971 50 123 4567"`
	VerifiedName  string `json:"verified_name,omitempty" example:"Brand A"`
	QualityRating string `json:"quality_rating,omitempty" example:"GREEN"`
	// Only when fields asks for it.
	Status string `json:"status,omitempty" example:"CONNECTED"`
}

// GraphPhoneList is the numbers of a business account that are accounts here.
type GraphPhoneList struct {
	Data []GraphPhone `json:"data"`
}

// GraphTemplate is a message template as Meta shows it.
type GraphTemplate struct {
	ID       string `json:"id" example:"1387000000000001"`
	Name     string `json:"name,omitempty" example:"order_ready"`
	Language string `json:"language,omitempty" example:"en_US"`
	Status   string `json:"status,omitempty" example:"APPROVED"`
	Category string `json:"category,omitempty" example:"UTILITY"`
	// POSITIONAL or NAMED.
	ParameterFormat string            `json:"parameter_format,omitempty" enums:"POSITIONAL,NAMED" example:"POSITIONAL"`
	Components      []json.RawMessage `json:"components,omitempty" swaggertype:"array,object"`
	// Only when fields asks for it.
	QualityScore *GraphQuality `json:"quality_score,omitempty"`
	// Only when fields asks for it; NONE when it was not rejected.
	RejectedReason string `json:"rejected_reason,omitempty" example:"NONE"`
}

// GraphQuality is what Meta last said of a template's quality.
type GraphQuality struct {
	Score string `json:"score" example:"GREEN"`
}

// GraphCursors say where a page begins and ends.
type GraphCursors struct {
	Before string `json:"before"`
	After  string `json:"after"`
}

// GraphPaging leads to the next page. There are no more where next is absent.
type GraphPaging struct {
	Cursors GraphCursors `json:"cursors"`
	Next    string       `json:"next,omitempty"`
}

// GraphTemplateList is a page of the templates of a business account.
type GraphTemplateList struct {
	Data []GraphTemplate `json:"data"`
	// Absent where data is empty.
	Paging *GraphPaging `json:"paging,omitempty"`
}

// GraphErrorData says what is wrong in detail.
type GraphErrorData struct {
	MessagingProduct string `json:"messaging_product" enums:"whatsapp" example:"whatsapp"`
	// What is wrong, and what to do now.
	Details string `json:"details" example:"More than 24 hours have passed since the recipient's last message. Send an approved template instead."`
}

// GraphErrorBody is what is inside of a GraphError.
type GraphErrorBody struct {
	Message string `json:"message" example:"(#131047) Re-engagement message"`
	Type    string `json:"type" enums:"OAuthException" example:"OAuthException"`
	// What callers should go by: Meta's code, or the one of Meta's that fits.
	Code        int            `json:"code" example:"131047"`
	Subcode     int            `json:"error_subcode,omitempty,omitzero" example:"33"`
	IsTransient bool           `json:"is_transient,omitempty,omitzero"`
	Data        GraphErrorData `json:"error_data"`
	// The id of this request, which X-Request-Id has too.
	TraceID string `json:"fbtrace_id" example:"0198b2f0-5c1e-7c3a-9d1f-6a2b8c4d0e13"`
}

// GraphError is a refusal as clients of Meta's Graph API expect it.
type GraphError struct {
	Error GraphErrorBody `json:"error"`
}
