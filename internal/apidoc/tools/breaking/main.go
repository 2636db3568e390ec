// Command breaking holds the OpenAPI document against that of the last release, and fails for a breaking change that nobody declared.
// It does not know what breaks a caller: oasdiff does.
package main

import (
	"errors"
	"fmt"
	"io"
	"os"
)

func main() {
	if err := run(os.Stdout, os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "breaking:", err)
		os.Exit(1)
	}
}

// run compares the files RELEASED and PRESENT, and lets pass what the file DECLARED lists.
func run(out io.Writer, args []string) error {
	if len(args) != 3 {
		return errors.New("usage: breaking RELEASED PRESENT DECLARED")
	}
	var texts [3][]byte
	for i, file := range args {
		text, err := os.ReadFile(file) //nolint:gosec // the caller names the files
		if err != nil {
			return err
		}
		texts[i] = text
	}
	changes, err := compare(texts[0], texts[1])
	if err != nil {
		return err
	}
	declared, err := parseDeclared(texts[2])
	if err != nil {
		return fmt.Errorf("%s: %w", args[2], err)
	}
	if err := judge(changes, declared); err != nil {
		return fmt.Errorf("%s against %s, see docs/README.md:\n%w", args[1], args[0], err)
	}
	fmt.Fprintf(out, "%d breaking changes since the last release, all of them declared\n", len(changes))
	return nil
}
