package whatsapptest

import (
	"maps"
	"slices"
)

// Content is what an incoming message holds, beside who sent it and when.
type Content struct {
	kind    string
	members object // the member that is named like the kind, and perhaps others
	system  bool   // it comes without contacts
}

func content(kind string, value any) Content {
	return Content{kind: kind, members: object{{kind, value}}}
}

// Text is a text message.
func Text(body string) Content { return content("text", object{{"body", body}}) }

// Image is a picture; its caption may be empty. The media cannot be fetched.
func Image(caption string) Content {
	return content("image", object{
		{"id", "900100200300400"}, {"mime_type", "image/jpeg"}, {"sha256", "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="},
		{"url", "https://lookaside.fbsbx.com/whatsapp_business/attachments/?mid=900100200300400"},
	}.with("caption", caption))
}

// Button is a tap on a template's quick reply.
func Button(payload, text string) Content {
	return content("button", object{{"payload", payload}, {"text", text}})
}

// ButtonReply is a tap on a button of an interactive message.
func ButtonReply(id, title string) Content {
	return content("interactive", object{{"type", "button_reply"}, {"button_reply", object{{"id", id}, {"title", title}}}})
}

// ListReply is a choice from a list; the description may be empty.
func ListReply(id, title, description string) Content {
	row := object{{"id", id}, {"title", title}}.with("description", description)
	return content("interactive", object{{"type", "list_reply"}, {"list_reply", row}})
}

// FlowReply is a flow that was filled in; responseJSON is the text in response_json.
func FlowReply(responseJSON string) Content {
	reply := object{{"name", "flow"}, {"body", "Sent"}, {"response_json", responseJSON}}
	return content("interactive", object{{"type", "nfm_reply"}, {"nfm_reply", reply}})
}

// Reaction is a reaction to a message; without emoji it takes one back.
func Reaction(messageID, emoji string) Content {
	return content("reaction", object{{"message_id", messageID}}.with("emoji", emoji))
}

// Location is a place, in degrees.
func Location(latitude, longitude float64) Content {
	return content("location", object{{"latitude", latitude}, {"longitude", longitude}})
}

// Unsupported is a message that Meta does not pass on, such as a poll_creation.
func Unsupported(kind string) Content {
	unknown := ErrorItem{Code: 131051, Title: "Message type unknown", Details: "Message type is currently not supported."}.object()
	c := content("unsupported", object{{"type", kind}})
	c.members = append(c.members, member{"errors", []object{unknown.without("href")}})
	return c
}

// NumberChanged is the system message about a user who has another number now. It comes without contacts.
func NumberChanged(body, newWaID string) Content {
	c := content("system", object{{"body", body}, {"wa_id", newWaID}, {"type", "user_changed_number"}})
	c.system = true
	return c
}

// Custom is a message of any type, known or not: members stand beside type, in the order of their names.
func Custom(kind string, members map[string]any) Content {
	c := Content{kind: kind}
	for _, name := range slices.Sorted(maps.Keys(members)) {
		c.members = append(c.members, member{name, members[name]})
	}
	return c
}
