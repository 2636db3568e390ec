package main

import (
	"errors"
	"fmt"
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

// complaint is what kong says about the arguments. It names a setting by its flag alone, though most settings come from the environment.
func complaint(err error) string {
	text := err.Error()
	parse, ok := errors.AsType[*kong.ParseError](err)
	if !ok || parse.Context == nil {
		return text
	}
	for _, f := range parse.Context.Flags() {
		flag := "--" + f.Name
		if rest, about := strings.CutPrefix(text, flag); about && len(f.Envs) > 0 && strings.IndexAny(rest, " :") == 0 {
			return fmt.Sprintf("%s (%s)%s", f.Envs[0], flag, rest)
		}
	}
	return text
}
