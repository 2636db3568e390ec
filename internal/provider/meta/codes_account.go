package meta

import (
	"time"

	"github.com/ivendnext/whatsapp-accounts/internal/provider"
)

// Fixes that several codes share.
const (
	newToken = "Make a new token for a system user in Meta Business Settings, best one that does not expire, and enter it as Token."
	byItself = "Nothing needs to be done: the service tries again."
	inWABA   = "Open the WhatsApp Manager of this business account and follow what it asks for."
)

func aboutTokens() []provider.Explanation {
	of := func(code, subcode, meaning, fix string) provider.Explanation {
		return sub(subcode, say(provider.ClassToken, code, meaning, fix))
	}
	return []provider.Explanation{
		of("0", "", "Meta cannot use the token.", newToken),
		of("190", "", "The token is invalid or has expired.", newToken),
		of("190", "458", "Whoever the token belongs to has removed the app.", "Assign the app to the system user again, make a new token and enter it as Token."),
		of("190", "460", "The token ended because its owner's password was changed.", newToken),
		of("190", "463", "The token has expired.", newToken),
		of("190", "467", "The token is invalid: it was revoked, or its owner signed out.", newToken),
	}
}

// aboutLimits: how often calls may be made. Pauses without a source are ours.
func aboutLimits() []provider.Explanation {
	return []provider.Explanation{
		accountWide(retry(5*time.Minute, "4", "The app has made too many calls to Meta.", byItself)),
		accountWide(retry(5*time.Minute, "17", "The owner of the token has made too many calls to Meta.", byItself)),
		accountWide(retry(5*time.Minute, "32", "Too many calls were made for this page.", byItself)),
		accountWide(retry(5*time.Minute, "613", "Meta limits how often this call may be made.", byItself)),
		accountWide(retry(5*time.Minute, "80007", "The business account has reached its limit of calls.", byItself)),
		accountWide(retry(5*time.Minute, "80008", "Too many calls were made to this business account.", byItself)),
		retry(5*time.Minute, "80012", "Too many calls were made about this template.", byItself),
		accountWide(retry(time.Second, "130429", "The number sends and receives as many messages a second as Meta allows.", byItself)),
		accountWide(wait(time.Hour, "131048", "Meta limits this number because recipients blocked or reported its messages.",
			"Look at the number's quality in WhatsApp Manager, and send only what recipients asked for.")),
		wait(24*time.Hour, "131049", "Meta held the message back to keep the recipient's experience good.", "Do not send it again before a day has passed, if at all."),
		toOnePerson(retry(6*time.Second, "131056", "Too many messages went from this number to this recipient in a short time.", byItself)),
		wait(time.Hour, "132069", "The flow was slowed down: 10 messages an hour can be sent with it.", "Correct the errors of the flow's endpoint that WhatsApp Manager shows."),
		wait(time.Hour, "133008", "The PIN was guessed too often.", "Wait until Meta allows another try, or turn two-step verification off in WhatsApp Manager."),
		wait(time.Hour, "133009", "The PIN was entered too fast after the last try.", "Wait, then enter it again."),
		wait(5*time.Minute, "133015", "The number was deleted a moment ago, and that is not finished.", "Wait 5 minutes, then register it."),
		wait(72*time.Hour, "133016", "The number was registered too often: 10 times in 72 hours are allowed.", "Wait until 72 hours have passed."),
	}
}

func aboutService() []provider.Explanation {
	return []provider.Explanation{
		retry(0, "1", "Meta reports an unknown error, or did not understand the request.", "If it stays so, look at Meta's status page."),
		retry(0, "2", "Meta's service is down for a moment.", byItself),
		retry(0, "131000", "Something went wrong at Meta.", "If it stays so, look at Meta's status page."),
		retry(0, "131016", "Meta's service is down for a moment.", byItself),
		accountWide(retry(time.Minute, "131057", "The account is in maintenance, for example while its limit of messages a second is being raised.", byItself)),
		retry(0, "133004", "Meta's server is not available for a moment.", byItself),
		accountWide(retry(time.Minute, "2494100", "The account is in maintenance.", byItself)),
	}
}

func aboutAccounts() []provider.Explanation {
	return []provider.Explanation{
		account("3", "The app may not make this call.", "In the Meta App Dashboard, give the app the product WhatsApp and the permission that the call needs."),
		account("10", "The token or the app has no permission for this call, or lost it.",
			"In Meta Business Settings, check the permissions of the system user and of the app, then make a new token."),
		account("33", "The number was deleted.", "Check the Phone ID; if the number is gone, deactivate the account."),
		sub("33", account("100", "An ID of the account does not exist at Meta, or the token may not see it.",
			"Check Phone ID and Business ID, and that the WhatsApp account is assigned to the owner of the token.")),
		account("368", "The business account is blocked for a time because it violated a policy.", inWABA),
		account("131005", "Access is denied: a permission is missing or was taken back.", "In Meta Business Settings, check the permissions of the system user, then make a new token."),
		account("131031", "The business account is locked, because of a policy or because data about it could not be verified.", inWABA),
		account("131037", "The number needs an approved display name before it can send.", "Set a display name in WhatsApp Manager and wait until it is approved."),
		account("131042", "There is a problem with the payment method.", "Correct the payment method of the business account in WhatsApp Manager."),
		account("131045", "The number is not registered correctly.", "Register the number again in WhatsApp Manager."),
		account("132068", "The flow is blocked.", "Correct the flow in WhatsApp Manager."),
		account("134011", "The terms of WhatsApp Payments were not accepted.", "Accept the terms in WhatsApp Manager."),
		account("137000", "The recipient's identity has changed and was not confirmed.", "Make sure that it is still the same person, and confirm the new identity."),
	}
}

func aboutNumbers() []provider.Explanation {
	return []provider.Explanation{
		account("133000", "An earlier deregistration of the number is not finished.", "Deregister the number again, then register it."),
		account("133005", "The PIN of two-step verification is wrong.", "Enter the right PIN, or reset it in WhatsApp Manager."),
		account("133006", "The number must be verified again.", "Verify the number in WhatsApp Manager, then register it."),
		account("133010", "The number is not registered with the Cloud API.", "Register the number in WhatsApp Manager or in the Meta App Dashboard, WhatsApp, API Setup."),
	}
}
