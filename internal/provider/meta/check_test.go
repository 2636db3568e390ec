package meta_test

import (
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/ivendnext/whatsapp-accounts/internal/provider"
	"github.com/ivendnext/whatsapp-accounts/internal/secret"
)

// found gives the checks of a report by name.
func found(t *testing.T, r provider.Report) map[string]provider.Check {
	t.Helper()
	all := map[string]provider.Check{}
	for _, c := range r.Checks {
		all[c.Name] = c
	}
	assert.NotContains(t, fmt.Sprintf("%+v", r), "marked")
	return all
}

// rejections lists the checks that are rejected, with what they point at, and unknowns those that are unknown.
func rejections(r provider.Report) []string {
	var all []string
	for _, c := range r.Checks {
		if c.Verdict == provider.Rejected {
			all = append(all, strings.TrimSpace(c.Name+" "+strings.TrimPrefix(c.Pointer, "/meta_settings/")))
		}
	}
	return all
}

func unknowns(r provider.Report) []string {
	var all []string
	for _, c := range r.Checks {
		if c.Verdict == provider.Unknown {
			all = append(all, c.Name)
		}
	}
	return all
}

func TestAnAccountWithNothingWrongIsValidCheckByCheck(t *testing.T) {
	r := open(t).Check(t.Context(), serve(t, happy().ServeHTTP))
	assert.Equal(t, provider.Valid, r.Verdict, "%+v", r)
	assert.Equal(t, now(), r.At)
	var names []string
	for _, c := range r.Checks {
		names = append(names, c.Name)
		assert.Equal(t, provider.Valid, c.Verdict)
		assert.Empty(t, c.Fix+c.Pointer, c.Name)
	}
	assert.Equal(t, []string{
		"connection", "token", "permissions", "app", "app_secret", "business", "review", "phone", "number", "quality", "subscription",
	}, names)
	assert.Contains(t, found(t, r)["phone"].Detail, "+1 555-010-0200")
	assert.Contains(t, found(t, r)["token"].Detail, "does not expire")
}

func TestWithoutAnAppSecretTheTokenSpeaksForItself(t *testing.T) {
	var bearers sync.Map
	c := serve(t, func(w http.ResponseWriter, r *http.Request) {
		bearers.Store(r.Header.Get("Authorization"), true)
		happy().ServeHTTP(w, r)
	})
	delete(c.Secrets, "app_secret")
	r := open(t).Check(t.Context(), c)
	assert.Equal(t, provider.Valid, r.Verdict, "%+v", r)
	assert.NotContains(t, found(t, r), "app_secret")
	bearers.Range(func(bearer, _ any) bool { return assert.Equal(t, "Bearer "+token, bearer) })
}

func TestTheAppAsksAboutTheTokenWhenItsSecretIsSet(t *testing.T) {
	var asked sync.Map
	c := serve(t, func(w http.ResponseWriter, r *http.Request) {
		asked.Store(r.URL.Path, r.Header.Get("Authorization")+" "+r.URL.Query().Get("input_token"))
		happy().ServeHTTP(w, r)
	})
	open(t).Check(t.Context(), c)
	got, _ := asked.Load("/v25.0/debug_token")
	assert.Equal(t, "Bearer 102|"+appSecret+" "+token, got)
}

// badToken is Meta's error for a token that has expired.
const badToken = `{"error":{"message":"Error validating access token: Session has expired.","type":"OAuthException","code":190,"error_subcode":463}}`

func TestEachFaultIsFoundWhereItCanBeCorrected(t *testing.T) {
	missing := `400 {"error":{"message":"Unsupported get request.","code":100,"error_subcode":33}}`
	denied := `403 {"error":{"message":"(#200) Permissions error","code":200}}`
	debug := func(body string) string { return `{"data":{` + body + `}}` }
	scopes := `"scopes":["whatsapp_business_management","whatsapp_business_messaging"]`
	number := func(fields string) string { return `{"data":[{"id":"305",` + fields + `}]}` }
	for name, c := range map[string]struct {
		change   []string
		rejected []string
		unknown  []string
	}{
		"token expired, by debug_token": {
			[]string{"GET /debug_token", debug(`"app_id":"102","is_valid":false,"scopes":[],"error":{"code":190,"subcode":463,"message":"Session has expired"}`)},
			[]string{"token token"},
			[]string{"permissions", "app", "business", "review", "phone", "number", "quality", "subscription"},
		},
		"token refused everywhere": {
			[]string{
				"GET /debug_token", "401 " + badToken, "as app GET /debug_token", debug(`"app_id":"102","is_valid":true,"expires_at":0,` + scopes), "GET /204", "401 " + badToken,
				"GET /204/phone_numbers", "401 " + badToken, "GET /204/subscribed_apps", "401 " + badToken,
			},
			[]string{"token token"},
			[]string{"permissions", "app", "business", "review", "phone", "number", "quality", "subscription"},
		},
		"permission missing": {
			[]string{"GET /debug_token", debug(`"app_id":"102","is_valid":true,"expires_at":0,"scopes":["whatsapp_business_messaging"]`)}, []string{"permissions token"}, nil,
		},
		"token of another app": {
			[]string{"GET /debug_token", debug(`"app_id":"103","is_valid":true,"expires_at":0,` + scopes)}, []string{"app app_id"}, []string{"app_secret", "subscription"},
		},
		"token of another app, which the app may not see": {
			[]string{
				"as app GET /debug_token", `400 {"error":{"message":"(#100) The App_id in the input_token did not match the Viewing App","code":100}}`,
				"GET /debug_token", debug(`"app_id":"103","is_valid":true,"expires_at":0,` + scopes),
			},
			[]string{"app app_id"}, []string{"app_secret", "subscription"},
		},
		"app secret wrong": {
			[]string{"as app GET /debug_token", `400 {"error":{"message":"Invalid OAuth access token signature.","code":190}}`}, []string{"app_secret app_secret"}, nil,
		},
		"business id unknown": {
			[]string{"GET /204", missing, "GET /204/phone_numbers", missing, "GET /204/subscribed_apps", missing},
			[]string{"business business_id"}, []string{"review", "phone", "number", "quality", "subscription"},
		},
		"business account not assigned": {
			[]string{"GET /204", denied, "GET /204/phone_numbers", denied, "GET /204/subscribed_apps", denied},
			[]string{"business business_id"}, []string{"review", "phone", "number", "quality", "subscription"},
		},
		"phone of another business account": {
			[]string{"GET /204/phone_numbers", `{"data":[{"id":"304","display_phone_number":"+1 555-010-0199"}]}`}, []string{"phone phone_id"}, []string{"number", "quality"},
		},
		"no phone at all":            {[]string{"GET /204/phone_numbers", `{"data":[]}`}, []string{"phone phone_id"}, []string{"number", "quality"}},
		"review rejected":            {[]string{"GET /204", `{"id":"204","account_review_status":"REJECTED"}`}, []string{"review"}, nil},
		"number banned":              {[]string{"GET /204/phone_numbers", number(`"status":"BANNED","quality_rating":"GREEN"`)}, []string{"number"}, nil},
		"number pending":             {[]string{"GET /204/phone_numbers", number(`"status":"pending","quality_rating":"NA"`)}, []string{"number"}, nil},
		"not subscribed":             {[]string{"GET /204/subscribed_apps", `{"data":[]}`}, []string{"subscription"}, nil},
		"only another is subscribed": {[]string{"GET /204/subscribed_apps", `{"data":[{"whatsapp_business_api_data":{"id":"103"}}]}`}, []string{"subscription"}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := open(t).Check(t.Context(), serve(t, happy().but(c.change...).ServeHTTP))
			assert.Equal(t, provider.Rejected, r.Verdict)
			assert.Equal(t, c.rejected, rejections(r), "%+v", r)
			assert.Equal(t, c.unknown, unknowns(r))
			for _, check := range found(t, r) {
				assert.Equal(t, check.Verdict == provider.Valid, check.Fix == "", "%+v", check)
			}
		})
	}
}

func TestOneQuestionWithoutAnAnswerLeavesTheOthersTheirVerdict(t *testing.T) {
	for question, unknown := range map[string][]string{
		"GET /debug_token":         {"permissions", "app", "app_secret"},
		"GET /204":                 {"business", "review"},
		"GET /204/phone_numbers":   {"phone", "number", "quality"},
		"GET /204/subscribed_apps": {"subscription"},
	} {
		for _, answer := range []string{
			"500 ", `500 {"error":{"code":131000}}`, `429 {"error":{"code":80007}}`, `400 {"error":{"code":4}}`, `400 {"error":{"code":100,"is_transient":true}}`, "400 <html>",
			"<html>", "{}", `{"data":{}}`, `{"data":null}`, "null",
		} {
			r := open(t).Check(t.Context(), serve(t, happy().but(question, answer).ServeHTTP))
			assert.Equal(t, provider.Unknown, r.Verdict, "%s %s: %+v", question, answer, r)
			assert.Equal(t, unknown, unknowns(r), "%s %s", question, answer)
		}
	}
}

func TestATokenThatEndsSoonIsValidAndToldOf(t *testing.T) {
	for days, advised := range map[int]bool{1: true, 13: true, 15: false, 60: false} {
		body := fmt.Sprintf(`{"data":{"app_id":102,"is_valid":true,"expires_at":%d,"scopes":["whatsapp_business_management","whatsapp_business_messaging"]}}`, now().AddDate(0, 0, days).Unix())
		r := open(t).Check(t.Context(), serve(t, happy().but("GET /debug_token", body).ServeHTTP))
		assert.Equal(t, provider.Valid, r.Verdict, "%+v", r)
		assert.Equal(t, advised, found(t, r)["token"].Fix != "", days)
		assert.Contains(t, found(t, r)["token"].Detail, now().AddDate(0, 0, days).Format("2 January 2006"))
	}
}

func TestLowQualityIsToldOfAndNotRejected(t *testing.T) {
	for rating, advised := range map[string]bool{"GREEN": false, "YELLOW": true, "RED": true, "red": true, "UNKNOWN": false, "NA": false} {
		body := `{"data":[{"id":305,"status":"CONNECTED","quality_rating":"` + rating + `"}]}`
		r := open(t).Check(t.Context(), serve(t, happy().but("GET /204/phone_numbers", body).ServeHTTP))
		assert.Equal(t, provider.Valid, r.Verdict, "%+v", r)
		assert.Equal(t, advised, found(t, r)["quality"].Fix != "", rating)
	}
}

func TestWhatMetaMightAddIsUnknown(t *testing.T) {
	r := open(t).Check(t.Context(), serve(t, happy().but(
		"GET /204", `{"id":"204","account_review_status":"PENDING"}`, "GET /204/phone_numbers", `{"data":[{"id":"305","status":"HIBERNATING","quality_rating":"GREEN"}]}`,
	).ServeHTTP))
	assert.Equal(t, provider.Unknown, r.Verdict)
	assert.Equal(t, []string{"review", "number"}, unknowns(r))
	assert.Contains(t, found(t, r)["number"].Detail, "HIBERNATING")
}

func TestSettingsThatAreMissingAreRejectedWhereTheyBelong(t *testing.T) {
	for name, rejected := range map[string][]string{
		"app_id":      {"app app_id"},
		"business_id": {"business business_id"},
		"phone_id":    {"phone phone_id"},
		"version":     {"connection url"},
		"url":         {"connection url"},
	} {
		c := serve(t, happy().ServeHTTP)
		c.Settings[name] = ""
		r := open(t).Check(t.Context(), c)
		assert.Equal(t, rejected, rejections(r), "%s: %+v", name, r)
	}
	c := serve(t, happy().ServeHTTP)
	c.Secrets["token"] = secret.Text{}
	assert.Equal(t, []string{"token token"}, rejections(open(t).Check(t.Context(), c)))
}

func TestListsAreFollowedByTheirCursorsAndNotByTheirURLs(t *testing.T) {
	c := serve(t, func(w http.ResponseWriter, r *http.Request) {
		page := map[string]string{"": "a", "a": "b", "b": ""}[r.URL.Query().Get("after")]
		if !strings.HasSuffix(r.URL.Path, "/204/phone_numbers") {
			happy().ServeHTTP(w, r)
			return
		}
		assert.Equal(t, "100", r.URL.Query().Get("limit"))
		assert.Contains(t, r.URL.Query().Get("fields"), "quality_rating")
		if page == "" {
			happy().ServeHTTP(w, r)
			return
		}
		_, _ = w.Write([]byte(`{"data":[{"id":"1"}],"paging":{"cursors":{"after":"` + page + `"},"next":"https://evil.example/steal?access_token=x"}}`))
	})
	r := open(t).Check(t.Context(), c)
	assert.Equal(t, provider.Valid, r.Verdict, "%+v", r)
}

func TestAListWithoutAnEndIsGivenUp(t *testing.T) {
	var pages sync.Map
	c := serve(t, func(w http.ResponseWriter, r *http.Request) {
		after := r.URL.Query().Get("after")
		switch {
		case strings.HasSuffix(r.URL.Path, "/204/phone_numbers"), strings.HasSuffix(r.URL.Path, "/204/subscribed_apps"):
			pages.Store(r.URL.Path+after, true)
			_, _ = w.Write([]byte(`{"data":[{"id":"1"}],"paging":{"cursors":{"after":"` + after + `x"},"next":"more"}}`))
		default:
			happy().ServeHTTP(w, r)
		}
	})
	r := open(t).Check(t.Context(), c)
	assert.Equal(t, provider.Unknown, r.Verdict)
	assert.Equal(t, []string{"phone", "number", "quality", "subscription"}, unknowns(r), "%+v", r)
	count := 0
	pages.Range(func(any, any) bool { count++; return true })
	assert.Equal(t, 20, count)
}

func TestTheQuestionsAreAskedAtOnce(t *testing.T) {
	var together sync.WaitGroup
	together.Add(4)
	c := serve(t, func(w http.ResponseWriter, r *http.Request) {
		together.Done()
		together.Wait() // each is answered once all were asked
		happy().ServeHTTP(w, r)
	})
	assert.Equal(t, provider.Valid, open(t).Check(t.Context(), c).Verdict)
}

func TestTheNumbersThatCanBeMeantAreListed(t *testing.T) {
	var all []string
	for i := range 7 {
		all = append(all, fmt.Sprintf(`{"id":"30%d0","display_phone_number":"+1 %d"}`, i, i))
	}
	r := open(t).Check(t.Context(), serve(t, happy().but("GET /204/phone_numbers", `{"data":[`+strings.Join(all, ",")+`]}`).ServeHTTP))
	detail := found(t, r)["phone"].Detail
	require.Contains(t, detail, "+1 0 (Phone ID 3000), ")
	assert.Contains(t, detail, "2 more.")
	assert.NotContains(t, detail, "3050")
}
