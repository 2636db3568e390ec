package template

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/ivendnext/whatsapp-accounts/internal/provider"
)

// drawText makes a text of words and placeholders; the second form has its placeholders filled by hand, word by word.
func drawText(t *rapid.T, names []string, values map[string]string) (text, filled string) {
	for range rapid.IntRange(0, 8).Draw(t, "pieces") {
		if rapid.Bool().Draw(t, "placeholder") {
			name := rapid.SampledFrom(names).Draw(t, "name")
			space := rapid.SampledFrom([]string{"", " "}).Draw(t, "space")
			text += "{{" + space + name + space + "}}"
			filled += values[name]
			continue
		}
		word := rapid.SampledFrom([]string{"Hi", " ", "}", "}}", "%s", "$1", "\n", "ü", "{ x"}).Draw(t, "word")
		text, filled = text+word, filled+word
	}
	return text, filled
}

// drawValues gives each name a value, most of which look like something that could be expanded.
func drawValues(t *rapid.T, names []string) map[string]string {
	values := map[string]string{}
	for _, name := range names {
		values[name] = rapid.SampledFrom([]string{"Ann", "{{1}}", "{{2}}", "{{name}}", "{{", "}}", "{{{{1}}}}", "$1", "%v", "ü"}).Draw(t, "value of "+name)
	}
	return values
}

func TestValuesStandWhereTheirPlaceholdersStoodAndAreNeverExpanded(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		names := rapid.SampledFrom([][]string{{"1", "2"}, {"name", "order"}}).Draw(t, "names")
		values := drawValues(t, names)
		body, want := drawText(t, names, values)
		assert.Equal(t, want, Render(provider.TemplateContent{Body: body}, values).Body)
	})
}

func TestEveryPlaceholderIsAPlaceAndEveryPlaceTakesItsValue(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(0, 9).Draw(t, "placeholders")
		body, values := "Begin", []string{}
		order := rapid.Permutation(numbers(n)).Draw(t, "order")
		for _, i := range order {
			body += fmt.Sprintf(" {{%d}} and", i)
		}
		for i := range n {
			values = append(values, fmt.Sprintf("<value %d>", i+1))
		}
		c := provider.TemplateContent{Body: body}
		require.Len(t, PlacesOf(c), n)
		filled, err := Parameters{InOrder: values}.Fill(c)
		require.NoError(t, err)
		got := Render(c, filled).Body
		require.NotContains(t, got, "{{")
		for i := range n {
			require.Equal(t, 1, strings.Count(got, values[i]))
		}
	})
}

func numbers(n int) []int {
	all := make([]int, n)
	for i := range all {
		all[i] = i + 1
	}
	return all
}

func TestAMissingValueIsRefusedWithItsPlaceAndSoIsOneTooMany(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		n, given := rapid.IntRange(0, 5).Draw(t, "placeholders"), rapid.IntRange(0, 7).Draw(t, "values")
		body := "Hi"
		for i := range n {
			body += fmt.Sprintf(" {{%d}} x", i+1)
		}
		values := make([]string, given)
		for i := range values {
			values[i] = "v"
		}
		_, err := Parameters{InOrder: values}.Fill(provider.TemplateContent{Body: body})
		if n == given {
			require.NoError(t, err)
			return
		}
		require.Error(t, err)
		code, from, to := "required", given, n
		if given > n {
			code, from, to = "invalid_value", n, given
		}
		want := map[string]string{}
		for i := from; i < to; i++ {
			want[fmt.Sprintf("/parameters/%d", i)] = code
		}
		require.Equal(t, want, byPointer(fieldsOf(err)))
	})
}

func TestPartsHaveNumbersOfTheirOwnAndNamesInCommon(t *testing.T) {
	t.Parallel()
	numbered := provider.TemplateContent{
		Header: &provider.TemplateHeader{Format: provider.HeaderText, Text: "Order {{1}}"}, Body: "Hi {{1}}, {{2}} is on its way.", Footer: "Bye",
		Buttons: []provider.TemplateButton{{Kind: provider.ButtonQuickReply, Text: "Thanks"}, {Kind: provider.ButtonURL, Text: "Track", URL: "https://example.com/{{1}}"}, {Kind: provider.ButtonCopyCode}},
	}
	values, err := Parameters{InOrder: []string{"42", "Ann", "a ring", "x", "SAVE"}}.Fill(numbered)
	require.NoError(t, err)
	assert.Equal(t, map[string]string{"header_1": "42", "1": "Ann", "2": "a ring", "button_1": "x", "button_2": "SAVE"}, values)
	r := Render(numbered, values)
	assert.Equal(t, "Order 42\n\nHi Ann, a ring is on its way.\n\nBye", r.Text())
	assert.Equal(t, "https://example.com/x", r.Buttons[1].URL)
	assert.Equal(t, "https://example.com/{{1}}", numbered.Buttons[1].URL, "the template stays as it is")

	named := provider.TemplateContent{Header: &provider.TemplateHeader{Format: provider.HeaderText, Text: "For {{name}}"}, Body: "Hi {{name}}, {{order}} is ready."}
	values, err = Parameters{ByKey: map[string]string{"name": "Ann", "order": "42"}}.Fill(named)
	require.NoError(t, err)
	assert.Equal(t, "For Ann\n\nHi Ann, 42 is ready.", Render(named, values).Text())
	_, err = Parameters{ByKey: map[string]string{"other": "Ann", "order": ""}}.Fill(named)
	assert.Equal(t, map[string]string{"/parameters/name": "required", "/parameters/order": "required", "/parameters/other": "invalid_value"}, refused(t, err))
}

func TestAMediumIsAnAddressOrAnId(t *testing.T) {
	t.Parallel()
	c := provider.TemplateContent{Header: &provider.TemplateHeader{Format: provider.HeaderImage}, Body: "Hi"}
	for value, ok := range map[string]bool{"https://example.com/a.png": true, "1234567": true, "http://example.com/a.png": false, "a.png": false} {
		_, err := Parameters{ByKey: map[string]string{"header": value}}.Fill(c)
		assert.Equal(t, ok, err == nil, value)
	}
}

func TestWhatAValueMakesOfTheTextIsJudgedToo(t *testing.T) {
	t.Parallel()
	c := provider.TemplateContent{Body: "Hi {{1}}!"}
	for value, ok := range map[string]bool{"Ann": true, "a\nb": false, "a\tb": false, "a     b": false, "a    b": true, strings.Repeat("x", 96): true, strings.Repeat("x", 97): false} {
		values := map[string]string{"1": value}
		assert.Equal(t, ok, judgeValues(approving().Templates, values, Render(c, values)) == nil, "%q", value)
	}
	values := map[string]string{"1": "a\nb"}
	assert.Empty(t, judgeValues(plain().Templates, values, Render(c, values)), "only where the provider wants one line")
}
