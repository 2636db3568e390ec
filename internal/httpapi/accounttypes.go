package httpapi

import (
	v1 "github.com/ivendnext/whatsapp-accounts/api/v1"
	"github.com/ivendnext/whatsapp-accounts/internal/provider"
)

// listAccountTypes tells the field rules and capabilities of each type.
//
//	@Summary	List the account types
//	@Description	Answers the providers with the rules of their settings and what they can do: enough to draw the form of an account.
//	@Tags		account types
//	@Success	200		{object}	v1.AccountTypeList
//	@Failure	default	{object}	v1.Problem
//	@Router		/v1/account-types [get]
func (a *api) listAccountTypes(*call) (reply, error) {
	var list v1.AccountTypeList
	for _, spec := range a.Providers.All() {
		list.Data = append(list.Data, typeOf(spec))
	}
	return ok(list)
}

func typeOf(spec provider.Spec) v1.AccountType {
	t := v1.AccountType{AccountType: string(spec.Type), Title: spec.Title, SettingsKey: spec.SettingsKey, DefaultOutgoing: string(spec.DefaultOutgoing)}
	for _, f := range spec.Fields {
		t.Fields = append(t.Fields, v1.AccountTypeField{
			Name: f.Name, Label: f.Label, Kind: string(f.Kind), Secret: f.IsSecret(), RequiredToActivate: f.RequiredToActivate,
			Default: unlessEmpty(f.Default), Pattern: unlessEmpty(f.Pattern), Help: f.Help,
		})
	}
	for _, c := range spec.Capabilities {
		t.Capabilities = append(t.Capabilities, string(c))
	}
	return t
}
