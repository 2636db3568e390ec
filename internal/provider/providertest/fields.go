package providertest

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/ivendnext/whatsapp-accounts/internal/provider"
)

// clean is Clean where there is one: forms reports where there is none.
func clean(f provider.Field, value string) (stored, complaint string) {
	if f.Clean == nil {
		return value, ""
	}
	return f.Clean(value)
}

func names(s provider.Spec) (problems []string) {
	seen := map[string]bool{}
	for _, f := range s.Fields {
		if !snakeCase(f.Name) || seen[f.Name] {
			problems = append(problems, fmt.Sprintf("field name %q is not snake_case or there twice", f.Name))
		}
		seen[f.Name] = true
	}
	return problems
}

func forms(s provider.Spec) (problems []string) {
	kinds := []provider.Kind{provider.Text, provider.Secret, provider.URL, provider.Version, provider.Digits}
	for _, f := range s.Fields {
		if f.Label == "" || !sentence(f.Help) || f.MaxLength <= 0 || !slices.Contains(kinds, f.Kind) {
			problems = append(problems, fmt.Sprintf("%s needs a label, a help sentence, a maximal length and a known kind", f.Name))
		}
		if f.Clean == nil {
			problems = append(problems, f.Name+" has no Clean, so nothing keeps its length and control characters")
		}
	}
	return problems
}

func required(s provider.Spec) []string {
	if _, found := s.FieldWhere(func(f provider.Field) bool { return f.RequiredToActivate }); !found {
		return []string{"an account with no setting at all could be Active"}
	}
	return nil
}

func refusals(s provider.Spec) (problems []string) {
	for _, f := range s.Fields {
		for why, v := range map[string]string{
			"an empty value": "", "too long a value": strings.Repeat("1", f.MaxLength+1), "a NUL": "1\x00", "a line break": "1\r\nX: 1", "no text": "1\xff",
		} {
			if _, complaint := clean(f, v); complaint == "" {
				problems = append(problems, fmt.Sprintf("%s takes %s", f.Name, why))
			}
		}
	}
	return problems
}

func idempotence(s provider.Spec) (problems []string) {
	for _, f := range s.Fields {
		for _, v := range values(f) {
			stored, complaint := clean(f, v)
			if complaint != "" {
				continue
			}
			if again, complaint := clean(f, stored); again != stored || complaint != "" {
				problems = append(problems, fmt.Sprintf("%s: %q is stored as %q, which becomes %q %s", f.Name, v, stored, again, complaint))
			}
			if stored == "" || utf8.RuneCountInString(stored) > f.MaxLength {
				problems = append(problems, fmt.Sprintf("%s: %q is stored empty or longer than %d characters", f.Name, v, f.MaxLength))
			}
		}
	}
	return problems
}

func complaints(s provider.Spec) (problems []string) {
	for _, f := range s.Fields {
		for _, v := range values(f) {
			stored, complaint := clean(f, v)
			if complaint == "" {
				continue
			}
			if !sentence(complaint) || strings.Contains(complaint, Canary) || stored != "" {
				problems = append(problems, fmt.Sprintf("%s: complaint %q is no sentence, repeats the value or comes with one", f.Name, complaint))
			}
		}
	}
	return problems
}

func defaults(s provider.Spec) (problems []string) {
	for _, f := range s.Fields {
		if f.Default == "" {
			continue
		}
		if stored, complaint := clean(f, f.Default); stored != f.Default || complaint != "" || f.IsSecret() {
			problems = append(problems, fmt.Sprintf("%s: default %q is not clean, or of a secret", f.Name, f.Default))
		}
	}
	return problems
}

// patterns: a form that checks Pattern is neither stricter nor laxer than the service.
func patterns(s provider.Spec) (problems []string) {
	for _, f := range s.Fields {
		if f.Pattern == "" {
			continue
		}
		form, err := regexp.Compile(f.Pattern)
		if err != nil || !strings.HasPrefix(f.Pattern, "^") || !strings.HasSuffix(f.Pattern, "$") {
			problems = append(problems, fmt.Sprintf("%s: pattern %q does not compile or is not anchored", f.Name, f.Pattern))
			continue
		}
		for _, v := range values(f) {
			stored, complaint := clean(f, v)
			if form.MatchString(v) != (complaint == "" && stored == v) {
				problems = append(problems, fmt.Sprintf("%s: pattern and Clean disagree about %q: %s", f.Name, v, complaint))
			}
		}
	}
	return problems
}
