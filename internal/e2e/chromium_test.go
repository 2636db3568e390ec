//go:build browser

package e2e

import (
	"bufio"
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// patience is how long a browser may take for everything it does in a test; then it is ended, and the test fails. It is long, for a browser
// draws slowly on a machine that is busy.
const patience = 5 * time.Minute

// chromium is a headless browser with a profile of its own, told what to do over a pair of pipes, in the DevTools protocol.
type chromium struct {
	testing.TB
	to   io.Writer
	from *bufio.Reader
	last int
	seen []event // what the browser told beside its answers
}

// event is something that happened in the browser.
type event struct {
	Method string
	Params json.RawMessage
}

// message is what the browser writes: the answer to a command, or an event.
type message struct {
	event
	ID     int
	Result json.RawMessage
	Error  *struct{ Message string }
}

// openChromium starts the browser. One that is not installed fails the test; make browser installs it.
func openChromium(t testing.TB) *chromium {
	t.Helper()
	path, err := exec.LookPath("chromium")
	require.NoError(t, err, "make browser installs it")
	ctx, cancel := context.WithTimeout(context.WithoutCancel(t.Context()), patience)
	cmd := exec.CommandContext(ctx, path, "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
		"--disable-component-update", "--disable-sync", "--disable-dev-shm-usage", "--window-size=1280,1600", "--user-data-dir="+t.TempDir(), "--remote-debugging-pipe")
	theirIn, to, err := os.Pipe()
	require.NoError(t, err)
	from, theirOut, err := os.Pipe()
	require.NoError(t, err)
	var said bytes.Buffer
	cmd.ExtraFiles, cmd.Stderr = []*os.File{theirIn, theirOut}, &said
	cmd.WaitDelay = time.Second
	require.NoError(t, cmd.Start())
	require.NoError(t, theirIn.Close())
	require.NoError(t, theirOut.Close())
	c := &chromium{TB: t, to: to, from: bufio.NewReader(from)}
	t.Cleanup(func() {
		_, _ = io.WriteString(to, `{"id":0,"method":"Browser.close"}`+"\x00") // it may have ended
		_ = cmd.Wait()
		cancel()
		_, _ = to.Close(), from.Close()
		if t.Failed() {
			t.Logf("the browser said:\n%s", tail(said.String()))
		}
	})
	return c
}

// command does something in a session (or, with the empty one, in the browser as a whole) and gives the result.
func (c *chromium) command(session, method string, params, result any) {
	c.Helper()
	c.last++
	text, err := json.Marshal(map[string]any{"id": c.last, "method": method, "params": params, "sessionId": session})
	if session == "" {
		text, err = json.Marshal(map[string]any{"id": c.last, "method": method, "params": params})
	}
	require.NoError(c, err)
	_, err = c.to.Write(append(text, 0))
	require.NoError(c, err)
	for {
		m := c.read()
		if m.ID != c.last {
			c.seen = append(c.seen, m.event)
			continue
		}
		require.Nil(c, m.Error, method)
		require.NoError(c, json.Unmarshal(m.Result, result), method)
		return
	}
}

func (c *chromium) read() (m message) {
	c.Helper()
	text, err := c.from.ReadBytes(0)
	require.NoError(c, err, "the browser has ended")
	require.NoError(c, json.Unmarshal(bytes.TrimSuffix(text, []byte{0}), &m))
	return m
}

// tab is a page of the browser.
type tab struct {
	*chromium
	session string
}

// visit opens a page and waits until it is loaded.
func (c *chromium) visit(url string) *tab {
	c.Helper()
	var made struct{ TargetID string }
	c.command("", "Target.createTarget", map[string]any{"url": "about:blank"}, &made)
	var attached struct{ SessionID string }
	c.command("", "Target.attachToTarget", map[string]any{"targetId": made.TargetID, "flatten": true}, &attached)
	p := &tab{c, attached.SessionID}
	for _, domain := range []string{"Network.enable", "Log.enable", "Runtime.enable"} {
		c.command(p.session, domain, struct{}{}, new(struct{}))
	}
	var went struct{ ErrorText string }
	c.command(p.session, "Page.navigate", map[string]any{"url": url}, &went)
	require.Empty(c, went.ErrorText, url)
	p.run(`document.readyState === "complete" || new Promise(loaded => addEventListener("load", () => loaded(true)))`, new(bool))
	return p
}

// run evaluates an expression in the page, waits for what it promises and reads it into a value.
func (p *tab) run(expression string, into any) {
	p.Helper()
	var got struct {
		Result           struct{ Value json.RawMessage }
		ExceptionDetails *struct{ Exception struct{ Description string } }
	}
	p.command(p.session, "Runtime.evaluate", map[string]any{"expression": expression, "awaitPromise": true, "returnByValue": true}, &got)
	if got.ExceptionDetails != nil {
		p.Fatalf("the page failed: %s", got.ExceptionDetails.Exception.Description)
	}
	require.NoError(p, json.Unmarshal(got.Result.Value, into), expression)
}

// picture keeps what the page looks like, in the folder that SCREENSHOTS names, if it names one.
func (p *tab) picture(name string) {
	p.Helper()
	folder := os.Getenv("SCREENSHOTS")
	if folder == "" {
		return
	}
	var shot struct{ Data string }
	p.command(p.session, "Page.captureScreenshot", map[string]any{"format": "png"}, &shot)
	image, err := base64.StdEncoding.DecodeString(shot.Data)
	require.NoError(p, err)
	require.NotEmpty(p, image)
	require.NoError(p, os.WriteFile(filepath.Join(folder, name+".png"), image, 0o600)) //nolint:gosec // whoever runs the test names the folder
}
