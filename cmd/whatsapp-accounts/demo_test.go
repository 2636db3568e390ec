package main

import (
	"context"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// performing runs a demo until stop, in a temporary folder of its own, and gives what it printed.
func performing(t *testing.T) (printed, temporary string, stop func()) {
	t.Helper()
	temporary = t.TempDir()
	t.Setenv("TMPDIR", temporary)
	printed, stop = begun(t, "serve --demo --listen=127.0.0.1:0 --operator-listen=", "Ctrl-C ends the demo and removes it.")
	t.Cleanup(stop)
	return printed, temporary, stop
}

// eventually runs a printed line until its answer is as it should be.
func eventually(t *testing.T, printed, begins, answer string) {
	t.Helper()
	var last string
	require.Eventually(t, func() bool {
		last = curl(t, printed, begins)
		return regexp.MustCompile(answer).MatchString(last)
	}, time.Minute, 20*time.Millisecond, begins)
	t.Logf("%.200s", last)
}

func TestDemoDoesWhatItPrints(t *testing.T) {
	printed, _, _ := performing(t)
	found := func(pattern string) string {
		groups := regexp.MustCompile(pattern).FindStringSubmatch(printed)
		require.NotNil(t, groups, "%s in %s", pattern, printed)
		return groups[1]
	}
	url, meta := found(`(?m)^listening on (http\S+)$`), found(`curl -s '(http\S+)/_control/faults'`)
	account, wasender := found(`/v1/accounts/(\S+)/health`), found(`curl -s '(http\S+)/_control/messages' -d '{"text": "Do you have it in green`)
	read := found(`Meta has the receipt of (wamid\.\S+)\.\n`)
	for _, fact := range []string{`answered "Brand B"`, `now the answer is "Brand A"`, "the callback URL, " + url + "/webhooks/meta,"} {
		assert.Contains(t, printed, fact)
	}
	assert.NotContains(t, printed, "no WA_PUBLIC_URL")
	assert.NotContains(t, printed, "API key wak_", "the one key is that of the lines")

	eventually(t, printed, "curl -s '"+url+"/v1/events' ", `Do you ship\?.*"read_receipt":{"status":"sent"`)
	assert.Contains(t, curl(t, printed, "curl -s '"+url+"/v1/events' "), "Are you open on Sunday?")
	health := curl(t, printed, "curl -s '"+url+"/v1/accounts/"+account+"/health'")
	assert.Contains(t, health, `"account_id":"`+account+`"`)
	eventually(t, printed, "curl -s '"+url+"/v1/accounts/"+account+"/health'", `last_signed_webhook.*last_verification.*verified`)
	assert.Contains(t, curl(t, printed, "curl -s -X POST '"+url+"/v1/accounts/"+account+"/check'"), `"verdict":"valid"`)
	assert.Contains(t, curl(t, printed, "curl -s '"+url+"/v1/route?type=text'"), `"account_name":"Brand A"`)
	assert.Contains(t, curl(t, printed, "curl -s '"+url+"/v1/route?type=buttons"), `"code":"capability_unsupported"`)
	assert.Contains(t, curl(t, printed, "curl -s '"+url+"/v1/messages' "), `"reason":"default"`)
	eventually(t, printed, "curl -s '"+url+"/v1/messages?reference=red' ", `"status":"accepted"`)
	assert.Contains(t, curl(t, printed, "curl -s '"+meta+"/_control/sent'"), `"to":"447700900123"`)
	for _, double := range []string{meta, wasender} {
		assert.Contains(t, curl(t, printed, "curl -s '"+double+"/_control/messages' -d '{\"text\": \"Do you have it"), `"delivered":true`)
	}
	eventually(t, printed, "curl -s '"+url+"/v1/events' ", `(?s)in red\?.*in green\?|in green\?.*in red\?`)
	assert.Contains(t, curl(t, printed, "curl -s '"+meta+"/_control/receipts'"), read)
}

func TestDemoShowsEventsAsTheyCome(t *testing.T) {
	printed, _, _ := performing(t)
	line := regexp.MustCompile(`(?m)^curl -sN .*$`).FindString(printed)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	following := exec.CommandContext(ctx, "sh", "-c", "exec "+line)
	out, err := following.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, following.Start())
	var seen strings.Builder
	for chunk := make([]byte, 4096); !strings.Contains(seen.String(), "Do you ship?"); {
		n, err := out.Read(chunk)
		seen.Write(chunk[:n])
		require.NoError(t, err, seen.String())
	}
	assert.Contains(t, seen.String(), "event: message.received")
	cancel()
	_ = following.Wait() // it was killed
}

func TestDemoShowsARetriedReceiptAndAnUnroutedMessage(t *testing.T) {
	printed, _, _ := performing(t)
	groups := regexp.MustCompile(`curl -s '(http\S+)/_control/faults'`).FindStringSubmatch(printed)
	require.NotNil(t, groups)
	meta := groups[1]
	assert.JSONEq(t, `{"ok":true}`, curl(t, printed, "curl -s '"+meta+"/_control/faults'"))
	told := curl(t, printed, `curl -s '`+meta+`/_control/messages' -d '{"text": "Are you there?"}'`)
	id := regexp.MustCompile(`wamid\.[^"]+`).FindString(told)
	require.NotEmpty(t, id, told)
	eventually(t, printed, "curl -s '"+meta+"/_control/receipts'", regexp.QuoteMeta(id))
	asked := curl(t, printed, "curl -s '"+meta+"/_control/requests' | grep")
	assert.GreaterOrEqual(t, strings.Count(asked, `"kind":"mark_read"`), 4, "the first message, and three attempts: %s", asked)

	url := regexp.MustCompile(`(?m)^listening on (http\S+)$`).FindStringSubmatch(printed)[1]
	assert.Contains(t, curl(t, printed, "curl -s -X PATCH '"+url), `"status":"Inactive"`)
	assert.Contains(t, curl(t, printed, `curl -s '`+meta+`/_control/messages' -d '{"text": "Hello?"}'`), `"statuses":[200]`)
	eventually(t, printed, "curl -s '"+url+"/v1/events?type=webhook.unrouted'", `"reason":"account_inactive"`)
	_, again, _ := strings.Cut(printed, "webhook.unrouted' -H")
	assert.Contains(t, curl(t, again, "curl -s -X PATCH '"+url), `"status":"Active"`)
}

func TestDemoLeavesNothingBehind(t *testing.T) {
	printed, temporary, stop := performing(t)
	folder := regexp.MustCompile(`What is kept is in (\S+), and`).FindStringSubmatch(printed)
	require.NotNil(t, folder)
	assert.FileExists(t, folder[1]+"/whatsapp-accounts.db")
	stop()
	left, err := os.ReadDir(temporary)
	require.NoError(t, err)
	assert.Empty(t, left)
}

func TestDemoThatCannotBeSetUpSaysWhyInItsLastLine(t *testing.T) {
	temporary := t.TempDir()
	t.Setenv("TMPDIR", temporary)
	got := running(t, words("serve --demo --listen=127.0.0.1:0 --operator-listen= --public-url=http://127.0.0.1:1")...)
	assert.Equal(t, exitFailed, got.code, got.err)
	assert.Regexp(t, `\nwhatsapp-accounts: the demo cannot be set up: http://127\.0\.0\.1:1/webhooks/meta: the callback URL was not verified.*; leave WA_PUBLIC_URL out[^\n]*\n$`, got.err)
	assert.NotContains(t, got.err, "choose-any", "the verify token stands in the URL that was asked")
	left, err := os.ReadDir(temporary)
	require.NoError(t, err)
	assert.Empty(t, left)
}
