package main

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/alecthomas/kong"
)

// describe is a setting in --help: what it is, its default and its variable.
func describe(v *kong.Value) string {
	var facts []string
	if v.HasDefault {
		facts = append(facts, "default "+v.Default)
	}
	for _, env := range v.Tag.Envs {
		facts = append(facts, "$"+env)
	}
	if len(facts) == 0 {
		return v.Help
	}
	return fmt.Sprintf("%s (%s).", strings.TrimSuffix(v.Help, "."), strings.Join(facts, ", "))
}

// complaint is what kong says about the arguments. It names a setting by its flag alone, though most settings come from the environment,
// and stops after five commands.
func complaint(err error) string {
	text := err.Error()
	parse, ok := errors.AsType[*kong.ParseError](err)
	if !ok || parse.Context == nil {
		return text
	}
	if strings.HasPrefix(text, "expected one of ") {
		return "expected one of " + strings.Join(subcommands(parse.Context), ", ")
	}
	for _, f := range parse.Context.Flags() {
		flag := "--" + f.Name
		if rest, about := strings.CutPrefix(text, flag); about && len(f.Envs) > 0 && strings.IndexAny(rest, " :") == 0 {
			return fmt.Sprintf("%s (%s)%s", f.Envs[0], flag, rest)
		}
	}
	return text
}

// subcommands lists what may follow the command that was given, quoted.
func subcommands(c *kong.Context) []string {
	node := c.Model.Node
	if c.Selected() != nil {
		node = c.Selected()
	}
	var names []string
	for _, child := range node.Children {
		names = append(names, strconv.Quote(child.Name))
	}
	return names
}
