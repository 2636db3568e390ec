package main

import (
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/ivendnext/whatsapp-accounts/internal/rig"
)

func TestSendsHaveTheDefaultsOfTheGoalAndRefuseNonsense(t *testing.T) {
	o, err := parseSends(nil, io.Discard)
	require.NoError(t, err)
	assert.Equal(t, sendsOptions{accounts: 50, messages: 10_000, workers: 1000}, o)
	for _, args := range [][]string{{"-accounts", "0"}, {"-messages", "49"}, {"-workers", "0"}, {"-answers", "-1s"}, {"-nonsense"}, {"word"}} {
		_, err := parseSends(args, io.Discard)
		assert.Error(t, err, "%v", args)
	}
}

func TestProviderAnswersAsMetaDoesAndCountsWhatArrivesAndWhatArrivesTwice(t *testing.T) {
	opened, err := rig.NewSession("sends", io.Discard)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, opened.Close()) })
	p, err := newProvider(t.Context(), session{opened}, 0)
	require.NoError(t, err)
	ask := func(method, path, body string) string {
		request, err := http.NewRequestWithContext(t.Context(), method, p.url+path, strings.NewReader(body))
		require.NoError(t, err)
		answer, err := http.DefaultTransport.RoundTrip(request)
		require.NoError(t, err)
		said, err := io.ReadAll(answer.Body)
		require.NoError(t, err)
		require.NoError(t, answer.Body.Close())
		require.Equal(t, http.StatusOK, answer.StatusCode)
		return string(said)
	}
	for n, ref := range []string{"a", "b", "a"} {
		said := ask(http.MethodPost, "/v25.0/1/messages", `{"to":"1","biz_opaque_callback_data":"`+ref+`","type":"text"}`)
		require.Contains(t, said, `"messages":[{"id":"wamid.`+string(rune('1'+n))+`"}]`)
	}
	require.JSONEq(t, theTemplate, ask(http.MethodGet, "/v25.0/2/message_templates?limit=1", ""))
	require.NoError(t, p.await(t.Context(), 3))
	require.Equal(t, 1, p.twice())
	require.Positive(t, p.busiest())
}
