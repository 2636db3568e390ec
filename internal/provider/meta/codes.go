package meta

import (
	"slices"
	"strconv"
	"time"

	"github.com/ivendnext/whatsapp-accounts/internal/provider"
)

// codes are Meta's error codes by code and subcode.
type codes map[[2]string]provider.Explanation

// known gathers the tables: the page "Error codes" of the Cloud API (19 November 2025), with what the general Graph API adds.
func known() codes {
	all := codes{}
	for _, e := range slices.Concat(aboutTokens(), aboutLimits(), aboutService(), aboutAccounts(), aboutMessages(), aboutTemplates(), aboutNumbers()) {
		all[[2]string{e.Code, e.Subcode}] = e
	}
	return all
}

// explain prefers what is known of the subcode.
func (c codes) explain(code, subcode string) (provider.Explanation, bool) {
	if e, found := c[[2]string{code, subcode}]; found {
		return e, true
	}
	if e, found := c[[2]string{code, ""}]; found {
		return e, true
	}
	if n, err := strconv.Atoi(code); err == nil && n >= 200 && n <= 299 {
		return missingPermission(code), true
	}
	return provider.Explanation{
		Code: code, Subcode: subcode, Class: provider.ClassPermanent, Meaning: "Meta reports an error that this service does not know.",
		Fix: "Look at Meta's words, and look the code up in Meta's list of error codes of the WhatsApp Business Platform.",
	}, false
}

// missingPermission is for the codes 200 to 299, which Meta documents as one range.
func missingPermission(code string) provider.Explanation {
	return account(code, "The token has no permission for this number or business account.",
		"In Meta Business Settings, assign the WhatsApp account to the system user, and make a token with the permissions whatsapp_business_messaging and whatsapp_business_management.")
}

func say(class provider.Class, code, meaning, fix string) provider.Explanation {
	return provider.Explanation{Code: code, Class: class, Meaning: meaning, Fix: fix}
}

func retry(pause time.Duration, code, meaning, fix string) provider.Explanation {
	e := say(provider.ClassRetry, code, meaning, fix)
	e.Pause = pause
	return e
}

func wait(pause time.Duration, code, meaning, fix string) provider.Explanation {
	e := say(provider.ClassWait, code, meaning, fix)
	e.Pause = pause
	return e
}

func account(code, meaning, fix string) provider.Explanation {
	return say(provider.ClassAccount, code, meaning, fix)
}

func permanent(code, meaning, fix string) provider.Explanation {
	return say(provider.ClassPermanent, code, meaning, fix)
}

// sub narrows an explanation to a subcode.
func sub(subcode string, e provider.Explanation) provider.Explanation {
	e.Subcode = subcode
	return e
}

// accountWide marks a limit on everything that the account does.
func accountWide(e provider.Explanation) provider.Explanation {
	e.Limit = provider.LimitAccount
	return e
}

// toOnePerson marks a limit on what goes to one recipient.
func toOnePerson(e provider.Explanation) provider.Explanation {
	e.Limit = provider.LimitPair
	return e
}
