package providertest

import (
	"fmt"
	"strings"
)

// long is a text of n characters, each of which has four bytes and two units of UTF-16.
func long(n int) string { return strings.Repeat("😀", n) }

func buttons(titles ...string) string {
	all := make([]string, len(titles))
	for i, title := range titles {
		all[i] = fmt.Sprintf(`{"type":"reply","reply":{"id":"%d%s","title":"%s"}}`, i, strings.Repeat("i", 255), title)
	}
	return `{"type":"button","header":{"type":"image","image":{"link":"https://example.com/a.png"}},"body":{"text":"` + long(1024) + `"},"footer":{"text":"` + long(60) + `"},
		"action":{"buttons":[` + strings.Join(all, ",") + `]}}`
}

func list() string {
	return `{"type":"list","header":{"type":"text","text":"Menu"},"body":{"text":"Choose."},"action":{"button":"Open","sections":[{"rows":[{"id":"a","title":"A"}]}]}}`
}

// largestList has everything as often and as long as it may be.
func largestList() string {
	sections := make([]string, 10)
	for i := range sections {
		sections[i] = fmt.Sprintf(`{"title":"%s","rows":[{"id":"%d%s","title":"%s","description":"%s"}]}`, long(24), i, strings.Repeat("i", 199), long(24), long(72))
	}
	return `{"type":"list","header":{"type":"text","text":"` + long(60) + `"},"body":{"text":"` + long(4096) + `"},"action":{"button":"` + long(20) + `","sections":[` +
		strings.Join(sections, ",") + `]}}`
}

func flow(by string) string {
	return `{"type":"flow","body":{"text":"Book"},"action":{"name":"flow","parameters":{"flow_message_version":"3","flow_token":"unused","` + by + `":"123","flow_cta":"Open",
		"flow_action":"navigate","flow_action_payload":{"screen":"A","data":{"b":1}}}}}`
}
