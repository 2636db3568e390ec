// Package readme_test holds README.md and the other papers to what the program does: it runs their commands and compares their tables.
// It knows only what a reader sees: the papers, the binary and its settings.
package readme_test

import (
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

var update = flag.Bool("update", false, "write the true answers into README.md")

// block is a fenced block: a command, or the answer to the one before.
type block struct {
	info, text string
	begin, end int // of text, within the section
}

var fence = regexp.MustCompile("(?ms)^```(\\w*)\n(.*?)^```$")

func blocksOf(section string) []block {
	var blocks []block
	for _, m := range fence.FindAllStringSubmatchIndex(section, -1) {
		blocks = append(blocks, block{info: section[m[2]:m[3]], text: section[m[4]:m[5]], begin: m[4], end: m[5]})
	}
	return blocks
}

// step is a command with the place of its answer; an absent answer means that nothing is printed.
type step struct {
	command string
	answer  *block
}

func stepsOf(t *testing.T, section string) []step {
	t.Helper()
	var steps []step
	for _, b := range blocksOf(section) {
		switch {
		case b.info == "sh":
			steps = append(steps, step{command: b.text})
		case len(steps) > 0 && steps[len(steps)-1].answer == nil:
			steps[len(steps)-1].answer = &b
		default:
			t.Fatalf("an answer without a command: %s", b.text)
		}
	}
	require.NotEmpty(t, steps)
	return steps
}

const (
	tour = "A five-minute tour"
	mark = "--- end of step ---"
)

// TestTourIsTrue takes the reader's way: the commands, one after the other, in one shell.
func TestTourIsTrue(t *testing.T) {
	readme := read(t, "README.md")
	p := start(t)
	steps := stepsOf(t, section(t, readme, tour))
	answers := run(t, p, steps)
	if *update {
		write(t, readme, steps, answers)
		return
	}
	written, got := names{}, names{}
	for i, s := range steps {
		stated := ""
		if s.answer != nil {
			stated = s.answer.text
		}
		assert.Equal(t, written.stable(stated), got.stable(answers[i]), "the answer to:\n%s(internal/readme: go test -update writes it anew)", s.command)
	}
}

func TestStartPrintsWhatTheReadmeSays(t *testing.T) {
	var stated block
	for _, b := range blocksOf(section(t, read(t, "README.md"), "Start")) {
		if b.info == "text" {
			stated = b
		}
	}
	assert.Equal(t, names{}.stable(stated.text), names{}.stable(start(t).greeting))
}

// run gives what each step prints. A step that fails, or that writes to standard error, fails the test.
func run(t *testing.T, p program, steps []step) []string {
	t.Helper()
	var script strings.Builder
	script.WriteString("set -eu -o pipefail\n")
	for i, s := range steps {
		command := s.command
		if i == 0 {
			command = entered(t, entered(t, command, "URL", p.url), "KEY", p.apiKey)
		}
		fmt.Fprintf(&script, "%s\nprintf '\\n%%s\\n' '%s'\n", command, mark)
	}
	shell := exec.CommandContext(t.Context(), "bash", "-c", script.String())
	shell.Dir, shell.Env = t.TempDir(), clean("no_proxy=*", "LC_ALL=C")
	var out, problems strings.Builder
	shell.Stdout, shell.Stderr = &out, &problems
	err := shell.Run()
	answers := strings.Split(out.String(), mark)
	require.NoError(t, err, "step %d failed: %s\n%s", len(answers), problems.String(), answers[len(answers)-1])
	require.Empty(t, problems.String())
	require.Len(t, answers, len(steps)+1)
	return answers[:len(steps)]
}

// entered does what the reader does with what serve printed.
func entered(t *testing.T, command, variable, value string) string {
	t.Helper()
	line := regexp.MustCompile(`(?m)^` + variable + `=\S+$`)
	require.Len(t, line.FindAllString(command, -1), 1, "%s is set once, in the first step", variable)
	return line.ReplaceAllLiteralString(command, variable+"="+value)
}

// names numbers the ids of a text in the order in which they turn up, so that two runs compare.
type names map[string]string

var (
	anyID  = regexp.MustCompile(`\b[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}\b`)
	varies = strings.NewReplacer("\r", "")
	anyOf  = []struct{ pattern, name string }{
		{`\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z`, "<time>"},
		{`"[A-Za-z0-9_-]{22}"`, "<etag>"},
		{`\bwak_([A-Za-z0-9]{46}|…)`, "<key>"},
		{`\b127\.0\.0\.1:\d+`, "<address>"},
	}
)

// stable replaces what differs from run to run.
func (n names) stable(text string) string {
	text = anyID.ReplaceAllStringFunc(varies.Replace(text), func(id string) string {
		if n[id] == "" {
			n[id] = fmt.Sprintf("<id %d>", len(n)+1)
		}
		return n[id]
	})
	for _, v := range anyOf {
		text = regexp.MustCompile(v.pattern).ReplaceAllString(text, v.name)
	}
	return strings.TrimSpace(text)
}

// write puts the answers into the README, from the last to the first so that the places stay true.
func write(t *testing.T, readme string, steps []step, answers []string) {
	t.Helper()
	body := section(t, readme, tour)
	fresh := body
	for i, s := range slices.Backward(steps) {
		if a := s.answer; a != nil {
			fresh = fresh[:a.begin] + strings.TrimSpace(varies.Replace(answers[i])) + "\n" + fresh[a.end:]
		}
	}
	require.NoError(t, os.WriteFile(filepath.Join(root, "README.md"), []byte(strings.Replace(readme, body, fresh, 1)), 0o644))
}
