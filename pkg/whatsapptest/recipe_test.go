package whatsapptest_test

import (
	"context"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/ivendnext/whatsapp-accounts/pkg/whatsapptest"
)

// outcomes are the statuses of n messages.
func outcomes(t *testing.T, m *whatsapptest.Meta, n int) []int {
	t.Helper()
	all := []int{}
	for range n {
		all = append(all, send(t, m, hello).status)
	}
	return all
}

func TestFaultBefallsTheNextCalls(t *testing.T) {
	m := graph(t)
	m.FailNext(2, whatsapptest.MetaError(131056))
	m.FailNext(1, whatsapptest.HTML(http.StatusBadGateway))
	assert.Equal(t, []int{400, 400, 502, 200}, outcomes(t, m, 4))
	assert.Len(t, m.Sent(), 1, "a refused call has no effect")
}

func TestFaultBefallsEachNthCall(t *testing.T) {
	m := graph(t)
	m.FailEvery(3, whatsapptest.MetaError(131000))
	assert.Equal(t, []int{200, 200, 500, 200, 200, 500, 200}, outcomes(t, m, 7))
	m.Heal()
	assert.Equal(t, []int{200, 200, 200}, outcomes(t, m, 3))
	m.FailEvery(1, whatsapptest.MetaError(2))
	assert.Equal(t, []int{503, 503}, outcomes(t, m, 2))
}

func TestFaultBefallsItsKindsOfCallsAlone(t *testing.T) {
	m := graph(t)
	m.FailEvery(1, whatsapptest.MetaError(190), whatsapptest.ReadPhone, whatsapptest.MarkRead)
	assert.Equal(t, http.StatusOK, send(t, m, hello).status)
	refused(t, send(t, m, receipt("wamid.x")), http.StatusUnauthorized, "190")
	refused(t, read(t, m, "/"+whatsapptest.SamplePhoneID), http.StatusUnauthorized, "190")
	assert.Equal(t, http.StatusOK, read(t, m, "/"+whatsapptest.SampleBusinessID).status)
}

func TestErrorsLookLikeMetas(t *testing.T) {
	m := graph(t)
	m.FailNext(1, whatsapptest.MetaError(131056))
	got := send(t, m, hello)
	assert.Equal(t, "(#131056) (Business Account, Consumer Account) pair rate limit hit", got.at(t, "error.message"))
	assert.Equal(t, "OAuthException", got.at(t, "error.type"))
	assert.NotEmpty(t, got.at(t, "error.fbtrace_id"))
	assert.Equal(t, "application/json; charset=UTF-8", got.header.Get("Content-Type"))

	m.FailNext(1, whatsapptest.MetaErrorWith(190, 460, http.StatusBadRequest, "The password has changed."))
	got = send(t, m, hello)
	refused(t, got, http.StatusBadRequest, "190")
	assert.Equal(t, "The password has changed.", got.at(t, "error.error_data.details"))

	m.FailNext(1, whatsapptest.MetaError(130429))
	refused(t, send(t, m, hello), http.StatusTooManyRequests, "130429")
	m.FailNext(1, whatsapptest.MetaError(1))
	assert.Equal(t, true, send(t, m, hello).at(t, "error.is_transient"))
	m.FailNext(1, whatsapptest.MetaError(999999))
	refused(t, send(t, m, hello), http.StatusBadRequest, "999999")

	m.FailNext(1, whatsapptest.Throttled(whatsapptest.SampleBusinessID, 15))
	got = send(t, m, hello)
	refused(t, got, http.StatusBadRequest, "80008")
	assert.Contains(t, got.header.Get("X-Business-Use-Case-Usage"), `"estimated_time_to_regain_access":15`)

	m.FailNext(1, whatsapptest.TooManyRequests(7*time.Second))
	got = send(t, m, hello)
	assert.Equal(t, http.StatusTooManyRequests, got.status)
	assert.Equal(t, "7", got.header.Get("Retry-After"))
	assert.NotContains(t, got.text, "success")
}

func TestHTMLIsNoJSON(t *testing.T) {
	m := graph(t)
	m.FailNext(1, whatsapptest.HTML(http.StatusServiceUnavailable))
	got := send(t, m, hello)
	assert.Equal(t, http.StatusServiceUnavailable, got.status)
	assert.Contains(t, got.header.Get("Content-Type"), "text/html")
	assert.Contains(t, got.text, "<html>")
}

// posting sends a message that may break.
func posting(ctx context.Context, m *whatsapptest.Meta) (answer, error) {
	return try(ctx, http.MethodPost, m.URL+"/v25.0/"+whatsapptest.SamplePhoneID+"/messages", whatsapptest.SampleToken, hello)
}

func TestCutConnectionHasNoEffectAndALostAnswerHas(t *testing.T) {
	m := graph(t)
	m.FailNext(1, whatsapptest.Cut())
	_, err := posting(t.Context(), m)
	require.Error(t, err)
	assert.Empty(t, m.Sent())

	m.FailNext(1, whatsapptest.LoseAnswer())
	_, err = posting(t.Context(), m)
	require.Error(t, err)
	assert.Len(t, m.Sent(), 1)

	m.FailNext(1, whatsapptest.HalfAnswer())
	got, err := posting(t.Context(), m)
	require.Error(t, err)
	assert.NotEmpty(t, got.text)
	assert.Len(t, m.Sent(), 2)
	assert.Len(t, m.Requests(), 3, "all were seen")
}

func TestHangingCallEndsWithItsCallerOrTheDouble(t *testing.T) {
	m := whatsapptest.NewMeta(whatsapptest.SampleMeta())
	require.NoError(t, m.Listen("127.0.0.1:0"))
	m.FailEvery(1, whatsapptest.Hang())
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 2)
	go func() { _, err := posting(ctx, m); ended <- err }()
	_, err := m.Wait(soon(t), 1, whatsapptest.SendMessage)
	require.NoError(t, err, "it is seen while it hangs")
	cancel()
	require.ErrorIs(t, <-ended, context.Canceled)

	go func() { _, err := posting(t.Context(), m); ended <- err }()
	_, err = m.Wait(soon(t), 2)
	require.NoError(t, err)
	m.Close()
	require.Error(t, <-ended)
	assert.Empty(t, m.Sent())
	m.Close()
	require.Error(t, m.Listen("127.0.0.1:0"))
}

func TestSlowCallIsAnsweredInTheEnd(t *testing.T) {
	m := graph(t)
	m.FailNext(1, whatsapptest.Slow(20*time.Millisecond))
	began := time.Now()
	assert.Equal(t, http.StatusOK, send(t, m, hello).status)
	assert.GreaterOrEqual(t, time.Since(began), 20*time.Millisecond)

	m.FailNext(1, whatsapptest.Slow(time.Hour))
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { _, err := posting(ctx, m); ended <- err }()
	_, err := m.Wait(soon(t), 2)
	require.NoError(t, err)
	cancel()
	require.ErrorIs(t, <-ended, context.Canceled)
	assert.Len(t, m.Sent(), 1)
}
