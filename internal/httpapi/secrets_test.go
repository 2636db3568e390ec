package httpapi_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/ivendnext/whatsapp-accounts/internal/config"
)

// S1. Every caller of this package looks for the mark in every answer and, at the end, in the log at debug level; here the mark is put
// wherever a person may put a secret, in requests that are right and in requests that are not.
func TestSecretsComeBackFromNowhere(t *testing.T) {
	t.Parallel()
	var folder string
	w := start(t, func(c *config.Serve) { folder = c.DataDir })
	metaID, senderID := w.boss.make(t, meta("A", both)).ID, w.boss.make(t, wasender("B")).ID
	for _, name := range []string{"token", "url", "version", "webhook_verify_token", "phone_id", "app_id", "business_id", "app_secret"} {
		misplaced(t, w, metaID, "meta_settings", name)
	}
	for _, name := range []string{"wasender_url", "wasender_api_key", "webhook_secret"} {
		misplaced(t, w, senderID, "wasender_settings", name)
	}
	for _, body := range []string{
		mark, `"` + mark + `"`, `["` + mark + `"]`, `{"account_name":"` + mark, `{"token":"` + mark + `"}`, `{"status":"` + mark + `"}`, `{"account_name":"A","account_type":"` + mark + `"}`, `{"status":["` + mark + `"]}`,
		`{"is_default_outgoing":"` + mark + `"}`, `{"meta_settings":"` + mark + `"}`, `{"meta_settings":["` + mark + `"]}`, `{"id":"` + mark + `"}`, `{} ` + mark,
		`{"account_name":{"a":"` + mark + `"}}`, "{\"account_name\":\"" + mark + "\n\"}", `{"account_name":"` + mark + `","account_name":"` + mark + `"}`,
	} {
		assert.GreaterOrEqual(t, w.boss.create(t, body).status, 400)
		assert.GreaterOrEqual(t, w.boss.patch(t, at(metaID), body, "If-Match", mark).status, 400)
		assert.GreaterOrEqual(t, w.boss.put(t, "/v1/defaults/outgoing", body, "Idempotency-Key", mark).status, 400)
	}
	for _, query := range []string{"q=" + mark, "account_name=" + mark, "cursor=" + mark, "limit=" + mark, "status=" + mark, "account_type=" + mark, "token=" + mark, "q=" + mark + "&q=" + mark, "q=" + mark + "%"} {
		w.boss.get(t, "/v1/accounts?"+query, "If-None-Match", mark, "Cookie", "a="+mark, "User-Agent", mark, "Referer", "https://x/?"+mark)
		w.boss.get(t, "/v1/route?type="+mark+"&direction="+mark)
	}
	w.stranger().get(t, "/v1/me", "Authorization", "Bearer wak_"+mark+strings.Repeat("a", 40)).refused(401, "unauthenticated")
	w.stranger().get(t, "/v1/me", "Authorization", mark).refused(401, "unauthenticated")
	w.boss.create(t, meta("C"), "Idempotency-Key", "k").is(201)
	w.metrics(t)
	inFolder(t, folder)
}

// misplaced puts a secret where the setting is, in every wrong way.
func misplaced(t *testing.T, w *world, id, key, name string) {
	t.Helper()
	for _, value := range []any{mark, mark + "\n", " " + mark, mark + strings.Repeat("x", 5000), "https://" + mark, "https://graph.facebook.com/?access_token=" + mark,
		[]string{mark}, obj{"a": mark}, mark + "\x00"} {
		w.boss.patch(t, at(id), obj{key: obj{name: value}})
		w.boss.create(t, obj{"account_name": "X", "account_type": "Meta", "status": "Active", key: obj{name: value}}, "Idempotency-Key", "k-"+name)
		w.boss.patch(t, at(id), obj{"wasender_settings": obj{name: value}, "meta_settings": obj{name: value}})
	}
	w.boss.patch(t, at(id), `{"`+key+`":{"`+name+`":"`+mark+`1","`+name+`":"`+mark+`2"}}`).refused(400, "duplicate_member", "/"+key+"/"+name)
	w.boss.get(t, at(id)+"/history?limit=200").is(200)
}

// inFolder reads the database as it lies on the disk.
func inFolder(t *testing.T, folder string) {
	t.Helper()
	files, err := os.ReadDir(folder)
	require.NoError(t, err)
	require.NotEmpty(t, files)
	for _, f := range files {
		content, err := os.ReadFile(filepath.Join(folder, f.Name()))
		require.NoError(t, err)
		assert.Zero(t, strings.Count(string(content), mark), "%s holds a secret in clear", f.Name())
	}
}
