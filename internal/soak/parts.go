package main

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"

	"github.com/ivendnext/whatsapp-accounts/internal/httpapi"
)

// text is what somebody might put into any place that takes one.
func (m maker) text() string {
	return m.one("", " ", "a", "Active", "Inactive", "Meta", "WASender", "null", "true", "0", "-1", "1e400", "9223372036854775808", "\u0000", "\u202etxt", "\ufeff", "\U0010FFFF", "İ", "ß", "日本語", "🛍",
		"' OR 1=1 --", "\"; DROP TABLE accounts; --", "%00", "%s%n%d", "{{7*7}}", "${jndi:ldap://a}", "<script>alert(1)</script>", "../../etc/passwd", "\\", "\"", "\xff", "\xed\xa0\x80", "\r\nX: y",
		strings.Repeat("a", 141), strings.Repeat("é", 4097), strings.Repeat("9", 40), "00000000-0000-0000-0000-000000000000", "v25.0", "outgoing", "https://graph.facebook.com")
}

// id is an account's, or looks like one, or does not.
func (m maker) id() string {
	switch m.IntN(6) {
	case 0:
		return fmt.Sprintf("%08x-%04x-7%03x-8%03x-%012x", m.Uint32(), m.IntN(1<<16), m.IntN(1<<12), m.IntN(1<<12), m.Uint64N(1<<48))
	case 1:
		return url.PathEscape(m.text())
	case 2:
		return strings.ToUpper(m.ids.at(m.IntN(64)))
	}
	return m.ids.at(m.IntN(64))
}

// target fills in a route's path, adds a query, and now and then spoils both.
func (m maker) target(route httpapi.RouteInfo) string {
	path := route.Path
	for strings.Contains(path, "{") {
		begin, end := strings.Index(path, "{"), strings.Index(path, "}")
		value := m.id()
		if path[begin:end+1] == "{direction}" && !m.once(4) {
			value = m.one("outgoing", "incoming")
		}
		path = path[:begin] + value + path[end+1:]
	}
	switch m.IntN(20) {
	case 0:
		path += m.one("/", "//", "/..", "/%2e%2e", "/%2f", "%00", "%", ";x=y", "/x/y/z", "?", "#x", strings.Repeat("/a", 500))
	case 1:
		path = m.one("", "/", "//", "*", "/docs", "/docs/x", "/v2/accounts", "/v1", "http://evil.example/v1/me", "/metrics", "/debug/pprof/") + path
	}
	if query := m.query(route); query != "" {
		path += "?" + query
	}
	return oneLine(path)
}

// oneLine leaves out what would end the request line; the rest is the service's affair.
func oneLine(path string) string {
	return strings.NewReplacer(" ", "%20", "\r", "%0D", "\n", "%0A").Replace(path)
}

func (m maker) query(route httpapi.RouteInfo) string {
	if m.once(3) {
		return ""
	}
	names := append([]string{"hub.mode", "hub.challenge", "hub.verify_token", "x", ""}, route.Query...)
	var parts []string
	for range m.IntN(4) {
		name := names[m.IntN(len(names))]
		if len(route.Query) > 0 && !m.once(8) {
			name = route.Query[m.IntN(len(route.Query))]
		}
		parts = append(parts, name+m.one("=", "=", "=", "=", "", "==", "=%zz")+m.value(name))
	}
	return strings.Join(parts, m.one("&", "&", "&", "&", ";", "&&"))
}

// value is one that a parameter may take, most of the time.
func (m maker) value(name string) string {
	honest := map[string][]string{
		"limit": {"1", "2", "50", "200", "0", "201", "01"}, "status": {"Active", "Inactive"}, "account_type": {"Meta", "WASender"}, "q": {"s", "soak", "S", "soak%201"}, "account_name": {"soak%201", "x"},
		"direction": {"outgoing", "incoming"}, "type": {"text", "template", "media"}, "account_id": {m.ids.at(m.IntN(64))}, "hub.mode": {"subscribe"}, "hub.challenge": {"1158201444"},
		"hub.verify_token": {"soak", "other"}, "cursor": {"eyJsIjoiIn0", "bnVsbA", "eyJsIjoiQUFBQUFBQUEiLCJpIjoiMDE5NzAwMDAtMDAwMC03MDAwLTgwMDAtMTAwMDAwMDAwMDAwIn0"},
	}
	if values := honest[name]; len(values) > 0 && !m.once(4) {
		return values[m.IntN(len(values))]
	}
	return url.QueryEscape(m.text())
}

func (m maker) headers() (all []string) {
	switch m.IntN(8) {
	case 0:
		all = append(all, "Authorization: "+m.one("", "Bearer", "Bearer ", "Basic d2FrXw==", "Bearer wak_"+strings.Repeat("0", 46), "bearer "+m.keys["viewer"], "Bearer \xff", strings.Repeat("x", 5000)))
	case 1:
	case 2:
		all = append(all, "Authorization: Bearer "+m.keys["viewer"])
	default:
		all = append(all, "Authorization: Bearer "+m.keys["system_manager"])
	}
	for _, name := range []string{"If-Match", "If-None-Match", "Idempotency-Key", "X-Request-Id", "Accept", "Accept-Encoding", "X-Forwarded-For", "Range", "Cookie", "Connection"} {
		if m.once(8) {
			all = append(all, name+": "+m.headerValue(name))
		}
	}
	return all
}

func (m maker) headerValue(name string) string {
	honest := map[string][]string{
		"If-Match": {"*", `"x"`, `W/"x"`, `"`}, "If-None-Match": {"*", `"x", "y"`}, "Idempotency-Key": {fmt.Sprint("soak-", m.number), fmt.Sprint("soak-", m.number%100), strings.Repeat("k", 300)},
		"X-Request-Id": {fmt.Sprint("soak-", m.number)}, "Accept": {"application/json", "text/html", "*/*"}, "Accept-Encoding": {"gzip", "br"}, "Range": {"bytes=0-1"}, "Connection": {"close", "keep-alive"},
	}
	if values := honest[name]; len(values) > 0 && !m.once(4) {
		return values[m.IntN(len(values))]
	}
	return strings.NewReplacer("\r", "", "\n", "", "\x00", "").Replace(m.text())
}

func (m maker) mediaType() []string {
	if m.once(20) {
		return nil
	}
	if m.once(6) {
		return []string{"Content-Type: " + m.one("", "text/plain", "application/xml", "application/merge-patch+json", "application/json; charset=latin1", "multipart/form-data", "application/json, text/plain", "\xff")}
	}
	return []string{"Content-Type: " + m.one("application/json", "application/json; charset=utf-8")}
}

// body is an account, more or less.
func (m maker) body() string {
	switch m.IntN(40) {
	case 0:
		return m.one("", "null", "[]", "{", "{}", `{"a":1,"a":2}`, `{"meta_settings":{"token":"\ud800"}}`, "\ufeff{}", "{}{}", strings.Repeat("[", 20_000), strings.Repeat(`{"a":`, 5_000))
	case 1:
		return fmt.Sprintf(`{"account_id":%q}`, m.ids.at(m.IntN(64)))
	}
	if m.once(5000) {
		return `{"account_name":"` + strings.Repeat("x", 1<<20) + `"}`
	}
	account := m.account()
	for range m.IntN(3) {
		m.distort(account)
	}
	text, err := json.Marshal(account)
	if err != nil {
		return err.Error()
	}
	if m.once(3) {
		text = m.spoil(text)
	}
	return string(text)
}

// account is one that may be made.
func (m maker) account() map[string]any {
	account := map[string]any{"account_name": fmt.Sprint("Soak ", m.number), "account_type": "Meta"}
	if m.once(3) {
		account["account_type"] = "WASender"
		account["wasender_settings"] = map[string]any{"wasender_url": "https://www.wasenderapi.com/api", "wasender_api_key": "key", "webhook_secret": "secret"}
	} else {
		account["meta_settings"] = map[string]any{
			"token": "EAAG", "webhook_verify_token": "soak", "phone_id": fmt.Sprint(1e9 + m.number), "app_id": "1", "business_id": "2", "app_secret": "0123456789abcdef",
		}
	}
	if m.once(2) {
		account["status"] = m.one("Active", "Inactive")
	}
	if m.once(4) {
		account[m.one("is_default_outgoing", "is_default_incoming", "allow_auto_read_receipt")] = m.once(2)
	}
	return account
}

// distort changes a member, of the account or of its settings.
func (m maker) distort(account map[string]any) {
	members := account
	for _, name := range slices.Sorted(maps.Keys(account)) {
		if inner, ok := account[name].(map[string]any); ok && m.once(2) {
			members = inner
		}
	}
	names := append(slices.Sorted(maps.Keys(members)), "x", "id", "url", "version", "status")
	name := names[m.IntN(len(names))]
	switch m.IntN(7) {
	case 0:
		delete(members, name)
	case 1:
		members[name] = nil
	case 2:
		members[name] = m.Int64()
	case 3:
		members[name] = []any{m.text(), nil, map[string]any{}}
	case 4:
		members[name] = m.urls[m.IntN(len(m.urls))].Text
	default:
		members[name] = m.text()
	}
}
