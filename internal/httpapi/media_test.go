package httpapi_test

import (
	"bytes"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestMediaTypesOfBodies(t *testing.T) {
	t.Parallel()
	w := start(t)
	id := w.boss.make(t, meta("A")).ID
	for name, c := range map[string]struct {
		media string
		// statuses of POST, PUT and PATCH with an empty object
		post, put, patch int
	}{
		"JSON":                           {"application/json", 422, 422, 200},
		"JSON in capitals":               {"Application/JSON", 422, 422, 200},
		"JSON with charset":              {"application/json; charset=utf-8", 422, 422, 200},
		"JSON with charset in capitals":  {`application/json;charset="UTF-8"`, 422, 422, 200},
		"merge patch":                    {"application/merge-patch+json", 415, 415, 200},
		"merge patch with charset":       {"application/merge-patch+json; charset=utf-8", 415, 415, 200},
		"none":                           {absent, 415, 415, 415},
		"empty":                          {"", 415, 415, 415},
		"JSON patch":                     {"application/json-patch+json", 415, 415, 415},
		"problem":                        {"application/problem+json", 415, 415, 415},
		"text":                           {"text/plain", 415, 415, 415},
		"JSON as text":                   {"text/json", 415, 415, 415},
		"a form":                         {"application/x-www-form-urlencoded", 415, 415, 415},
		"a form with files":              {"multipart/form-data; boundary=x", 415, 415, 415},
		"XML":                            {"application/xml", 415, 415, 415},
		"anything":                       {"*/*", 415, 415, 415},
		"half a type":                    {"application", 415, 415, 415},
		"something longer":               {"application/json5", 415, 415, 415},
		"two types":                      {"application/json, text/plain", 415, 415, 415},
		"another charset":                {"application/json; charset=iso-8859-1", 415, 415, 415},
		"UTF-16":                         {"application/json; charset=utf-16", 415, 415, 415},
		"a broken parameter":             {"application/json; charset", 415, 415, 415},
		"a parameter that means nothing": {"application/json; profile=x", 422, 422, 200},
	} {
		t.Run(name, func(t *testing.T) {
			check := func(a *answer, want int) {
				t.Helper()
				if a.is(want); want == 415 {
					a.refused(415, "unsupported_media_type")
				}
			}
			check(w.boss.create(t, "{}", "Content-Type", c.media), c.post)
			check(w.boss.put(t, "/v1/defaults/outgoing", "{}", "Content-Type", c.media), c.put)
			check(w.boss.patch(t, at(id), "{}", "Content-Type", c.media), c.patch)
		})
	}
}

func TestACompressedBodyIs415(t *testing.T) {
	t.Parallel()
	w := start(t)
	w.boss.create(t, draft("A"), "Content-Encoding", "gzip").refused(415, "unsupported_media_type")
	w.boss.create(t, draft("A"), "Content-Encoding", "identity").is(201)
}

func TestARefusedMediaTypeSaysWhichToSend(t *testing.T) {
	t.Parallel()
	w := start(t)
	post := w.boss.create(t, "{}", "Content-Type", "text/plain").refused(415, "unsupported_media_type")
	assert.Equal(t, "Send Content-Type: application/json.", post.Fix)
	patch := w.boss.patch(t, at(never), "{}", "Content-Type", "text/plain").refused(415, "unsupported_media_type")
	assert.Equal(t, "Send Content-Type: application/merge-patch+json or application/json.", patch.Fix)
}

func TestAPatchIsTheSameUnderBothItsMediaTypes(t *testing.T) {
	t.Parallel()
	w := start(t)
	id := w.boss.make(t, meta("A")).ID
	for i, media := range []string{"application/json", "application/merge-patch+json"} {
		name := "B" + strings.Repeat("b", i)
		changed := w.boss.patch(t, at(id), obj{"account_name": name, "meta_settings": obj{"app_id": "42"}}, "Content-Type", media).is(200).account()
		assert.Equal(t, name, changed.AccountName)
	}
}

// sized is a valid body of n bytes.
func sized(n int) string {
	body := `{"account_name":"Sized","account_type":"Meta"` + strings.Repeat(" ", n)
	return body[:n-1] + "}"
}

func TestABodyOfOneMiBIsTaken(t *testing.T) {
	t.Parallel()
	w := start(t)
	w.boss.create(t, sized(1<<20)).is(201)
}

func TestAByteBeyondOneMiBIs413(t *testing.T) {
	t.Parallel()
	w := start(t)
	for name, body := range map[string]func() any{
		"with Content-Length": func() any { return sized(1<<20 + 1) },
		"in chunks":           func() any { return io.MultiReader(strings.NewReader(sized(1<<20 + 1))) },
		"ten times too large": func() any { return sized(10 << 20) },
	} {
		t.Run(name, func(t *testing.T) {
			w.boss.unchanged(t, func() {
				w.boss.create(t, body()).refused(413, "body_too_large")
				w.boss.patch(t, at(never), body()).refused(413, "body_too_large")
				w.boss.put(t, "/v1/defaults/outgoing", body()).refused(413, "body_too_large")
			})
		})
	}
}

func TestAnEndlessBodyIs413WithoutBeingRead(t *testing.T) {
	t.Parallel()
	w := start(t)
	conn, err := new(net.Dialer).DialContext(t.Context(), "tcp", strings.TrimPrefix(w.url, "http://"))
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, conn.Close()) })
	head := "POST /v1/accounts HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 1099511627776\r\nAuthorization: Bearer " + w.boss.key + "\r\n\r\n"
	_, err = conn.Write(append([]byte(head), bytes.Repeat([]byte(" "), 1<<20+1)...))
	require.NoError(t, err)
	said := make([]byte, 64)
	_, err = conn.Read(said)
	require.NoError(t, err)
	assert.Contains(t, string(said), "413 Request Entity Too Large")
}

// TestAnAnswerIsNotLostToABodyThatNobodyWanted was an answer lost now and then to a reset connection.
func TestAnAnswerIsNotLostToABodyThatNobodyWanted(t *testing.T) {
	t.Parallel()
	w := start(t)
	body := strings.Repeat(" ", 200<<10)
	for range 50 {
		conn, err := new(net.Dialer).DialContext(t.Context(), "tcp", strings.TrimPrefix(w.url, "http://"))
		require.NoError(t, err)
		_, err = fmt.Fprintf(conn, "GET /v1/accounts HTTP/1.0\r\nContent-Length: %d\r\nAuthorization: Bearer %s\r\n\r\n%s", len(body), w.boss.key, body)
		require.NoError(t, err)
		said, err := io.ReadAll(conn)
		require.NoError(t, err)
		assert.Contains(t, string(said), "200 OK")
		require.NoError(t, conn.Close())
	}
}

func TestABodyThatEndsEarlyIs400(t *testing.T) {
	t.Parallel()
	w := start(t)
	conn, err := new(net.Dialer).DialContext(t.Context(), "tcp", strings.TrimPrefix(w.url, "http://"))
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, conn.Close()) })
	_, err = io.WriteString(conn, "POST /v1/accounts HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 100\r\nAuthorization: Bearer "+w.boss.key+"\r\n\r\n{}")
	require.NoError(t, err)
	require.NoError(t, conn.(*net.TCPConn).CloseWrite())
	said, err := io.ReadAll(conn)
	require.NoError(t, err)
	assert.Contains(t, string(said), "400 Bad Request")
	assert.Contains(t, string(said), `"code":"unreadable_body"`)
}

func TestABodyWhereNoneIsTakenIsNotRead(t *testing.T) {
	t.Parallel()
	w := start(t)
	w.boss.beyond().send(t, http.MethodGet, "/v1/me", "not JSON").is(200)
}
