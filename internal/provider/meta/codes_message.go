package meta

import (
	"time"

	"github.com/ivendnext/whatsapp-accounts/internal/provider"
)

// correctMessage is the cure of a message that is not as Meta wants it.
const correctMessage = "Correct the message as Meta's words say, and send it as a new one."

func aboutMessages() []provider.Explanation {
	return []provider.Explanation{
		permanent("100", "A parameter of the request is not valid.", correctMessage),
		permanent("130472", "The recipient takes part in an experiment of Meta, so the message was not sent.", "Reach the recipient another way."),
		permanent("130497", "The business account may not send to this country.", "Send to recipients in other countries only; WhatsApp Manager shows the restriction."),
		permanent("131008", "A parameter that the message needs is missing.", correctMessage),
		permanent("131009", "A value in the request is not valid, or the message it names is unknown or too old.", correctMessage),
		permanent("131021", "The recipient is the sending number itself.", "Send to another number."),
		permanent("131026", "The message cannot be delivered: the recipient has no WhatsApp, an old version of it, or has not accepted its terms.",
			"Ask the recipient, another way, to install or update WhatsApp."),
		permanent("131047", "More than 24 hours have passed since the recipient's last message.", "Send an approved template instead."),
		permanent("131050", "The recipient does not want marketing messages from this business.", "Send none to this recipient."),
		permanent("131051", "Meta does not support this type of message.", "Send another type."),
		permanent("131052", "Meta could not fetch the media that the sender attached.", "Ask the sender to send it again."),
		permanent("131053", "Meta could not take the media of the message.", "Check the file's type, size and address, and send the message again."),
		permanent("131055", "This way of sending is not allowed for the message.", "Send it as an ordinary message."),
		permanent("131060", "The message is not available.", "Ask the sender to send it again in another form."),
		permanent("131062", "A message of this type cannot be sent to a user id; it needs a phone number.", "Send it to the recipient's phone number."),
		permanent("134100", "Meta's marketing API refused the message.", correctMessage),
		permanent("134101", "Meta's marketing API refused the message.", correctMessage),
		permanent("134102", "Meta's marketing API refused the message.", correctMessage),
		permanent("135000", "Meta could not send the message, for a reason that lies in its parameters.", correctMessage),
	}
}

func aboutTemplates() []provider.Explanation {
	const correct = "Correct the template as Meta's words say, and submit it again."
	refused := func(subcode, meaning, fix string) provider.Explanation {
		return sub(subcode, permanent("100", meaning, fix))
	}
	return []provider.Explanation{
		refused("2388019", "The business account has as many templates as Meta allows.", "Delete templates that are not used, or have the business verified, which raises the limit."),
		refused("2388023", "A template of this name was deleted, and its name may not be used again for 30 days.", "Choose another label, or wait."),
		refused(subcodeExists, "The business account has a template of this name and language already.", "Synchronise the templates, then edit that one."),
		refused("2388040", "A text of the template is too long.", correct),
		refused("2388047", "The header of the template is not of a form that Meta takes.", correct),
		refused("2388072", "The body of the template is not of a form that Meta takes.", correct),
		refused("2388073", "The footer of the template is not of a form that Meta takes.", correct),
		refused("2388293", "The body has too many placeholders for its length.", "Write more words, or use fewer placeholders."),
		refused("2388299", "The body begins or ends with a placeholder.", "Put words before the first and behind the last placeholder."),
		refused(subcodeGone, "The business account has no such template.", "Synchronise the templates."),
		permanent("132000", "The number of values is not the number of placeholders in the template.", "Give a value for each placeholder."),
		permanent("132001", "The template does not exist in this language, or is not approved.", "Synchronise the templates, then choose one that is approved."),
		permanent("132005", "The template is too long with these values.", "Shorten the values."),
		permanent("132007", "The template breaks a policy of WhatsApp.", "Change the template's text and submit it again."),
		permanent("132012", "A value has not the form that the template wants.", "Give values of the form that the template was made with."),
		wait(3*time.Hour, "132015", "The template is paused because of its low quality.", "Improve the template, or wait: Meta pauses for 3 hours the first time, 6 the second."),
		permanent("132016", "The template was disabled because its quality was low too often.", "Make a new template with another text."),
	}
}
