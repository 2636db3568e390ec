package providertest

import (
	"fmt"
	"strings"
)

// badInteractive breaks the rules of messages with something to tap on.
func badInteractive() [][2]string {
	all := [][2]string{
		{`{}`, "required /interactive/type"},
		{`{"type":7}`, "wrong_type /interactive/type"},
		{`{"type":"button"}`, "required /interactive/body, required /interactive/action"},
		{`{"type":"location_request_message","body":{"text":"` + long(1025) + `"},"action":{"name":"where"}}`, "invalid_value /interactive/body/text, invalid_value /interactive/action/name"},
	}
	return append(append(append(all, badFrames()...), badButtons()...), append(badLists(), badLinks()...)...)
}

func badFrames() [][2]string {
	with := func(frame string) string {
		return `{"type":"cta_url","body":{"text":"Hi"},` + frame + `,"action":{"name":"cta_url","parameters":{"display_text":"Open","url":"https://example.com"}}}`
	}
	return [][2]string{
		{with(`"header":{"type":"text","text":"` + long(61) + `"},"footer":{"text":"` + long(61) + `"}`), "invalid_value /interactive/footer/text, invalid_value /interactive/header/text"},
		{with(`"header":{},"footer":{}`), "required /interactive/footer/text, required /interactive/header/type"},
		{with(`"header":"Hi"`), "wrong_type /interactive/header"},
		{with(`"header":{"type":"sticker"}`), "invalid_value /interactive/header/type"},
		{with(`"header":{"type":"image"}`), "required /interactive/header/image"},
		{with(`"header":{"type":"video","video":{"id":"1","link":"https://a"}}`), "invalid_value /interactive/header/video"},
		{strings.Replace(list(), `"header":{"type":"text"`, `"header":{"type":"image","image":{"id":"1"}`, 1), "invalid_value /interactive/header/type"},
	}
}

func badButtons() [][2]string {
	const at = "/interactive/action/buttons"
	one := func(reply string) string {
		return `{"type":"button","body":{"text":"Hi"},"action":{"buttons":[{"type":"reply","reply":` + reply + `}]}}`
	}
	return [][2]string{
		{buttons(), "required " + at},
		{buttons("a", "b", "c", "d"), "invalid_value " + at},
		{buttons("a", "b", "a"), "invalid_value " + at + "/2/reply/title"},
		{buttons("a", long(21)), "invalid_value " + at + "/1/reply/title"},
		{one(`{"id":"` + long(257) + `","title":"a"}`), "invalid_value " + at + "/0/reply/id"},
		{one(`{}`), "required " + at + "/0/reply/id, required " + at + "/0/reply/title"},
		{strings.Replace(one(`{"id":"a","title":"b"}`), `"reply"`, `"url"`, 1), "invalid_value " + at + "/0/type"},
		{`{"type":"button","body":{"text":"Hi"},"action":{"buttons":[{"type":"reply","reply":{"id":"a","title":"b"}},{"type":"reply","reply":{"id":"a","title":"c"}}]}}`,
			"invalid_value " + at + "/1/reply/id"},
	}
}

func badLists() [][2]string {
	const at = "/interactive/action/sections"
	with := func(sections string) string {
		return `{"type":"list","body":{"text":"Hi"},"action":{"button":"Open","sections":[` + sections + `]}}`
	}
	row := func(id string) string { return fmt.Sprintf(`{"id":%q,"title":"A"}`, id) }
	var rows []string
	for i := range 11 {
		rows = append(rows, row(fmt.Sprint(i)))
	}
	return [][2]string{
		{strings.Replace(list(), `"button":"Open"`, `"button":"`+long(21)+`"`, 1), "invalid_value /interactive/action/button"},
		{strings.Replace(list(), `"button":"Open"`, `"new":1`, 1), "required /interactive/action/button"},
		{strings.Replace(list(), `Choose.`, long(4097), 1), "invalid_value /interactive/body/text"},
		{with(``), "required " + at},
		{with(`{"rows":[]}`), "required " + at + "/0/rows"},
		{with(`{"rows":[` + strings.Join(rows, ",") + `]}`), "invalid_value " + at},
		{with(`{"title":"A","rows":[` + row("a") + `]},{"title":"","rows":[` + row("b") + `]}`), "required " + at + "/1/title"},
		{with(`{"title":"A","rows":[` + row("a") + `]},{"title":"B","rows":[` + row("a") + `]}`), "invalid_value " + at + "/1/rows/0/id"},
		{with(`{"title":"` + long(25) + `","rows":[{"id":"` + long(201) + `","title":"` + long(25) + `","description":"` + long(73) + `"}]}`),
			"invalid_value " + at + "/0/title, invalid_value " + at + "/0/rows/0/id, invalid_value " + at + "/0/rows/0/title, invalid_value " + at + "/0/rows/0/description"},
		{with(strings.TrimSuffix(strings.Repeat(`{"title":"A","rows":[{"id":"a"}]},`, 11), ",")), manySections(at)},
	}
}

// manySections is what is found of 11 sections, each with a row of the same id and without a title.
func manySections(at string) string {
	all := []string{"invalid_value " + at}
	for i := range 11 {
		row := fmt.Sprintf("%s/%d/rows/0/", at, i)
		all = append(all, "required "+row+"title")
		if i > 0 {
			all = append(all, "invalid_value "+row+"id")
		}
	}
	return strings.Join(append(all, "invalid_value "+at), ", ")
}

// badLinks are of links and flows.
func badLinks() [][2]string {
	const at = "/interactive/action/parameters"
	link := func(parameters string) string {
		return `{"type":"cta_url","body":{"text":"Hi"},"action":{"name":"cta_url","parameters":` + parameters + `}}`
	}
	return [][2]string{
		{link(`{}`), "required " + at + "/display_text, required " + at + "/url"},
		{link(`{"display_text":"` + long(21) + `","url":"tel:1"}`), "invalid_value " + at + "/display_text, invalid_value " + at + "/url"},
		{link(`{"display_text":"a","url":"https://a/` + strings.Repeat("a", 1991) + `"}`), "invalid_value " + at + "/url"},
		{link(`7`), "wrong_type " + at},
		{strings.Replace(link(`{"display_text":"a","url":"https://a"}`), `"name":"cta_url"`, `"name":"flow"`, 1), "invalid_value /interactive/action/name"},
		{strings.Replace(flow("flow_id"), `"flow_message_version":"3"`, `"flow_message_version":3`, 1), "wrong_type " + at + "/flow_message_version"},
		{strings.Replace(flow("flow_id"), `"flow_id"`, `"flow_name":"a","flow_id"`, 1), "invalid_value " + at},
		{flow("new"), "required " + at},
		{strings.Replace(flow("flow_id"), `"Open"`, `"`+long(31)+`"`, 1), "invalid_value " + at + "/flow_cta"},
		{strings.Replace(flow("flow_id"), `{"screen":"A","data":{"b":1}}`, `{"screen":7,"data":"a"}`, 1), "wrong_type " + at + "/flow_action_payload/screen, wrong_type " + at + "/flow_action_payload/data"},
	}
}
