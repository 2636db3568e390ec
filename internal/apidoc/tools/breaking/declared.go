package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
)

// declaration lets a breaking change pass, for a reason. Without an operation it does so at every operation.
type declaration struct {
	change
	Reason string `json:"reason"`
}

func (d declaration) covers(c change) bool {
	return (d.Operation == "" || d.Operation == c.Operation) && d.Rule == c.Rule && d.Text == c.Text
}

// parseDeclared reads a list of declarations, every one with its reason.
func parseDeclared(text []byte) ([]declaration, error) {
	var declared []declaration
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	if err := d.Decode(&declared); err != nil {
		return nil, err
	}
	for _, d := range declared {
		if d.Rule == "" || d.Text == "" || strings.TrimSpace(d.Reason) == "" {
			return nil, fmt.Errorf("a declaration has a rule, a text and a reason, and this one has not: %+v", d)
		}
	}
	return declared, nil
}

// judge gives an error for every change that nobody declared, as a declaration that wants its reason, and for every declaration that
// covers no change: it would let the next one pass unseen.
func judge(changes []change, declared []declaration) error {
	var wrong []error
	used := make([]bool, len(declared))
	for _, c := range changes {
		covered := false
		for i, d := range declared {
			if d.covers(c) {
				covered, used[i] = true, true
			}
		}
		if !covered {
			wrong = append(wrong, undeclared(c))
		}
	}
	for i, d := range declared {
		if !used[i] {
			wrong = append(wrong, fmt.Errorf("declared, and no longer so: %s: %s", d.Rule, d.Text))
		}
	}
	return errors.Join(wrong...)
}

func undeclared(c change) error {
	var entry bytes.Buffer
	e := json.NewEncoder(&entry)
	e.SetEscapeHTML(false)
	if err := e.Encode(declaration{change: c}); err != nil {
		return err
	}
	return fmt.Errorf("breaks callers, and is not declared: %s", strings.TrimSpace(entry.String()))
}
