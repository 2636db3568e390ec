package template

import (
	"errors"
	"maps"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/ivendnext/whatsapp-accounts/internal/fault"
	"github.com/ivendnext/whatsapp-accounts/internal/provider"
)

func fieldsOf(err error) fault.Fields {
	e, _ := errors.AsType[*fault.Error](err)
	return e.Fields
}

func header(text string) *provider.TemplateHeader {
	return &provider.TemplateHeader{Format: provider.HeaderText, Text: text}
}

func TestEachLimitIsToldAtItsPlace(t *testing.T) {
	t.Parallel()
	const at, twoURLs = "/buttons/0", "https://example.com/"
	url := func(u string) provider.TemplateButton {
		return provider.TemplateButton{Kind: provider.ButtonURL, Text: "Open", URL: u}
	}
	for name, c := range map[string]struct {
		content provider.TemplateContent
		want    map[string]string
	}{
		"a body":                        {provider.TemplateContent{Body: "Hi {{1}}, bye"}, nil},
		"no body":                       {provider.TemplateContent{Body: " "}, map[string]string{"/body": "required"}},
		"a body at its limit":           {provider.TemplateContent{Body: strings.Repeat("ü", 100)}, nil},
		"a body beyond it":              {provider.TemplateContent{Body: strings.Repeat("ü", 101)}, map[string]string{"/body": "invalid_value"}},
		"a placeholder first":           {provider.TemplateContent{Body: "{{1}} is here"}, map[string]string{"/body": "invalid_value"}},
		"a placeholder last":            {provider.TemplateContent{Body: "Hi {{1}}\n "}, map[string]string{"/body": "invalid_value"}},
		"placeholders side by side":     {provider.TemplateContent{Body: "Hi {{1}} {{2}}, bye"}, map[string]string{"/body": "invalid_value"}},
		"a number left out":             {provider.TemplateContent{Body: "Hi {{1}} and {{3}}, bye"}, map[string]string{"/body": "invalid_value"}},
		"numbers in any order":          {provider.TemplateContent{Body: "Hi {{2}} and {{1}}, bye"}, nil},
		"a number twice":                {provider.TemplateContent{Body: "Hi {{1}} and {{1}}, bye"}, nil},
		"names":                         {provider.TemplateContent{Body: "Hi {{ first_name }}, bye"}, nil},
		"names and numbers":             {provider.TemplateContent{Body: "Hi {{name}} and {{1}}, bye"}, map[string]string{"/body": "invalid_value"}},
		"names here and numbers there":  {provider.TemplateContent{Header: header("For {{1}}"), Body: "Hi {{name}}, bye"}, map[string]string{"/header/text": "invalid_value"}},
		"braces that are not closed":    {provider.TemplateContent{Body: "Hi {{1, bye"}, map[string]string{"/body": "invalid_value"}},
		"a capital in a name":           {provider.TemplateContent{Body: "Hi {{Name}}, bye"}, map[string]string{"/body": "invalid_value"}},
		"an empty placeholder":          {provider.TemplateContent{Body: "Hi {{}}, bye"}, map[string]string{"/body": "invalid_value"}},
		"the name of another place":     {provider.TemplateContent{Body: "Hi {{button_0}}, bye"}, map[string]string{"/body": "invalid_value"}},
		"a NUL":                         {provider.TemplateContent{Body: "Hi\x00"}, map[string]string{"/body": "invalid_value"}},
		"a header":                      {provider.TemplateContent{Header: header("Order {{1}}"), Body: "Hi"}, nil},
		"an empty header":               {provider.TemplateContent{Header: header(""), Body: "Hi"}, map[string]string{"/header/text": "required"}},
		"a long header":                 {provider.TemplateContent{Header: header(strings.Repeat("x", 21)), Body: "Hi"}, map[string]string{"/header/text": "invalid_value"}},
		"two placeholders in a header":  {provider.TemplateContent{Header: header("{{1}} {{2}}"), Body: "Hi"}, map[string]string{"/header/text": "invalid_value"}},
		"two lines in a header":         {provider.TemplateContent{Header: header("a\nb"), Body: "Hi"}, map[string]string{"/header/text": "invalid_value"}},
		"a header of no kind":           {provider.TemplateContent{Header: &provider.TemplateHeader{Format: "gif"}, Body: "Hi"}, map[string]string{"/header/format": "invalid_value"}},
		"text in a medium":              {provider.TemplateContent{Header: &provider.TemplateHeader{Format: "image", Text: "x"}, Body: "Hi"}, map[string]string{"/header/text": "field_not_applicable"}},
		"a long footer":                 {provider.TemplateContent{Body: "Hi", Footer: strings.Repeat("x", 21)}, map[string]string{"/footer": "invalid_value"}},
		"a placeholder in the footer":   {provider.TemplateContent{Body: "Hi", Footer: "x {{1}}"}, map[string]string{"/footer": "invalid_value"}},
		"a sample for nothing":          {provider.TemplateContent{Body: "Hi", Samples: map[string]string{"1": "Ann"}}, map[string]string{"/samples/1": "invalid_value"}},
		"an empty sample":               {provider.TemplateContent{Body: "Hi {{1}}!", Samples: map[string]string{"1": ""}}, map[string]string{"/samples/1": "invalid_value"}},
		"buttons":                       {buttons(url(twoURLs), provider.TemplateButton{Kind: provider.ButtonPhone, Text: "Call", Phone: "+971 50 000 00"}), nil},
		"a URL with an end to fill":     {buttons(url("https://example.com/{{1}}")), nil},
		"a placeholder within a URL":    {buttons(url("https://example.com/{{1}}/x")), map[string]string{at + "/url": "invalid_value"}},
		"a named placeholder in a URL":  {buttons(url("https://example.com/{{name}}")), map[string]string{at + "/url": "invalid_value"}},
		"a URL that is a placeholder":   {buttons(url("{{1}}")), map[string]string{at + "/url": "invalid_value"}},
		"a URL of another scheme":       {buttons(url("tel:123")), map[string]string{at + "/url": "invalid_value"}},
		"a long URL":                    {buttons(url(twoURLs + strings.Repeat("x", 60))), map[string]string{at + "/url": "invalid_value"}},
		"no URL":                        {buttons(url("")), map[string]string{at + "/url": "required"}},
		"a button of no kind":           {buttons(provider.TemplateButton{Kind: "otp"}), map[string]string{at + "/type": "invalid_value"}},
		"a long label":                  {buttons(provider.TemplateButton{Kind: provider.ButtonQuickReply, Text: "abcdefghijk"}), map[string]string{at + "/text": "invalid_value"}},
		"a label of its own for a code": {buttons(provider.TemplateButton{Kind: provider.ButtonCopyCode, Text: "Copy"}), map[string]string{at + "/text": "field_not_applicable"}},
		"a phone number with letters":   {buttons(provider.TemplateButton{Kind: provider.ButtonPhone, Text: "Call", Phone: "+1-800-FLOWERS"}), map[string]string{at + "/phone_number": "invalid_value"}},
		"a flow without id":             {buttons(provider.TemplateButton{Kind: provider.ButtonFlow, Text: "Book"}), map[string]string{at + "/flow_id": "required"}},
	} {
		t.Run(name, func(t *testing.T) {
			want := map[string]string{}
			maps.Copy(want, c.want)
			assert.Equal(t, want, faults(approving(), c.content))
		})
	}
}

// buttons is a template with buttons.
func buttons(all ...provider.TemplateButton) provider.TemplateContent {
	return provider.TemplateContent{Body: "Hi", Buttons: all}
}

func TestButtonsAreCounted(t *testing.T) {
	t.Parallel()
	reply := func(text string) provider.TemplateButton {
		return provider.TemplateButton{Kind: provider.ButtonQuickReply, Text: text}
	}
	code := provider.TemplateButton{Kind: provider.ButtonCopyCode}
	assert.Empty(t, faults(approving(), buttons(reply("a"), reply("b"), reply("c"), code)))
	assert.Equal(t, map[string]string{"/buttons": "invalid_value"}, faults(approving(), buttons(reply("a"), reply("b"), reply("c"), reply("d"), reply("e"))))
	assert.Equal(t, map[string]string{"/buttons/1": "invalid_value"}, faults(approving(), buttons(code, code)))
	assert.Equal(t, map[string]string{"/buttons/1/text": "invalid_value"}, faults(approving(), buttons(reply("a"), reply("a"))))
}

func TestACodeHasItsOwnLimit(t *testing.T) {
	t.Parallel()
	c := buttons(provider.TemplateButton{Kind: provider.ButtonCopyCode})
	for code, ok := range map[string]bool{"SAVE1": true, "SAVE10": false} {
		c.Samples = map[string]string{"button_0": code}
		assert.Equal(t, ok, len(faults(approving(), c)) == 0, code)
	}
}

func TestWhatAProviderCannotCarryIsRefusedByTheCapabilitysName(t *testing.T) {
	t.Parallel()
	c := buttons(provider.TemplateButton{Kind: provider.ButtonQuickReply, Text: "Yes"}, provider.TemplateButton{Kind: provider.ButtonFlow, Text: "Book", FlowID: "1"})
	c.Header = &provider.TemplateHeader{Format: provider.HeaderImage}
	assert.Equal(t, map[string]string{"/header/format": "capability_unsupported", "/buttons/0": "capability_unsupported", "/buttons/1": "capability_unsupported"}, faults(plain(), c))
	var names []provider.Capability
	for _, lack := range Lacks(plain(), c) {
		names = append(names, lack.Capability)
	}
	assert.Equal(t, []provider.Capability{provider.CanTemplateMediaHeader, provider.CanInteractiveButtons, provider.CanFlows}, names)
	assert.Empty(t, Lacks(approving(), c))
	assert.Empty(t, faults(plain(), provider.TemplateContent{Header: header("Order {{1}}"), Body: "{{1}}", Footer: "Bye"}), "an account that sends texts has no rule about their edges")
}

func TestSamplesAreWantedForEveryPlaceOnce(t *testing.T) {
	t.Parallel()
	c := provider.TemplateContent{Header: header("For {{name}}"), Body: "Hi {{name}}, {{order}} is ready.", Samples: map[string]string{"order": "42"}}
	assert.Equal(t, fault.Fields{{Pointer: "/samples/name", Code: "required", Detail: "The provider wants a sample for name before it reviews the template."}}, unsampled(c))
}

func TestALabelBecomesAName(t *testing.T) {
	t.Parallel()
	for label, want := range map[string]string{
		"Order ready": "order_ready", "  Order -- Ready! ": "order_ready", "Zoë's 2nd order": "zoe_s_2nd_order", "order_ready": "order_ready", "طلب": "", "A": "a", "---": "", "İstanbul": "istanbul",
		strings.Repeat("a", 600): strings.Repeat("a", 512),
	} {
		assert.Equal(t, want, NameOf(label), label)
		assert.True(t, NameOf(label) == "" || namePattern.MatchString(NameOf(label)), label)
	}
}

func TestALanguageIsFoundByNameOrCode(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"English (US)": "en_US", "english (us)": "en_US", "en_US": "en_US", "en-us": "en_US", "Arabic": "ar", "ar": "ar", "EN": "en", "Filipino": "fil", "xx_YY": "xx_YY",
		"Klingon": "", "": "", "e": "", "en_": "", "en_US_x": "",
	} {
		code, ok := LanguageOf(text)
		assert.Equal(t, want != "", ok, text)
		if ok {
			assert.Equal(t, want, code, text)
		}
	}
	assert.Equal(t, "English (US)", LanguageName("en_US"))
	assert.Equal(t, "xx_YY", LanguageName("xx_YY"))
	for _, l := range known() {
		code, ok := LanguageOf(l.name)
		assert.True(t, ok && code == l.code && languageCode.MatchString(l.code), l.name)
		code, ok = LanguageOf(l.code)
		assert.True(t, ok && code == l.code, l.code)
	}
}
