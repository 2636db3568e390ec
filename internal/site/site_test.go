package site_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/ivendnext/whatsapp-accounts/internal/site"
)

func TestASiteIsNamedByLettersDigitsAndALittleMore(t *testing.T) {
	for _, name := range []string{"default", "S", "0", "brand-a.example.com", "Brand_A", strings.Repeat("x", 140)} {
		s, err := site.Named(name)
		require.NoError(t, err, name)
		assert.Equal(t, name, s.String())
		assert.False(t, s.IsZero())
	}
}

func TestANameThatIsNoneIsRefusedWithTheRule(t *testing.T) {
	for _, name := range []string{"", ".", "-a", "_a", "a b", " a", "a\n", "a/b", "a:b", "é", "a\x00", strings.Repeat("x", 141)} {
		s, err := site.Named(name)
		require.ErrorContains(t, err, "use 1 to 140 letters", "%q", name)
		assert.True(t, s.IsZero(), "%q", name)
	}
}

func TestTheZeroSiteIsNobodys(t *testing.T) {
	assert.True(t, site.Site{}.IsZero())
	assert.Empty(t, site.Site{}.String())
}

func TestSitesOfOneNameAreOneSite(t *testing.T) {
	a, _ := site.Named("a")
	again, _ := site.Named("a")
	other, _ := site.Named("A")
	assert.Equal(t, a, again)
	assert.NotEqual(t, a, other, "case counts")
}

func TestRolesAreThoseOfTheContract(t *testing.T) {
	assert.Equal(t, []site.Role{"system_manager", "service", "viewer"}, site.Roles())
	for _, r := range site.Roles() {
		parsed, err := site.ParseRole(string(r))
		require.NoError(t, err)
		assert.Equal(t, r, parsed)
	}
}

func TestAnUnknownRoleIsRefusedWithTheRolesThereAre(t *testing.T) {
	for _, name := range []string{"", "admin", "System_Manager", "viewer "} {
		r, err := site.ParseRole(name)
		require.ErrorContains(t, err, "system_manager service viewer", "%q", name)
		assert.Empty(t, r)
	}
}

// FuzzNamed: what is taken is short plain text that reads as itself, so that it can stand in logs, keys and file names.
func FuzzNamed(f *testing.F) {
	for _, seed := range []string{"default", "", "a.b-c_d", "..", "é", "a\nb", "\xff", strings.Repeat("x", 141)} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, name string) {
		s, err := site.Named(name)
		if err != nil {
			assert.True(t, s.IsZero())
			return
		}
		assert.Equal(t, name, s.String())
		assert.True(t, len(name) >= 1 && len(name) <= 140 && utf8.ValidString(name))
		assert.False(t, strings.ContainsAny(name, "/\\ \t\r\n\x00:'\"%?#@"))
		assert.NotContains(t, ".-_", name[:1])
	})
}
