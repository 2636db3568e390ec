package meta

import (
	"fmt"
	"slices"
	"strings"
)

// shown is how many numbers a sentence lists.
const shown = 5

func (j *judgement) business(a answers) {
	switch {
	case j.depends(checkBusiness, checkConnection, checkToken):
	case a.businessErr != nil:
		j.failed(checkBusiness, "business_id", a.businessErr)
	default:
		j.valid(checkBusiness, strings.TrimSpace("The token may see the business account "+words(j.c, a.business.Name))+".")
	}
}

func (j *judgement) review(a answers) {
	if j.depends(checkReview, checkConnection, checkToken, checkBusiness) {
		return
	}
	switch {
	case a.businessErr != nil || a.business.Review == "":
		j.unknown(checkReview, "Meta did not tell the result of its review.", "Check again later.")
	case strings.EqualFold(a.business.Review, "APPROVED"):
		j.valid(checkReview, "Meta has approved the business account.")
	case strings.EqualFold(a.business.Review, "REJECTED"):
		j.reject(checkReview, "", "Meta has rejected the business account.", "Ask for another review in Meta Business Support.")
	default:
		j.unknown(checkReview, "Meta's review of the business account is not finished: "+words(j.c, a.business.Review)+".", "Wait for Meta's review.")
	}
}

// phone is valid when the business account lists the number: the one proof that token, Business ID and Phone ID belong together.
func (j *judgement) phone(a answers) {
	switch {
	case j.depends(checkPhone, checkConnection, checkToken, checkBusiness):
	case a.phone == "":
		j.reject(checkPhone, "phone_id", "The account has no Phone ID.", "Enter the Phone number ID.")
	case a.numbersErr != nil:
		j.failed(checkPhone, "business_id", a.numbersErr)
	case a.own() != nil:
		j.valid(checkPhone, "The number is "+words(j.c, a.own().Display)+", and it belongs to the business account.")
	case !a.allNumbers:
		j.unknown(checkPhone, "The business account has more numbers than were looked through.", "Compare the Phone ID with WhatsApp Manager.")
	default:
		j.reject(checkPhone, "phone_id", "The business account does not have a number of this Phone ID. "+j.have(a.numbers),
			"Copy the Phone number ID again, or the Business ID if the number belongs to another business account.")
	}
}

// own is the number of the account, if it was listed.
func (a answers) own() *listedNumber {
	if i := slices.IndexFunc(a.numbers, func(n listedNumber) bool { return n.ID == a.phone }); i >= 0 {
		return &a.numbers[i]
	}
	return nil
}

// have lists the numbers that can be meant.
func (j *judgement) have(numbers []listedNumber) string {
	if len(numbers) == 0 {
		return "It has no numbers."
	}
	var all []string
	for _, n := range numbers[:min(shown, len(numbers))] {
		all = append(all, fmt.Sprintf("%s (Phone ID %s)", words(j.c, n.Display), words(j.c, string(n.ID))))
	}
	if len(numbers) > shown {
		all = append(all, fmt.Sprintf("%d more", len(numbers)-shown))
	}
	return "It has " + strings.Join(all, ", ") + "."
}

// subscription is whether webhooks come at all.
func (j *judgement) subscription(a answers) {
	switch {
	case j.depends(checkSubscription, checkConnection, checkToken, checkApp, checkBusiness):
	case a.appsErr != nil:
		j.failed(checkSubscription, "business_id", a.appsErr)
	case slices.ContainsFunc(a.apps, func(s subscribedApp) bool { return s.App.ID == a.appID }):
		j.valid(checkSubscription, "The app is subscribed to the business account, so Meta sends it webhooks.")
	case !a.allApps:
		j.unknown(checkSubscription, "The business account has more apps than were looked through.", "Check again later.")
	default:
		j.reject(checkSubscription, "", "The app is not subscribed to the business account, so no webhooks come.",
			"Subscribe the app to the business account; this service can do that.")
	}
}
