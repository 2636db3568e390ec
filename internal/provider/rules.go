package provider

import (
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

// SecretMax is the length of the longest secret, in characters.
const SecretMax = 4096

// DigitsMax is the length of the longest decimal id, in digits.
const DigitsMax = 32

// DigitsPattern is what a decimal id looks like. It stays a string: leading zeros and ids beyond 64 bits survive.
const DigitsPattern = `^[0-9]{1,32}$`

// Matching makes a Clean that keeps a value that matches pattern as it is and answers anything else with complaint.
// It panics when pattern is no regular expression, which the first start shows.
func Matching(pattern, complaint string) func(string) (string, string) {
	form := regexp.MustCompile(pattern)
	return func(value string) (string, string) {
		if !form.MatchString(value) {
			return "", complaint
		}
		return value, ""
	}
}

// CleanDigits is the Clean of a decimal id of 1 to DigitsMax digits.
func CleanDigits() func(string) (string, string) {
	return Matching(DigitsPattern, "Enter 1 to 32 digits and nothing else: no spaces, signs or letters.")
}

// CleanChosenSecret is the Clean of a secret that a person made up: 1 to SecretMax characters, none of them a control character, kept
// exactly, surrounding white space included.
func CleanChosenSecret(value string) (stored, complaint string) {
	switch {
	case value == "":
		return "", "Enter a value; an empty one cannot be stored."
	case utf8.RuneCountInString(value) > SecretMax:
		return "", "Shorten the value: it may have 4,096 characters at most."
	case !utf8.ValidString(value):
		return "", "Copy the value again: it holds bytes that are not text."
	case strings.ContainsFunc(value, unicode.IsControl):
		return "", "Copy the value again: it holds a line break, a tab or another control character."
	}
	return value, ""
}

// CleanIssuedSecret is the Clean of a secret that a provider issued. It has no white space or invisible character at either end, so one
// that is there came with the paste; trimming it silently would hide that the rest may be wrong as well.
func CleanIssuedSecret(value string) (stored, complaint string) {
	if value != strings.TrimFunc(value, invisible) {
		return "", "Copy the value again without the space, line break or invisible character before or after it."
	}
	return CleanChosenSecret(value)
}

// invisible covers white space and format characters, such as the zero-width space and the byte order mark.
func invisible(r rune) bool { return unicode.IsSpace(r) || unicode.Is(unicode.Cf, r) }
