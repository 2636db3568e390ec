// Package account keeps the WhatsApp accounts of a site: what they are, the rules they obey and the use cases that change them.
// It knows no provider by name, no HTTP and no SQL.
package account

import (
	"maps"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"

	"github.com/ivendnext/whatsapp-accounts/internal/provider"
	"github.com/ivendnext/whatsapp-accounts/internal/site"
)

// Status switches an account on and off.
type Status string

// The two statuses. An Inactive account is used for nothing, from the moment the change is answered.
const (
	Active   Status = "Active"
	Inactive Status = "Inactive"
)

// Direction is one of the two designations of a site.
type Direction string

// The designations. Whoever touches both takes Outgoing first: two accounts that swap would otherwise deadlock.
const (
	Outgoing Direction = "outgoing"
	Incoming Direction = "incoming"
)

// Directions lists the designations in the one order in which they are touched.
func Directions() [2]Direction { return [2]Direction{Outgoing, Incoming} }

// Flag is how the designation shows on an account.
func (d Direction) Flag() string { return "is_default_" + string(d) }

// Account is one WhatsApp number's configuration as it can be read: secrets only by the time they were set.
type Account struct {
	ID                   string // UUIDv7
	Site                 site.Site
	Name                 string
	Type                 provider.Type
	Status               Status
	Settings             map[string]string    // by field name; no secret, no empty value
	SecretsSet           map[string]time.Time // by field name; absent means not set
	IsDefaultOutgoing    bool
	IsDefaultIncoming    bool
	AllowAutoReadReceipt bool
	ActivatedAt          time.Time // the first activation; zero means never
	CreatedAt            time.Time
	UpdatedAt            time.Time
}

// Standing is as much of an account as says whether it may be used. That of an account that is not there is zero.
type Standing struct {
	ID, Name string
	Status   Status
}

// IsActive reports whether the account may be used.
func (s Standing) IsActive() bool { return s.Status == Active }

// Standing gives that of the account.
func (a Account) Standing() Standing { return Standing{ID: a.ID, Name: a.Name, Status: a.Status} }

// IsActive reports whether the account may be used.
func (a Account) IsActive() bool { return a.Status == Active }

// Holds reports whether the account has the designation.
func (a Account) Holds(d Direction) bool {
	if d == Outgoing {
		return a.IsDefaultOutgoing
	}
	return a.IsDefaultIncoming
}

func (a *Account) setHolds(d Direction, holds bool) {
	if d == Outgoing {
		a.IsDefaultOutgoing = holds
		return
	}
	a.IsDefaultIncoming = holds
}

// has reports whether the field has a value, secret or not.
func (a Account) has(f provider.Field) bool {
	if f.IsSecret() {
		_, set := a.SecretsSet[f.Name]
		return set
	}
	return a.Settings[f.Name] != ""
}

// clone copies a deeply enough that a rule may change the copy.
func (a Account) clone() Account {
	settings, secrets := make(map[string]string, len(a.Settings)), make(map[string]time.Time, len(a.SecretsSet))
	maps.Copy(settings, a.Settings)
	maps.Copy(secrets, a.SecretsSet)
	a.Settings, a.SecretsSet = settings, secrets
	return a
}

// maxName is the longest account name, in characters.
const maxName = 140

// cleanName trims a name and says what is wrong with it, if anything.
func cleanName(name string) (clean, complaint string) {
	clean = strings.TrimSpace(name)
	switch {
	case strings.TrimFunc(clean, invisible) == "":
		return "", "The account needs a name."
	case utf8.RuneCountInString(clean) > maxName:
		return "", "The name is longer than 140 characters."
	case strings.ContainsFunc(clean, func(r rune) bool { return unicode.IsControl(r) || r == utf8.RuneError }):
		return "", "The name contains a control character or is not valid text."
	}
	return clean, ""
}

// invisible covers white space and format characters: a name may have them, but not consist of them.
func invisible(r rune) bool { return unicode.IsSpace(r) || unicode.Is(unicode.Cf, r) }

// NameKey is what makes a name unique within a site: the name without regard to case, surrounding space and Unicode composition.
// It folds what is decomposed and composes what is folded, since a capital may have no composed form where its small letter has one.
func NameKey(name string) string {
	return norm.NFC.String(cases.Fold().String(norm.NFD.String(strings.TrimSpace(name))))
}
