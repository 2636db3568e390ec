package httpapi_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// bodies is where a JSON object is read.
func bodies(t *testing.T, w *world) map[string]func(t *testing.T, body any, headers ...string) *answer {
	t.Helper()
	id := w.boss.make(t, meta("Held", obj{"is_default_incoming": true})).ID
	to := func(method, path string) func(*testing.T, any, ...string) *answer {
		return func(t *testing.T, body any, headers ...string) *answer {
			t.Helper()
			return w.boss.send(t, method, path, body, headers...)
		}
	}
	return map[string]func(*testing.T, any, ...string) *answer{
		"POST accounts": to(http.MethodPost, "/v1/accounts"),
		"PATCH account": to(http.MethodPatch, at(id)),
		"PUT default":   to(http.MethodPut, "/v1/defaults/outgoing"),
	}
}

func TestABodyIsReadStrictlyWhereverOneIsTaken(t *testing.T) {
	t.Parallel()
	w := start(t)
	sends := bodies(t, w)
	before := w.boss.state(t)
	for name, c := range map[string]struct {
		body, code string
		pointer    []string
	}{
		"an empty body":                {"", "empty_body", nil},
		"white space":                  {" \n", "invalid_json", nil},
		"null":                         {"null", "wrong_type", nil},
		"an array":                     {"[]", "wrong_type", nil},
		"a string":                     {`"account"`, "wrong_type", nil},
		"a number":                     {"1", "wrong_type", nil},
		"a boolean":                    {"true", "wrong_type", nil},
		"an object in an array":        {"[{}]", "wrong_type", nil},
		"half an object":               {`{"account_id"`, "invalid_json", []string{"/account_id"}},
		"trailing text":                {"{} x", "invalid_json", nil},
		"a second object":              {"{}{}", "invalid_json", nil},
		"a trailing comma":             {`{"account_id":"x",}`, "invalid_json", nil},
		"a comment":                    {"{/**/}", "invalid_json", nil},
		"single quotes":                {"{'a':1}", "invalid_json", nil},
		"NaN":                          {`{"a":NaN}`, "invalid_json", []string{"/a"}},
		"a byte order mark":            {"\ufeff{}", "invalid_json", nil},
		"UTF-16":                       {"\xff\xfe{\x00}\x00", "invalid_json", nil},
		"a NUL":                        {"{}\x00", "invalid_json", nil},
		"a form":                       {"account_name=A", "invalid_json", nil},
		"bytes that are no text":       {"{\"a\":\"\xff\"}", "invalid_json", []string{"/a"}},
		"a name that is no text":       {"{\"\xff\":1}", "invalid_json", nil},
		"half a surrogate pair":        {`{"a":"\ud800"}`, "invalid_json", []string{"/a"}},
		"a control character":          {"{\"a\":\"\n\"}", "invalid_json", []string{"/a"}},
		"an unknown member":            {`{"colour":1}`, "unknown_member", []string{"/colour"}},
		"a member in other case":       {`{"Account_Name":"A"}`, "unknown_member", []string{"/Account_Name"}},
		"a member without a name":      {`{"":1}`, "unknown_member", []string{"/"}},
		"a name to be escaped":         {`{"a/b~c":1}`, "unknown_member", []string{"/a~1b~0c"}},
		"a repeated member":            {`{"account_id":"x","account_id":"x"}`, "duplicate_member", []string{"/account_id"}},
		"a repeated member, escaped":   {`{"account_id":"x","account\u005fid":"x"}`, "duplicate_member", []string{"/account_id"}},
		"a repeated member below":      {`{"a":{"b":1,"b":1}}`, "duplicate_member", []string{"/a/b"}},
		"a prototype":                  {`{"__proto__":{}}`, "unknown_member", []string{"/__proto__"}},
		"deep nesting in an array":     {strings.Repeat("[", 200_000), "invalid_json", nil},
		"nesting beyond all measure":   {`{"a":` + strings.Repeat(`[`, 20_000), "invalid_json", nil},
		"a number of 900,000 digits":   {`{"a":` + strings.Repeat("9", 900_000) + `}`, "unknown_member", []string{"/a"}},
		"a number beyond any float":    {`{"a":1e999999}`, "unknown_member", []string{"/a"}},
		"a number with a leading zero": {`{"a":01}`, "invalid_json", nil},
	} {
		for route, send := range sends {
			t.Run(name+" at "+route, func(t *testing.T) { send(t, c.body).refused(400, c.code, c.pointer...) })
		}
	}
	require.Equal(t, before, w.boss.state(t))
}

func TestAPatchOfNothingChangesNothing(t *testing.T) {
	t.Parallel()
	w := start(t)
	id := w.boss.make(t, meta("A")).ID
	w.boss.unchanged(t, func() { w.boss.patch(t, at(id), "{}").is(200) })
}

func TestMembersOfAnAccountAreReadStrictly(t *testing.T) {
	t.Parallel()
	w := start(t)
	sends := bodies(t, w)
	delete(sends, "PUT default")
	before := w.boss.state(t)
	for name, c := range map[string]struct{ member, code, pointer string }{
		"id":                              {`"id":"x"`, "read_only_member", "/id"},
		"webhook_url":                     {`"webhook_url":""`, "read_only_member", "/webhook_url"},
		"readiness":                       {`"readiness":{}`, "read_only_member", "/readiness"},
		"created_at":                      {`"created_at":null`, "read_only_member", "/created_at"},
		"updated_at":                      {`"updated_at":"2026-11-22T10:00:00Z"`, "read_only_member", "/updated_at"},
		"a number as name":                {`"account_name":1`, "wrong_type", "/account_name"},
		"an object as name":               {`"account_name":{}`, "wrong_type", "/account_name"},
		"a huge number as name":           {`"account_name":1e999999`, "wrong_type", "/account_name"},
		"a boolean as status":             {`"status":true`, "wrong_type", "/status"},
		"an array as type":                {`"account_type":["Meta"]`, "wrong_type", "/account_type"},
		"a string as flag":                {`"is_default_outgoing":"true"`, "wrong_type", "/is_default_outgoing"},
		"a number as flag":                {`"is_default_incoming":1`, "wrong_type", "/is_default_incoming"},
		"an object as flag":               {`"allow_auto_read_receipt":{}`, "wrong_type", "/allow_auto_read_receipt"},
		"a string as settings":            {`"meta_settings":"x"`, "wrong_type", "/meta_settings"},
		"an array as settings":            {`"meta_settings":[]`, "wrong_type", "/meta_settings"},
		"a boolean as settings":           {`"wasender_settings":false`, "wrong_type", "/wasender_settings"},
		"a number as setting":             {`"meta_settings":{"phone_id":305000000000007}`, "wrong_type", "/meta_settings/phone_id"},
		"an array as setting":             {`"meta_settings":{"token":["` + mark + `"]}`, "wrong_type", "/meta_settings/token"},
		"the state of a secret":           {`"meta_settings":{"token":{"is_set":true}}`, "wrong_type", "/meta_settings/token"},
		"an unknown setting":              {`"meta_settings":{"colour":"x"}`, "unknown_member", "/meta_settings/colour"},
		"an unknown setting, null":        {`"meta_settings":{"colour":null}`, "unknown_member", "/meta_settings/colour"},
		"a setting of the other type":     {`"meta_settings":{"wasender_url":"x"}`, "unknown_member", "/meta_settings/wasender_url"},
		"a setting in other case":         {`"meta_settings":{"Token":"` + mark + `"}`, "unknown_member", "/meta_settings/Token"},
		"a setting at the top":            {`"token":"` + mark + `"`, "unknown_member", "/token"},
		"a setting to be escaped":         {`"meta_settings":{"a/b~c":"x"}`, "unknown_member", "/meta_settings/a~1b~0c"},
		"a repeated setting":              {`"meta_settings":{"token":"` + mark + `1","token":"` + mark + `2"}`, "duplicate_member", "/meta_settings/token"},
		"settings twice":                  {`"meta_settings":{},"meta_settings":{}`, "duplicate_member", "/meta_settings"},
		"the site":                        {`"site":"two"`, "unknown_member", "/site"},
		"half a surrogate pair in secret": {`"meta_settings":{"token":"\udc00"}`, "invalid_json", "/meta_settings/token"},
	} {
		for route, send := range sends {
			t.Run(name+" at "+route, func(t *testing.T) { send(t, `{`+c.member+`}`).refused(400, c.code, c.pointer) })
		}
	}
	require.Equal(t, before, w.boss.state(t))
}

func TestReadableBodiesThatBreakARuleAre422(t *testing.T) {
	t.Parallel()
	w := start(t)
	for name, c := range map[string]struct {
		body, code string
		pointers   []string
	}{
		"nothing":                      {`{}`, "required", []string{"/account_name", "/account_type"}},
		"no type":                      {`{"account_name":"A"}`, "required", []string{"/account_type"}},
		"a null name":                  {`{"account_name":null,"account_type":"Meta"}`, "null_not_allowed", []string{"/account_name"}},
		"an empty name":                {`{"account_name":"","account_type":"Meta"}`, "invalid_value", []string{"/account_name"}},
		"a name of spaces":             {`{"account_name":" \t ","account_type":"Meta"}`, "invalid_value", []string{"/account_name"}},
		"a NUL in the name":            {`{"account_name":"a\u0000b","account_type":"Meta"}`, "invalid_value", []string{"/account_name"}},
		"a name of 141 characters":     {`{"account_name":"` + strings.Repeat("é", 141) + `","account_type":"Meta"}`, "invalid_value", []string{"/account_name"}},
		"a type that is none":          {`{"account_name":"A","account_type":"Telegram"}`, "invalid_value", []string{"/account_type"}},
		"a type in other case":         {`{"account_name":"A","account_type":"meta"}`, "invalid_value", []string{"/account_type"}},
		"a status that is none":        {`{"account_name":"A","account_type":"Meta","status":"on"}`, "invalid_value", []string{"/status"}},
		"an empty status":              {`{"account_name":"A","account_type":"Meta","status":""}`, "invalid_value", []string{"/status"}},
		"an empty secret":              {`{"account_name":"A","account_type":"Meta","meta_settings":{"token":""}}`, "invalid_value", []string{"/meta_settings/token"}},
		"a NUL in a secret":            {`{"account_name":"A","account_type":"Meta","meta_settings":{"token":"` + mark + `\u0000"}}`, "invalid_value", []string{"/meta_settings/token"}},
		"a secret of 4,097 characters": {`{"account_name":"A","account_type":"Meta","meta_settings":{"token":"` + strings.Repeat("é", 4097) + `"}}`, "invalid_value", []string{"/meta_settings/token"}},
		"letters as phone id":          {`{"account_name":"A","account_type":"Meta","meta_settings":{"phone_id":"+971 5"}}`, "invalid_value", []string{"/meta_settings/phone_id"}},
		"settings of the other type":   {`{"account_name":"A","account_type":"Meta","wasender_settings":{"wasender_url":"wasenderapi.com"}}`, "field_not_applicable", []string{"/wasender_settings/wasender_url"}},
		"several at once": {
			`{"account_name":"","account_type":"Meta","meta_settings":{"phone_id":"x","token":"","url":"http://x"},"wasender_settings":{"webhook_secret":"x"}}`, "validation_failed",
			[]string{"/account_name", "/wasender_settings/webhook_secret", "/meta_settings/token", "/meta_settings/url", "/meta_settings/phone_id"},
		},
		"Active with nothing": {
			`{"account_name":"A","account_type":"Meta","status":"Active"}`, "required",
			[]string{"/meta_settings/token", "/meta_settings/webhook_verify_token", "/meta_settings/phone_id", "/meta_settings/app_id", "/meta_settings/business_id"},
		},
		"Active without a name or anything else": {
			`{"account_type":"Meta","status":"Active"}`, "required",
			[]string{"/account_name", "/meta_settings/token", "/meta_settings/webhook_verify_token", "/meta_settings/phone_id", "/meta_settings/app_id", "/meta_settings/business_id"},
		},
		"a misspelt Active, a null and nothing else": {
			`{"account_name":null,"account_type":"WASender","status":"ACTIVE","is_default_incoming":true}`, "validation_failed",
			[]string{"/account_name", "/status", "/is_default_incoming", "/wasender_settings/wasender_url", "/wasender_settings/wasender_api_key"},
		},
		"a status that is none beside a bad setting": {
			`{"account_type":"Meta","status":"on","meta_settings":{"phone_id":"x"}}`, "validation_failed", []string{"/account_name", "/status", "/meta_settings/phone_id"},
		},
		"a type that is none and no name":    {`{"account_type":"Telegram","status":"x"}`, "validation_failed", []string{"/account_name", "/status", "/account_type"}},
		"a type that is none, an empty name": {`{"account_type":"Telegram","account_name":" "}`, "invalid_value", []string{"/account_name", "/account_type"}},
		"a null type and an empty name":      {`{"account_type":null,"account_name":" "}`, "validation_failed", []string{"/account_type", "/account_name"}},
		"Active WASender with nothing": {
			`{"account_name":"A","account_type":"WASender","status":"Active"}`, "required", []string{"/wasender_settings/wasender_url", "/wasender_settings/wasender_api_key"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			w.boss.unchanged(t, func() { w.boss.create(t, c.body).refused(422, c.code, c.pointers...) })
		})
	}
}

func TestARefusalIsTheSameEveryTime(t *testing.T) {
	t.Parallel()
	w := start(t)
	body := `{"account_name":1,"colour":1,"status":2,"meta_settings":{"a":"1","b":"2","c":"3","d":"4"},"id":"x","size":1}`
	first := w.boss.create(t, body).is(400).timeless()
	query := "/v1/accounts?a=1&b=2&c=3&limit=1&limit=2&status=1&status=2"
	firstQuery := w.boss.get(t, query).is(400).timeless()
	for range 20 {
		assert.Equal(t, first, w.boss.create(t, body).timeless())
		assert.Equal(t, firstQuery, w.boss.get(t, query).timeless())
	}
}

// A pointer is repeated in the answer: it must not multiply what was sent.
func TestARefusalIsShort(t *testing.T) {
	t.Parallel()
	w := start(t)
	for name, body := range map[string]string{
		"a long name":         `{"` + strings.Repeat("a", 1<<19) + `":1}`,
		"a long setting":      `{"meta_settings":{"` + strings.Repeat("/", 1<<19) + `":"1"}}`,
		"a deep place":        strings.Repeat(`{"abcdefgh":`, 9000) + "x",
		"a long type":         `{"account_name":"A","account_type":"` + strings.Repeat("a", 1<<19) + `"}`,
		"a long repeated one": `{"` + strings.Repeat("b", 1<<18) + `":1,"` + strings.Repeat("b", 1<<18) + `":1}`,
	} {
		t.Run(name, func(t *testing.T) {
			a := w.boss.create(t, body)
			assert.Less(t, a.status, 500)
			assert.Less(t, len(a.body), 8<<10)
		})
	}
}
