package readme_test

import (
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/alecthomas/kong"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/ivendnext/whatsapp-accounts/internal/config"
	"github.com/ivendnext/whatsapp-accounts/internal/provider/endpoint"
)

// rows gives the cells of the tables in a text, without their heads.
func rows(text string) [][]string {
	var all [][]string
	inTable := false
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		switch {
		case !strings.HasPrefix(line, "|"):
			inTable = false
		case strings.HasPrefix(line, "|--"):
			inTable = true
		case inTable:
			cells := strings.Split(strings.Trim(line, "|"), " | ")
			for i := range cells {
				cells[i] = strings.TrimSpace(cells[i])
			}
			all = append(all, cells)
		}
	}
	return all
}

func code(text string) string { return "`" + text + "`" }

// TestEverySettingIsInTheTable reads the settings as the program does, through kong.
func TestEverySettingIsInTheTable(t *testing.T) {
	table := rows(section(t, read(t, "README.md"), "Configuration"))
	parser, err := kong.New(&struct {
		config.Serve `embed:""`
	}{})
	require.NoError(t, err)
	var settings []string
	for _, flag := range parser.Model.Flags {
		if flag.Name == "help" {
			continue
		}
		require.Len(t, flag.Envs, 1, flag.Name)
		settings = append(settings, code("--"+flag.Name)+" "+code(flag.Envs[0]))
		i := slices.IndexFunc(table, func(row []string) bool { return row[1] == code(flag.Envs[0]) })
		if !assert.GreaterOrEqual(t, i, 0, "%s is not in the table", flag.Envs[0]) {
			continue
		}
		if flag.Default != "" {
			assert.Equal(t, code(flag.Default), table[i][2], flag.Envs[0])
		} else {
			assert.Regexp(t, "^(none|false)[^`]*$", table[i][2], "%s has no default", flag.Envs[0])
		}
	}
	for _, row := range table {
		require.Len(t, row, 4, row)
		assert.Contains(t, settings, row[0]+" "+row[1], "no such setting")
	}
	assert.Contains(t, read(t, "README.md"), code(endpoint.DefaultHosts))
}

// words keeps the beginning of a usage line, up to its arguments and flags.
func words(usage string) string {
	var kept []string
	for w := range strings.FieldsSeq(usage) {
		if strings.ContainsAny(w, "-<[") || w == strings.ToUpper(w) {
			break
		}
		kept = append(kept, w)
	}
	return strings.Join(kept, " ")
}

func TestEveryCommandIsInTheTable(t *testing.T) {
	help, err := exec.CommandContext(t.Context(), binary(t), "--help").Output()
	require.NoError(t, err)
	var have, stated []string
	for _, m := range regexp.MustCompile(`(?m)^  ([a-z].*)$`).FindAllStringSubmatch(string(help), -1) {
		have = append(have, words(m[1]))
	}
	for _, row := range rows(section(t, read(t, "README.md"), "Commands")) {
		stated = append(stated, words(strings.Trim(row[0], "`")))
	}
	assert.ElementsMatch(t, have, stated)
}

// TestEveryMetricIsExplained compares the operator's paper with what a service that has been used a little tells.
func TestEveryMetricIsExplained(t *testing.T) {
	p := start(t)
	get(t.Context(), t, p.url+"/healthz")
	run(t, p, stepsOf(t, section(t, read(t, "README.md"), tour)))
	var have, stated []string
	for _, m := range regexp.MustCompile(`(?m)^# TYPE (\S+) `).FindAllStringSubmatch(get(t.Context(), t, p.operatorURL), -1) {
		if name := m[1]; strings.HasPrefix(name, "go_sql_") || !strings.HasPrefix(name, "go_") && !strings.HasPrefix(name, "process_") {
			have = append(have, name)
		}
	}
	for _, row := range rows(section(t, read(t, "docs/operations.md"), "Metrics")) {
		stated = append(stated, strings.Trim(row[0], "`"))
	}
	assert.ElementsMatch(t, have, stated)
}

// papers lists the Markdown files of the repository.
func papers(t *testing.T) []string {
	t.Helper()
	var found []string
	err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() && slices.Contains(foreign(), entry.Name()) {
			return filepath.SkipDir
		}
		if filepath.Ext(path) == ".md" {
			found = append(found, path)
		}
		return nil
	})
	require.NoError(t, err)
	require.NotEmpty(t, found)
	return found
}

var (
	link    = regexp.MustCompile(`\]\(([^)\s]+)\)`)
	heading = regexp.MustCompile(`(?m)^#+ (.*)$`)
	noise   = regexp.MustCompile(`[^\p{L}\p{N} _-]`)
)

func prose(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	require.NoError(t, err)
	return fence.ReplaceAllString(string(text), "")
}

// anchors are the names that a hosted page gives to its headings.
func anchors(text string) []string {
	var all []string
	for _, m := range heading.FindAllStringSubmatch(text, -1) {
		all = append(all, strings.ReplaceAll(noise.ReplaceAllString(strings.ToLower(m[1]), ""), " ", "-"))
	}
	return all
}

func TestLinksLeadSomewhere(t *testing.T) {
	for _, paper := range papers(t) {
		for _, m := range link.FindAllStringSubmatch(prose(t, paper), -1) {
			if strings.Contains(m[1], "://") || strings.HasPrefix(m[1], "mailto:") {
				continue
			}
			path, anchor, _ := strings.Cut(m[1], "#")
			target := paper
			if path != "" {
				target = filepath.Join(filepath.Dir(paper), path)
			}
			if _, err := os.Stat(target); !assert.NoError(t, err, "%s links to %s", paper, m[1]) || anchor == "" {
				continue
			}
			assert.Contains(t, anchors(prose(t, target)), anchor, "%s links to %s", paper, m[1])
		}
	}
}
