package message

import (
	"regexp"
	"strings"

	"github.com/ivendnext/whatsapp-accounts/internal/fault"
	"github.com/ivendnext/whatsapp-accounts/internal/provider"
)

// userID is a business-scoped user id. Source: Meta, Cloud API, business-scoped user ids (2026).
var userID = regexp.MustCompile(`^[A-Z]{2}\.(ENT\.)?[0-9A-Za-z]{1,128}$`)

// spelling is what people put between the digits of a telephone number.
const spelling = " \u00a0-.()/"

// maxGroup is the longest id of a group, in characters.
const maxGroup = 128

// Phone gives the E.164 form of a telephone number, +9715…, however it is spelled: with or without its plus, with 00 in its place, with spaces, dots, dashes
// and brackets. Not ok is one that lacks the country code, or is no number at all.
func Phone(text string) (e164 string, ok bool) {
	digits := func(r rune) rune {
		if strings.ContainsRune(spelling, r) {
			return -1
		}
		return r
	}
	number, plus := strings.CutPrefix(strings.Map(digits, strings.TrimSpace(text)), "+")
	if !plus {
		number = strings.TrimPrefix(number, "00")
	}
	if len(number) < 7 || len(number) > 15 || number[0] == '0' || strings.Trim(number, "0123456789") != "" {
		return "", false
	}
	return "+" + number, true
}

// recipientOf reads whom a message is for. If a number and a user id are given, the number wins, as with Meta.
func recipientOf(to, user, kind string, wrong *fault.Fields) provider.Recipient {
	switch {
	case kind != "" && kind != "individual" && kind != "group":
		wrong.Add("/recipient_type", "invalid_value", "Send individual or group, or leave it out.")
	case kind == "group" && (to == "" || len(to) > maxGroup || strings.ContainsAny(to, " \t\r\n")):
		wrong.Add("/to", "invalid_value", "A group is named by the id that its provider gave it.")
	case kind == "group":
		return provider.Recipient{Kind: provider.ToGroup, Value: to}
	case to == "" && user == "":
		wrong.Add("/to", "required", "Say whom the message is for: a telephone number with its country code, such as +971501234567.")
	case to == "" && !userID.MatchString(user):
		wrong.Add("/recipient", "invalid_value", "This is no business-scoped user id: those look like AE.1029384756.")
	case to == "":
		return provider.Recipient{Kind: provider.ToUser, Value: user}
	default:
		number, ok := Phone(to)
		if !ok {
			wrong.Add("/to", "invalid_value", "This is no telephone number in international form: send 7 to 15 digits that begin with the country code, such as +971501234567.")
		}
		return provider.Recipient{Kind: provider.ToPhone, Value: number}
	}
	return provider.Recipient{}
}
