package e2e

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// marks are secrets that are found again wherever they turn up.
type marks struct {
	mu   sync.Mutex
	made map[string]string // the mark, by what it was used for
}

// secret makes one more; what names it when it is found.
func (m *marks) secret(what string) string {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.made == nil {
		m.made = map[string]string{}
	}
	what = fmt.Sprintf("%d (%s)", len(m.made)+1, what)
	m.made[what] = "Zq" + rand.Text()
	return m.made[what]
}

// add takes over a secret that somebody else made.
func (m *marks) add(what, secret string) string {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.made[what] = secret
	return secret
}

// assertNone fails for every secret that is in text, as it is or encoded.
func (m *marks) assertNone(t testing.TB, where string, text []byte) {
	t.Helper()
	m.mu.Lock()
	defer m.mu.Unlock()
	for what, mark := range m.made {
		for form, look := range forms(mark) {
			if at := bytes.Index(text, []byte(look)); at >= 0 {
				t.Errorf("S1: %s has secret %s %s: …%q…", where, what, form, text[max(0, at-150):min(len(text), at+len(look)+20)])
			}
		}
	}
}

// forms is how a secret may look. Base64 has three, by where in its group of three bytes the secret begins.
func forms(mark string) map[string]string {
	f := map[string]string{"in clear": mark, "in hexadecimal": hex.EncodeToString([]byte(mark)), "in upper case": strings.ToUpper(mark), "in lower case": strings.ToLower(mark)}
	for shift := range 3 {
		encoded := base64.StdEncoding.EncodeToString(append(make([]byte, shift), mark...))
		f[fmt.Sprintf("in base64 at %d", shift)] = encoded[4*((shift+2)/3) : len(encoded)-4]
	}
	return f
}

func TestMarksAreFoundInEveryForm(t *testing.T) {
	t.Parallel()
	var m marks
	mark := m.secret("a test")
	for _, text := range []string{
		"a" + mark + "b", hex.EncodeToString([]byte("a" + mark)), strings.ToLower(mark),
		base64.StdEncoding.EncodeToString([]byte(mark)), base64.URLEncoding.EncodeToString([]byte("a" + mark + "b")), base64.StdEncoding.EncodeToString([]byte("ab" + mark)),
	} {
		found := false
		for _, look := range forms(mark) {
			found = found || strings.Contains(text, look)
		}
		assert.True(t, found, text)
	}
}

// recorder keeps all that a service answers.
type recorder struct {
	next http.RoundTripper
	mu   sync.Mutex
	kept bytes.Buffer
}

// RoundTrip keeps the headers and the body of the answer.
func (r *recorder) RoundTrip(request *http.Request) (*http.Response, error) {
	response, err := r.next.RoundTrip(request)
	if err != nil {
		return nil, err
	}
	body, err := io.ReadAll(response.Body)
	_ = response.Body.Close()
	response.Body = io.NopCloser(bytes.NewReader(body))
	r.mu.Lock()
	defer r.mu.Unlock()
	fmt.Fprintf(&r.kept, "%s %s: %s\n", request.Method, request.URL.Path, response.Status)
	_ = response.Header.Write(&r.kept)
	r.kept.Write(append(body, '\n'))
	return response, err
}

// keep keeps what did not come as a whole answer.
func (r *recorder) keep(text string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.kept.WriteString(text + "\n")
}

func (r *recorder) bytes() []byte {
	r.mu.Lock()
	defer r.mu.Unlock()
	return bytes.Clone(r.kept.Bytes())
}

// dump is everything that the database holds: its files, or every row of every table.
func (i installation) dump(t testing.TB) []byte {
	t.Helper()
	if i.usesSQLite() {
		var all []byte
		files, err := filepath.Glob(i.dir + "/*.db*")
		require.NoError(t, err)
		for _, f := range files {
			content, err := os.ReadFile(f)
			require.NoError(t, err)
			all = append(all, content...)
		}
		return all
	}
	var all bytes.Buffer
	i.inPostgres(t, func(ctx context.Context, db *pgx.Conn) error {
		rows, err := db.Query(ctx, "SELECT quote_ident(tablename) FROM pg_tables WHERE schemaname = 'public'")
		if err != nil {
			return err
		}
		tables, err := pgx.CollectRows(rows, pgx.RowTo[string])
		for _, table := range tables {
			if _, err = db.PgConn().CopyTo(ctx, &all, "COPY "+table+" TO STDOUT"); err != nil {
				return err
			}
		}
		return err
	})
	return all.Bytes()
}

// inPostgres lends a connection of the test's own.
func (i installation) inPostgres(t testing.TB, do func(context.Context, *pgx.Conn) error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), timeout)
	defer cancel()
	db, err := pgx.Connect(ctx, i.set["WA_DATABASE_URL"])
	require.NoError(t, err)
	defer func() { _ = db.Close(context.WithoutCancel(ctx)) }()
	require.NoError(t, do(ctx, db))
}
