package content_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/ivendnext/whatsapp-accounts/internal/fault"
	"github.com/ivendnext/whatsapp-accounts/internal/provider"
	"github.com/ivendnext/whatsapp-accounts/internal/provider/content"
	"github.com/ivendnext/whatsapp-accounts/internal/provider/providertest"
)

// read reads a content that has nothing wrong.
func read(t *testing.T, kind provider.MessageType, text string) content.Content {
	t.Helper()
	c, wrong := content.Read(kind, json.RawMessage(text))
	assert.Empty(t, wrong)
	return c
}

func TestWhatTheCloudAPITakesIsTakenAndNamesTheCapabilityThatItNeeds(t *testing.T) {
	seen := map[provider.MessageType]bool{}
	for _, good := range append(providertest.Contents(), providertest.ByID()...) {
		c, wrong := content.Read(good.Type, json.RawMessage(good.JSON))
		assert.Empty(t, wrong, good.Why)
		assert.Equal(t, good.Needs, c.Needs(), good.Why)
		assert.Equal(t, good.Type, c.Type)
		seen[good.Type] = true
	}
	for _, kind := range provider.MessageTypes() {
		assert.True(t, seen[kind], "%s has no example", kind)
	}
}

func TestEveryRuleThatIsBrokenIsNamedWhereItIsBrokenAndWithItsCure(t *testing.T) {
	for _, bad := range providertest.BadContents() {
		_, wrong := content.Read(bad.Type, json.RawMessage(bad.JSON))
		var found []string
		for _, f := range wrong {
			found = append(found, f.Code+" "+f.Pointer)
			assert.Regexp(t, `^(Add|Write|Shorten|Leave) .+\.$`, f.Detail)
			assert.NotContains(t, f.Detail, "%!")
		}
		assert.Equal(t, bad.Wrong, found, "%s %.300s", bad.Type, bad.JSON)
	}
}

func TestEveryRuleOfAContentIsBrokenByAnExample(t *testing.T) {
	kinds := map[provider.MessageType]bool{}
	for _, bad := range providertest.BadContents() {
		kinds[bad.Type] = true
	}
	for _, kind := range provider.MessageTypes() {
		assert.True(t, kinds[kind], kind)
	}
}

func TestLengthsAreCountedInCharactersAndNotInBytes(t *testing.T) {
	for _, letter := range []string{"a", "é", "ش", "😀"} {
		assert.Equal(t, strings.Repeat(letter, 4096), read(t, provider.TypeText, `{"body":"`+strings.Repeat(letter, 4096)+`"}`).Text.Body)
		_, wrong := content.Read(provider.TypeText, json.RawMessage(`{"body":"`+strings.Repeat(letter, 4097)+`"}`))
		assert.Equal(t, fault.Fields{{Pointer: "/text/body", Code: "invalid_value", Detail: "Shorten body: it may have 4096 characters at most."}}, wrong)
	}
}

func TestNoMoreIsSaidThanAnybodyReads(t *testing.T) {
	_, wrong := content.Read(provider.TypeContacts, json.RawMessage("["+strings.TrimSuffix(strings.Repeat("7,", 100_000), ",")+"]"))
	assert.Len(t, wrong, 100)
}

func TestContentsAreReadAsTheyAreWritten(t *testing.T) {
	assert.Equal(t, &content.Text{Body: "Hi", PreviewURL: true}, read(t, "text", `{"body":"Hi","preview_url":true}`).Text)
	assert.Equal(t, &content.Media{Link: "https://a.example/b", Caption: "c", Filename: "d.pdf"}, read(t, "document", `{"link":"https://a.example/b","caption":"c","filename":"d.pdf"}`).Media)
	assert.Equal(t, &content.Media{ID: "7", Voice: true}, read(t, "audio", `{"id":"7","voice":true,"filename":7}`).Media, "an audio has no file name, so nothing is said of it")
	assert.Equal(t, &content.Location{Latitude: 25.2, Longitude: -180, Name: "a"}, read(t, "location", `{"latitude":"25.2","longitude":-1.8e2,"name":"a"}`).Location)
	assert.Equal(t, &content.Reaction{MessageID: "a", Emoji: "👍"}, read(t, "reaction", `{"message_id":"a","emoji":"👍"}`).Reaction)
	assert.Equal(t, &content.Template{Name: "a_1", Language: "en_US"}, read(t, "template", `{"name":"a_1","language":{"code":"en_US","policy":"deterministic"}}`).Template)
	assert.Equal(t, []content.Contact{{Name: "Ann", Phones: []string{"+1 5", "+25"}, Beyond: []string{"emails", "org"}}}, read(t, "contacts",
		`[{"name":{"formatted_name":"Ann"},"phones":[{"phone":"+1 5","wa_id":"15"},{"wa_id":"25"}],"emails":[],"org":{"company":"A"},"urls":null}]`).Contacts)
}

func TestWhatIsTappedOnIsRead(t *testing.T) {
	assert.Equal(t, &content.Interactive{
		Kind: content.KindButtons, Body: "b", Footer: "f", Header: &content.Header{Type: "image", Media: &content.Media{ID: "7"}}, Buttons: []content.Button{{ID: "1", Title: "Yes"}},
	}, read(t, "interactive", `{"type":"button","header":{"type":"image","image":{"id":"7"}},"body":{"text":"b"},"footer":{"text":"f"},
		"action":{"buttons":[{"type":"reply","reply":{"id":"1","title":"Yes"}}]}}`).Interactive)
	assert.Equal(t, &content.Interactive{
		Kind: content.KindList, Body: "b", Header: &content.Header{Type: "text", Text: "h"}, Label: "Open", Sections: []content.Section{{Title: "s", Rows: []content.Row{{ID: "1", Title: "A", Description: "d"}}}},
	}, read(t, "interactive", `{"type":"list","header":{"type":"text","text":"h"},"body":{"text":"b"},"action":{"button":"Open","sections":[{"title":"s","rows":[{"id":"1","title":"A","description":"d"}]}]}}`).Interactive)
	assert.Equal(t, &content.Interactive{Kind: content.KindLink, Body: "b", Label: "Open", URL: "https://a.example"}, read(t, "interactive",
		`{"type":"cta_url","body":{"text":"b"},"action":{"name":"cta_url","parameters":{"display_text":"Open","url":"https://a.example"}}}`).Interactive)
	assert.Equal(t, &content.Interactive{Kind: content.KindFlow, Body: "b", Label: "Open", Flow: &content.Flow{Name: "n", Token: "t", Version: "3"}}, read(t, "interactive",
		`{"type":"flow","body":{"text":"b"},"action":{"name":"flow","parameters":{"flow_message_version":"3","flow_token":"t","flow_name":"n","flow_cta":"Open"}}}`).Interactive)
}

func TestAKindOfInteractiveMessageThatIsNotKnownPasses(t *testing.T) {
	c := read(t, "interactive", `{"type":"hologram","body":7,"action":[]}`)
	assert.Equal(t, &content.Interactive{Kind: "hologram"}, c.Interactive)
	assert.Equal(t, provider.CanInteractiveButtons, c.Needs())
}

func TestATypeThatIsNotKnownNeedsNothingAndIsNamed(t *testing.T) {
	c, wrong := content.Read("poll", json.RawMessage(`{}`))
	assert.Empty(t, c.Needs())
	assert.Contains(t, wrong[0].Detail, "text, image, video, audio, document, sticker, location, contacts, reaction, interactive, template.")
	assert.Equal(t, provider.CanInteractiveButtons, content.Content{Type: provider.TypeInteractive}.Needs())
}

func FuzzReadNamesOnlyMembersOfTheMessage(f *testing.F) {
	for _, good := range providertest.Contents() {
		f.Add(string(good.Type), good.JSON)
	}
	for _, bad := range providertest.BadContents() {
		f.Add(string(bad.Type), bad.JSON)
	}
	f.Fuzz(func(t *testing.T, kind, text string) {
		_, wrong := content.Read(provider.MessageType(kind), json.RawMessage(text))
		for _, found := range wrong {
			if found.Pointer != "/type" && found.Pointer != "/"+kind && !strings.HasPrefix(found.Pointer, "/"+kind+"/") || found.Code == "" || found.Detail == "" {
				t.Errorf("%+v", found)
			}
		}
		if len(wrong) == 0 && !json.Valid([]byte(text)) {
			t.Error("it took what is no JSON")
		}
	})
}
