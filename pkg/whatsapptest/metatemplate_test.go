package whatsapptest_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/ivendnext/whatsapp-accounts/pkg/whatsapptest"
)

const templates = "/v25.0/" + whatsapptest.SampleBusinessID + "/message_templates"

// filled is a message of a template, with a text for each place in its body.
func filled(name, language string, texts ...string) string {
	parameters := []string{}
	for _, text := range texts {
		parameters = append(parameters, fmt.Sprintf(`{"type":"text","text":%q}`, text))
	}
	return message("template", fmt.Sprintf(`"template":{"name":%q,"language":{"code":%q},"components":[{"type":"body","parameters":[%s]}]}`, name, language, strings.Join(parameters, ",")))
}

// store is a double with templates of every kind.
func store(t *testing.T, more ...whatsapptest.Template) *whatsapptest.Meta {
	t.Helper()
	config := whatsapptest.SampleMeta()
	config.Businesses[0].Templates = append(config.Businesses[0].Templates, more...)
	return whatsapptest.StartMeta(t, config)
}

func TestTemplateIsSentAsItWasApproved(t *testing.T) {
	body := []whatsapptest.Component{{"type": "BODY", "text": "Hi"}}
	m := store(t,
		whatsapptest.Template{Name: "paused", Language: "en_US", Status: "PAUSED", Components: body},
		whatsapptest.Template{Name: "disabled", Language: "en_US", Status: "DISABLED", Components: body},
		whatsapptest.Template{Name: "pending", Language: "en_US", Status: "PENDING", Components: body},
		whatsapptest.Template{Name: "picture", Language: "en_US", Components: append([]whatsapptest.Component{{"type": "HEADER", "format": "IMAGE"}}, body...)},
		whatsapptest.Template{Name: "named", Language: "en_US", ParameterFormat: "NAMED", Components: []whatsapptest.Component{{"type": "BODY", "text": "Hi {{first_name}}!"}}},
		whatsapptest.Template{Name: "link", Language: "en_US", Components: append([]whatsapptest.Component{
			{"type": "BUTTONS", "buttons": []any{map[string]any{"type": "URL", "text": "Open", "url": "https://example.com/{{1}}"}}},
		}, body...)},
	)
	for _, c := range []struct {
		status     int
		code, body string
	}{
		{200, "", filled("order_ready", "en_US", "Ann", "42")},
		{400, "132000", filled("order_ready", "en_US", "Ann")},
		{400, "132000", filled("order_ready", "en_US")},
		{404, "132001", filled("order_ready", "de", "Ann", "42")},
		{404, "132001", filled("nothing", "en_US")},
		{404, "132001", filled("pending", "en_US")},
		{400, "132015", filled("paused", "en_US")},
		{400, "132016", filled("disabled", "en_US")},
		{400, "100", filled("order_ready", "en_US", "two\nlines", "42")},
		{400, "132012", filled("picture", "en_US")},
		{200, "", message("template", `"template":{"name":"picture","language":{"code":"en_US"},"components":[{"type":"header","parameters":[{"type":"image","image":{"id":"1"}}]}]}`)},
		{400, "132000", filled("named", "en_US", "Ann")},
		{200, "", message("template", `"template":{"name":"named","language":{"code":"en_US"},"components":[{"type":"body","parameters":[{"type":"text","parameter_name":"first_name","text":"Ann"}]}]}`)},
		{400, "131008", filled("link", "en_US")},
		{200, "", message("template", `"template":{"name":"link","language":{"code":"en_US"},"components":[{"type":"button","sub_type":"url","index":0,"parameters":[{"type":"text","text":"x"}]}]}`)},
		{400, "131008", message("template", `"template":{"name":"order_ready"}`)},
	} {
		got := send(t, m, c.body)
		if c.code == "" {
			assert.Equal(t, c.status, got.status, "%s: %s", c.body, got.text)
			continue
		}
		refused(t, got, c.status, c.code, c.body)
	}
}

func TestListTellsNextOnlyIfThereIsMore(t *testing.T) {
	more := []whatsapptest.Template{}
	for i := range 59 {
		more = append(more, whatsapptest.Template{Name: fmt.Sprintf("t_%02d", i), Language: "en_US"})
	}
	m := store(t, more...)
	sizes, names, after := []int{}, map[any]bool{}, ""
	for range 10 {
		page := ask(t, http.MethodGet, m.URL+templates+"?fields=name&after="+url.QueryEscape(after), whatsapptest.SampleToken, "")
		data := page.at(t, "data").([]any)
		sizes = append(sizes, len(data))
		for _, one := range data {
			names[one.(map[string]any)["name"]] = true
		}
		after, _ = page.at(t, "paging.cursors.after").(string)
		require.NotEmpty(t, after, "cursors are there on the last page too")
		next, more := page.at(t, "paging.next").(string)
		if !more {
			break
		}
		followed := ask(t, http.MethodGet, next, whatsapptest.SampleToken, "")
		assert.Equal(t, http.StatusOK, followed.status, next)
	}
	assert.Equal(t, []int{25, 25, 10}, sizes)
	assert.Len(t, names, 60)
	assert.JSONEq(t, `{"data":[]}`, ask(t, http.MethodGet, m.URL+templates+"?after="+after, whatsapptest.SampleToken, "").text)
	back := ask(t, http.MethodGet, m.URL+templates+"?limit=2&before="+after, whatsapptest.SampleToken, "")
	assert.Equal(t, []any{"t_56", "t_57"}, []any{back.at(t, "data.0.name"), back.at(t, "data.1.name")})
	refused(t, ask(t, http.MethodGet, m.URL+templates+"?after=nowhere", whatsapptest.SampleToken, ""), http.StatusBadRequest, "100")
	refused(t, ask(t, http.MethodGet, m.URL+templates+"?limit=0", whatsapptest.SampleToken, ""), http.StatusBadRequest, "100")
}

func TestListIsFiltered(t *testing.T) {
	m := store(t,
		whatsapptest.Template{Name: "sale", Language: "de", Category: "MARKETING", Status: "PAUSED", Quality: "RED", Components: []whatsapptest.Component{{"type": "BODY", "text": "Ten percent"}}},
		whatsapptest.Template{Name: "sale", Language: "en_US", Category: "MARKETING"},
	)
	for query, want := range map[string]int{
		"": 3, "name=sale": 2, "status=PAUSED": 1, `status=["PAUSED","APPROVED"]`: 3, "category=MARKETING": 2, "category=marketing&language=de": 1,
		"quality_score=RED": 1, "name_or_content=percent": 1, "name=none": 0,
	} {
		got := ask(t, http.MethodGet, m.URL+templates+"?"+strings.ReplaceAll(url.PathEscape(query), "+", "%2B"), whatsapptest.SampleToken, "")
		require.Equal(t, http.StatusOK, got.status, got.text)
		assert.Len(t, got.at(t, "data"), want, query)
	}
}

func TestTemplateIsSubmittedReviewedEditedAndDeleted(t *testing.T) {
	now := time.Unix(1795345200, 0)
	config := whatsapptest.SampleMeta()
	config.Clock = func() time.Time { return now }
	m, in := whatsapptest.StartMeta(t, config), callback(t)
	call := func(method, path, body string) answer {
		return ask(t, method, m.URL+path, whatsapptest.SampleToken, body)
	}
	sale := `{"name":"sale","language":"en_US","category":"utility","components":[{"type":"HEADER","format":"IMAGE","example":{"header_handle":["4::aW"]}},{"type":"BODY","text":"Hi {{1}}!"}]}`
	made := call(http.MethodPost, templates, sale)
	id, _ := made.at(t, "id").(string)
	assert.JSONEq(t, `{"id":"`+id+`","status":"PENDING","category":"UTILITY"}`, made.text)
	refused(t, call(http.MethodPost, templates, sale), http.StatusBadRequest, "100")
	assert.Equal(t, json.Number("2388024"), call(http.MethodPost, templates, sale).at(t, "error.error_subcode"))
	listed := call(http.MethodGet, "/v25.0/"+id, "")
	assert.Contains(t, listed.at(t, "components.0.example.header_handle.0"), "https://scontent", "an address and no handle")
	refused(t, call(http.MethodPost, "/v25.0/"+id, `{"category":"MARKETING"}`), http.StatusBadRequest, "100", "pending ones are not edited")

	change, err := m.Review(id, "REJECTED", "INVALID_FORMAT")
	require.NoError(t, err)
	_, err = m.Webhooks(whatsapptest.SampleAppID, in.URL).Send(t.Context(), change)
	require.NoError(t, err)
	value := "entry.0.changes.0.value."
	assert.Equal(t, "REJECTED", in.last(t).at(t, value+"event"))
	assert.Equal(t, json.Number(id), in.last(t).at(t, value+"message_template_id"), "a number here, a string elsewhere")
	assert.Equal(t, "INVALID_FORMAT", in.last(t).at(t, value+"rejection_info.reason"))
	assert.Equal(t, "INVALID_FORMAT", call(http.MethodGet, "/v25.0/"+id+"?fields=rejected_reason", "").at(t, "rejected_reason"))

	assert.JSONEq(t, `{"success":true}`, call(http.MethodPost, "/v25.0/"+id, `{"category":"MARKETING","components":[{"type":"BODY","text":"Hello"}]}`).text)
	assert.Equal(t, "PENDING", call(http.MethodGet, "/v25.0/"+id+"?fields=status", "").at(t, "status"))
	_, err = m.Review(id, "APPROVED", "")
	require.NoError(t, err)
	refused(t, call(http.MethodPost, "/v25.0/"+id, `{"category":"UTILITY"}`), http.StatusBadRequest, "100", "the category of an approved one stays")
	_, err = m.Review(id, "DISABLED", "")
	require.NoError(t, err)
	refused(t, call(http.MethodDelete, templates+"?name=sale", ""), http.StatusBadRequest, "100")
	_, err = m.Review(id, "PAUSED", "")
	require.NoError(t, err)
	refused(t, call(http.MethodDelete, templates+"?name=sale&hsm_id=1", ""), http.StatusNotFound, "100")
	refused(t, call(http.MethodDelete, templates, ""), http.StatusBadRequest, "100")
	assert.JSONEq(t, `{"success":true}`, call(http.MethodDelete, templates+"?name=sale&hsm_id="+id, "").text)
	assert.Equal(t, json.Number("2388023"), call(http.MethodPost, templates, sale).at(t, "error.error_subcode"), "the name rests")
	now = now.Add(31 * 24 * time.Hour)
	assert.Equal(t, http.StatusOK, call(http.MethodPost, templates, sale).status)
}

func TestTemplateThatMetaRejectsAtOnceIsNotCreated(t *testing.T) {
	m := graph(t)
	create := func(name, category, components string) answer {
		body := fmt.Sprintf(`{"name":%q,"language":"en_US","category":%q,"components":%s}`, name, category, components)
		return ask(t, http.MethodPost, m.URL+templates, whatsapptest.SampleToken, body)
	}
	body := func(text string) string { return fmt.Sprintf(`[{"type":"BODY","text":%q}]`, text) }
	refused(t, create("Sale", "UTILITY", body("x")), http.StatusBadRequest, "100")
	refused(t, create("sale", "NEWS", body("x")), http.StatusBadRequest, "100")
	refused(t, create("sale", "UTILITY", `[]`), http.StatusBadRequest, "100")
	for components, subcode := range map[string]string{
		body("{{1}} begins"): "2388299", body("ends with {{1}}"): "2388299", body("a {{1}} {{2}} b"): "2388072", body(strings.Repeat("x", 1025)): "2388040",
		`[{"type":"HEADER","format":"TEXT","text":"{{1}} {{2}}"}]`: "2388047", `[{"type":"FOOTER","text":"{{1}}"}]`: "2388073",
	} {
		assert.Equal(t, json.Number(subcode), create("sale", "UTILITY", components).at(t, "error.error_subcode"), components)
	}
}
