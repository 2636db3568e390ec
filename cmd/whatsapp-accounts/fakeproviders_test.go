package main

import (
	"bufio"
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"os/exec"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// playing runs fake-providers on free ports until the test ends, and gives what it printed.
func playing(t *testing.T) string {
	t.Helper()
	printed, stop := begun(t, "fake-providers --meta-listen=127.0.0.1:0 --wasender-listen=127.0.0.1:0", "Ctrl-C stops both.")
	t.Cleanup(stop)
	return printed
}

// begun runs a command until stop, which sees that it ends well, and gives what it printed up to its last line.
func begun(t *testing.T, command, last string) (printed string, stop func()) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute) // a bound for a busy machine
	out, to := io.Pipe()
	ended := make(chan int, 1)
	go func() {
		ended <- run(ctx, words(command), streams{to, to})
		_ = to.Close()
	}()
	var all strings.Builder
	for lines := bufio.NewReader(out); !strings.HasSuffix(all.String(), last+"\n"); {
		line, err := lines.ReadString('\n')
		all.WriteString(line)
		require.NoError(t, err, all.String())
	}
	go func() { _, _ = io.Copy(io.Discard, out) }() // a full pipe would stop the command
	return all.String(), sync.OnceFunc(func() {
		cancel()
		assert.Equal(t, exitDone, <-ended)
	})
}

// curl runs the printed line that begins so, with what has to be replaced in it.
func curl(t *testing.T, printed, begins string, replace ...string) string {
	t.Helper()
	_, rest, found := strings.Cut(printed, "\n"+begins)
	require.True(t, found, begins)
	line := regexp.MustCompile(`^(?:[^\n]*\\\n)*[^\n]*`).FindString(rest)
	command := strings.NewReplacer(replace...).Replace(begins + line)
	answer, err := exec.CommandContext(t.Context(), "sh", "-c", command).Output()
	require.NoError(t, err, command)
	return string(answer)
}

func TestFakeProvidersDoWhatTheyPrint(t *testing.T) {
	printed := playing(t)
	got := make(chan string, 10)
	service := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		got <- r.URL.Path + " " + string(body)
		_, _ = io.WriteString(w, r.URL.Query().Get("hub.challenge"))
	}))
	defer service.Close()
	here := []string{"http://127.0.0.1:8080", service.URL}
	url := func(name string) string {
		return regexp.MustCompile(`(?m)^` + name + ` +(http\S+)$`).FindStringSubmatch(printed)[1]
	}
	meta, wasender := url("Meta"), url("WASender")

	assert.JSONEq(t, `{"verified":true}`, curl(t, printed, "curl -s -X PUT "+meta, here...))
	assert.JSONEq(t, `{"ok":true}`, curl(t, printed, "curl -s -X PUT "+wasender, here...))
	assert.Equal(t, "/webhooks/meta ", <-got)
	assert.Regexp(t, `^{"delivered":true,"statuses":\[200\],"ids":\["wamid\.[^"]+"\]}$`, curl(t, printed, "curl -s "+meta+"/_control/messages"))
	assert.Contains(t, <-got, `"body":"Do you ship?"`)
	assert.Contains(t, curl(t, printed, "curl -s "+wasender+"/_control/messages"), `"delivered":true`)
	assert.Regexp(t, `^/webhooks/wasender/ACCOUNT_ID .*"messageBody":"Do you ship\?"`, <-got)

	sent := curl(t, printed, "curl -s "+meta+"/v25.0/")
	id := regexp.MustCompile(`wamid\.[^"]+`).FindString(sent)
	require.NotEmpty(t, id, sent)
	assert.Contains(t, curl(t, printed, "curl -s "+wasender+"/api/send-message"), `"msgId":100000`)
	assert.Contains(t, curl(t, printed, "curl -s "+meta+"/_control/statuses", "wamid_of_the_answer", id), `"delivered":true`)
	assert.Contains(t, <-got, `"status":"delivered"`)
	assert.Contains(t, curl(t, printed, "curl -s "+meta+"/_control/requests"), `"token":"sample"`)
	assert.Equal(t, "[]", curl(t, printed, "curl -s "+meta+"/_control/receipts"))

	assert.JSONEq(t, `{"ok":true}`, curl(t, printed, "curl -s "+meta+"/_control/faults"))
	assert.Contains(t, curl(t, printed, "curl -s "+meta+"/v25.0/"), "131056")
	assert.JSONEq(t, `{"ok":true}`, curl(t, printed, "curl -s -X DELETE "+meta+"/_control/faults"))
	assert.Contains(t, curl(t, printed, "curl -s "+meta+"/v25.0/"), "wamid.")
	assert.JSONEq(t, `{"ok":true}`, curl(t, printed, "curl -s "+wasender+"/_control/faults"))
}

func TestFakeProvidersTellThatAnAddressIsInUse(t *testing.T) {
	taken := httptest.NewServer(http.NotFoundHandler())
	defer taken.Close()
	address := strings.TrimPrefix(taken.URL, "http://")
	assert.Contains(t, failing(t, "fake-providers --wasender-listen=127.0.0.1:0 --meta-listen="+address), "address already in use")
}
