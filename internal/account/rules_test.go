package account

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/ivendnext/whatsapp-accounts/internal/provider"
)

func TestAnAccountIsInactiveUnlessTheRequestSaysOtherwise(t *testing.T) {
	for _, spec := range allSpecs(t) {
		a := created(t, spec, Change{Name: new("Brand A"), Sections: with(spec, complete(spec))}).Account
		assert.Equal(t, Inactive, a.Status, spec.Type)
		assert.Zero(t, a.ActivatedAt, spec.Type)
		assert.False(t, a.IsDefaultOutgoing, spec.Type)
	}
}

func TestADraftNeedsNoMoreThanAName(t *testing.T) {
	for _, spec := range allSpecs(t) {
		a := created(t, spec, Change{Name: new("  Brand A ")}).Account
		assert.Equal(t, "Brand A", a.Name, spec.Type)
		assert.Empty(t, a.SecretsSet, spec.Type)
		assert.False(t, a.AllowAutoReadReceipt, spec.Type)
	}
}

func TestADraftWithoutANameIsRefused(t *testing.T) {
	for _, name := range []*string{nil, new(""), new(" ")} {
		_, at := refused(t, metaSpec(t), blank(t, metaSpec(t)), Change{Name: name})
		assert.Equal(t, []string{"/account_name invalid_value"}, at)
	}
}

func TestActivatingListsEverythingThatIsMissingAtOnce(t *testing.T) {
	for _, c := range []struct {
		spec    provider.Spec
		missing []string
	}{
		{metaSpec(t), []string{
			"/meta_settings/token required", "/meta_settings/webhook_verify_token required", "/meta_settings/phone_id required",
			"/meta_settings/app_id required", "/meta_settings/business_id required",
		}},
		{wasenderSpec(t), []string{"/wasender_settings/wasender_url required", "/wasender_settings/wasender_api_key required"}},
		{toySpec(), []string{"/toy_settings/toy_key required", "/toy_settings/toy_number required"}},
	} {
		draft := created(t, c.spec, Change{Name: new("Brand A")}).Account
		f, at := refused(t, c.spec, draft, Change{Status: new(Active)})
		assert.Equal(t, c.missing, at)
		assert.Equal(t, "required", f.Code)
	}
}

func TestURLAndVersionAreRequiredAsWellShouldTheyHaveNoDefault(t *testing.T) {
	spec := metaSpec(t)
	draft := made(t, spec, Inactive)
	delete(draft.Settings, "url")
	delete(draft.Settings, "version")
	_, at := refused(t, spec, draft, Change{Status: new(Active)})
	assert.Equal(t, []string{"/meta_settings/url required", "/meta_settings/version required"}, at)
}

func TestEachRequiredFieldIsRequiredByItself(t *testing.T) {
	for _, spec := range allSpecs(t) {
		for _, f := range spec.Fields {
			settings := complete(spec)
			delete(settings, f.Name)
			_, err := decide(spec, blank(t, spec), withDefaults(spec, Change{Name: new("Brand A"), Status: new(Active), Sections: with(spec, settings)}), noon())
			if !f.RequiredToActivate || f.Default != "" {
				require.NoError(t, err, f.Name)
				continue
			}
			_, at := faultIn(t, err)
			assert.Equal(t, []string{spec.Pointer(f.Name) + " required"}, at)
		}
	}
}

func TestAnActiveAccountCannotLoseWhatItNeeds(t *testing.T) {
	for _, spec := range allSpecs(t) {
		for _, f := range spec.Fields {
			if f.RequiredToActivate && f.Default == "" {
				_, at := refused(t, spec, made(t, spec, Active), Change{Sections: with(spec, Section{f.Name: nil})})
				assert.Equal(t, []string{spec.Pointer(f.Name) + " required"}, at)
			}
		}
	}
}

func TestAnAccountMayLoseWhatItNeedsWhileItIsSwitchedOff(t *testing.T) {
	for _, spec := range allSpecs(t) {
		everything := Section{}
		for _, f := range spec.Fields {
			everything[f.Name] = nil
		}
		a := changed(t, spec, made(t, spec, Active), Change{Status: new(Inactive), Sections: with(spec, everything)}).Account
		assert.Empty(t, a.SecretsSet)
	}
}

func TestCompletingAndActivatingIsOneRequest(t *testing.T) {
	for _, spec := range allSpecs(t) {
		draft := created(t, spec, Change{Name: new("Brand A")}).Account
		a := changed(t, spec, draft, Change{Status: new(Active), Sections: with(spec, complete(spec))}).Account
		assert.Equal(t, Active, a.Status)
		assert.Equal(t, later(), a.ActivatedAt)
	}
}

func TestABadValueIsNotCalledMissingAsWell(t *testing.T) {
	spec := metaSpec(t)
	settings := complete(spec)
	settings["phone_id"] = set("+971 50")
	f, at := refused(t, spec, blank(t, spec), Change{Name: new("Brand A"), Status: new(Active), Sections: with(spec, withDefaults(spec, Change{Sections: with(spec, settings)}).Sections[spec.SettingsKey])})
	assert.Equal(t, []string{"/meta_settings/phone_id invalid_value"}, at)
	assert.Equal(t, "invalid_value", f.Code)
}

func TestEverythingThatIsWrongIsToldAtOnceInOneOrder(t *testing.T) {
	spec := wasenderSpec(t)
	ask := Change{
		Name: new(" "), Type: new(provider.Type("Meta")), Status: new(Active), IsDefaultOutgoing: new(false), IsDefaultIncoming: new(true),
		Sections: map[string]Section{
			"wasender_settings": {"wasender_url": set("ftp://x"), "webhook_secret": set("")},
			"meta_settings":     {"url": set("https://graph.facebook.com"), "app_id": nil},
			"toy_settings":      {"toy_key": set("x")},
		},
	}
	before := created(t, spec, Change{Name: new("Brand A")}).Account
	for range 20 {
		f, at := refused(t, spec, before, ask)
		assert.Equal(t, []string{
			"/account_name invalid_value", "/account_type read_only_field",
			"/meta_settings/url field_not_applicable", "/toy_settings/toy_key field_not_applicable",
			"/wasender_settings/wasender_url invalid_value", "/wasender_settings/webhook_secret invalid_value",
			"/is_default_incoming capability_unsupported",
			"/wasender_settings/wasender_api_key required",
		}, at)
		assert.Equal(t, "validation_failed", f.Code)
	}
}

func TestTheTypeNeverChanges(t *testing.T) {
	for _, spec := range allSpecs(t) {
		before := made(t, spec, Active)
		assert.Empty(t, changed(t, spec, before, Change{Type: &spec.Type}).Changes, "a repeated type is fine")
		for _, other := range []provider.Type{"Other", "", "meta"} {
			_, at := refused(t, spec, before, Change{Type: &other})
			assert.Equal(t, []string{"/account_type read_only_field"}, at)
		}
	}
}

func TestTheFirstActivationIsRememberedForGood(t *testing.T) {
	spec := wasenderSpec(t)
	a := made(t, spec, Active)
	require.Equal(t, noon(), a.ActivatedAt)
	a = changed(t, spec, a, Change{Status: new(Inactive)}).Account
	a = changed(t, spec, a, Change{Status: new(Active)}).Account
	assert.Equal(t, noon(), a.ActivatedAt)
}

func TestOnlyAChangeMovesTheTimeOfTheLastChange(t *testing.T) {
	spec := metaSpec(t)
	before := made(t, spec, Active)
	same := changed(t, spec, before, Change{Name: new(" Brand A "), Status: new(Active), AllowAutoReadReceipt: new(false)})
	assert.Empty(t, same.Changes)
	assert.Equal(t, noon(), same.Account.UpdatedAt)
	assert.Equal(t, later(), changed(t, spec, before, Change{AllowAutoReadReceipt: new(true)}).Account.UpdatedAt)
	assert.Equal(t, noon(), before.CreatedAt)
}

func TestTheReadReceiptFlagIsForEveryType(t *testing.T) {
	for _, spec := range allSpecs(t) {
		a := changed(t, spec, made(t, spec, Active), Change{AllowAutoReadReceipt: new(true)}).Account
		assert.True(t, a.AllowAutoReadReceipt)
		assert.False(t, changed(t, spec, a, Change{AllowAutoReadReceipt: new(false)}).Account.AllowAutoReadReceipt)
	}
}

func TestAWASenderIsDefaultOnceByItselfAndNeverTakesItBack(t *testing.T) {
	spec := wasenderSpec(t)
	first := created(t, spec, Change{Name: new("A"), Status: new(Active), Sections: with(spec, complete(spec))})
	assert.Equal(t, []Direction{Outgoing}, first.Takes)

	lost := first.Account
	lost.IsDefaultOutgoing = false // another account was named
	for _, save := range []Change{
		{Name: new("B")}, {Status: new(Active)}, {Status: new(Inactive)}, {Sections: with(spec, complete(spec))}, {IsDefaultOutgoing: new(false)},
	} {
		assert.Empty(t, changed(t, spec, lost, save).Takes)
	}
	off := changed(t, spec, lost, Change{Status: new(Inactive)}).Account
	assert.Empty(t, changed(t, spec, off, Change{Status: new(Active)}).Takes, "reactivation is no first activation")
}

func TestADraftWASenderIsDefaultFromItsFirstActivationOn(t *testing.T) {
	spec := wasenderSpec(t)
	draft := created(t, spec, Change{Name: new("A"), Sections: with(spec, complete(spec))})
	assert.Empty(t, draft.Takes)
	on := changed(t, spec, draft.Account, Change{Status: new(Active), IsDefaultOutgoing: new(true)})
	assert.Equal(t, []Direction{Outgoing}, on.Takes)
	assert.Equal(t, later(), on.Account.ActivatedAt)
}

func TestTheHolderKeepsWhatItHoldsWhileItIsOff(t *testing.T) {
	spec := metaSpec(t)
	holder := created(t, spec, Change{Name: new("A"), Status: new(Active), IsDefaultOutgoing: new(true), IsDefaultIncoming: new(true), Sections: with(spec, complete(spec))}).Account
	off := changed(t, spec, holder, Change{Status: new(Inactive), IsDefaultOutgoing: new(true), IsDefaultIncoming: new(true)})
	assert.True(t, off.Account.IsDefaultOutgoing && off.Account.IsDefaultIncoming)
	assert.Empty(t, off.Gives)
	on := changed(t, spec, off.Account, Change{Status: new(Active)})
	assert.True(t, on.Account.IsDefaultOutgoing && on.Account.IsDefaultIncoming)
	assert.Empty(t, on.Takes, "it never lost them")
}

func TestADecisionLeavesWhatItWasGivenAlone(t *testing.T) {
	spec := metaSpec(t)
	before := made(t, spec, Active)
	settings, secrets := len(before.Settings), len(before.SecretsSet)
	ask := Change{Status: new(Inactive), Sections: with(spec, Section{"token": nil, "app_id": nil, "app_secret": set(marked)})}
	changed(t, spec, before, ask)
	assert.Len(t, before.Settings, settings)
	assert.Len(t, before.SecretsSet, secrets)
	assert.Equal(t, Active, before.Status)
	withDefaults(spec, ask)
	assert.Len(t, ask.Sections[spec.SettingsKey], 3)
}

func TestTheZeroTimeIsNoActivation(t *testing.T) {
	assert.True(t, Account{Status: Active}.IsActive())
	assert.Equal(t, time.Time{}, blank(t, toySpec()).ActivatedAt)
}

func TestANewAccountsHistoryComesFromNothing(t *testing.T) {
	for _, c := range birth(metaSpec(t), []FieldChange{{Field: "status", From: text("Inactive"), To: text("Active")}}) {
		assert.Nil(t, c.From, c.Field)
	}
}
