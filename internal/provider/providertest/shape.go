package providertest

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/ivendnext/whatsapp-accounts/internal/provider"
)

func identity(s provider.Spec) (problems []string) {
	if s.Type == "" || s.Title == "" {
		problems = append(problems, "type and title must be there")
	}
	if !snakeCase(s.SettingsKey) {
		problems = append(problems, fmt.Sprintf("settings key %q is not snake_case", s.SettingsKey))
	}
	if s.DefaultOutgoing != provider.ByChoice && s.DefaultOutgoing != provider.Automatic {
		problems = append(problems, fmt.Sprintf("default outgoing %q is neither of the two ways", s.DefaultOutgoing))
	}
	if !strings.HasPrefix(s.WebhookPath, "/webhooks/") || strings.HasSuffix(s.WebhookPath, "/") {
		problems = append(problems, fmt.Sprintf("webhook path %q is not below /webhooks/", s.WebhookPath))
	}
	return problems
}

func registered(s provider.Spec) []string {
	if _, err := provider.NewRegistry(s); err != nil {
		return []string{err.Error()}
	}
	return nil
}

func capabilities(s provider.Spec) (problems []string) {
	order, last := provider.Capabilities(), -1
	for _, c := range s.Capabilities {
		at := slices.Index(order, c)
		if at <= last {
			problems = append(problems, fmt.Sprintf("capability %q is unknown, there twice or out of order", c))
		}
		last = max(last, at)
		if !s.Can(c) {
			problems = append(problems, fmt.Sprintf("Can denies %q", c))
		}
	}
	return problems
}

func warnings(s provider.Spec) (problems []string) {
	if s.Warn == nil {
		return nil
	}
	for _, settings := range settingsToWarnOf(s) {
		before := len(settings)
		for _, w := range s.Warn(settings, time.Date(2026, time.November, 22, 0, 0, 0, 0, time.UTC)) {
			f, found := s.Field(w.Field)
			if !snakeCase(w.Code) || !sentence(w.Detail) || !found || f.IsSecret() {
				problems = append(problems, fmt.Sprintf("warning %+v needs a code, a sentence and a field that is no secret", w))
			}
		}
		if len(settings) != before {
			problems = append(problems, "Warn changed the settings")
		}
	}
	return problems
}

// settingsToWarnOf begins with what an empty draft has.
func settingsToWarnOf(s provider.Spec) []map[string]string {
	all := []map[string]string{nil, {}}
	for _, f := range s.Fields {
		for _, v := range values(f) {
			if stored, complaint := clean(f, v); complaint == "" && !f.IsSecret() {
				all = append(all, map[string]string{f.Name: stored})
			}
		}
	}
	return all
}

// snakeCase reports whether name can be a member of the contract.
func snakeCase(name string) bool {
	return regexp.MustCompile(`^[a-z][a-z0-9]*(_[a-z0-9]+)*$`).MatchString(name)
}

// sentence reports whether text reads as one or more sentences, on one line.
func sentence(text string) bool {
	first, _ := utf8.DecodeRuneInString(text)
	return unicode.IsUpper(first) && strings.HasSuffix(text, ".") && strings.Contains(text, " ") && !strings.ContainsFunc(text, unicode.IsControl)
}
