package httpapi

import (
	"net/http"

	v1 "github.com/ivendnext/whatsapp-accounts/api/v1"
	"github.com/ivendnext/whatsapp-accounts/internal/account"
)

// getDefaults names both holders, Inactive ones too.
//
//	@Summary	Read both designations
//	@Description	Answers who holds default outgoing and default incoming, Inactive holders too. Look-ups of the default find Active ones only.
//	@Tags		defaults and routing
//	@Success	200		{object}	v1.Defaults
//	@Failure	default	{object}	v1.Problem
//	@Router		/v1/defaults [get]
func (a *api) getDefaults(in *call) (reply, error) {
	outgoing, incoming, err := a.Accounts.Defaults(in.ctx, in.caller.Site)
	if err != nil {
		return reply{}, err
	}
	return ok(v1.Defaults{Outgoing: holderOf(outgoing), Incoming: holderOf(incoming)})
}

func holderOf(a *account.Account) *v1.DefaultHolder {
	if a == nil {
		return nil
	}
	return &v1.DefaultHolder{AccountID: a.ID, AccountName: a.Name, AccountType: string(a.Type), Status: string(a.Status)}
}

// getDefault reads the account to use.
//
//	@Summary	Read the default account to use
//	@Description	Answers the account that holds the designation. While the holder is Inactive this is a 404 that names it, since the account is used for nothing.
//	@Tags		defaults and routing
//	@Param		direction		path		string	true	"The designation"	Enums(outgoing, incoming)
//	@Param		If-None-Match	header		string	false	"Answers 304 while the representation is this one"
//	@Success	200				{object}	v1.Account
//	@Failure	default			{object}	v1.Problem
//	@Router		/v1/defaults/{direction} [get]
func (a *api) getDefault(in *call) (reply, error) {
	d, err := directionOf(in)
	if err != nil {
		return reply{}, err
	}
	found, err := a.Accounts.Default(in.ctx, in.caller.Site, d)
	if err != nil {
		return reply{}, err
	}
	return a.single(http.StatusOK, found)
}

// setDefault names the site's default.
//
//	@Summary	Name the default account
//	@Description	Gives the designation to an Active account and takes it from whoever held it, in one step. This is the site's decision: it may name a WASender account, whose own flag is read-only.
//	@Tags		defaults and routing
//	@Param		direction	path		string			true	"The designation"	Enums(outgoing, incoming)
//	@Param		If-Match	header		string			false	"Changes the default only while the ETag of the account that holds it is this one"
//	@Param		body		body		v1.DefaultSet	true	"The account to name"
//	@Success	200			{object}	v1.Account
//	@Failure	default		{object}	v1.Problem
//	@Router		/v1/defaults/{direction} [put]
func (a *api) setDefault(in *call) (reply, error) {
	d, err := directionOf(in)
	if err != nil {
		return reply{}, err
	}
	var sent v1.DefaultSet
	if err := decode(in.body, &sent); err != nil {
		return reply{}, err
	}
	if err := validate(sent); err != nil {
		return reply{}, err
	}
	named, err := a.Accounts.SetDefault(in.ctx, in.caller, d, *sent.AccountID, a.precondition(in))
	if err != nil {
		return reply{}, err
	}
	return a.single(http.StatusOK, named)
}

// clearDefault leaves the site without that default.
//
//	@Summary	Clear the default account
//	@Description	Takes the designation from whoever holds it; when nobody does, nothing happens.
//	@Tags		defaults and routing
//	@Param		direction	path	string	true	"The designation"	Enums(outgoing, incoming)
//	@Param		If-Match	header	string	false	"Clears the default only while the ETag of the account that holds it is this one"
//	@Success	204
//	@Failure	default	{object}	v1.Problem
//	@Router		/v1/defaults/{direction} [delete]
func (a *api) clearDefault(in *call) (reply, error) {
	d, err := directionOf(in)
	if err != nil {
		return reply{}, err
	}
	return reply{status: http.StatusNoContent}, a.Accounts.ClearDefault(in.ctx, in.caller, d, a.precondition(in))
}

// directionOf reads the path's last segment; another word is a path that does not exist.
func directionOf(in *call) (account.Direction, error) {
	for _, d := range account.Directions() {
		if in.Param("direction") == string(d) {
			return d, nil
		}
	}
	return "", errNoRoute
}
