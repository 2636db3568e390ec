package app

import (
	"io"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/ivendnext/whatsapp-accounts/internal/config"
	"github.com/ivendnext/whatsapp-accounts/pkg/whatsapptest"
)

func TestCustomersOfTheDemoWriteToTheOneAccountAndThenToTheOther(t *testing.T) {
	got := make(chan string, 4)
	service := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		got <- r.URL.Path + string(body)
		_, _ = io.WriteString(w, r.URL.Query().Get("hub.challenge"))
	}))
	defer service.Close()
	d := demo{meta: whatsapptest.NewMeta(whatsapptest.SampleMeta()), wasender: whatsapptest.NewWASender(whatsapptest.SampleWASender())}
	require.NoError(t, d.meta.SetCallback(t.Context(), whatsapptest.SampleAppID, service.URL+"/meta", demoToken))
	<-got
	d.wasender.SetSession(1, func(one *whatsapptest.Session) { one.Callback = service.URL + "/wasender" })
	d.chat(t.Context())
	assert.Regexp(t, `^/meta.*Is the blue one back\?`, <-got)
	d.chat(t.Context())
	assert.Regexp(t, `^/wasender.*Can I pay on delivery\?`, <-got)
	service.Close()
	d.chat(t.Context()) // a callback that is gone keeps nobody from writing again
	assert.Equal(t, 3, d.said)
}

func TestDemoThatHasNoTemporaryFolderNamesTheSetting(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir()+"/nowhere")
	assert.ErrorContains(t, Demo(t.Context(), config.Serve{}, io.Discard, quiet()), "set TMPDIR to one that is yours to write")
}
