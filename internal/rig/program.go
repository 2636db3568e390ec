package rig

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"time"
)

// Service is the package of the program.
const Service = "github.com/ivendnext/whatsapp-accounts/cmd/whatsapp-accounts"

// PoolSize is how many connections to the database each program may open: the service's default.
const PoolSize = 12

// Environment is what the service is told; nothing that is set for the driver reaches it.
func Environment(data, url string) []string {
	return append(SystemOnly(),
		"WA_DATA_DIR="+data, "WA_DATABASE_URL="+url, "WA_DB_MAX_CONNS="+strconv.Itoa(PoolSize),
		"WA_LISTEN=127.0.0.1:0", "WA_OPERATOR_LISTEN=127.0.0.1:0", "WA_LOG_FORMAT=json", "WA_DRAIN_DELAY=0s")
}

// SystemOnly is an environment with nothing of the service.
func SystemOnly() []string {
	return []string{"PATH=" + os.Getenv("PATH"), "HOME=" + os.Getenv("HOME"), "TMPDIR=" + os.TempDir()}
}

// CreateKey makes an API key of the site.
func CreateKey(ctx context.Context, program string, env []string, site, role string) (string, error) {
	create := exec.CommandContext(ctx, program, "apikey", "create", "--site", site, "--role", role, "--name", "rig") //nolint:gosec // our own program
	create.Env = env
	said, err := create.Output()
	if failed, ok := errors.AsType[*exec.ExitError](err); ok {
		return "", fmt.Errorf("making an API key: %w\n%s", err, failed.Stderr)
	}
	return strings.TrimSpace(string(said)), err
}

// Ask sends one request that is not measured and gives the body of its answer. An empty key sends none.
func Ask(ctx context.Context, method, url, key, body string, status int) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, method, url, strings.NewReader(body))
	if err != nil {
		return nil, err
	}
	if key != "" {
		request.Header.Set("Authorization", "Bearer "+key)
	}
	if body != "" {
		request.Header.Set("Content-Type", "application/json")
	}
	response, err := http.DefaultTransport.RoundTrip(request)
	if err != nil {
		return nil, err
	}
	got, err := io.ReadAll(response.Body)
	if err == nil && response.StatusCode != status {
		err = fmt.Errorf("%s %s answered %d in place of %d:\n%s", method, url, response.StatusCode, status, got)
	}
	return got, errors.Join(err, response.Body.Close())
}
