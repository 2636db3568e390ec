package httpapi_test

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

	v1 "github.com/ivendnext/whatsapp-accounts/api/v1"
	"github.com/ivendnext/whatsapp-accounts/internal/config"
	"github.com/ivendnext/whatsapp-accounts/internal/event"
	"github.com/ivendnext/whatsapp-accounts/internal/template"
	"github.com/ivendnext/whatsapp-accounts/internal/webhook"
	"github.com/ivendnext/whatsapp-accounts/pkg/whatsapptest"
)

const graphPath = "/graph/v25.0/"

func (c *caller) markRead(t testing.TB, phone, messageID string, more ...obj) *answer {
	t.Helper()
	return c.graph(t, phone, merged(obj{"messaging_product": "whatsapp", "status": "read", "message_id": messageID}, more...))
}

func TestAMessageIsMarkedAsReadByItsIDWithTheAccountsOwnToken(t *testing.T) {
	t.Parallel()
	w, double, a := atDouble(t)
	double.Know(whatsapptest.SamplePhoneID, "wamid.in")
	for _, phone := range []string{whatsapptest.SamplePhoneID, a.ID} {
		got := w.boss.markRead(t, phone, "wamid.in").is(200)
		assert.Equal(t, v1.GraphAnswer{Success: true}, read[v1.GraphAnswer](got))
		assert.Empty(t, got.header.Get("X-Message-Id"))
	}
	w.boss.markRead(t, a.ID, "wamid.in", obj{"typing_indicator": obj{"type": "text"}}).is(200)
	asked := double.Requests(whatsapptest.MarkRead)
	require.Len(t, asked, 3)
	assert.NotContains(t, string(asked[0].Body), "typing")
	assert.JSONEq(t, `{"messaging_product":"whatsapp","status":"read","message_id":"wamid.in","typing_indicator":{"type":"text"}}`, string(asked[2].Body))
	assert.Equal(t, "sample", asked[2].Token)
	assert.Contains(t, w.boss.markRead(t, a.ID, "wamid.unknown").graphError(400, 131009).Data.Details, "wamid.unknown was not found")
	double.Revoke(whatsapptest.SampleToken)
	w.boss.markRead(t, a.ID, "wamid.in").graphError(401, 190)
}

func TestAMessageOfWASendersIsMarkedByTheKeyThatItsEventHas(t *testing.T) {
	t.Parallel()
	for database, start := range databases() {
		t.Run(database, func(t *testing.T) {
			t.Parallel()
			double := whatsapptest.StartWASender(t, whatsapptest.SampleWASender())
			w := start(t, func(c *config.Serve) { c.AllowPrivateProviders = true })
			settings := obj{"wasender_settings": obj{"wasender_url": double.URL + "/api", "wasender_api_key": whatsapptest.SampleAPIKey}}
			a, other := w.boss.make(t, wasender("A", settings)).ID, w.boss.make(t, wasender("B", settings)).ID
			w.boss.put(t, "/v1/defaults/outgoing", obj{"account_id": a}).is(200)
			came, err := double.Webhooks(1, "http://127.0.0.1:1/").Send(t.Context(), whatsapptest.Received{})
			require.Error(t, err, "nobody is there; the body is what counts")
			var body struct {
				Data struct{ Messages json.RawMessage }
			}
			require.NoError(t, json.Unmarshal(came.Body, &body))
			_, err = w.DB.Events().Append(t.Context(), w.boss.site, event.New{
				Type: event.MessageReceived, AccountID: a, Key: "message/" + came.MessageIDs[0], Data: fmt.Appendf(nil, `{"message":%s}`, body.Data.Messages),
			})
			require.NoError(t, err)
			w.boss.markRead(t, "default", came.MessageIDs[0], obj{"typing_indicator": obj{"type": "text"}}).is(200)
			require.Len(t, double.Receipts(), 1)
			assert.Equal(t, came.MessageIDs[0], double.Receipts()[0].ID)
			w.boss.markRead(t, a, "3EB0GONE").refused(400, "message_not_found")
			w.boss.markRead(t, other, came.MessageIDs[0]).refused(400, "message_not_found")
			assert.Len(t, double.Receipts(), 1)
		})
	}
}

func TestAProviderThatDoesNotAnswerIsTransientAtGraph(t *testing.T) {
	t.Parallel()
	w, double, a := atDouble(t)
	double.FailNext(1, whatsapptest.MetaError(2), whatsapptest.MarkRead)
	assert.True(t, w.boss.markRead(t, a.ID, "wamid.in").graphError(503, 2).IsTransient)
}

func TestANumberIsShownAsFarAsItIsKnown(t *testing.T) {
	t.Parallel()
	w, _, a := atDouble(t)
	w.boss.put(t, "/v1/defaults/outgoing", obj{"account_id": a.ID}).is(200)
	phone := func(path string) v1.GraphPhone { return read[v1.GraphPhone](w.boss.get(t, graphPath+path).is(200)) }
	bare := v1.GraphPhone{ID: whatsapptest.SamplePhoneID}
	assert.Equal(t, bare, phone(a.ID), "nobody was asked yet")
	w.boss.check(t, a.ID)
	whole := v1.GraphPhone{ID: whatsapptest.SamplePhoneID, DisplayNumber: "+1 555-010-0200", VerifiedName: "Brand A", QualityRating: "GREEN"}
	for _, path := range []string{a.ID, whatsapptest.SamplePhoneID, "default", "default?fields="} {
		assert.Equal(t, whole, phone(path), path)
	}
	some := v1.GraphPhone{ID: whatsapptest.SamplePhoneID, VerifiedName: "Brand A", Status: "CONNECTED"}
	assert.Equal(t, some, phone("default?fields=id,verified_name,%20status,throughput{level},webhook_configuration.limit(1)"))
	assert.Equal(t, bare, phone("default?fields=certificate"))
	list := read[v1.GraphPhoneList](w.boss.get(t, graphPath+whatsapptest.SampleBusinessID+"/phone_numbers").is(200))
	assert.Equal(t, []v1.GraphPhone{whole}, list.Data)

	renamed := json.RawMessage(`{"field":"phone_number_name_update","value":{"display_phone_number":"15550100200","decision":"APPROVED","requested_verified_name":"Brand A, Gulf"}}`)
	party := webhook.Party{AccountID: a.ID, Site: w.boss.site}
	require.NoError(t, w.DB.Books().Learn(t.Context(), party, map[string]webhook.Fact{"display_name": {At: time.Now().Add(time.Minute), Value: renamed}}))
	assert.Equal(t, "Brand A, Gulf", phone("default").VerifiedName)
}

func TestTheNumbersOfABusinessAccountAreTheAccountsOfTheSite(t *testing.T) {
	t.Parallel()
	for database, start := range databases() {
		t.Run(database, func(t *testing.T) {
			t.Parallel()
			w := start(t)
			w.boss.make(t, meta("A"))
			w.boss.make(t, meta("B", inactive()))
			w.boss.make(t, meta("C", obj{"meta_settings": obj{"business_id": "7"}}))
			s := w.boss.make(t, wasender("S")).ID
			w.caller(t, "two", "system_manager").make(t, meta("D"))
			var ids []string
			got := w.caller(t, "one", "viewer").get(t, graphPath+"204000000000001/phone_numbers?fields=id").is(200)
			for _, one := range read[v1.GraphPhoneList](got).Data {
				ids = append(ids, one.ID)
			}
			assert.Equal(t, []string{phoneID("A"), phoneID("B")}, ids)
			assert.Equal(t, v1.GraphPhone{ID: s}, read[v1.GraphPhone](w.boss.get(t, graphPath+s).is(200)))
		})
	}
}

// held makes a template that Meta has, of that status.
func (w *world) held(t testing.TB, accountID, name string, status template.Status, more ...obj) {
	t.Helper()
	id := w.boss.write(t, written(accountID, name, append([]obj{useful()}, more...)...)).is(201).template().ID
	w.become(t, id, func(one *template.Template) {
		one.Status, one.ProviderID, one.AtProvider = status, "64"+name, &template.Held{Category: "UTILITY", Content: one.Content}
	})
}

func TestTemplatesAreListedAsMetaHasThem(t *testing.T) {
	t.Parallel()
	for database, start := range databases() {
		t.Run(database, func(t *testing.T) {
			t.Parallel()
			w := start(t)
			a := w.boss.make(t, meta("A")).ID
			w.held(t, a, "first", template.Approved)
			w.held(t, a, "second", template.Rejected, obj{"language": "ar"})
			w.held(t, a, "third", template.Approved)
			w.held(t, a, "gone", template.Deleted)
			w.boss.write(t, written(a, "draft", useful())).is(201)
			path := graphPath + "204000000000001/message_templates"
			names := func(query string) (names []string) {
				for _, one := range read[v1.GraphTemplateList](w.boss.get(t, path+query).is(200)).Data {
					names = append(names, one.Name)
				}
				return names
			}
			for query, want := range map[string][]string{
				"": {"third", "second", "first"}, "?limit=1000": {"third", "second", "first"}, "?name=first": {"first"}, "?name=f": nil, "?language=ar": {"second"}, "?status=APPROVED": {"third", "first"},
				"?status=" + url.QueryEscape(`["APPROVED","REJECTED"]`): {"third", "second", "first"}, "?category=UTILITY": {"third", "second", "first"}, "?category=MARKETING": nil,
				"?status=DELETED": nil, "?status=%00": nil, "?limit=2": {"third", "second"},
			} {
				assert.Equal(t, want, names(query), query)
			}
			whole := read[v1.GraphTemplateList](w.boss.get(t, path+"?name=first").is(200))
			text, err := json.Marshal(whole.Data[0])
			require.NoError(t, err)
			assert.JSONEq(t, `{"id":"64first","name":"first","language":"en_US","status":"APPROVED","category":"UTILITY","parameter_format":"POSITIONAL",
				"components":[{"type":"BODY","text":"Hi {{1}}, your order {{2}} is ready.","example":{"body_text":[["Ann","42"]]}}]}`, string(text))
			some := read[v1.GraphTemplateList](w.boss.get(t, path+"?name=second&fields=status,rejected_reason").is(200))
			assert.Equal(t, []v1.GraphTemplate{{ID: "64second", Status: "REJECTED", RejectedReason: "NONE"}}, some.Data)
			assert.Nil(t, read[v1.GraphTemplateList](w.boss.get(t, path+"?name=x").is(200)).Paging)
		})
	}
}

func TestPagesOfTemplatesLeadForwardByTheirCursors(t *testing.T) {
	t.Parallel()
	w := start(t)
	a := w.boss.make(t, meta("A")).ID
	for i := range 5 {
		w.held(t, a, fmt.Sprintf("t%d", i), template.Approved)
	}
	path, names := graphPath+"204000000000001/message_templates?limit=2&fields=name&status=APPROVED", []string{}
	for next := path; next != ""; {
		page := read[v1.GraphTemplateList](w.boss.get(t, next).is(200))
		for _, one := range page.Data {
			names = append(names, one.Name)
		}
		require.NotNil(t, page.Paging)
		next = strings.TrimPrefix(page.Paging.Next, publicURL)
		if next != "" {
			assert.Contains(t, next, "after="+url.QueryEscape(page.Paging.Cursors.After))
		}
	}
	assert.Equal(t, []string{"t4", "t3", "t2", "t1", "t0"}, names)
	for _, query := range []string{"limit=0", "limit=x", "after=x", "before=x", "limit="} {
		name, _, _ := strings.Cut(query, "=")
		e := w.boss.beyond().get(t, graphPath+"204000000000001/message_templates?"+query).graphError(400, 100)
		assert.Contains(t, e.Data.Details, name+": ")
	}
}

func TestWhatIsShownAtGraphHoldsNoCredential(t *testing.T) {
	t.Parallel()
	w := start(t)
	a := w.boss.make(t, meta("A", outgoingDefault()))
	w.held(t, a.ID, "first", template.Approved)
	for _, path := range []string{a.ID, "204000000000001/phone_numbers", "204000000000001/message_templates"} {
		got := w.boss.send(t, http.MethodGet, graphPath+path, nil).is(200) // which looks for the secrets of the tests
		assert.NotContains(t, string(got.body), "token")
	}
}
