package providertest

import "github.com/ivendnext/whatsapp-accounts/internal/provider"

// Content is a content that every judge takes, unless the provider lacks the capability.
type Content struct {
	Why   string // what is peculiar to it
	Type  provider.MessageType
	JSON  string
	Needs provider.Capability
}

// Contents are contents as Meta's pages show them, of every type, with what the pages leave open: members that nobody knows, texts of the full length.
func Contents() []Content {
	var all []Content
	add := func(kind provider.MessageType, needs provider.Capability, pairs ...string) {
		for i := 0; i+1 < len(pairs); i += 2 {
			all = append(all, Content{Why: pairs[i], Type: kind, JSON: pairs[i+1], Needs: needs})
		}
	}
	add(provider.TypeText, provider.CanText,
		"a text", `{"body":"Hi"}`, "the longest text", `{"body":"`+long(4096)+`"}`, "a text with a link", `{"body":"https://example.com","preview_url":true}`,
		"a text with a member of next year", `{"body":"<&>\u2028\"","new":[{"a":null}]}`, "a null for what is not there", `{"body":"Hi","preview_url":null}`)
	add(provider.TypeImage, provider.CanMedia,
		"an image", `{"link":"https://example.com/a.png","caption":"Hi"}`, "the longest caption", `{"link":"http://example.com/a","caption":"`+long(1024)+`"}`)
	add(provider.TypeVideo, provider.CanMedia, "a video", `{"link":"https://example.com/a.mp4"}`)
	add(provider.TypeAudio, provider.CanMedia, "an audio", `{"link":"https://example.com/a.ogg","voice":true}`)
	add(provider.TypeDocument, provider.CanMedia, "a document", `{"link":"https://example.com/a?b=c","filename":"a.pdf","caption":"Hi"}`)
	add(provider.TypeSticker, provider.CanMedia, "a sticker", `{"link":"https://example.com/a.webp"}`)
	add(provider.TypeLocation, provider.CanLocation,
		"a place", `{"latitude":25.2,"longitude":55.27,"name":"Dubai","address":"Downtown"}`, "a place in texts", `{"latitude":"-90","longitude":"1.8e2"}`)
	add(provider.TypeContacts, provider.CanContacts,
		"a contact", `[{"name":{"formatted_name":"Ann Lee","first_name":"Ann"},"phones":[{"phone":"+1 555-010-0200","type":"WORK"}]}]`,
		"a contact who is at WhatsApp", `[{"name":{"formatted_name":"Ann"},"phones":[{"wa_id":"15550100200"}]}]`)
	add(provider.TypeReaction, provider.CanReactions, "a reaction", `{"message_id":"wamid.1","emoji":"👍"}`, "a reaction that is taken back", `{"message_id":"wamid.1","emoji":""}`)
	add(provider.TypeTemplate, provider.CanTemplateApproval, "a template", `{"name":"order_ready","language":{"code":"en_US"},"components":[{"type":"body","parameters":[
		{"type":"text","text":"Ann"},{"type":"text","text":"42"}]}]}`)
	add(provider.TypeInteractive, provider.CanInteractiveLists, "a list", list(), "the largest list", largestList())
	add(provider.TypeInteractive, provider.CanFlows, "a flow", flow("flow_id"), "a flow by its name", flow("flow_name"))
	add(provider.TypeInteractive, provider.CanInteractiveButtons, "buttons", buttons("Yes", "No"), "buttons of the full length", buttons(long(20), long(19), long(18)),
		"a link to tap on", `{"type":"cta_url","body":{"text":"Hi"},"action":{"name":"cta_url","parameters":{"display_text":"Open","url":"https://example.com"}}}`,
		"a question where somebody is", `{"type":"location_request_message","body":{"text":"Where?"},"action":{"name":"send_location"}}`,
		"a product", `{"type":"product","action":{"catalog_id":"1","product_retailer_id":"2"}}`)
	return all
}

// ByID are contents that name media by the id that a provider gave them.
func ByID() []Content {
	var all []Content
	for _, kind := range []provider.MessageType{provider.TypeImage, provider.TypeVideo, provider.TypeAudio, provider.TypeDocument, provider.TypeSticker} {
		all = append(all, Content{Why: string(kind) + " by its id", Type: kind, JSON: `{"id":"900100200300400"}`, Needs: provider.CanMedia})
	}
	return all
}
