package provider

import (
	"fmt"
	"slices"
)

// Registry is the set of providers the service knows. It is made once and never changes.
type Registry struct {
	specs     []Spec
	providers map[Type]Provider
}

// Register gathers providers and refuses what NewRegistry refuses of their specs.
func Register(providers ...Provider) (Registry, error) {
	var specs []Spec
	of := map[Type]Provider{}
	for _, p := range providers {
		specs = append(specs, p.Spec())
		of[p.Spec().Type] = p
	}
	r, err := NewRegistry(specs...)
	if err != nil {
		return Registry{}, err
	}
	r.providers = of
	return r, nil
}

// As gives what a provider of that type can do, or false when it cannot: As[Reader](r, "Meta").
func As[Ability any](r Registry, t Type) (Ability, bool) {
	ability, can := r.providers[t].(Ability)
	return ability, can
}

// NewRegistry gathers specs of providers that nothing is asked of. It refuses a set that contradicts itself: two of one type or settings
// key, two fields of one name, a secret that identifies, more than one field in a role that allows one, a default that its own rule
// refuses, or a capability that is unknown or there twice.
func NewRegistry(specs ...Spec) (Registry, error) {
	types, keys := map[Type]bool{}, map[string]bool{}
	for _, s := range specs {
		if s.Type == "" || s.SettingsKey == "" || types[s.Type] || keys[s.SettingsKey] {
			return Registry{}, fmt.Errorf("provider %q: type and settings key must be present and unique", s.Type)
		}
		types[s.Type], keys[s.SettingsKey] = true, true
		for _, check := range []func(Spec) error{checkFields, checkDefaults, checkCapabilities} {
			if err := check(s); err != nil {
				return Registry{}, err
			}
		}
	}
	return Registry{specs: slices.Clone(specs)}, nil
}

func checkFields(s Spec) error {
	names, proves, answers := map[string]bool{}, 0, 0
	for _, f := range s.Fields {
		switch {
		case names[f.Name]:
			return fmt.Errorf("provider %s: field %s is there twice", s.Type, f.Name)
		case f.MaxLength <= 0:
			return fmt.Errorf("provider %s: field %s has no maximal length", s.Type, f.Name)
		case f.UniqueInSite && !f.Identifies:
			return fmt.Errorf("provider %s: field %s is unique in its site and must identify", s.Type, f.Name)
		case f.IsSecret() && (f.Identifies || f.UniqueInSite || f.Default != ""):
			return fmt.Errorf("provider %s: secret %s cannot identify, be unique or have a default", s.Type, f.Name)
		case !f.IsSecret() && (f.ProvesWebhooks || f.AnswersVerification || f.KeepReplaced > 0):
			return fmt.Errorf("provider %s: field %s must be a secret to prove, answer or rotate", s.Type, f.Name)
		}
		names[f.Name] = true
		proves += btoi(f.ProvesWebhooks)
		answers += btoi(f.AnswersVerification)
	}
	if proves > 1 || answers > 1 {
		return fmt.Errorf("provider %s: at most one field proves webhooks and one answers verification", s.Type)
	}
	return nil
}

func btoi(b bool) int {
	if b {
		return 1
	}
	return 0
}

// Get gives the spec of a type.
func (r Registry) Get(t Type) (Spec, bool) {
	for _, s := range r.specs {
		if s.Type == t {
			return s, true
		}
	}
	return Spec{}, false
}

// ByKey gives the spec whose settings live under that member.
func (r Registry) ByKey(settingsKey string) (Spec, bool) {
	for _, s := range r.specs {
		if s.SettingsKey == settingsKey {
			return s, true
		}
	}
	return Spec{}, false
}

// All lists the specs in the order they were registered.
func (r Registry) All() []Spec { return append([]Spec(nil), r.specs...) }

// Types lists the types in the order they were registered.
func (r Registry) Types() []Type {
	types := make([]Type, len(r.specs))
	for i, s := range r.specs {
		types[i] = s.Type
	}
	return types
}
