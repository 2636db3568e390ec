package config_test

import (
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/alecthomas/kong"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/ivendnext/whatsapp-accounts/internal/config"
)

// parse reads flags and the environment as the program does.
func parse[T any](t *testing.T, args ...string) (T, error) {
	t.Helper()
	var into struct {
		Settings T `embed:""`
	}
	parser, err := kong.New(&into)
	require.NoError(t, err)
	_, err = parser.Parse(args)
	return into.Settings, err
}

// settings lists every field of a struct and of those it embeds.
func settings(of reflect.Type) []reflect.StructField {
	var all []reflect.StructField
	for f := range of.Fields() {
		if f.Anonymous {
			all = append(all, settings(f.Type)...)
			continue
		}
		all = append(all, f)
	}
	return all
}

func TestEverySettingIsAFlagAndAVariableOfOneNameAndExplainsItself(t *testing.T) {
	parser, err := kong.New(new(struct {
		config.Serve `embed:""`
	}))
	require.NoError(t, err)
	flags := map[string]string{} // by variable
	for _, f := range parser.Model.Flags {
		for _, variable := range f.Envs {
			require.NotContains(t, flags, variable, "two settings of one name")
			flags[variable] = f.Name
		}
	}
	for _, f := range settings(reflect.TypeFor[config.Serve]()) {
		variable := f.Tag.Get("env")
		assert.Regexp(t, `^WA_[A-Z]+(_[A-Z]+)*$`, variable, f.Name)
		assert.Equal(t, variable, "WA_"+strings.ToUpper(strings.ReplaceAll(flags[variable], "-", "_")), f.Name)
		assert.Regexp(t, `^[A-Z].*\.$`, f.Tag.Get("help"), "%s: help is sentences", f.Name)
		if f.Type.Kind() != reflect.Bool {
			assert.NotEmpty(t, f.Tag.Get("placeholder"), "%s: --help shows what to write", f.Name)
		}
	}
	assert.Len(t, flags, len(settings(reflect.TypeFor[config.Serve]()))) // and nothing but --help is without a variable
}

func TestTheNamesThatScriptsRelyOnHaveTheirDefaults(t *testing.T) {
	tags := map[string]string{}
	for _, f := range settings(reflect.TypeFor[config.Serve]()) {
		tags[f.Tag.Get("env")] = f.Tag.Get("default")
	}
	for variable, value := range map[string]string{
		"WA_LISTEN": "127.0.0.1:8080", "WA_OPERATOR_LISTEN": "127.0.0.1:9090", "WA_DATA_DIR": "./data", "WA_DATABASE_URL": "", "WA_KEYSET_FILE": "",
		"WA_PUBLIC_URL": "", "WA_ALLOWED_PROVIDER_HOSTS": "", "WA_ALLOW_PRIVATE_PROVIDERS": "", "WA_LOG_FORMAT": "auto", "WA_LOG_LEVEL": "info",
		"WA_SHUTDOWN_TIMEOUT": "10s", "WA_META_VERSION": "v25.0",
	} {
		have, there := tags[variable]
		assert.True(t, there, variable)
		assert.Equal(t, value, have, variable)
	}
	assert.Equal(t, config.DefaultOperatorListen, tags["WA_OPERATOR_LISTEN"])
}

func TestNothingNeedsToBeSet(t *testing.T) {
	c, err := parse[config.Serve](t)
	require.NoError(t, err)
	assert.Equal(t, "127.0.0.1:8080", c.Listen)
	assert.Equal(t, 10*time.Second, c.ShutdownTimeout)
	assert.True(t, c.UsesSQLite())
	assert.False(t, c.AllowPrivateProviders)
}

func TestAFlagGoesBeforeTheEnvironment(t *testing.T) {
	t.Setenv("WA_DATA_DIR", "/from/environment")
	t.Setenv("WA_ALLOW_PRIVATE_PROVIDERS", "true")
	t.Setenv("WA_SHUTDOWN_TIMEOUT", "3s")
	c, err := parse[config.Serve](t, "--data-dir", "/from/flag")
	require.NoError(t, err)
	assert.Equal(t, "/from/flag", c.DataDir)
	assert.True(t, c.AllowPrivateProviders)
	assert.Equal(t, 3*time.Second, c.ShutdownTimeout)
}

func TestAWrongSettingIsNamedHoweverItWasSet(t *testing.T) {
	for variable, wrong := range map[string][]string{
		"WA_DB_MAX_CONNS":        {"0", "-1", "1001"},
		"WA_DATABASE_URL":        {"mysql://host/name", "host=db", "postgres:", "POSTGRES"},
		"WA_LISTEN":              {"", "8080", "127.0.0.1", "127.0.0.1:", "127.0.0.1:x", "127.0.0.1:65536", "127.0.0.1:-1", "::1:8080", "http://127.0.0.1:8080"},
		"WA_OPERATOR_LISTEN":     {"9090", "127.0.0.1:metrics"},
		"WA_REQUEST_TIMEOUT":     {"0s", "-1s"},
		"WA_READ_HEADER_TIMEOUT": {"0s", "-1s"},
		"WA_READ_TIMEOUT":        {"0s", "-1s"},
		"WA_WRITE_TIMEOUT":       {"0s", "-1s"},
		"WA_IDLE_TIMEOUT":        {"0s", "-1s"},
		"WA_SHUTDOWN_TIMEOUT":    {"0s", "-1s"},
		"WA_KEYSET_POLL":         {"0s", "-1s"},
		"WA_DRAIN_DELAY":         {"-1s"},
		"WA_PUBLIC_URL": {
			"wa.example.com", "ftp://wa.example.com", "https://", "https://:443", "https:///path", "https://me@wa.example.com", "https://wa.example.com?a=b",
			"https://wa.example.com?", "https://wa.example.com#", "https://wa.example.com/#top", "https://wa.example.com/a b", "https://wa.example.com:x", "/path",
		},
	} {
		t.Run(variable, func(t *testing.T) {
			for _, value := range wrong {
				t.Setenv(variable, value)
				_, err := parse[config.Serve](t)
				assert.ErrorContains(t, err, variable, "%q", value)
			}
		})
	}
}

func TestOfSeveralWrongSettingsTheSameIsAlwaysToldFirst(t *testing.T) {
	c, err := parse[config.Serve](t)
	require.NoError(t, err)
	c.IdleTimeout, c.KeysetPoll, c.RequestTimeout, c.WriteTimeout = 0, 0, 0, 0
	for range 20 {
		require.ErrorContains(t, c.Validate(), "WA_REQUEST_TIMEOUT")
	}
}

func TestServingChecksWhereThingsAreKeptWhoeverAsks(t *testing.T) {
	c, err := parse[config.Serve](t)
	require.NoError(t, err)
	require.NoError(t, c.Validate())
	c.DBMaxConns = 0
	require.ErrorContains(t, c.Validate(), "WA_DB_MAX_CONNS")
}

func TestADemoBringsItsOwnFolder(t *testing.T) {
	for setting, value := range map[string]string{"WA_DATA_DIR": "/var/lib/wa", "WA_DATABASE_URL": "postgres://h/n", "WA_KEYSET_FILE": "/run/k.json"} {
		t.Run(setting, func(t *testing.T) {
			t.Setenv(setting, value)
			_, err := parse[config.Serve](t, "--demo")
			require.ErrorContains(t, err, setting)
			require.ErrorContains(t, err, "leave one of the two out")
			t.Setenv(setting, "") // as whoever takes back what an image sets
			c, err := parse[config.Serve](t, "--demo")
			require.NoError(t, err)
			assert.True(t, c.Demo)
		})
	}
}

func TestWhatHasFewValuesIsNamedWithThem(t *testing.T) {
	for flag, values := range map[string]string{"--log-format": `"auto","json","text"`, "--log-level": `"debug","info","warn","error"`} {
		_, err := parse[config.Serve](t, flag, "loud")
		require.ErrorContains(t, err, flag)
		assert.ErrorContains(t, err, values)
	}
}

func TestARightSettingIsTaken(t *testing.T) {
	for variable, right := range map[string][]string{
		"WA_DB_MAX_CONNS":    {"1", "1000"},
		"WA_DATABASE_URL":    {"postgres://user:password@host:5432/name", "postgresql://host/name", ""},
		"WA_LISTEN":          {"127.0.0.1:0", ":8080", "[::1]:8080", "localhost:65535", "0.0.0.0:80"},
		"WA_OPERATOR_LISTEN": {"", ":9090"},
		"WA_PUBLIC_URL":      {"", "https://wa.example.com", "https://wa.example.com/", "https://wa.example.com/wa", "http://127.0.0.1:8080", "https://[::1]:8443"},
		"WA_DRAIN_DELAY":     {"0s"},
	} {
		t.Run(variable, func(t *testing.T) {
			for _, value := range right {
				t.Setenv(variable, value)
				_, err := parse[config.Serve](t)
				assert.NoError(t, err, "%q", value)
			}
		})
	}
}

func TestEveryCommandThatTouchesTheDatabaseChecksWhereItIs(t *testing.T) {
	_, err := parse[config.Storage](t, "--database-url", "mysql://host/name")
	assert.ErrorContains(t, err, "WA_DATABASE_URL (--database-url) must start with postgres://")
}

func TestAWrongDatabaseURLDoesNotShowItsPassword(t *testing.T) {
	for _, url := range []string{
		"mysql://user:MARKED@host/name", "postgres://user:MARKED@127.0.0.1:xx/name", "postgres://user:MARKED%zz@host/name", "postgres://user:MARKED@[::1/name",
		"postgres://user:MARKED/@host:5432/name", "postgres://user:MARKED@host name/x", "postgres://user:MARKED\x7f@host/x",
	} {
		_, err := parse[config.Serve](t, "--database-url", url)
		require.ErrorContains(t, err, "WA_DATABASE_URL (--database-url) must ", url)
		assert.NotContains(t, err.Error(), "MARKED")
	}
}

func TestEverythingIsInTheDataFolderUnlessItIsSaidToBeElsewhere(t *testing.T) {
	for _, c := range []struct {
		storage     config.Storage
		keyset      string
		needsFolder bool
	}{
		{config.Storage{DataDir: "d"}, "d/keyset.json", true},
		{config.Storage{DataDir: "d", KeysetFile: "/run/k.json"}, "/run/k.json", true},
		{config.Storage{DataDir: "d", DatabaseURL: "postgres://h/n"}, "d/keyset.json", true},
		{config.Storage{DataDir: "d", DatabaseURL: "postgres://h/n", KeysetFile: "/run/k.json"}, "/run/k.json", false},
	} {
		assert.Equal(t, c.keyset, c.storage.KeysetPath())
		assert.Equal(t, c.needsFolder, c.storage.NeedsDataDir())
		assert.Equal(t, "d/whatsapp-accounts.db", c.storage.SQLitePath())
		assert.Equal(t, c.storage.DatabaseURL == "", c.storage.UsesSQLite())
	}
}
