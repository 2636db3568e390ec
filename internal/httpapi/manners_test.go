package httpapi_test

import (
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestARequestIDIsTakenAndEchoed(t *testing.T) {
	t.Parallel()
	w := start(t)
	for name, id := range map[string]string{
		"a word": "abc", "one character": "a", "a UUID": never, "dots, dashes and underscores": "a.b-c_d", "128 characters": strings.Repeat("a", 128), "digits": "1234567890",
		"Base64": "q83vASNFZ4k+/w==", "a trace of AWS": "Root=1-67891233-abcdef012345678912345678", "a trace with a span": "105445aa7843bc8bf206b12000100000/1;o=1", "marks": "!#&()*+,-./:;=?@[]^_|~",
	} {
		t.Run(name, func(t *testing.T) {
			assert.Equal(t, id, w.boss.get(t, "/v1/me", "X-Request-Id", id).is(200).header.Get("X-Request-Id"))
			assert.Equal(t, id, w.boss.get(t, at(never), "X-Request-Id", id).refused(404, "account_not_found").RequestID)
		})
	}
}

func TestAnUnfitRequestIDIsReplaced(t *testing.T) {
	t.Parallel()
	w := start(t)
	for name, id := range map[string]string{
		"none": absent, "empty": "", "129 characters": strings.Repeat("a", 129), "a space inside": "a b", "a quote": `a"b`, "a script": "<script>", "a tab": "a\tb",
		"not ASCII": "é", "a percent": "%0a", "braces": "${jndi:ldap://x}", "a single quote": "a'b", "a backslash": `a\b`, "a backtick": "a`b",
	} {
		t.Run(name, func(t *testing.T) {
			made := w.boss.get(t, "/v1/me", "X-Request-Id", id).is(200).header.Get("X-Request-Id")
			parsed, err := uuid.Parse(made)
			require.NoError(t, err)
			assert.Equal(t, uuid.Version(7), parsed.Version())
		})
	}
}

func TestEveryRequestHasAnIDOfItsOwn(t *testing.T) {
	t.Parallel()
	w := start(t)
	seen := map[string]bool{}
	for range 50 {
		seen[w.stranger().get(t, "/healthz").header.Get("X-Request-Id")] = true
	}
	assert.Len(t, seen, 50)
}

func TestTimesAreUTCWithMicroseconds(t *testing.T) {
	t.Parallel()
	for database, start := range databases() {
		t.Run(database, func(t *testing.T) {
			t.Parallel()
			w := start(t)
			begin := time.Now().Add(-time.Second)
			id := w.boss.make(t, meta("A", obj{"is_default_outgoing": true})).ID
			w.boss.make(t, wasender("B"))
			times := regexp.MustCompile(`"([a-z_]*_at|at)":("[^"]*"|null)`)
			form := regexp.MustCompile(`^"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z"$`)
			for _, path := range []string{at(id), "/v1/accounts", at(id) + "/history", "/v1/defaults/outgoing", "/v1/route"} {
				body := string(w.boss.get(t, path).is(200).body)
				found := times.FindAllStringSubmatch(body, -1)
				assert.NotEmpty(t, found, path)
				for _, f := range found {
					if f[2] != "null" {
						assert.Regexp(t, form, f[2], f[1])
					}
				}
			}
			created := w.boss.account(t, id).CreatedAt.Time
			assert.WithinRange(t, created, begin, time.Now().Add(time.Second))
			assert.Equal(t, created, created.Truncate(time.Microsecond))
		})
	}
}

func TestIDsAreUUIDv7AndSortByAge(t *testing.T) {
	t.Parallel()
	w := start(t)
	last := ""
	for _, name := range []string{"A", "B", "C"} {
		made := w.boss.make(t, draft(name)).ID
		parsed, err := uuid.Parse(made)
		require.NoError(t, err)
		assert.Equal(t, uuid.Version(7), parsed.Version())
		assert.Equal(t, parsed.String(), made)
		assert.Greater(t, made, last)
		last = made
	}
}

func TestNamesOnTheWireAreSnakeCase(t *testing.T) {
	t.Parallel()
	w := start(t)
	id := w.boss.make(t, meta("A", obj{"is_default_outgoing": true})).ID
	names := regexp.MustCompile(`"([^"]*)":`)
	for _, path := range []string{at(id), at(id) + "/history", "/v1/accounts", "/v1/account-types", "/v1/defaults", "/v1/route", "/v1/me", "/healthz", "/readyz"} {
		for _, found := range names.FindAllStringSubmatch(string(w.boss.get(t, path).is(200).body), -1) {
			assert.Regexp(t, `^[a-z]+(_[a-z]+)*$`, found[1], path)
		}
	}
}

func TestAnAccountIsAnsweredWithExactlyItsMembers(t *testing.T) {
	t.Parallel()
	w := start(t)
	common := []string{"id", "account_name", "account_type", "status", "is_default_outgoing", "is_default_incoming", "allow_auto_read_receipt",
		"webhook_url", "readiness", "created_at", "updated_at"}
	members := func(body obj) string {
		a := read[obj](w.boss.create(t, body).is(201))
		var names []string
		for name := range a {
			names = append(names, name)
		}
		return strings.Join(sorted(names), " ")
	}
	assert.Equal(t, strings.Join(sorted(append(common, "meta_settings")), " "), members(draft("A")))
	assert.Equal(t, strings.Join(sorted(append(common, "wasender_settings")), " "), members(wasender("B")))
}

func TestMeTellsWhoIsCalling(t *testing.T) {
	t.Parallel()
	w := start(t)
	assert.JSONEq(t, `{"site":"one","role":"system_manager","name":"system_manager of one"}`, string(w.boss.get(t, "/v1/me").is(200).body))
	viewer := w.caller(t, "two", "viewer")
	assert.JSONEq(t, `{"site":"two","role":"viewer","name":"viewer of two"}`, string(viewer.get(t, "/v1/me").is(200).body))
}
