package account

import (
	"fmt"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/ivendnext/whatsapp-accounts/internal/provider"
)

// paper is sections 2.2 to 2.7 of the product's paper about one flag; an empty cell means "whatever", and the first line that fits counts.
// It is written from the paper and not from the code, so that the two can be compared.
func paper() []line {
	return []line{
		// A WASender becomes default outgoing by itself at its first activation. Silence and a repeated value let it.
		{flag: "automatic", asks: "nothing", holds: "no", after: "Active", first: "yes", outcome: "takes"},
		{flag: "automatic", asks: "false", holds: "no", after: "Active", first: "yes", outcome: "takes"},
		// True is accepted in the very request that takes the designation.
		{flag: "automatic", asks: "true", holds: "no", after: "Active", first: "yes", outcome: "takes"},
		// Otherwise a request that would change the flag is refused.
		{flag: "automatic", asks: "true", holds: "no", outcome: "read_only_field"},
		{flag: "automatic", asks: "false", holds: "yes", outcome: "read_only_field"},
		// Only accounts with the capability can be default incoming, whatever their status.
		{flag: "incoming, not able", asks: "true", holds: "no", outcome: "capability_unsupported"},
		// Status is judged as it will be after the request.
		{asks: "true", holds: "no", after: "Inactive", outcome: "account_inactive"},
		{asks: "true", holds: "no", after: "Active", outcome: "takes"},
		// False gives up what this account holds, whether it is Active or not.
		{asks: "false", holds: "yes", outcome: "gives"},
		// A flag equal to its value before the request is never refused; deactivating keeps; later saves do not take back.
		{outcome: "nothing"},
	}
}

type line struct{ flag, asks, holds, after, first, outcome string }

func (l line) fits(is line) bool {
	cell := func(want, have string) bool { return want == "" || want == have }
	return cell(l.flag, is.flag) && cell(l.asks, is.asks) && cell(l.holds, is.holds) && cell(l.after, is.after) && cell(l.first, is.first)
}

func expected(is line) string {
	return paper()[slices.IndexFunc(paper(), func(l line) bool { return l.fits(is) })].outcome
}

// situation is one request about both flags of an account.
type situation struct {
	spec      provider.Spec
	before    Status
	activated bool // at some time before
	asked     *Status
	holds     [2]bool
	flags     [2]*bool
}

func (s situation) String() string {
	return fmt.Sprintf("%s %s (activated before: %t), asked status %s; outgoing held %t, asked %s; incoming held %t, asked %s",
		s.spec.Type, s.before, s.activated, word(s.asked), s.holds[0], word(s.flags[0]), s.holds[1], word(s.flags[1]))
}

func word[T any](p *T) string {
	if p == nil {
		return "nothing"
	}
	return fmt.Sprint(*p)
}

// situations is every one that can be, and a few that cannot: a WASender that is default incoming, a holder that was never Active.
func situations(t *testing.T) []situation {
	t.Helper()
	bothHolds := [][2]bool{{false, false}, {false, true}, {true, false}, {true, true}}
	var all []situation
	for _, spec := range allSpecs(t) {
		for _, lived := range []struct {
			status    Status
			activated bool
		}{{Inactive, false}, {Inactive, true}, {Active, true}} {
			for _, asked := range []*Status{nil, new(Active), new(Inactive)} {
				for _, holds := range bothHolds {
					for _, outgoing := range []*bool{nil, new(true), new(false)} {
						for _, incoming := range []*bool{nil, new(true), new(false)} {
							all = append(all, situation{spec, lived.status, lived.activated, asked, holds, [2]*bool{outgoing, incoming}})
						}
					}
				}
			}
		}
	}
	return all
}

// of describes one flag in the words of the paper.
func (s situation) of(i int) line {
	yes := map[bool]string{true: "yes", false: "no"}
	after := s.before
	if s.asked != nil {
		after = *s.asked
	}
	flag := "by choice"
	switch {
	case i == 0 && s.spec.DefaultOutgoing == provider.Automatic:
		flag = "automatic"
	case i == 1 && !s.spec.Can(provider.CanDefaultIncoming):
		flag = "incoming, not able"
	case i == 1:
		flag = "incoming, able"
	}
	return line{flag: flag, asks: word(s.flags[i]), holds: yes[s.holds[i]], after: string(after), first: yes[after == Active && !s.activated]}
}

func (s situation) decide(t *testing.T) (Decision, error) {
	t.Helper()
	before := made(t, s.spec, Active)
	before.Status = s.before
	if !s.activated {
		before.ActivatedAt = blank(t, s.spec).ActivatedAt
	}
	before.IsDefaultOutgoing, before.IsDefaultIncoming = s.holds[0], s.holds[1]
	return decide(s.spec, before, Change{Status: s.asked, IsDefaultOutgoing: s.flags[0], IsDefaultIncoming: s.flags[1]}, later())
}

func TestFlagsDoWhatThePaperSays(t *testing.T) {
	all := situations(t)
	require.Len(t, all, 3*3*3*4*9)
	for _, s := range all {
		var takes, gives []Direction
		var refusals []string
		for i, direction := range Directions() {
			switch outcome := expected(s.of(i)); outcome {
			case "nothing":
			case "takes":
				takes = append(takes, direction)
			case "gives":
				gives = append(gives, direction)
			default:
				refusals = append(refusals, "/"+direction.Flag()+" "+outcome)
			}
		}
		d, err := s.decide(t)
		if len(refusals) > 0 {
			f, at := faultIn(t, err)
			assert.Equal(t, worthTelling(refusals), at, "%s: %s", s, f)
			continue
		}
		require.NoError(t, err, s)
		assert.Equal(t, takes, d.Takes, "takes: %s", s)
		assert.Equal(t, gives, d.Gives, "gives: %s", s)
		for i, direction := range Directions() {
			holds := (s.holds[i] || slices.Contains(takes, direction)) && !slices.Contains(gives, direction)
			assert.Equal(t, holds, d.Account.Holds(direction), "holds %s: %s", direction, s)
		}
	}
}

// worthTelling drops conflicts with the account's state while the request itself is not sound.
func worthTelling(refusals []string) []string {
	conflict := func(r string) bool {
		return r == "/is_default_outgoing account_inactive" || r == "/is_default_incoming account_inactive"
	}
	if slices.ContainsFunc(refusals, func(r string) bool { return !conflict(r) }) {
		return slices.DeleteFunc(refusals, conflict)
	}
	return refusals
}

func TestARefusedFlagHasItsKindAndCode(t *testing.T) {
	whatsender := made(t, wasenderSpec(t), Active)
	f, _ := refused(t, wasenderSpec(t), whatsender, Change{IsDefaultOutgoing: new(false)})
	assert.Equal(t, "read_only_field", f.Code)
	f, _ = refused(t, wasenderSpec(t), whatsender, Change{IsDefaultIncoming: new(true)})
	assert.Equal(t, "capability_unsupported", f.Code)
	f, _ = refused(t, metaSpec(t), made(t, metaSpec(t), Inactive), Change{IsDefaultOutgoing: new(true)})
	assert.ErrorIs(t, f, ErrInactive)
}

func TestBothFlagsOfAnInactiveAccountAreNamedAtOnce(t *testing.T) {
	f, at := refused(t, metaSpec(t), made(t, metaSpec(t), Inactive), Change{IsDefaultOutgoing: new(true), IsDefaultIncoming: new(true)})
	assert.Equal(t, []string{"/is_default_outgoing account_inactive", "/is_default_incoming account_inactive"}, at)
	assert.ErrorIs(t, f, ErrInactive)
}

func TestABrokenRequestIsToldBeforeAConflict(t *testing.T) {
	f, at := refused(t, metaSpec(t), made(t, metaSpec(t), Inactive), Change{Name: new(" "), IsDefaultOutgoing: new(true)})
	assert.Equal(t, "invalid_value", f.Code)
	assert.Equal(t, []string{"/account_name invalid_value"}, at)
}
