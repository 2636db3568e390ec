package meta_test

import (
	"regexp"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/ivendnext/whatsapp-accounts/internal/provider"
	"github.com/ivendnext/whatsapp-accounts/internal/provider/endpoint"
	"github.com/ivendnext/whatsapp-accounts/internal/provider/meta"
)

func at(t *testing.T, moment string) time.Time {
	t.Helper()
	parsed, err := time.Parse(time.RFC3339, moment)
	require.NoError(t, err)
	return parsed
}

func TestVersionsLookLikeVersions(t *testing.T) {
	clean := field(t, spec(t, endpoint.DefaultHosts, false), "version").Clean
	for _, v := range []string{"v18.0", "v25.0", "v2.12", "v999.99"} {
		stored, complaint := clean(v)
		assert.Equal(t, v, stored)
		assert.Empty(t, complaint)
	}
	for _, v := range []string{
		"", "25.0", "v25", "v25.", "v.0", "V25.0", "v25.0.1", "v25,0", " v25.0", "v25.0\n", "v1000.0", "v25.100", "v-1.0", "v0.0", "v00.1", "v025.0", "v25.0/../me", "v２５.0", "latest",
	} {
		_, complaint := clean(v)
		assert.Contains(t, complaint, "for example v25.0", "%q", v)
	}
}

func TestWarningsFollowTheCalendar(t *testing.T) {
	for name, c := range map[string]struct{ version, now, code, detail string }{
		"long past":            {"v18.0", "2026-11-22T10:00:00Z", "graph_version_expired", "since 26 January 2026. Change it to v25.0."},
		"on its last day":      {"v20.0", "2026-09-24T00:00:00Z", "graph_version_expired", "since 24 September 2026"},
		"a second before":      {"v20.0", "2026-09-23T23:59:59Z", "graph_version_expiring", "ends on 24 September 2026. Change it to v25.0 before"},
		"60 days ahead":        {"v21.0", "2026-11-22T00:00:00Z", "graph_version_expiring", "ends on 21 January 2027"},
		"more than 60 days":    {"v21.0", "2026-11-21T23:59:59Z", "", ""},
		"in another time zone": {"v20.0", "2026-09-24T01:30:00+02:00", "graph_version_expiring", ""},
		"the default":          {"v25.0", "2026-11-22T10:00:00Z", "", ""},
		"the default, ending":  {"v25.0", "2028-07-01T00:00:00Z", "graph_version_expiring", "Change it to v26.0"},
		"the newest":           {"v26.0", "2030-01-01T00:00:00Z", "", ""},
		"newer than we know":   {"v31.0", "2030-01-01T00:00:00Z", "", ""},
		"never published":      {"v25.7", "2030-01-01T00:00:00Z", "", ""},
		"before the calendar":  {"v2.12", "2026-11-22T10:00:00Z", "graph_version_expired", "v2.12 has been past its end of life since 12 September 2025"},
		"none":                 {"", "2026-11-22T10:00:00Z", "", ""},
		"not a version":        {"v7", "2026-11-22T10:00:00Z", "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			warnings := spec(t, endpoint.DefaultHosts, false).Warn(map[string]string{"version": c.version}, at(t, c.now))
			if c.code == "" {
				assert.Empty(t, warnings)
				return
			}
			require.Len(t, warnings, 1)
			assert.Equal(t, c.code, warnings[0].Code)
			assert.Equal(t, "version", warnings[0].Field)
			assert.Contains(t, warnings[0].Detail, c.detail)
		})
	}
}

func TestAnExpiredDefaultIsNotSuggested(t *testing.T) {
	warnings := meta.Spec(meta.Options{DefaultVersion: "v18.0"}).Warn(map[string]string{"version": "v18.0"}, at(t, "2026-11-22T10:00:00Z"))
	require.Len(t, warnings, 1)
	assert.Contains(t, warnings[0].Detail, "Change it to v26.0.")
}

// FuzzVersion: a form with the pattern and the service agree, and no version upsets the calendar.
func FuzzVersion(f *testing.F) {
	for _, seed := range []string{"v25.0", "v18.0", "v2.12", "", "v", "25.0", "v25.0\n", "v999999999999999999999.0", "v-1.0", "v25.0/..", "v٢٥.0"} {
		f.Add(seed)
	}
	s := spec(f, endpoint.DefaultHosts, false)
	version, now := field(f, s, "version"), time.Date(2026, time.November, 22, 0, 0, 0, 0, time.UTC)
	form := regexp.MustCompile(version.Pattern)
	f.Fuzz(func(t *testing.T, text string) {
		stored, complaint := version.Clean(text)
		assert.Equal(t, form.MatchString(text), complaint == "")
		if complaint == "" {
			assert.Equal(t, text, stored)
			assert.LessOrEqual(t, len(stored), version.MaxLength)
		}
		for _, w := range s.Warn(map[string]string{"version": text}, now) {
			assert.Contains(t, []provider.Warning{{Code: "graph_version_expired", Field: "version"}, {Code: "graph_version_expiring", Field: "version"}},
				provider.Warning{Code: w.Code, Field: w.Field})
		}
	})
}
