package providertest

import (
	"strings"

	"github.com/ivendnext/whatsapp-accounts/internal/provider"
)

// BadContent is a content that no judge takes.
type BadContent struct {
	Type provider.MessageType
	JSON string
	// Wrong is what is found, each as its code and pointer, "required /text/body", in the order of the text.
	Wrong []string
}

// BadContents break every rule of a content, most of them one at a time.
func BadContents() []BadContent {
	var all []BadContent
	for kind, cases := range map[provider.MessageType][][2]string{
		provider.TypeText: badTexts(), provider.TypeImage: badImages(), provider.TypeLocation: badPlaces(), provider.TypeContacts: badContacts(),
		provider.TypeInteractive: badInteractive(), provider.TypeTemplate: badTemplates(),
		provider.TypeVideo:    {{`{"id":"1","caption":"` + long(1025) + `"}`, "invalid_value /video/caption"}},
		provider.TypeDocument: {{`{"id":"1","filename":7}`, "wrong_type /document/filename"}},
		provider.TypeAudio:    {{`{"id":"1","caption":""}`, "invalid_value /audio/caption"}, {`{"id":"1","voice":"yes"}`, "wrong_type /audio/voice"}},
		provider.TypeSticker:  {{`{"id":"1","caption":"Hi"}`, "invalid_value /sticker/caption"}},
		provider.TypeReaction: {
			{`{}`, "required /reaction/message_id, required /reaction/emoji"}, {`{"message_id":"a","emoji":null}`, "required /reaction/emoji"},
			{`{"message_id":7,"emoji":"a"}`, "wrong_type /reaction/message_id"},
		},
		"poll": {{`{}`, "invalid_value /type"}},
		"":     {{`{}`, "invalid_value /type"}},
	} {
		for _, c := range cases {
			all = append(all, BadContent{Type: kind, JSON: c[0], Wrong: strings.Split(c[1], ", ")})
		}
	}
	return all
}

func badTexts() [][2]string {
	return [][2]string{
		{``, "required /text"},
		{`null`, "required /text"},
		{`"Hi"`, "wrong_type /text"},
		{`[]`, "wrong_type /text"},
		{`{"body":"Hi"`, "wrong_type /text"},
		{`{}`, "required /text/body"},
		{`{"body":null}`, "required /text/body"},
		{`{"body":""}`, "required /text/body"},
		{`{"Body":"Hi"}`, "required /text/body"},
		{`{"body":7,"preview_url":"yes"}`, "wrong_type /text/body, wrong_type /text/preview_url"},
		{`{"body":"` + long(4097) + `"}`, "invalid_value /text/body"},
	}
}

func badImages() [][2]string {
	all := [][2]string{
		{`{}`, "required /image"},
		{`{"id":"1","link":"https://example.com"}`, "invalid_value /image"},
		{`{"id":""}`, "required /image/id"},
		{`{"id":900100200300400}`, "wrong_type /image/id"},
		{`{"link":7}`, "wrong_type /image/link"},
		{`{"id":"1","caption":{}}`, "wrong_type /image/caption"},
	}
	for _, link := range []string{"example.com/a.png", "ftp://example.com", "HTTPS://example.com", "https://", "https:///a", "https://a/b c", "https://a/\\n", "javascript:alert(1)", "data:,a", "//a"} {
		all = append(all, [2]string{`{"link":"` + link + `"}`, "invalid_value /image/link"})
	}
	return all
}

func badPlaces() [][2]string {
	all := [][2]string{
		{`{}`, "required /location/latitude, required /location/longitude"},
		{`{"latitude":90.01,"longitude":-180.01}`, "invalid_value /location/latitude, invalid_value /location/longitude"},
		{`{"latitude":1,"longitude":1e999}`, "invalid_value /location/longitude"},
		{`{"latitude":1,"longitude":1,"name":7,"address":[]}`, "wrong_type /location/name, wrong_type /location/address"},
	}
	for _, value := range []string{`true`, `[]`, `"NaN"`, `"Inf"`, `"0x1p-2"`, `"1,5"`, `"1_0"`, `" 1"`, `""`, `"25° N"`} {
		all = append(all, [2]string{`{"latitude":` + value + `,"longitude":1}`, "wrong_type /location/latitude"})
	}
	return all
}

func badContacts() [][2]string {
	return [][2]string{
		{``, "required /contacts"},
		{`[]`, "required /contacts"},
		{`{}`, "wrong_type /contacts"},
		{`[7,null]`, "wrong_type /contacts/0, wrong_type /contacts/1"},
		{`[{"name":{"formatted_name":"Ann"}},{}]`, "required /contacts/1/name"},
		{`[{"name":{"first_name":"Ann"}}]`, "required /contacts/0/name/formatted_name"},
		{`[{"name":{"formatted_name":"Ann"},"phones":[{"phone":1555}]}]`, "wrong_type /contacts/0/phones/0/phone"},
		{`[{"name":{"formatted_name":"Ann"},"phones":{},"emails":["a"],"org":"A","birthday":"31.12.1990"}]`,
			"wrong_type /contacts/0/phones, wrong_type /contacts/0/emails/0, wrong_type /contacts/0/org, invalid_value /contacts/0/birthday"},
		{`[{"name":{"formatted_name":"Ann"},"birthday":"1990-02-30"}]`, "invalid_value /contacts/0/birthday"},
	}
}

func badTemplates() [][2]string {
	with := func(parameter string) string {
		return `{"name":"a","language":{"code":"en"},"components":[{"type":"body","parameters":[` + parameter + `]}]}`
	}
	const at = "/template/components/0/parameters/0/"
	return [][2]string{
		{`{}`, "required /template/name, required /template/language"},
		{`{"name":"Order Ready","language":{}}`, "invalid_value /template/name, required /template/language/code"},
		{`{"name":"a","language":"en"}`, "wrong_type /template/language"},
		{`{"name":"a","language":{"code":"en"},"components":{}}`, "wrong_type /template/components"},
		{`{"name":"a","language":{"code":"en"},"components":[{"index":"first"}]}`, "required /template/components/0/type, wrong_type /template/components/0/index"},
		{with(`{"type":"text"}`), "required " + at + "text"},
		{with(`{"type":"text","text":"a\nb"}`), "invalid_value " + at + "text"},
		{with(`{"type":"text","text":"a     b"}`), "invalid_value " + at + "text"},
		{with(`{"type":"image","image":{}}`), "required " + at + "image"},
		{with(`{"type":"location","location":{"latitude":91,"longitude":0}}`), "invalid_value " + at + "location/latitude"},
		{with(`{"type":"currency","currency":{}}`), "required " + at + "currency/fallback_value"},
		{with(`{"type":"coupon_code","coupon_code":"` + long(16) + `"}`), "invalid_value " + at + "coupon_code"},
		{with(`{"type":"payload"}`), "required " + at + "payload"},
		{with(`{"type":"action","action":[]}`), "wrong_type " + at + "action"},
		{with(`{}`), "required " + at + "type"},
	}
}
