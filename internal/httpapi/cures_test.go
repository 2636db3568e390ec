package httpapi_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestABodyThatIsNoJSONIsToldWhatItIs(t *testing.T) {
	t.Parallel()
	w := start(t)
	for name, c := range map[string]struct{ body, detail, fix string }{
		"half a surrogate pair":   {`{"account_name":"a\ud83dz"}`, "At byte 18 stands half of a surrogate pair", "Escape a character beyond U+FFFF as a pair"},
		"the other half":          {`{"account_name":"\uDC00"}`, "half of a surrogate pair", "as a pair"},
		"half a pair in a name":   {`{"\ud83d":1}`, "half of a surrogate pair", "as a pair"},
		"a byte order mark":       {"\ufeff{}", "begins with a byte order mark", "without a byte order mark"},
		"nested arrays":           {strings.Repeat("[", 20_000), "nested more than 10000 levels deep", "two levels"},
		"nested objects":          {strings.Repeat(`{"a":`, 20_000), "nested more than 10000 levels deep", "two levels"},
		"a byte that is no UTF-8": {"{\"a\":\"\xff\"}", "Byte 6 of the body is not UTF-8", "Encode the body as UTF-8"},
		"half a body":             {`{"account_name":"a`, "ends before its JSON does", "one whole JSON object"},
		"a comma too many":        {`{"a":1,}`, "not JSON from byte 7 on", "nothing after it"},
		"a mark in the middle":    {"{\ufeff}", "not JSON from byte 1 on", "nothing after it"},
		"an escape that is none":  {`{"a":"\u00zz"}`, "not JSON from byte 6 on", "nothing after it"},
	} {
		t.Run(name, func(t *testing.T) {
			a := w.boss.create(t, c.body).is(400)
			p := a.problem()
			assert.Equal(t, "invalid_json", p.Code)
			assert.Contains(t, p.Detail, c.detail)
			assert.Contains(t, p.Fix, c.fix)
		})
	}
}

func TestAWrongTypeIsToldWhichIsRight(t *testing.T) {
	t.Parallel()
	w := start(t)
	for body, fix := range map[string]string{
		`{"account_name":1}`: "Send a JSON string.", `{"is_default_outgoing":"yes"}`: "Send true or false.", `{"meta_settings":[]}`: "Send a JSON object.",
		`{"meta_settings":{"phone_id":305000000000007}}`: "Send a JSON string.", `[]`: "Send a JSON object.", `"x"`: "Send a JSON object.",
	} {
		p := w.boss.create(t, body).is(400).problem()
		assert.Equal(t, "wrong_type", p.Code, body)
		assert.Equal(t, fix, p.Fix, body)
	}
}

func TestEachRefusalNamesItsCure(t *testing.T) {
	t.Parallel()
	for database, start := range databases() {
		t.Run(database, func(t *testing.T) {
			t.Parallel()
			w := start(t)
			a := w.boss.make(t, meta("Brand A", inactive()))
			phone := a.MetaSettings.PhoneID
			taken := obj{"meta_settings": obj{"phone_id": phone}}
			b := w.boss.make(t, meta("Brand B"))
			for name, c := range map[string]struct {
				a           *answer
				code        string
				detail, fix string
			}{
				"a phone id of another, made": {w.boss.create(t, merged(draft("C"), taken)), "phone_id_taken", `The account "Brand A" of the site has this phone_id.`, "or correct phone_id"},
				"a phone id of another, set":  {w.boss.patch(t, at(b.ID), taken), "phone_id_taken", `The account "Brand A" of the site has this phone_id.`, "or correct phone_id"},
				"a cursor":                    {w.boss.get(t, "/v1/accounts?cursor=x"), "invalid_cursor", "not one that this service gave", "Start again without cursor."},
				"a cursor of history":         {w.boss.get(t, at(a.ID)+"/history?cursor=x"), "invalid_cursor", "not one that this service gave", "Start again without cursor."},
				"a limit":                     {w.boss.get(t, "/v1/accounts?limit=0"), "invalid_value", "from 1 to 200", "Correct the parameters listed in errors"},
				"an unknown parameter":        {w.boss.get(t, "/v1/route?size=1"), "unknown_parameter", "no such query parameter", "Remove it, or correct its spelling; this request takes account_id, template_id, type, direction."},
				"any parameter":               {w.boss.get(t, "/v1/me?size=1"), "unknown_parameter", "no such query parameter", "Remove it; this request takes no parameters."},
				"a large body":                {w.boss.create(t, strings.Repeat(" ", 1<<20+1)), "body_too_large", "larger than 1 MiB", "at most 1,048,576 bytes"},
				"nobody is default":           {w.boss.get(t, "/v1/defaults/incoming"), "no_default_account", "Nobody is default incoming", "Name an account with PUT /v1/defaults/incoming."},
				"nobody is routed to":         {w.boss.get(t, "/v1/route"), "no_default_account", "Nobody is default outgoing", "PUT /v1/defaults/outgoing, or name an account in the request."},
				"a named account":             {w.boss.get(t, "/v1/route?account_id="+a.ID), "account_inactive", `"Brand A" is Inactive`, "PATCH /v1/accounts/" + a.ID},
				"a flag":                      {w.boss.patch(t, at(a.ID), outgoing), "account_inactive", "is Inactive", "Set status to Active in the same request, or leave the flag out."},
				"a default":                   {w.boss.put(t, "/v1/defaults/outgoing", obj{"account_id": a.ID}), "account_inactive", `"Brand A" is Inactive`, "PATCH /v1/accounts/" + a.ID},
			} {
				p := c.a.problem()
				assert.Equal(t, c.code, p.Code, name)
				assert.Contains(t, p.Detail, c.detail, name)
				assert.Contains(t, p.Fix, c.fix, name)
				assert.NotContains(t, p.Fix, "{direction}", name)
				assert.NotContains(t, p.Fix, "{id}", name)
			}
		})
	}
}

func TestAnAccountThatCannotBeDefaultIsPointedAt(t *testing.T) {
	t.Parallel()
	w := start(t)
	idle := w.boss.make(t, meta("A", inactive())).ID
	w.boss.unchanged(t, func() {
		w.boss.put(t, "/v1/defaults/outgoing", obj{"account_id": idle}).refused(409, "account_inactive", "/account_id")
		w.boss.put(t, "/v1/defaults/outgoing", obj{"account_id": never}).refused(404, "account_not_found", "/account_id")
	})
}
