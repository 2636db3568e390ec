// Package deployments_test holds the facts that the files of this folder repeat from elsewhere: settings, the version of Go, the health check.
// No engine runs here, so it does not know whether an image builds.
package deployments_test

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"
)

func read(t *testing.T, pattern string) string {
	t.Helper()
	files, err := filepath.Glob(pattern)
	require.NoError(t, err)
	require.NotEmpty(t, files, pattern)
	var all strings.Builder
	for _, f := range files {
		text, err := os.ReadFile(f)
		require.NoError(t, err)
		all.Write(text)
	}
	return all.String()
}

func names(text, pattern string) []string {
	var found []string
	for _, match := range regexp.MustCompile(pattern).FindAllStringSubmatch(text, -1) {
		found = append(found, strings.Split(match[1], ",")...)
	}
	slices.Sort(found)
	return slices.Compact(found)
}

func settings(t *testing.T) []string {
	t.Helper()
	return names(read(t, "../internal/config/*.go"), `env:"(WA_[A-Z_,]+)"`)
}

func TestExampleDocumentsEverySettingAndNoOther(t *testing.T) {
	assert.Equal(t, settings(t), names(read(t, "example.env"), `(?m)^#?(WA_[A-Z_]+)=`))
}

func TestExampleShowsTheDefaults(t *testing.T) {
	example := read(t, "example.env")
	tags := regexp.MustCompile(`env:"(WA_[A-Z_]+)" default:"([^"]*)"`).FindAllStringSubmatch(read(t, "../internal/config/*.go"), -1)
	require.NotEmpty(t, tags)
	for _, tag := range tags {
		assert.Contains(t, example, "\n#"+tag[1]+"="+tag[2]+"\n")
	}
}

func TestContainersUseOnlySettingsThatExist(t *testing.T) {
	assert.Subset(t, settings(t), names(read(t, "Dockerfile")+read(t, "compose.yaml"), `\b(WA_[A-Z_]+)`))
}

func TestImageIsBuiltWithTheGoOfTheModule(t *testing.T) {
	module := regexp.MustCompile(`(?m)^go (\d+\.\d+)`).FindStringSubmatch(read(t, "../go.mod"))
	require.NotNil(t, module)
	assert.Contains(t, read(t, "Dockerfile"), "FROM golang:"+module[1]+"-")
}

// final is the stage that ships.
func final(t *testing.T) string {
	t.Helper()
	file := read(t, "Dockerfile")
	return file[strings.LastIndex(file, "\nFROM "):]
}

func TestImageRunsAsNobodyInParticular(t *testing.T) {
	assert.Regexp(t, `(?m)^USER [1-9]\d+:[1-9]\d+$`, final(t), "a number, for Kubernetes' runAsNonRoot")
	assert.Equal(t, strings.Count(final(t), "--chown="), strings.Count(final(t), "--chown=65532:65532 "))
}

func TestImageAsksTheProgramForItsHealth(t *testing.T) {
	assert.Contains(t, final(t), `CMD ["/whatsapp-accounts", "healthcheck"]`)
	assert.Regexp(t, `(?i)\bhealthcheck\b`, read(t, "../cmd/whatsapp-accounts/*.go"), "the subcommand")
}

func TestImageStampsTheVersionThatMakeStamps(t *testing.T) {
	stamp := regexp.MustCompile(`-X (\S+)=`)
	dockerfile, makefile := stamp.FindStringSubmatch(read(t, "Dockerfile")), stamp.FindStringSubmatch(read(t, "../Makefile"))
	require.NotNil(t, dockerfile)
	require.NotNil(t, makefile)
	assert.Equal(t, makefile[1], dockerfile[1])
	assert.Equal(t, "main.version", makefile[1])
	assert.Regexp(t, `(?m)^(var )?\s*version\s*=`, read(t, "../cmd/whatsapp-accounts/*.go"), "the variable that the linker sets")
}

type service struct {
	ReadOnly    bool     `yaml:"read_only"`
	CapDrop     []string `yaml:"cap_drop"`
	SecurityOpt []string `yaml:"security_opt"`
	Ports       []string `yaml:"ports"`
	Volumes     []string `yaml:"volumes"`
	Environment map[string]string
	Healthcheck map[string]any
	DependsOn   map[string]struct{ Condition string } `yaml:"depends_on"`
}

func compose(t *testing.T) (service, service) {
	t.Helper()
	var file struct {
		Services map[string]service
		Volumes  map[string]any
	}
	require.NoError(t, yaml.Unmarshal([]byte(read(t, "compose.yaml")), &file))
	require.Len(t, file.Services, 2)
	for name, s := range file.Services {
		for _, v := range s.Volumes {
			assert.Contains(t, file.Volumes, strings.Split(v, ":")[0], name)
		}
	}
	return file.Services["whatsapp-accounts"], file.Services["database"]
}

func TestComposeConfinesTheService(t *testing.T) {
	s, _ := compose(t)
	assert.True(t, s.ReadOnly)
	assert.Equal(t, []string{"ALL"}, s.CapDrop)
	assert.Contains(t, s.SecurityOpt, "no-new-privileges:true")
	assert.Equal(t, []string{"127.0.0.1:8080:8080"}, s.Ports, "neither metrics nor plain http reach the network")
}

func TestComposeStartsTheServiceOnceTheDatabaseAnswers(t *testing.T) {
	s, database := compose(t)
	assert.NotEmpty(t, database.Healthcheck["test"])
	assert.Equal(t, "service_healthy", s.DependsOn["database"].Condition)
}

func TestNoPasswordIsWrittenDown(t *testing.T) {
	_, database := compose(t)
	assert.True(t, strings.HasPrefix(database.Environment["POSTGRES_PASSWORD"], "${POSTGRES_PASSWORD:?"))
	assert.Regexp(t, `(?m)^POSTGRES_PASSWORD=$`, read(t, "example.env"))
	assert.Contains(t, read(t, ".gitignore"), ".env")
}
