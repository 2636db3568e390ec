package meta_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/ivendnext/whatsapp-accounts/internal/provider"
)

func TestATemplateIsDescribedAsMetaListsIt(t *testing.T) {
	c := provider.TemplateContent{
		Header: &provider.TemplateHeader{Format: provider.HeaderText, Text: "Order {{1}}"}, Body: "Hi {{1}}, {{2}}.", Footer: "Brand A",
		Buttons: []provider.TemplateButton{{Kind: provider.ButtonURL, Text: "Track", URL: "https://x.example/{{1}}"}, {Kind: provider.ButtonQuickReply, Text: "Thanks"}},
	}
	samples := provider.TemplateMessage{
		Header: []provider.TemplateValue{{Name: "1", Text: "42"}}, Body: []provider.TemplateValue{{Name: "1", Text: "Ann"}, {Name: "2", Text: "hello"}},
		Buttons: []provider.ButtonValue{{Kind: provider.ButtonURL, Index: 0, Text: "42"}},
	}
	described, err := open(t).Describe(c, samples)
	require.NoError(t, err)
	assert.JSONEq(t, `[{"type":"HEADER","format":"TEXT","text":"Order {{1}}","example":{"header_text":["42"]}},
		{"type":"BODY","text":"Hi {{1}}, {{2}}.","example":{"body_text":[["Ann","hello"]]}},{"type":"FOOTER","text":"Brand A"},
		{"type":"BUTTONS","buttons":[{"type":"URL","text":"Track","url":"https://x.example/{{1}}","example":["42"]},{"type":"QUICK_REPLY","text":"Thanks"}]}]`, string(described))
}

func TestAPartOfWhichASampleLacksHasNoExample(t *testing.T) {
	c := provider.TemplateContent{
		Header: &provider.TemplateHeader{Format: provider.HeaderImage}, Body: "Hi {{1}}, {{2}}.",
		Buttons: []provider.TemplateButton{{Kind: provider.ButtonURL, Text: "Track", URL: "https://x.example/{{1}}"}},
	}
	samples := provider.TemplateMessage{
		Media: provider.HeaderImage, Body: []provider.TemplateValue{{Name: "1", Text: "Ann"}, {Name: "2"}}, Buttons: []provider.ButtonValue{{Kind: provider.ButtonURL}},
	}
	described, err := open(t).Describe(c, samples)
	require.NoError(t, err)
	assert.JSONEq(t, `[{"type":"HEADER","format":"IMAGE"},{"type":"BODY","text":"Hi {{1}}, {{2}}."},
		{"type":"BUTTONS","buttons":[{"type":"URL","text":"Track","url":"https://x.example/{{1}}"}]}]`, string(described))
}
