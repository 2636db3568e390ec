package httpapi_test

import (
	"encoding/json"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	v1 "github.com/ivendnext/whatsapp-accounts/api/v1"
	"github.com/ivendnext/whatsapp-accounts/internal/config"
	"github.com/ivendnext/whatsapp-accounts/pkg/whatsapptest"
)

// atDouble is a world whose Meta is a double, which knows an account with these credentials.
func atDouble(t *testing.T) (*world, *whatsapptest.Meta, v1.Account) {
	t.Helper()
	double := whatsapptest.StartMeta(t, whatsapptest.SampleMeta())
	w := start(t, func(c *config.Serve) { c.AllowPrivateProviders = true })
	a := w.boss.make(t, meta("A", obj{"meta_settings": obj{
		"url": double.URL, "token": whatsapptest.SampleToken, "app_secret": whatsapptest.SampleAppSecret,
		"phone_id": whatsapptest.SamplePhoneID, "app_id": whatsapptest.SampleAppID, "business_id": whatsapptest.SampleBusinessID,
	}}))
	return w, double, a
}

func (c *caller) check(t *testing.T, id string) (found v1.AccountCheck) {
	t.Helper()
	require.NoError(t, json.Unmarshal(c.send(t, http.MethodPost, at(id)+"/check", nil).is(200).body, &found))
	return found
}

// rejected are the checks that found something.
func rejected(found v1.AccountCheck) (names []string) {
	for _, c := range found.Checks {
		if c.Verdict == "rejected" {
			names = append(names, c.Name)
		}
	}
	return names
}

func TestACheckTellsWhatTheProviderSaysOfTheAccount(t *testing.T) {
	t.Parallel()
	w, _, a := atDouble(t)
	assert.Equal(t, "valid", w.boss.check(t, a.ID).Verdict)
	w.boss.patch(t, at(a.ID), obj{"meta_settings": obj{"token": mark + "-expired"}}).is(200)
	found := w.boss.check(t, a.ID)
	assert.Equal(t, "rejected", found.Verdict)
	assert.Contains(t, rejected(found), "token")
	health := string(w.boss.get(t, at(a.ID)+"/health").is(200).body)
	assert.Contains(t, health, `"last_check":{"at":`)
	assert.Contains(t, health, `"verdict":"rejected"`)
}

func TestSilenceIsUnknownAndChangesNothing(t *testing.T) {
	t.Parallel()
	w, double, a := atDouble(t)
	for _, fault := range []whatsapptest.Fault{whatsapptest.HTML(http.StatusBadGateway), whatsapptest.Cut(), whatsapptest.TooManyRequests(time.Second)} {
		double.Heal()
		double.FailEvery(1, fault)
		w.boss.unchanged(t, func() { assert.Equal(t, "unknown", w.boss.check(t, a.ID).Verdict) })
	}
}

func TestAnInactiveAccountCanBeCheckedAndNotSubscribed(t *testing.T) {
	t.Parallel()
	w, double, a := atDouble(t)
	w.boss.patch(t, at(a.ID), inactive()).is(200)
	assert.Equal(t, "valid", w.boss.check(t, a.ID).Verdict)
	w.boss.send(t, http.MethodPost, at(a.ID)+"/subscribe", nil).refused(409, "account_inactive")
	assert.Empty(t, double.Requests(whatsapptest.Subscribe))
}

func TestSubscribingAsksTheProviderAndTellsWhatItRefuses(t *testing.T) {
	t.Parallel()
	w, double, a := atDouble(t)
	subscribe := func() *answer { return w.boss.send(t, http.MethodPost, at(a.ID)+"/subscribe", nil) }
	subscribe().is(200)
	require.Len(t, double.Requests(whatsapptest.Subscribe), 1)
	double.FailNext(1, whatsapptest.MetaError(10), whatsapptest.Subscribe)
	subscribe().refused(502, "provider_refused")
	double.FailNext(1, whatsapptest.HTML(http.StatusBadGateway), whatsapptest.Subscribe)
	subscribe().refused(502, "provider_unanswered")
}

func TestWhatCarriesNothingTakesNothing(t *testing.T) {
	t.Parallel()
	w := start(t)
	a := w.boss.make(t, draft("A"))
	for _, path := range []string{at(a.ID) + "/check", at(a.ID) + "/subscribe", at(a.ID) + "/adopt", "/v1/parked-jobs/" + never + "/replay"} {
		w.boss.send(t, http.MethodPost, path, `{"account_id": "`+a.ID+`"}`).refused(400, "unknown_member", "/account_id")
		w.boss.send(t, http.MethodPost, path, `nothing`).refused(400, "invalid_json")
	}
	w.boss.send(t, http.MethodPost, at(a.ID)+"/check", `{}`).is(200)
}

func TestParkedJobsOfTheSiteAreListedAndReplayed(t *testing.T) {
	t.Parallel()
	w := start(t)
	assert.JSONEq(t, `{"data": [], "next_cursor": null}`, string(w.boss.get(t, "/v1/parked-jobs").is(200).body))
	w.boss.get(t, "/v1/parked-jobs?queue=read-receipts&limit=1").is(200)
	w.boss.send(t, http.MethodPost, "/v1/parked-jobs/"+never+"/replay", nil).refused(404, "job_not_found")
}
