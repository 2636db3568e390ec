package e2e

import (
	"bufio"
	"context"
	"fmt"
	"net/http"
	"strings"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	v1 "github.com/ivendnext/whatsapp-accounts/api/v1"
	"github.com/ivendnext/whatsapp-accounts/pkg/client"
	"github.com/ivendnext/whatsapp-accounts/pkg/whatsapptest"
)

// receiver is an account that receives, with the secrets that it has.
type receiver struct {
	account           *client.Account
	proof, credential string
}

// receiveWithSecrets lets webhooks come whose bodies and headers hold secrets, and lets providers repeat them in their errors.
func (s *spy) receiveWithSecrets() {
	s.t.Helper()
	meta, sender := s.metaThatEchoes(), s.wasenderThatEchoes()
	body := strings.Replace(incoming("wamid.secret"), whatsapptest.SamplePhoneID, "305000000000099", 1)
	s.post("/webhooks/meta", whatsapptest.SignatureHeader, whatsapptest.Sign(meta.proof, []byte(body)), body, http.StatusOK)
	for _, wrong := range []string{s.secret("a secret in place of a signature"), "sha256=" + s.secret("a secret in a signature")} {
		s.post("/webhooks/meta", whatsapptest.SignatureHeader, wrong, body, http.StatusUnauthorized)
	}
	path := "/webhooks/wasender/" + sender.account.ID
	body = fmt.Sprintf(`{"event":"messages.received","sessionId":%q,"note":"it is %s","data":{"messages":{"key":{"id":"3EB0S","fromMe":false,"remoteJid":"447700900123@s.whatsapp.net"},"messageBody":"Hi"}}}`,
		sender.credential, sender.proof)
	s.post(path, whatsapptest.SecretHeader, sender.proof, body, http.StatusOK)
	s.post(path, whatsapptest.SecretHeader, s.secret("a webhook secret that is wrong"), body, http.StatusUnauthorized)

	eventually(s.t, "a receipt has failed and another one waits", func() bool {
		states := map[string]bool{}
		for _, e := range told(s.t, s.c, "message.received") {
			if e.ReadReceipt != nil {
				states[*e.AccountID+e.ReadReceipt.Status] = true
			}
		}
		return states[meta.account.ID+"failed"] && states[sender.account.ID+"queued"] && strings.Contains(s.said.String(), "a job is tried again")
	})
	for _, of := range []receiver{meta, sender} {
		a := s.ask(s.t, s.by, http.MethodGet, "/v1/accounts/"+of.account.ID+"/health", map[string]string{"Authorization": "Bearer " + s.key}, "")
		assert.Equal(s.t, http.StatusOK, a.status, a.body)
	}
	s.sendWithSecrets(meta, sender)
	s.readTheStream()
	polled := s.ask(s.t, s.by, http.MethodGet, "/v1/events?wait=5&type=message.received", map[string]string{"Authorization": "Bearer " + s.key}, "")
	assert.Equal(s.t, http.StatusOK, polled.status, polled.body)
	assert.Contains(s.t, polled.body, "wamid.secret")
}

// sendWithSecrets sends messages whose providers repeat secrets in place of taking them, and reads all that is told of them.
func (s *spy) sendWithSecrets(from ...receiver) {
	s.t.Helper()
	authorized := map[string]string{"Authorization": "Bearer " + s.key, "Content-Type": "application/json"}
	for n, r := range from {
		body := fmt.Sprintf(`{"account_id":%q,"to":"+9715012345%02d","text":{"body":"Your order is ready."}}`, r.account.ID, n)
		a := s.ask(s.t, s.by, http.MethodPost, "/v1/messages", authorized, body)
		assert.Equal(s.t, http.StatusAccepted, a.status, a.body)
	}
	settled(s.t, s.c)
	for m, err := range s.c.AllMessages(s.t.Context(), client.MessageQuery{}) {
		require.NoError(s.t, err)
		assert.Contains(s.t, []string{"failed", "unknown"}, m.Status)
		whole, err := s.c.GetMessage(s.t.Context(), m.ID)
		require.NoError(s.t, err)
		assert.NotNil(s.t, whole.Error)
	}
	graph := `{"messaging_product":"whatsapp","to":"971501234599","type":"text","text":{"body":"Your order is ready."}}`
	a := s.ask(s.t, s.by, http.MethodPost, "/graph/v25.0/305000000000099/messages", authorized, graph)
	assert.Equal(s.t, http.StatusBadRequest, a.status, a.body)
}

func (s *spy) post(path, header, value, body string, status int) {
	s.t.Helper()
	a := s.ask(s.t, s.by, http.MethodPost, path, map[string]string{header: value, "Content-Type": "application/json"}, body)
	assert.Equal(s.t, status, a.status, a.body)
}

// metaThatEchoes is an account whose provider says at each read receipt, with its secrets, that it will not do it.
func (s *spy) metaThatEchoes() receiver {
	s.t.Helper()
	r := receiver{proof: s.secret("app secret of a receiver"), credential: s.secret("token of a receiver")}
	double := whatsapptest.StartMeta(s.t, whatsapptest.SampleMeta())
	double.FailEvery(1, whatsapptest.Answer(http.StatusBadRequest, fmt.Sprintf(`{"error":{"message":"(#100) no message for %s","type":"OAuthException","code":100,"error_data":{"details":%q}}}`,
		r.credential, r.proof), http.Header{"Content-Type": {"application/json"}}))
	r.account = made(s.t, s.c, v1.AccountCreate{
		AccountName: new("Meta that echoes"), AccountType: new("Meta"), Status: new("Active"), AllowAutoReadReceipt: new(true),
		MetaSettings: &v1.MetaSettingsWrite{
			URL: &double.URL, Token: &r.credential, AppSecret: &r.proof, WebhookVerifyToken: new(s.secret("verify token of a receiver")),
			PhoneID: new("305000000000099"), AppID: new(whatsapptest.SampleAppID), BusinessID: new(whatsapptest.SampleBusinessID),
		},
	})
	return r
}

// wasenderThatEchoes is one whose provider says, with its secrets, that it cannot do it now.
func (s *spy) wasenderThatEchoes() receiver {
	s.t.Helper()
	r := receiver{proof: s.secret("webhook secret of a receiver"), credential: s.secret("session key of a receiver")}
	double := whatsapptest.StartWASender(s.t, whatsapptest.SampleWASender())
	double.FailEvery(1, whatsapptest.Answer(http.StatusInternalServerError, fmt.Sprintf(`{"success":false,"message":"no session %s, secret %s"}`, r.credential, r.proof),
		http.Header{"Content-Type": {"application/json"}}))
	r.account = made(s.t, s.c, v1.AccountCreate{
		AccountName: new("WASender that echoes"), AccountType: new("WASender"), Status: new("Active"), AllowAutoReadReceipt: new(true),
		WASenderSettings: &v1.WASenderSettingsWrite{WASenderURL: new(double.URL + "/api"), WASenderAPIKey: &r.credential, WebhookSecret: &r.proof},
	})
	return r
}

// readTheStream keeps what a stream tells until both messages have come.
func (s *spy) readTheStream() {
	s.t.Helper()
	ctx, cancel := context.WithTimeout(s.t.Context(), timeout)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, s.url+"/v1/events", http.NoBody)
	require.NoError(s.t, err)
	request.Header.Set("Authorization", "Bearer "+s.key)
	request.Header.Set("Accept", "text/event-stream")
	response, err := s.http.RoundTrip(request)
	require.NoError(s.t, err)
	defer func() { _ = response.Body.Close() }()
	require.Equal(s.t, http.StatusOK, response.StatusCode)
	lines := bufio.NewScanner(response.Body)
	lines.Buffer(nil, 1<<20)
	for seen := 0; seen < 2 && lines.Scan(); {
		s.answers.keep(lines.Text())
		for _, id := range []string{"wamid.secret", "3EB0S"} {
			if strings.Contains(lines.Text(), id) {
				seen++
			}
		}
	}
	require.NoError(s.t, lines.Err())
}
