package account

import (
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/ivendnext/whatsapp-accounts/internal/fault"
	"github.com/ivendnext/whatsapp-accounts/internal/provider"
)

// step is one request in the life of an account.
type step struct {
	spec   provider.Spec
	before Account
	ask    Change
	now    time.Time
	d      Decision
	err    error
}

// live leads an account through requests, good and bad, and through what other accounts do to it, and checks each step.
// Only states that a life leads to are seen.
func live(t *testing.T, holds func(t *rapid.T, s step)) {
	t.Helper()
	rapid.Check(t, func(t *rapid.T) {
		s := step{spec: rapid.SampledFrom(allSpecs(t)).Draw(t, "spec"), now: noon()}
		s.before = blank(t, s.spec)
		for range 8 {
			s.ask, s.now = drawAsk(t, s), s.now.Add(time.Minute)
			s.d, s.err = decide(s.spec, s.before, s.ask, s.now)
			holds(t, s)
			if s.err == nil {
				s.before = s.d.Account
			}
			s.before = others(t, s.spec, s.before)
		}
	})
}

// drawAsk makes a request; about one in three holds something bad.
func drawAsk(t *rapid.T, s step) Change {
	bad := rapid.IntRange(0, 2).Draw(t, "bad") == 0
	flag := rapid.SampledFrom([]*bool{nil, nil, new(true), new(false)})
	ask := Change{
		Name:                 rapid.SampledFrom([]*string{new("Brand A"), nil, new(" b ")}).Draw(t, "name"),
		Status:               rapid.SampledFrom([]*Status{nil, new(Active), new(Active), new(Inactive)}).Draw(t, "status"),
		IsDefaultOutgoing:    flag.Draw(t, "outgoing"),
		IsDefaultIncoming:    flag.Draw(t, "incoming"),
		AllowAutoReadReceipt: flag.Draw(t, "receipt"),
		Sections:             with(s.spec, drawSection(t, s.spec, bad)),
	}
	if bad {
		ask.Name = rapid.SampledFrom([]*string{ask.Name, new(" "), new("a\x00")}).Draw(t, "bad name")
		ask.Type = rapid.SampledFrom([]*provider.Type{nil, &s.spec.Type, new(provider.Type("Other"))}).Draw(t, "type")
		if rapid.Bool().Draw(t, "foreign") {
			ask.Sections["other_settings"] = Section{"other": set(marked)}
		}
	}
	if s.before.Name == "" {
		return withDefaults(s.spec, ask)
	}
	return ask
}

func drawSection(t *rapid.T, spec provider.Spec, bad bool) Section {
	section := Section{}
	if rapid.Bool().Draw(t, "complete") {
		section = complete(spec)
	}
	for _, f := range spec.Fields {
		switch rapid.IntRange(0, 5).Draw(t, f.Name) {
		case 0:
			section[f.Name] = set(valid(f))
		case 1:
			section[f.Name] = nil
		case 2:
			if bad {
				section[f.Name] = set(marked + "\n in the wrong box")
			}
		}
	}
	return section
}

// others is what happens to an account through other requests: somebody takes a designation, or the site names this account.
func others(t *rapid.T, spec provider.Spec, a Account) Account {
	a = a.clone()
	for _, d := range Directions() {
		switch rapid.IntRange(0, 5).Draw(t, "others "+string(d)) {
		case 0:
			a.setHolds(d, false)
		case 1:
			if judgeDefault(spec, a, d) == nil {
				a.setHolds(d, true)
			}
		}
	}
	return a
}

func TestNoDecisionLeavesAnActiveAccountIncomplete(t *testing.T) {
	live(t, func(t *rapid.T, s step) {
		if s.err != nil || s.d.Account.Status != Active {
			return
		}
		for _, f := range s.spec.Fields {
			_, sealed := s.d.Account.SecretsSet[f.Name]
			assert.True(t, !f.RequiredToActivate || sealed || s.d.Account.Settings[f.Name] != "", f.Name)
		}
	})
}

func TestNoDecisionDesignatesAnAccountThatMayNotHold(t *testing.T) {
	live(t, func(t *rapid.T, s step) {
		for _, d := range s.d.Takes {
			assert.Equal(t, Active, s.d.Account.Status)
			assert.True(t, d == Outgoing || s.spec.Can(provider.CanDefaultIncoming))
		}
	})
}

func TestADecisionSaysExactlyWhichDesignationsMove(t *testing.T) {
	live(t, func(t *rapid.T, s step) {
		if s.err != nil {
			return
		}
		var takes, gives []Direction
		for _, d := range Directions() {
			switch had, has := s.before.Holds(d), s.d.Account.Holds(d); {
			case has && !had:
				takes = append(takes, d)
			case had && !has:
				gives = append(gives, d)
			}
		}
		assert.Equal(t, takes, s.d.Takes)
		assert.Equal(t, gives, s.d.Gives)
	})
}

func TestNoDecisionChangesWhoAnAccountIs(t *testing.T) {
	live(t, func(t *rapid.T, s step) {
		if s.err == nil {
			a, b := s.d.Account, s.before
			assert.Equal(t, []any{b.ID, b.Site, b.Type, b.CreatedAt}, []any{a.ID, a.Site, a.Type, a.CreatedAt})
		}
	})
}

func TestTheFirstActivationIsTheTimeOfTheFirstActiveDecision(t *testing.T) {
	live(t, func(t *rapid.T, s step) {
		if s.err != nil {
			return
		}
		want := s.before.ActivatedAt
		if want.IsZero() && s.d.Account.IsActive() {
			want = s.now
		}
		assert.Equal(t, want, s.d.Account.ActivatedAt)
	})
}

func TestADecisionTouchesNeitherTheAccountNorTheRequestItWasGiven(t *testing.T) {
	live(t, func(t *rapid.T, s step) {
		before, ask := s.before.clone(), s.ask
		ask.Sections = map[string]Section{}
		for key, section := range s.ask.Sections {
			ask.Sections[key] = maps.Clone(section)
		}
		given := s.before.clone()
		_, _ = decide(s.spec, given, s.ask, s.now)
		assert.Equal(t, before, given)
		assert.True(t, reflect.DeepEqual(ask, s.ask), "the request changed")
	})
}

func TestAnEmptyHistoryMeansThatThereIsNothingToWrite(t *testing.T) {
	live(t, func(t *rapid.T, s step) {
		if s.err != nil {
			return
		}
		before, after := s.before.clone(), s.d.Account.clone()
		before.UpdatedAt, after.UpdatedAt = time.Time{}, time.Time{}
		writes := !reflect.DeepEqual(before, after) || len(s.d.Secrets)+len(s.d.Takes)+len(s.d.Gives) > 0
		assert.Equal(t, writes, len(s.d.Changes) > 0)
		if writes {
			assert.Equal(t, s.now, s.d.Account.UpdatedAt)
		} else {
			assert.Equal(t, s.before.UpdatedAt, s.d.Account.UpdatedAt)
		}
	})
}

func TestNoSecretGetsIntoHistoryOrAnError(t *testing.T) {
	live(t, func(t *rapid.T, s step) {
		history, err := json.Marshal(s.d.Changes)
		require.NoError(t, err)
		assert.NotContains(t, string(history), marked)
		assert.NotContains(t, fmt.Sprintf("%v %+v %#v", s.d, s.d, s.d), marked)
		assert.NotContains(t, fmt.Sprintf("%v %+v %#v", s.err, s.err, s.err), marked)
	})
}

func TestWhatAnActiveAccountLacksIsAllInOneRefusal(t *testing.T) {
	live(t, func(t *rapid.T, s step) {
		status := s.before.Status
		if s.ask.Status != nil {
			status = *s.ask.Status
		}
		for _, f := range s.spec.Fields {
			value, sent := s.ask.Sections[s.spec.SettingsKey][f.Name]
			cleared, absent := sent && value == nil && f.Default == "", !sent && !s.before.has(f)
			if status == Active && f.RequiredToActivate && (cleared || absent) {
				_, at := faultIn(t, s.err)
				assert.Contains(t, at, s.spec.Pointer(f.Name)+" required")
			}
		}
	})
}

func TestARefusalNamesEachPlaceOnceAndIsAlwaysTheSame(t *testing.T) {
	live(t, func(t *rapid.T, s step) {
		if s.err == nil {
			return
		}
		f, at := faultIn(t, s.err)
		assert.Contains(t, []fault.Kind{fault.Invalid, fault.Conflict}, f.Kind)
		seen := map[string]bool{}
		for _, field := range f.Fields {
			assert.False(t, seen[field.Pointer], field.Pointer)
			seen[field.Pointer] = true
		}
		_, err := decide(s.spec, s.before, s.ask, s.now)
		_, again := faultIn(t, err)
		assert.Equal(t, at, again)
		assert.Equal(t, s.err.Error(), err.Error())
	})
}

func TestAFullFormSentBackChangesNothing(t *testing.T) {
	live(t, func(t *rapid.T, s step) {
		if s.err != nil {
			return
		}
		a, section := s.d.Account, Section{}
		for name, value := range s.d.Account.Settings {
			section[name] = set(value)
		}
		again, err := decide(s.spec, a, Change{
			Name: &a.Name, Type: &a.Type, Status: &a.Status, AllowAutoReadReceipt: &a.AllowAutoReadReceipt,
			IsDefaultOutgoing: &a.IsDefaultOutgoing, IsDefaultIncoming: &a.IsDefaultIncoming, Sections: with(s.spec, section),
		}, s.now.Add(time.Second))
		require.NoError(t, err)
		assert.Empty(t, again.Changes)
	})
}
