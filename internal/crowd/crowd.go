// Package crowd fills a PostgreSQL of the service with as many accounts as one likes, in a minute or two for a million, and as the service would have
// written them: secrets are really sealed, digests are found. It does not know what they are wanted for.
package crowd

import (
	"fmt"
	"time"

	"github.com/ivendnext/whatsapp-accounts/internal/secret"
)

// Crowd is many accounts. They come in groups of five, the oldest first: four of the big site and one of a small one. So the big site has four fifths
// of all accounts, and each small one ten.
type Crowd struct {
	Site     string      // the big one
	Accounts int         // a multiple of GroupSize
	Box      *secret.Box // of the keyset that the service uses; the database must have recorded its primary key
}

// GroupSize is how many accounts a group has.
const GroupSize = 5

// The slots of a group.
const (
	Brand  = iota // Meta, Active, in the big site; Token is its verify token
	Branch        // Meta, Active, in the big site
	Sender        // WASender, Active, in the big site
	Draft         // Meta, Inactive, in the big site
	Stray         // Meta, Active, in a small site
)

// strays is how many accounts a small site has.
const strays = 10

// First is the number of the first group as IDs and tokens write it: every number has ten digits, so that a load can write one over another.
const First = 1_000_000_000

// Groups is how many groups there are.
func (c Crowd) Groups() int { return c.Accounts / GroupSize }

// BigSite is how many accounts the big site has.
func (c Crowd) BigSite() int { return c.Groups() * (GroupSize - 1) }

// Default is the account that is the big site's default in both directions, the brand in the middle of all.
func (c Crowd) Default() string { return ID(c.Groups()/2, Brand) }

// ID is the id of an account. Its last digits are decimal ones, by which ids are in the order of their age.
func ID(group, slot int) string {
	return fmt.Sprintf("01970000-0000-7000-8000-%d%02d", First+group, slot)
}

// Token is the verify token of a group's brand.
func Token(group int) string { return fmt.Sprintf("verify-%d", First+group) }

// Name is the name of an account. One in sixteen begins with the same word.
func Name(group, slot int) string {
	n := group*GroupSize + slot
	return fmt.Sprintf("%s %s %d", first()[n%len(first())], second()[n/len(first())%len(second())], First+n)
}

// Secrets are the clear values of an account's secrets, by field.
func Secrets(group, slot int) map[string]string {
	n := First + group*GroupSize + slot
	if slot == Sender {
		return map[string]string{"wasender_api_key": fmt.Sprintf("%064d", n), "webhook_secret": fmt.Sprintf("%032d", n)}
	}
	token := fmt.Sprintf("verify-%d-%d", First+group, slot)
	if slot == Brand {
		token = Token(group)
	}
	return map[string]string{"token": fmt.Sprintf("EAAG%0180d", n), verifyField: token, "app_secret": fmt.Sprintf("%032x", n)}
}

// PerGroup is how many secrets a group has.
const PerGroup = 4*3 + 2

const verifyField = "webhook_verify_token"

// Place is where a secret is sealed for.
func (c Crowd) Place(group, slot int, field string) secret.Place {
	return secret.Place{Site: c.siteOf(group, slot), Record: ID(group, slot), Field: field + "/current"}
}

func (c Crowd) siteOf(group, slot int) string {
	if slot == Stray {
		return fmt.Sprintf("small-%06d", group/strays)
	}
	return c.Site
}

// born is when an account was made.
func born(group, slot int) time.Time {
	return time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC).Add(time.Duration(group*GroupSize+slot) * time.Second)
}

func first() []string {
	return []string{
		"Harbour", "Northside", "Old Town", "Riverside", "Sunrise", "Meadow", "Corner", "Central", "Lakeside", "Hilltop", "Market", "Garden", "Station", "Palm", "Desert", "Pearl",
	}
}

func second() []string {
	return []string{"Pharmacy", "Bakery", "Clinic", "Motors", "Books", "Optics", "Flowers"}
}
