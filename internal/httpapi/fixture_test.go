package httpapi_test

import (
	"fmt"
	"hash/fnv"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"github.com/stretchr/testify/require"

	v1 "github.com/ivendnext/whatsapp-accounts/api/v1"
)

// mark is in every secret of these tests, and so in no answer and no line of a log.
const mark = "MARKED-SECRET"

// never is the id of an account that never was.
const never = "01900000-0000-7000-8000-000000000000"

// meta is a complete, Active Meta account, changed as more says.
func meta(name string, more ...obj) obj {
	return merged(obj{
		"account_name": name, "account_type": "Meta", "status": "Active",
		"meta_settings": obj{
			"token": mark + "-token", "webhook_verify_token": verifyToken(name), "app_secret": mark + "-app-secret",
			"phone_id": phoneID(name), "app_id": "1020000000000001", "business_id": "204000000000001",
		},
	}, more...)
}

// wasender is a complete, Active WASender account, changed as more says.
func wasender(name string, more ...obj) obj {
	return merged(obj{
		"account_name": name, "account_type": "WASender", "status": "Active",
		"wasender_settings": obj{
			"wasender_url": "https://www.wasenderapi.com/api", "wasender_api_key": mark + "-api-key", "webhook_secret": mark + "-webhook-secret",
		},
	}, more...)
}

// draft is an account with nothing but a name.
func draft(name string) obj { return obj{"account_name": name, "account_type": "Meta"} }

func inactive() obj { return obj{"status": "Inactive"} }
func active() obj   { return obj{"status": "Active"} }

func verifyToken(name string) string { return mark + "-verify-" + name }

// phoneID makes digits of a name: two accounts of different names do not meet.
func phoneID(name string) string {
	h := fnv.New64a()
	h.Write([]byte(name))
	return fmt.Sprintf("%020d", h.Sum64())
}

// merged changes base as merge patches do: nil removes.
func merged(base obj, more ...obj) obj {
	out := maps.Clone(base)
	for _, patch := range more {
		for name, value := range patch {
			inner, isObject := value.(obj)
			before, wasObject := out[name].(obj)
			switch {
			case value == nil:
				delete(out, name)
			case isObject && wasObject:
				out[name] = merged(before, inner)
			default:
				out[name] = value
			}
		}
	}
	return out
}

// make creates an account and gives it back as it was answered.
func (c *caller) make(t testing.TB, body any) v1.Account {
	t.Helper()
	return c.create(t, body).is(201).account()
}

// account reads an account.
func (c *caller) account(t testing.TB, id string) v1.Account {
	t.Helper()
	return c.get(t, at(id)).is(200).account()
}

func at(id string) string { return "/v1/accounts/" + id }

// state is everything a site can see of its accounts, to tell that nothing has changed.
func (c *caller) state(t testing.TB) string {
	t.Helper()
	page := c.get(t, "/v1/accounts?limit=200").is(200)
	text := string(page.body) + string(c.get(t, "/v1/defaults").is(200).body)
	for _, a := range read[v1.AccountList](page).Data {
		text += string(c.get(t, at(a.ID)+"/history?limit=200").is(200).body)
	}
	return text
}

// unchanged demands that do changes nothing in the caller's site.
func (c *caller) unchanged(t testing.TB, do func()) {
	t.Helper()
	before := c.state(t)
	do()
	require.Equal(t, before, c.state(t))
}

func sorted(names []string) []string {
	return slices.Sorted(slices.Values(names))
}

// text is v as JSON, bytes that are no text included.
func text(t testing.TB, v any) string {
	t.Helper()
	out, err := json.Marshal(v, jsontext.AllowInvalidUTF8(true), json.Deterministic(true))
	require.NoError(t, err)
	return strings.ReplaceAll(string(out), "\ufffd", "\xff")
}
