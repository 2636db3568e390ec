package main

import (
	"bufio"
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestRequestIsHTTP(t *testing.T) {
	r := newRequest(http.MethodPost, "/v1/accounts", "wak_key", `{"a":1}`)

	got, err := http.ReadRequest(bufio.NewReader(bytes.NewReader(r.bytes)))
	require.NoError(t, err)
	body, err := io.ReadAll(got.Body)
	require.NoError(t, err)
	assert.Equal(t, "/v1/accounts", got.URL.Path)
	assert.Equal(t, "Bearer wak_key", got.Header.Get("Authorization"))
	assert.Equal(t, "application/json", got.Header.Get("Content-Type"))
	assert.JSONEq(t, `{"a":1}`, string(body))
}

func TestRequestWithoutKeyAndBodyHasNoHeadersForThem(t *testing.T) {
	r := newRequest(http.MethodGet, "/", "", "")
	assert.Equal(t, "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n", string(r.bytes))
}

func TestEveryCounterOfARequestShowsTheSameNewNumber(t *testing.T) {
	numbers := new(atomic.Uint64)
	first := newRequest(http.MethodPost, "/", "", counter+" and "+counter)
	second := first.clone()

	first.number(numbers)
	second.number(numbers)

	assert.Contains(t, string(first.bytes), "1000000001 and 1000000001")
	assert.Contains(t, string(second.bytes), "1000000002 and 1000000002")
}

func TestNumbersAmongSomeStayBelowAndMeetThemAll(t *testing.T) {
	numbers, seen := new(atomic.Uint64), map[string]bool{}
	r := newRequest(http.MethodGet, "/"+counter, "", "")
	r.among = 10
	r = r.clone()
	for range 200 {
		r.number(numbers)
		seen[string(r.bytes[5:15])] = true
	}
	assert.Len(t, seen, 10)
	for n := range seen {
		assert.Regexp(t, `^100000000\d$`, n)
	}
}

func TestRequestWithoutCountersTakesNoNumber(t *testing.T) {
	numbers := new(atomic.Uint64)
	newRequest(http.MethodGet, "/", "", "").number(numbers)
	assert.Zero(t, numbers.Load())
}

func TestNewAccountIsJSON(t *testing.T) {
	var body struct {
		Name      string `json:"account_name"`
		IsDefault bool   `json:"is_default_outgoing"`
		Settings  struct {
			Token string `json:"webhook_verify_token"`
			Phone string `json:"phone_id"`
		} `json:"meta_settings"`
	}
	require.NoError(t, json.Unmarshal([]byte(newAccount("A", "7", `a "token"`, true)), &body))
	assert.Equal(t, "Brand A, UAE", body.Name)
	assert.Equal(t, "107", body.Settings.Phone)
	assert.Equal(t, `a "token"`, body.Settings.Token)
	assert.True(t, body.IsDefault)
}

func TestSignedRequestIsSignedOverTheBodyThatIsSent(t *testing.T) {
	numbers := new(atomic.Uint64)
	one := newSigned("/webhooks/meta", "key", `{"id":"`+counter+`"}`)
	seen := map[string]bool{}
	for range 3 {
		sent := one.clone()
		sent.number(numbers)
		header, body, found := strings.Cut(string(sent.bytes), "\r\n\r\n")
		require.True(t, found)
		mac := hmac.New(sha256.New, []byte("key"))
		mac.Write([]byte(body))
		assert.Contains(t, header, "X-Hub-Signature-256: sha256="+hex.EncodeToString(mac.Sum(nil)))
		seen[body] = true
	}
	assert.Len(t, seen, 3)
	assert.Contains(t, string(one.bytes), signature, "what is cloned stays as it was")
}
