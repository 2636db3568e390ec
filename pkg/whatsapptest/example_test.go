package whatsapptest_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"

	"github.com/ivendnext/whatsapp-accounts/pkg/whatsapptest"
)

// say sends a text as the program under test would.
func say(graph, text string) int {
	body := fmt.Sprintf(`{"messaging_product":"whatsapp","to":"+447700900123","text":{"body":%q}}`, text)
	request, _ := http.NewRequestWithContext(context.Background(), http.MethodPost, graph+"/v25.0/"+whatsapptest.SamplePhoneID+"/messages", strings.NewReader(body))
	request.Header.Set("Authorization", "Bearer "+whatsapptest.SampleToken)
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return 0
	}
	_ = response.Body.Close()
	return response.StatusCode
}

// In a test it is StartMeta(t, SampleMeta()), which closes the double at the end.
func Example() {
	meta := whatsapptest.NewMeta(whatsapptest.SampleMeta())
	defer meta.Close()
	_ = meta.Listen("127.0.0.1:0")

	go say(meta.URL, "Your order is ready.")

	seen, err := meta.Wait(context.Background(), 1, whatsapptest.SendMessage)
	fmt.Println(seen[0].Method, seen[0].Path, "with token", seen[0].Token, err)
	// Output: POST /v25.0/305000000000007/messages with token sample <nil>
}

// The pair limit is hit twice, and then the message passes.
func ExampleMetaError() {
	meta := whatsapptest.NewMeta(whatsapptest.SampleMeta())
	defer meta.Close()
	_ = meta.Listen("127.0.0.1:0")

	meta.FailNext(2, whatsapptest.MetaError(131056), whatsapptest.SendMessage)
	fmt.Println(say(meta.URL, "a"), say(meta.URL, "b"), say(meta.URL, "c"))
	// Output: 400 400 200
}

// A message comes in twice, signed; the receiver checks it over the exact bytes.
func ExampleMetaWebhooks_Send() {
	receiver := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		fmt.Println("signed:", r.Header.Get(whatsapptest.SignatureHeader) == whatsapptest.Sign(whatsapptest.SampleAppSecret, body))
		w.WriteHeader(http.StatusOK)
	}))
	defer receiver.Close()

	hooks := whatsapptest.NewMeta(whatsapptest.SampleMeta()).Webhooks(whatsapptest.SampleAppID, receiver.URL)
	sent, err := hooks.With(whatsapptest.Copies(2)).Send(context.Background(), whatsapptest.Incoming{Content: whatsapptest.Text("Do you ship?")})
	fmt.Println(sent.Statuses, sent.Delivered, err)
	// Output:
	// signed: true
	// signed: true
	// [200 200] true <nil>
}

// WASender's signature is its secret, in clear.
func ExampleWASenderWebhooks_Send() {
	receiver := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		fmt.Println("secret is right:", r.Header.Get(whatsapptest.SecretHeader) == whatsapptest.SampleWebhookSecret)
	}))
	defer receiver.Close()

	hooks := whatsapptest.NewWASender(whatsapptest.SampleWASender()).Webhooks(1, receiver.URL)
	_, _ = hooks.Send(context.Background(), whatsapptest.Received{Text: "Do you ship?"})
	_, _ = hooks.With(whatsapptest.WronglySigned()).Send(context.Background(), whatsapptest.Received{})
	// Output:
	// secret is right: true
	// secret is right: false
}
