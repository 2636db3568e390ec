package goclient_test

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/uuid"
	"github.com/oapi-codegen/nullable"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/ivendnext/whatsapp-accounts/internal/apidoc/tools/goclient"
)

// exchange is one of docs/examples: what was sent to the real service, and what it answered.
type exchange struct {
	Request struct {
		Method, Path string
		Header       map[string]string
		Body         json.RawMessage
	}
	Response struct {
		Status int
		Header map[string]string
		Body   json.RawMessage
	}
}

// replaying makes a client of a server that expects the request of an example and answers as was answered.
func replaying(t *testing.T, example string) *goclient.ClientWithResponses {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("../../../../docs/examples", example+".json"))
	require.NoError(t, err)
	var x exchange
	require.NoError(t, json.Unmarshal(text, &x))
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		assert.NoError(t, err)
		want, err := url.Parse(x.Request.Path)
		assert.NoError(t, err)
		assert.Equal(t, []any{x.Request.Method, want.Path, want.Query()}, []any{r.Method, r.URL.Path, r.URL.Query()})
		assert.Equal(t, "Bearer wak_stranger", r.Header.Get("Authorization"))
		assert.JSONEq(t, orNull(x.Request.Body), orNull(body))
		for name, value := range x.Request.Header {
			assert.Equal(t, value, r.Header.Get(name))
		}
		for name, value := range x.Response.Header {
			w.Header().Set(name, value)
		}
		w.WriteHeader(x.Response.Status)
		_, _ = w.Write(x.Response.Body)
	}))
	t.Cleanup(server.Close)
	c, err := goclient.NewClientWithResponses(server.URL, goclient.WithRequestEditorFn(func(_ context.Context, r *http.Request) error {
		r.Header.Set("Authorization", "Bearer wak_stranger")
		return nil
	}))
	require.NoError(t, err)
	return c
}

func orNull(body []byte) string {
	if len(body) == 0 {
		return "null"
	}
	return string(body)
}

func TestGeneratedClientWritesAndReadsAnAccount(t *testing.T) {
	c := replaying(t, "create-meta")
	answer, err := c.CreateAccountWithResponse(t.Context(), &goclient.CreateAccountParams{IdempotencyKey: new("5f0c7c1e-2f52-4b0e-9f1c-create-brand-a")}, goclient.AccountCreate{
		AccountName: "Brand A, UAE", AccountType: "Meta", Status: new(goclient.AccountCreateStatusActive),
		IsDefaultOutgoing: new(true), AllowAutoReadReceipt: new(true),
		MetaSettings: nullable.NewNullableWithValue(goclient.MetaSettingsWrite{
			Token: nullable.NewNullableWithValue("your-access-token"), WebhookVerifyToken: nullable.NewNullableWithValue("your-verify-token"),
			AppSecret: nullable.NewNullableWithValue("your-app-secret"), PhoneId: nullable.NewNullableWithValue("305000000000007"),
			AppId: nullable.NewNullableWithValue("1020000000000001"), BusinessId: nullable.NewNullableWithValue("204000000000001"),
		}),
	})
	require.NoError(t, err)
	require.NotNil(t, answer.JSON201)
	assert.Equal(t, goclient.AccountStatusActive, answer.JSON201.Status)
	assert.True(t, answer.JSON201.MetaSettings.Token.IsSet)
	assert.Equal(t, "/v1/accounts/"+answer.JSON201.Id.String(), answer.Headers201.Location)
	assert.NotEmpty(t, answer.Headers201.ETag)
}

func TestGeneratedClientCanSayNull(t *testing.T) {
	c := replaying(t, "update-clear")
	id := uuid.MustParse("01a202bc-d720-7003-8000-000000000000")
	answer, err := c.UpdateAccountWithResponse(t.Context(), id, nil, goclient.AccountUpdate{
		MetaSettings: nullable.NewNullableWithValue(goclient.MetaSettingsWrite{AppSecret: nullable.NewNullNullable[string](), Version: nullable.NewNullNullable[string]()}),
	})
	require.NoError(t, err)
	require.NotNil(t, answer.JSON200)
	assert.False(t, answer.JSON200.MetaSettings.AppSecret.IsSet)
	assert.True(t, answer.JSON200.MetaSettings.AppSecret.UpdatedAt.IsNull())
}

func TestGeneratedClientReadsARefusal(t *testing.T) {
	c := replaying(t, "default-none")
	answer, err := c.GetDefaultWithResponse(t.Context(), goclient.GetDefaultParamsDirectionOutgoing, nil)
	require.NoError(t, err)
	require.NotNil(t, answer.ApplicationproblemJSON404)
	assert.Equal(t, "no_default_account", answer.ApplicationproblemJSON404.Code)
	assert.NotEmpty(t, answer.ApplicationproblemJSON404.Fix)
}

func TestGeneratedClientReadsTheLastPage(t *testing.T) {
	c := replaying(t, "list-last-page")
	answer, err := c.ListAccountsWithResponse(t.Context(), &goclient.ListAccountsParams{
		Limit: new(1), Cursor: new("eyJsIjoiNm9XdnRuUTIiLCJpIjoiMDFhMjAyYmYtOTY0MC03MDAyLTgwMDAtMDAwMDAwMDAwMDAwIn0"),
	})
	require.NoError(t, err)
	require.NotNil(t, answer.JSON200)
	assert.True(t, answer.JSON200.NextCursor.IsNull())
}
