package wasender

import (
	"encoding/json"

	"github.com/ivendnext/whatsapp-accounts/internal/provider"
)

// Compose implements provider.TemplateComposer: WASender knows no templates and is sent the text.
func (p *Provider) Compose(m provider.TemplateMessage) (json.RawMessage, error) {
	return json.Marshal(struct {
		Text string `json:"text"`
	}{m.Text})
}
