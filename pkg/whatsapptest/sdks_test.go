package whatsapptest_test

import (
	"context"
	"encoding/json"
	"os"
	"os/exec"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/ivendnext/whatsapp-accounts/pkg/whatsapptest"
)

// TestPublicSDKsTakeTheDoublesForTheProviders runs scripts in sdks, each with another SDK of the npm registry.
func TestPublicSDKsTakeTheDoublesForTheProviders(t *testing.T) {
	node, err := exec.LookPath("node")
	if err == nil {
		_, err = os.Stat("sdks/node_modules/.package-lock.json")
	}
	if err != nil {
		if os.Getenv("CI") != "" {
			t.Fatalf("in CI the SDKs judge the doubles: install Node 20 or newer and run make sdks: %v", err)
		}
		t.Skipf("without Node and make sdks nobody else judges the doubles: %v", err)
	}
	for _, script := range []string{"kapso.mjs", "greatdetail.mjs", "wasenderapi.mjs"} {
		t.Run(script, func(t *testing.T) {
			t.Parallel()
			for _, read := range []string{script, "callback.mjs", "package-lock.json"} { // so that Go's test cache knows of them
				_, err := os.ReadFile("sdks/" + read)
				require.NoError(t, err)
			}
			meta, wasender := whatsapptest.NewMeta(whatsapptest.SampleMeta()), whatsapptest.NewWASender(whatsapptest.SampleWASender())
			t.Cleanup(meta.Close)
			t.Cleanup(wasender.Close)
			require.NoError(t, meta.Listen("127.0.0.1:0"))
			require.NoError(t, wasender.Listen("127.0.0.1:0"))
			settings, err := json.Marshal(map[string]string{
				"meta": meta.URL, "wasender": wasender.URL, "token": whatsapptest.SampleToken, "appID": whatsapptest.SampleAppID, "appSecret": whatsapptest.SampleAppSecret,
				"businessID": whatsapptest.SampleBusinessID, "phoneID": whatsapptest.SamplePhoneID, "template": whatsapptest.SampleTemplate,
				"apiKey": whatsapptest.SampleAPIKey, "webhookSecret": whatsapptest.SampleWebhookSecret,
			})
			require.NoError(t, err)
			ctx, cancel := context.WithTimeout(t.Context(), 3*time.Minute) // a bound for a busy machine
			defer cancel()
			run := exec.CommandContext(ctx, node, script, string(settings))
			run.Dir = "sdks"
			said, err := run.CombinedOutput()
			require.NoError(t, err, "%s", said)
		})
	}
}
