package account

import (
	"github.com/ivendnext/whatsapp-accounts/internal/fault"
	"github.com/ivendnext/whatsapp-accounts/internal/provider"
	"github.com/ivendnext/whatsapp-accounts/internal/secret"
)

// Change is what a caller asks for. Nil leaves a member as it is, or at its initial value for a new account.
type Change struct {
	Name                 *string
	Type                 *provider.Type
	Status               *Status
	IsDefaultOutgoing    *bool
	IsDefaultIncoming    *bool
	AllowAutoReadReceipt *bool
	// Sections are the settings as they were sent, by settings key. Until the provider's spec has told them apart,
	// every value is treated as a secret.
	Sections map[string]Section
	// Wrong is what is at fault in the request already, before any rule looks at it: it is told with all that the rules find.
	Wrong fault.Fields
}

// Section is the settings of one provider: absent keeps, nil clears (or restores the default), a text sets.
type Section map[string]*secret.Text

// flag gives what the change asks for a designation.
func (c Change) flag(d Direction) *bool {
	if d == Outgoing {
		return c.IsDefaultOutgoing
	}
	return c.IsDefaultIncoming
}

// Decision is what the rules made of a change: the account as it will be, and everything to write with it in one transaction.
type Decision struct {
	Account Account
	Secrets map[string]*secret.Text // to seal; nil clears, with whatever was replaced before
	Takes   []Direction             // from whoever holds them
	Gives   []Direction             // that this account holds
	Changes []FieldChange           // for the history; empty means there is nothing to write
}
