package httpapi

import (
	"encoding/json"
	"regexp"
	"slices"
	"strings"

	v1 "github.com/ivendnext/whatsapp-accounts/api/v1"
	"github.com/ivendnext/whatsapp-accounts/internal/account"
	"github.com/ivendnext/whatsapp-accounts/internal/provider"
	"github.com/ivendnext/whatsapp-accounts/internal/webhook"
)

// graphPhone shows a number.
//
//	@Summary	Read a telephone number as Meta's Graph API shows it
//	@Description	Answers what is known here of the account's number: from its last check, and from webhooks. Meta is not asked. What is not known is left out.
//	@Tags		graph
//	@Param		version	path		string	true	"A version of Meta's Graph API; which one makes no difference"	example(v25.0)
//	@Param		phone	path		string	true	"The phone_id of a Meta account, the id of any account, or default for the default outgoing account"	example(305000000000007)
//	@Param		fields	query		string	false	"Only these fields, separated by commas, and the id"
//	@Success	200		{object}	v1.GraphPhone
//	@Failure	default	{object}	v1.GraphError
//	@Router		/graph/{version}/{phone} [get]
func (a *api) graphPhone(in *call) (reply, error) {
	if err := checkGraphVersion(in); err != nil {
		return reply{}, err
	}
	of, err := a.graphAccount(in)
	if err != nil {
		return reply{}, err
	}
	shown, err := a.graphPhoneOf(in, of)
	if err != nil {
		return reply{}, err
	}
	return ok(shown)
}

// graphPhones lists the numbers of a business account.
//
//	@Summary	List the numbers of a business account as Meta's Graph API does
//	@Description	Answers the numbers of the site's accounts that name the business account, whatever their status. Meta is not asked.
//	@Tags		graph
//	@Param		version		path		string	true	"A version of Meta's Graph API; which one makes no difference"	example(v25.0)
//	@Param		business	path		string	true	"The business_id of an account"	example(204000000000001)
//	@Param		fields		query		string	false	"Only these fields, separated by commas, and the id"
//	@Success	200			{object}	v1.GraphPhoneList
//	@Failure	default		{object}	v1.GraphError
//	@Router		/graph/{version}/{business}/phone_numbers [get]
func (a *api) graphPhones(in *call) (reply, error) {
	accounts, err := a.graphBusiness(in)
	if err != nil {
		return reply{}, err
	}
	list := v1.GraphPhoneList{Data: make([]v1.GraphPhone, len(accounts))}
	for i, of := range accounts {
		if list.Data[i], err = a.graphPhoneOf(in, of); err != nil {
			return reply{}, err
		}
	}
	return ok(list)
}

// graphBusiness reads the accounts of the business account that the path names.
func (a *api) graphBusiness(in *call) ([]account.Account, error) {
	if err := checkGraphVersion(in); err != nil {
		return nil, err
	}
	found, err := a.Accounts.Identified(in.ctx, in.caller.Site, "business_id", in.Param("business"))
	if err == nil && len(found) == 0 {
		err = account.ErrNotFound.Saying("No account of this site has such a business_id.").Advising("Name the business_id of a Meta account; GET /v1/accounts lists the accounts of the site.")
	}
	return found, err
}

func (a *api) graphPhoneOf(in *call, of account.Account) (v1.GraphPhone, error) {
	facts, err := a.Health.Health(in.ctx, of.Site, of.ID)
	if err != nil {
		return v1.GraphPhone{}, err
	}
	number, wants := numberIn(facts), graphFields(in, "display_phone_number", "verified_name", "quality_rating")
	shown := v1.GraphPhone{ID: of.Settings["phone_id"]}
	if shown.ID == "" {
		shown.ID = of.ID
	}
	for name, member := range map[string]struct{ from, into *string }{
		"display_phone_number": {&number.Display, &shown.DisplayNumber}, "verified_name": {&number.Name, &shown.VerifiedName},
		"quality_rating": {&number.Quality, &shown.QualityRating}, "status": {&number.Status, &shown.Status},
	} {
		if wants(name) {
			*member.into = *member.from
		}
	}
	return shown, nil
}

// numberIn is what facts of an account's health tell of its number: those of the last check, and a name that was approved since.
func numberIn(facts map[string]webhook.Fact) provider.Number {
	var number provider.Number
	checked := facts["number"]
	_ = json.Unmarshal(checked.Value, &number) // what cannot be read says nothing
	var change struct {
		Value struct {
			Display  provider.LooseText `json:"display_phone_number"`
			Decision provider.LooseText `json:"decision"`
			Name     provider.LooseText `json:"requested_verified_name"`
		} `json:"value"`
	}
	named := facts["display_name"]
	if json.Unmarshal(named.Value, &change) != nil {
		return number
	}
	if number.Display == "" {
		number.Display = string(change.Value.Display)
	}
	if change.Value.Decision == "APPROVED" && change.Value.Name != "" && named.At.After(checked.At) {
		number.Name = string(change.Value.Name)
	}
	return number
}

// inside is what Graph lets callers ask for of a field, and this door does not tell apart.
var inside = regexp.MustCompile(`\{[^}]*\}|\([^)]*\)|\.[a-z]+`)

// graphFields tells which fields are asked for. Those that nobody knows here are passed over: Meta may have them.
func graphFields(in *call, otherwise ...string) func(name string) bool {
	if text := inside.ReplaceAllString(in.QueryParam("fields"), ""); text != "" {
		otherwise = strings.Split(text, ",")
		for i := range otherwise {
			otherwise[i] = strings.TrimSpace(otherwise[i])
		}
	}
	return func(name string) bool { return slices.Contains(otherwise, name) }
}
