package httpapi_test

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	v1 "github.com/ivendnext/whatsapp-accounts/api/v1"
	"github.com/ivendnext/whatsapp-accounts/internal/site"
)

const (
	bulksPath = "/v1/bulk-messages"
	ndjson    = "application/x-ndjson"
)

func bulkAt(id string) string { return bulksPath + "/" + id }

func (a *answer) bulk() v1.BulkMessage {
	a.t.Helper()
	return read[v1.BulkMessage](a)
}

// greeting is a template of a WASender account with one value, by its id.
func (c *caller) greeting(t testing.TB) (accountID, templateID string) {
	t.Helper()
	accountID = c.make(t, wasender("B")).ID
	return accountID, c.write(t, written(accountID, "Greeting", obj{"body": "Hi {{name}}.", "samples": nil})).is(201).template().ID
}

// recipients are that many good ones, as JSON.
func recipients(n int) []string {
	all := make([]string, n)
	for i := range all {
		all[i] = fmt.Sprintf(`{"to": "+97150%07d", "parameters": {"name": "N%d"}}`, i, i)
	}
	return all
}

// bulkOf is a body of recipients; more are members before them.
func bulkOf(templateID string, all []string, more ...string) string {
	return "{" + strings.Join(append([]string{`"title": "Sale"`, `"template_id": "` + templateID + `"`}, more...), ", ") + `, "recipients": [` + strings.Join(all, ", ") + `]}`
}

// linesOf is the same as lines.
func linesOf(templateID string, all []string) string {
	return `{"title": "Sale", "template_id": "` + templateID + `"}` + "\n" + strings.Join(all, "\n")
}

func (c *caller) sendBulk(t testing.TB, body any, headers ...string) *answer {
	t.Helper()
	return c.send(t, http.MethodPost, bulksPath, body, headers...)
}

// bulks are the ids of the bulk messages of the site.
func (c *caller) bulks(t testing.TB) (ids []string) {
	t.Helper()
	for _, b := range read[v1.BulkMessageList](c.get(t, bulksPath).is(200)).Data {
		assert.Nil(t, b.Counts)
		ids = append(ids, b.ID)
	}
	return ids
}

func TestABulkMessageIsAcceptedReadAndListed(t *testing.T) {
	t.Parallel()
	for database, start := range databases() {
		t.Run(database, func(t *testing.T) {
			t.Parallel()
			w := start(t)
			account, template := w.boss.greeting(t)
			service := w.caller(t, "one", site.Service)
			first := service.sendBulk(t, bulkOf(template, recipients(1203), `"if_unknown": "fail"`)).is(202)
			made := first.bulk()
			assert.Equal(t, bulkAt(made.ID), first.header.Get("Location"))
			assert.Equal(t, []any{"Sale", "running", account, template, "template", 1203, 1203, false, "fail", "service of one"},
				[]any{made.Title, made.Status, made.AccountID, made.TemplateID, made.Reason, made.Total, made.Counts.Pending, *made.Done, made.IfUnknown, made.CreatedBy})
			assert.NotEmpty(t, made.Considered)
			second := service.sendBulk(t, linesOf(template, recipients(501))+"\n\n", "Content-Type", ndjson+"; charset=UTF-8").is(202).bulk()
			assert.Equal(t, 501, second.Total)
			made.Considered = nil
			assert.Equal(t, made, service.get(t, bulkAt(made.ID)).is(200).bulk())
			assert.Equal(t, []string{second.ID, made.ID}, service.bulks(t))
			page := read[v1.BulkMessageList](service.get(t, bulksPath+"?limit=1").is(200))
			assert.Equal(t, second.ID, page.Data[0].ID)
			page = read[v1.BulkMessageList](service.get(t, bulksPath+"?limit=1&cursor="+*page.NextCursor).is(200))
			assert.Equal(t, made.ID, page.Data[0].ID)
			assert.Nil(t, page.NextCursor)
			assert.Empty(t, read[v1.MessageList](service.get(t, bulkAt(made.ID)+"/messages").is(200)).Data)
		})
	}
}

func TestABulkMessageIsPausedResumedAndCancelled(t *testing.T) {
	t.Parallel()
	w := start(t)
	_, template := w.boss.greeting(t)
	id := w.boss.sendBulk(t, bulkOf(template, recipients(3))).is(202).bulk().ID
	do := func(what string) *answer { return w.boss.send(t, http.MethodPost, bulkAt(id)+"/"+what, nil) }
	for what, status := range map[string]string{"pause": "paused", "resume": "running"} {
		for range 2 {
			assert.Equal(t, status, do(what).is(200).bulk().Status)
		}
	}
	assert.Equal(t, 0, read[v1.BulkRetry](do("retry-failed").is(200)).Retrying)
	do("pause").is(200)
	assert.Equal(t, []string{id}, w.boss.bulks(t))
	assert.Empty(t, read[v1.BulkMessageList](w.boss.get(t, bulksPath+"?status=running").is(200)).Data)
	for range 2 {
		gone := do("cancel").is(200).bulk()
		assert.Equal(t, []any{"cancelled", 3, 0, true}, []any{gone.Status, gone.Counts.Cancelled, gone.Counts.Pending, *gone.Done})
	}
	for _, what := range []string{"pause", "resume", "retry-failed"} {
		do(what).refused(409, "bulk_cancelled")
	}
}

func TestBulkMessagesOfAnotherSiteAreNotThere(t *testing.T) {
	t.Parallel()
	w := start(t)
	_, template := w.boss.greeting(t)
	id, other := w.boss.sendBulk(t, bulkOf(template, recipients(1))).is(202).bulk().ID, w.caller(t, "two", site.SystemManager)
	for _, id := range []string{id, never, "x"} {
		other.get(t, bulkAt(id)).refused(404, "bulk_not_found")
		other.get(t, bulkAt(id)+"/messages").refused(404, "bulk_not_found")
		for _, what := range []string{"pause", "resume", "cancel", "retry-failed"} {
			other.send(t, http.MethodPost, bulkAt(id)+"/"+what, nil).refused(404, "bulk_not_found")
		}
	}
	assert.Empty(t, other.bulks(t))
	other.sendBulk(t, bulkOf(template, recipients(1))).refused(422, "template_unavailable")
}

func TestEachBadRecipientIsNamedAndNothingIsKept(t *testing.T) {
	t.Parallel()
	for database, start := range databases() {
		t.Run(database, func(t *testing.T) {
			t.Parallel()
			w := start(t)
			_, template := w.boss.greeting(t)
			all := recipients(610)
			all[2] = `{"to": "12"}`
			all[600] = `{"to": "+971502222222", "parameters": {"name": "N"}, "colour": "red"}`
			all[601] = `{"to": "+971502222222", "to": "+971502222223"}`
			all[602] = `["+971502222222"]`
			all[603] = `{"to": "+971502222224", "parameters": [1]}`
			all[604] = `{"to": "+971502222225", "name": "A\u0000", "parameters": ["N"], "reference": "` + strings.Repeat("é", 513) + `"}`
			all[605] = `{"to": "+971500000001", "parameters": ["N"]}`
			for name, send := range map[string]func() *answer{
				"JSON":   func() *answer { return w.boss.sendBulk(t, bulkOf(template, all)) },
				"NDJSON": func() *answer { return w.boss.sendBulk(t, linesOf(template, all), "Content-Type", ndjson) },
			} {
				told := send().refused(422, "recipients_invalid", "/recipients/2/to", "/recipients/2/parameters/name", "/recipients/600/colour", "/recipients/601/to", "/recipients/602",
					"/recipients/603/parameters/0", "/recipients/604/name", "/recipients/604/reference", "/recipients/605/to")
				assert.Contains(t, told.Detail, "7 of 610", name)
			}
			assert.Empty(t, w.boss.bulks(t))
		})
	}
}

func TestABulkMessageIsReadStrictly(t *testing.T) {
	t.Parallel()
	w := start(t)
	account, template := w.boss.greeting(t)
	one := recipients(1)[0]
	head := `{"title": "Sale", "template_id": "` + template + `"`
	lines := []string{"Content-Type", ndjson}
	for name, c := range map[string]struct {
		body     any
		headers  []string
		status   int
		code     string
		pointers []string
	}{
		"nothing":                      {"", nil, 400, "empty_body", nil},
		"no object":                    {"[]", nil, 400, "wrong_type", nil},
		"half an object":               {head, nil, 400, "invalid_json", nil},
		"half a list":                  {head + `, "recipients": [` + one, nil, 400, "invalid_json", nil},
		"half a recipient":             {head + `, "recipients": [{"to"`, nil, 400, "invalid_json", nil},
		"no JSON in the list":          {head + `, "recipients": [` + one + `, x]}`, nil, 400, "invalid_json", []string{"/recipients/1"}},
		"no text":                      {head + `, "recipients": [{"to": "` + "\xff" + `"}]}`, nil, 400, "invalid_json", []string{"/recipients/0/to"}},
		"no recipients":                {head + `}`, nil, 422, "required", []string{"/recipients"}},
		"an empty list":                {head + `, "recipients": []}`, nil, 422, "required", []string{"/recipients"}},
		"null":                         {head + `, "recipients": null}`, nil, 400, "wrong_type", []string{"/recipients"}},
		"recipients first":             {`{"recipients": [` + one + `], ` + head[1:] + `}`, nil, 422, "required", []string{"/title", "/template_id"}},
		"recipients before the rest":   {head + `, "recipients": [` + one + `], "if_unknown": "keep"}`, nil, 400, "invalid_json", []string{"/recipients"}},
		"recipients twice":             {head + `, "recipients": [` + one + `], "recipients": []}`, nil, 400, "invalid_json", []string{"/recipients"}},
		"something behind":             {head + `, "recipients": [` + one + `]} {}`, nil, 400, "invalid_json", nil},
		"an unknown member":            {head + `, "colour": "red", "recipients": [` + one + `]}`, nil, 400, "unknown_member", []string{"/colour"}},
		"a member twice":               {head + `, "title": "B", "recipients": [` + one + `]}`, nil, 400, "duplicate_member", []string{"/title"}},
		"a wrong type":                 {`{"title": 1, "recipients": [` + one + `]}`, nil, 400, "wrong_type", []string{"/title"}},
		"a time that is none":          {head + `, "send_after": "soon", "recipients": [` + one + `]}`, nil, 422, "invalid_value", []string{"/send_after"}},
		"a policy that is none":        {head + `, "if_unknown": "hope", "recipients": [` + one + `]}`, nil, 422, "invalid_value", []string{"/if_unknown"}},
		"a title of control":           {`{"title": "a\u0007", "template_id": "` + template + `", "recipients": [` + one + `]}`, nil, 422, "invalid_value", []string{"/title"}},
		"a value without a place":      {head + `, "parameters": {"colour": "red"}, "recipients": [` + one + `]}`, nil, 422, "invalid_value", []string{"/parameters/colour"}},
		"an account that is not there": {head + `, "account_id": "` + never + `", "recipients": [` + one + `]}`, nil, 404, "account_not_found", nil},
		"a template that is not there": {bulkOf(never, []string{one}), nil, 422, "template_unavailable", nil},
		"another media type":           {head + `}`, []string{"Content-Type", "text/csv"}, 415, "unsupported_media_type", nil},
		"another charset":              {head + `}`, []string{"Content-Type", ndjson + "; charset=latin1"}, 415, "unsupported_media_type", nil},
		"compressed":                   {head + `}`, []string{"Content-Encoding", "gzip"}, 415, "unsupported_media_type", nil},
		"lines without recipients":     {head + "}\n", lines, 422, "required", []string{"/recipients"}},
		"lines with a list":            {head + `, "recipients": []}` + "\n" + one, lines, 400, "unknown_member", []string{"/recipients"}},
		"lines that break off":         {head + "}\n" + one + "\n" + `{"to"`, lines, 400, "invalid_json", nil},
		"lines that are no JSON":       {head + "}\n" + one + "\nto", lines, 400, "invalid_json", nil},
		"a part that is too large":     {head + `, "recipients": [{"to": "` + strings.Repeat("1", 2<<20) + `"}]}`, nil, 413, "body_too_large", nil},
		"a head that is too large":     {`{"title": "` + strings.Repeat("1", 2<<20) + `", "recipients": []}`, nil, 413, "body_too_large", nil},
		"a head of many members":       {"{" + strings.Repeat(`"title": "`+strings.Repeat("1", 1<<19)+`", `, 3) + `"recipients": []}`, nil, 413, "body_too_large", nil},
	} {
		t.Run(name, func(t *testing.T) { w.boss.sendBulk(t, c.body, c.headers...).refused(c.status, c.code, c.pointers...) })
	}
	first := w.boss.sendBulk(t, `{"recipients": [`+one+`], `+head[1:]+`}`).refused(422, "required", "/title", "/template_id")
	assert.Contains(t, first.Fix, "as the last member")
	// Outside of the document, whose judge would read it whole.
	w.boss.beyond().sendBulk(t, io.MultiReader(strings.NewReader(head+`, "recipients": [`), io.LimitReader(spaces{}, 64<<20))).refused(413, "body_too_large")
	assert.Empty(t, w.boss.bulks(t))
	w.boss.patch(t, at(account), inactive()).is(200)
	refusal := w.boss.sendBulk(t, bulkOf(template, []string{one})).refused(409, "account_inactive")
	assert.NotEmpty(t, refusal.Considered)
}

// spaces never end.
type spaces struct{}

func (spaces) Read(into []byte) (int, error) {
	for i := range into {
		into[i] = ' '
	}
	return len(into), nil
}

func TestARepeatedBulkMessageIsAnsweredAsTheFirstWas(t *testing.T) {
	t.Parallel()
	for database, start := range databases() {
		t.Run(database, func(t *testing.T) {
			t.Parallel()
			w := start(t)
			account, template := w.boss.greeting(t)
			body := bulkOf(template, recipients(700))
			w.boss.sendBulk(t, bulkOf(template, []string{`{"to": "1"}`}), keyed("k")...).refused(422, "recipients_invalid", "/recipients/0/to", "/recipients/0/parameters/name")
			first := w.boss.sendBulk(t, body, keyed("k")...).is(202)
			assert.False(t, first.replayed())
			w.boss.patch(t, at(account), inactive()).is(200)
			again := w.boss.sendBulk(t, body, keyed("k")...).is(202)
			assert.True(t, again.replayed(), "although its account may not send any more")
			assert.Equal(t, string(first.body), string(again.body))
			w.boss.sendBulk(t, body+" ", keyed("k")...).refused(422, "idempotency_key_reused")
			w.boss.sendBulk(t, body, "Idempotency-Key", "").refused(400, "invalid_idempotency_key")
			assert.Equal(t, []string{first.bulk().ID}, w.boss.bulks(t))
		})
	}
}

func TestOfManyThatComeAtOnceWithOneKeyOneIsSent(t *testing.T) {
	t.Parallel()
	for database, start := range databases() {
		t.Run(database, func(t *testing.T) {
			t.Parallel()
			w := start(t)
			_, template := w.boss.greeting(t)
			var all sync.WaitGroup
			accepted := make([]string, 8)
			for i := range accepted {
				all.Go(func() {
					a := w.boss.sendBulk(t, bulkOf(template, recipients(600)), keyed("k")...)
					if assert.Contains(t, []int{202, 409}, a.status) && a.status == 202 {
						accepted[i] = a.bulk().ID
					}
				})
			}
			all.Wait()
			only := w.boss.bulks(t)
			require.Len(t, only, 1)
			for _, id := range accepted {
				assert.Contains(t, []string{"", only[0]}, id)
			}
		})
	}
}

func TestWhoMayOnlyReadSendsNoBulkMessage(t *testing.T) {
	t.Parallel()
	w := start(t)
	_, template := w.boss.greeting(t)
	viewer := w.caller(t, "one", site.Viewer)
	viewer.sendBulk(t, bulkOf(template, recipients(1))).refused(403, "forbidden")
	id := w.boss.sendBulk(t, bulkOf(template, recipients(1))).is(202).bulk().ID
	viewer.get(t, bulkAt(id)).is(200)
	for _, what := range []string{"pause", "resume", "cancel", "retry-failed"} {
		viewer.send(t, http.MethodPost, bulkAt(id)+"/"+what, nil).refused(403, "forbidden")
	}
}
