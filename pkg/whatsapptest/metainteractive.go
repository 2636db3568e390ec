package whatsapptest

import (
	"fmt"
	"slices"
)

// judgeInteractive looks at the kinds whose rules are published; the others pass.
func judgeInteractive(content params) *graphError {
	kind := content.text("type")
	if kind == "" {
		return newGraphError(131008, "Required parameter is missing: interactive['type'].")
	}
	action := content.object("action")
	judges := map[string]func(params) *graphError{
		"button": judgeButtons, "list": judgeList, "cta_url": judgeLink, "flow": judgeFlow, "location_request_message": nothingWrong,
	}
	judge, known := judges[kind]
	if !known {
		if slices.Contains(otherInteractive(), kind) {
			return nil
		}
		return newGraphError(131009, fmt.Sprintf("Param interactive['type'] has the unknown value %q.", kind))
	}
	longest := 1024
	if kind == "list" {
		longest = 4096
	}
	if refused := bounded("interactive['body']", content.object("body"), "text", longest); refused != nil {
		return refused
	}
	if refused := judgeFrame(content); refused != nil {
		return refused
	}
	if len(action) == 0 {
		return newGraphError(131008, "Required parameter is missing: interactive['action'].")
	}
	return judge(action)
}

func otherInteractive() []string {
	return []string{
		"product", "product_list", "catalog_message", "call_permission_request", "order_details", "order_status", "address_message", "carousel", "voice_call",
	}
}

func nothingWrong(params) *graphError { return nil }

// judgeFrame looks at header and footer.
func judgeFrame(content params) *graphError {
	if refused := atMost("interactive['header']", content.object("header").text("text"), "text", 60); refused != nil {
		return refused
	}
	return atMost("interactive['footer']", content.object("footer").text("text"), "text", 60)
}

func judgeButtons(action params) *graphError {
	buttons := action.objects("buttons")
	if len(buttons) < 1 || len(buttons) > 3 {
		return newGraphError(131009, "Invalid buttons count. Min allowed buttons: 1, Max allowed buttons: 3.")
	}
	var titles, ids []string
	for _, button := range buttons {
		answer := button.object("reply")
		if refused := bounded("reply", answer, "title", 20); refused != nil {
			return refused
		}
		if refused := bounded("reply", answer, "id", 256); refused != nil {
			return refused
		}
		titles, ids = append(titles, answer.text("title")), append(ids, answer.text("id"))
	}
	if repeated(titles) || repeated(ids) {
		return newGraphError(131009, "Buttons must have ids and titles that differ.")
	}
	return nil
}

func repeated(texts []string) bool {
	sorted := slices.Sorted(slices.Values(texts))
	return len(slices.Compact(sorted)) < len(texts)
}

func judgeList(action params) *graphError {
	if refused := bounded("action", action, "button", 20); refused != nil {
		return refused
	}
	sections, ids := action.objects("sections"), []string{}
	for _, section := range sections {
		title := section.text("title")
		if title == "" && len(sections) > 1 {
			return newGraphError(131009, "Section titles are required when there is more than one section.")
		}
		if refused := atMost("section", title, "title", 24); refused != nil {
			return refused
		}
		for _, row := range section.objects("rows") {
			if refused := judgeRow(row); refused != nil {
				return refused
			}
			ids = append(ids, row.text("id"))
		}
	}
	if len(sections) < 1 || len(sections) > 10 || len(ids) < 1 || len(ids) > 10 || repeated(ids) {
		return newGraphError(131009, "A list has 1 to 10 sections with together 1 to 10 rows, and their ids differ.")
	}
	return nil
}

func judgeRow(row params) *graphError {
	if refused := bounded("row", row, "id", 200); refused != nil {
		return refused
	}
	if refused := bounded("row", row, "title", 24); refused != nil {
		return refused
	}
	return atMost("row", row.text("description"), "description", 72)
}

func judgeLink(action params) *graphError {
	if action.text("name") != "cta_url" {
		return newGraphError(131009, "Param interactive['action']['name'] must be cta_url.")
	}
	link := action.object("parameters")
	if refused := bounded("parameters", link, "url", 2000); refused != nil {
		return refused
	}
	return bounded("parameters", link, "display_text", 20)
}

func judgeFlow(action params) *graphError {
	if action.text("name") != "flow" {
		return newGraphError(131009, "Param interactive['action']['name'] must be flow.")
	}
	flow := action.object("parameters")
	switch {
	case flow.text("flow_message_version") == "":
		return newGraphError(131008, "Required parameter is missing: parameters['flow_message_version'].")
	case flow.has("flow_id") == flow.has("flow_name"):
		return newGraphError(131009, "Exactly one of flow_id and flow_name is required.")
	}
	return bounded("parameters", flow, "flow_cta", 30)
}
