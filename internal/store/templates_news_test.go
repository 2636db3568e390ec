package store

import (
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/ivendnext/whatsapp-accounts/internal/account"
	"github.com/ivendnext/whatsapp-accounts/internal/template"
)

// reviewed is Meta's webhook about a template of the business account 77.
func reviewed(at time.Time, field, value string) string {
	return fmt.Sprintf(`{"object":"whatsapp_business_account","entry":[{"id":"77","time":%d,"changes":[{"field":%q,"value":{
		"message_template_id":640000000000123,"message_template_name":"order_ready","message_template_language":"en_US",%s}}]}]}`, at.Unix(), field, value)
}

// signing is a Meta account of a business account with a secret of its own.
func (i *inbox) signing(name, home string) account.Account {
	i.Helper()
	ask := i.meta(name)
	ask.Sections["meta_settings"]["business_id"], ask.Sections["meta_settings"]["app_secret"] = clear(home), clear("key")
	return i.create(i.one, ask)
}

func (i *inbox) hears(at time.Time, field, value string) {
	i.Helper()
	require.NoError(i, i.post(reviewed(at, field, value), "key"))
	i.work()
}

func TestAWebhookAboutATemplateUpdatesItAndItsEventNamesIt(t *testing.T) {
	onInbox(t, func(i *inbox) {
		a := i.signing("A", "77")
		i.signing("B", "77")
		ask := written(a, "Order ready")
		ask.Category = "UTILITY"
		made := i.known(i.template(i.one, ask), template.Pending)
		const status = "message_template_status_update"
		i.hears(instant, status, `"event":"REJECTED","reason":"INVALID_FORMAT"`)
		now := i.all(a)["order_ready"]
		require.Equal(i, []string{"REJECTED", "INVALID_FORMAT", "640000000000123"}, []string{string(now.Status), now.Reason, now.ProviderID})
		told := i.toldOfTemplates(a)
		require.Len(i, told, 2, "one for each number of the business account")
		for _, e := range told {
			var data struct {
				TemplateID string `json:"template_id"`
			}
			require.NoError(i, json.Unmarshal(e.Data, &data))
			require.Equal(i, made.ID, data.TemplateID)
		}
		i.hears(instant.Add(-time.Hour), status, `"event":"APPROVED","reason":"NONE"`)
		require.Equal(i, template.Rejected, i.all(a)["order_ready"].Status, "order is not assumed: an older status is no news")
		i.hears(instant.Add(time.Minute), status, `"event":"APPROVED","reason":"NONE"`)
		now = i.all(a)["order_ready"]
		require.Equal(i, []string{"APPROVED", ""}, []string{string(now.Status), now.Reason})
		i.hears(instant.Add(2*time.Minute), status, `"event":"FLAGGED","reason":"NONE"`)
		require.Equal(i, template.Approved, i.all(a)["order_ready"].Status, "an event that is no status leaves it")
		i.hears(instant.Add(3*time.Minute), "message_template_quality_update", `"previous_quality_score":"GREEN","new_quality_score":"YELLOW"`)
		i.hears(instant.Add(4*time.Minute), "template_category_update", `"previous_category":"UTILITY","new_category":"MARKETING"`)
		now = i.all(a)["order_ready"]
		require.Equal(i, []string{"YELLOW", "MARKETING", "MARKETING"}, []string{now.Quality, now.Category, now.AtProvider.Category})
		require.False(i, now.Unsubmitted())
		i.hears(instant.Add(5*time.Minute), status, `"event":"DELETED"`)
		require.Equal(i, template.Deleted, i.all(a)["order_ready"].Status)
		require.Empty(i, i.all(a)["order_ready"].ProviderID)
	})
}

func TestAWebhookAboutATemplateThatIsNotKnownIsToldAllTheSame(t *testing.T) {
	onInbox(t, func(i *inbox) {
		a := i.signing("A", "77")
		other := i.signing("B", "78")
		i.template(i.one, written(other, "Order ready"))
		i.hears(instant, "message_template_status_update", `"event":"APPROVED","reason":"N\u0000NE"`)
		require.Len(i, i.toldOfTemplates(a), 1)
		require.NotContains(i, string(i.toldOfTemplates(a)[0].Data), `"template_id"`)
		require.Equal(i, template.New, i.all(a)["order_ready"].Status, "that of another business account is another")
	})
}
