package provider

// Capability is something a provider can or cannot do, by its name in the contract.
type Capability string

// The capabilities of the contract's table.
const (
	CanText                   Capability = "text"
	CanMedia                  Capability = "media"
	CanLocation               Capability = "location"
	CanContacts               Capability = "contacts"
	CanReadReceipts           Capability = "read_receipts"
	CanMessageStatus          Capability = "message_status"
	CanTemplateApproval       Capability = "template_approval"
	CanTemplateMediaHeader    Capability = "template_media_header"
	CanInteractiveButtons     Capability = "interactive_buttons"
	CanInteractiveLists       Capability = "interactive_lists"
	CanFlows                  Capability = "flows"
	CanReactions              Capability = "reactions"
	CanStatusWebhooks         Capability = "status_webhooks"
	CanDefaultIncoming        Capability = "default_incoming"
	CanTemplateLocalRendering Capability = "template_local_rendering"
)

// Capabilities lists every capability, in the order of the contract's table.
func Capabilities() []Capability {
	return []Capability{
		CanText, CanMedia, CanLocation, CanContacts, CanReadReceipts, CanMessageStatus,
		CanTemplateApproval, CanTemplateMediaHeader, CanInteractiveButtons, CanInteractiveLists, CanFlows, CanReactions, CanStatusWebhooks,
		CanDefaultIncoming,
		CanTemplateLocalRendering,
	}
}
