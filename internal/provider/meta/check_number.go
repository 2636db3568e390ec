package meta

import "strings"

// standing is what a status of a number means.
type standing struct{ status, meaning, fix string }

// standings are the statuses in which a number cannot send. (Meta, phone number, field status.)
func standings() []standing {
	const manager = "Open the number in WhatsApp Manager and follow what it asks for."
	return []standing{
		{"PENDING", "is not set up completely", "Register the number in WhatsApp Manager, or in the Meta App Dashboard, WhatsApp, API Setup."},
		{"UNVERIFIED", "is not verified", "Verify the number in WhatsApp Manager, then register it."},
		{"DISCONNECTED", "is not connected to the Cloud API", "Register the number again in WhatsApp Manager."},
		{"DELETED", "was deleted", "Enter the Phone ID of another number, or deactivate the account."},
		{"MIGRATED", "was moved to another business account", "Enter the Business ID, Phone ID and Token of where it is now."},
		{"BANNED", "is banned", "Appeal against the ban in WhatsApp Manager."},
		{"RESTRICTED", "is restricted", manager},
		{"RATE_LIMITED", "has reached its limit", "Wait, and send only what recipients asked for."},
		{"FLAGGED", "is flagged for its low quality", "Send only what recipients asked for; the status goes when the quality stays better for 7 days."},
	}
}

func (j *judgement) number(a answers) {
	own := a.own()
	if j.depends(checkNumber, checkConnection, checkToken, checkBusiness, checkPhone) {
		return
	}
	if own == nil || own.Status == "" {
		j.unknown(checkNumber, "Meta did not tell the status of the number.", "Check again later.")
		return
	}
	if strings.EqualFold(own.Status, "CONNECTED") {
		j.valid(checkNumber, "The number is connected.")
		return
	}
	for _, s := range standings() {
		if strings.EqualFold(own.Status, s.status) {
			j.reject(checkNumber, "", "The number "+s.meaning+": its status is "+s.status+".", s.fix)
			return
		}
	}
	j.unknown(checkNumber, "The status of the number is "+words(j.c, own.Status)+".", "Look at the number in WhatsApp Manager.")
}

// quality never rejects: a number of low quality still sends.
func (j *judgement) quality(a answers) {
	own := a.own()
	if j.depends(checkQuality, checkConnection, checkToken, checkBusiness, checkPhone) {
		return
	}
	const better = "Look at the number's quality in WhatsApp Manager, and send only what recipients asked for."
	switch rating := ratingOf(own); rating {
	case "":
		j.unknown(checkQuality, "Meta did not tell the quality of the number.", "Check again later.")
	case "GREEN":
		j.valid(checkQuality, "The quality of the number is high (GREEN).")
	case "YELLOW":
		j.advise(checkQuality, "The quality of the number is medium (YELLOW).", better)
	case "RED":
		j.advise(checkQuality, "The quality of the number is low (RED); Meta may limit it.", better)
	default:
		j.valid(checkQuality, "Meta has not rated the quality of the number yet.")
	}
}

func ratingOf(n *listedNumber) string {
	if n == nil {
		return ""
	}
	return strings.ToUpper(n.Quality)
}
