package message

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/ivendnext/whatsapp-accounts/internal/fault"
	"github.com/ivendnext/whatsapp-accounts/internal/provider"
)

func TestATelephoneNumberIsReadHoweverItIsSpelled(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"+971501234567": "+971501234567", "971501234567": "+971501234567", "00971501234567": "+971501234567", " +971 (50) 123-45.67 ": "+971501234567",
		"+1\u00a0650/555/1234": "+16505551234", "4915112345": "+4915112345", "+123456789012345": "+123456789012345",
		"0501234567": "", "+0501234567": "", "+1234567890123456": "", "+12345": "", "": "", "+": "", "abc": "", "+97150123456x": "", "++971501234567": "", "٩٧١٥٠١٢٣٤٥٦٧": "",
	} {
		got, ok := Phone(text)
		assert.Equal(t, want, got, text)
		assert.Equal(t, want != "", ok, text)
	}
}

func TestARecipientIsANumberAUserOrAGroup(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		to, user, kind string
		want           provider.Recipient
		wrong          string
	}{
		{"+971 50 1234567", "", "", provider.Recipient{Kind: provider.ToPhone, Value: "+971501234567"}, ""},
		{"+971501234567", "AE.1", "individual", provider.Recipient{Kind: provider.ToPhone, Value: "+971501234567"}, ""},
		{"", "AE.1029", "", provider.Recipient{Kind: provider.ToUser, Value: "AE.1029"}, ""},
		{"", "US.ENT.x9", "", provider.Recipient{Kind: provider.ToUser, Value: "US.ENT.x9"}, ""},
		{"120363@g.us", "", "group", provider.Recipient{Kind: provider.ToGroup, Value: "120363@g.us"}, ""},
		{"", "", "", provider.Recipient{}, "/to"},
		{"", "", "group", provider.Recipient{}, "/to"},
		{"a b", "", "group", provider.Recipient{}, "/to"},
		{"", "nobody", "", provider.Recipient{}, "/recipient"},
	} {
		var wrong fault.Fields
		got := recipientOf(c.to, c.user, c.kind, &wrong)
		if c.wrong == "" {
			assert.Empty(t, wrong, "%+v", c)
			assert.Equal(t, c.want, got)
			continue
		}
		if assert.Len(t, wrong, 1, "%+v", c) {
			assert.Equal(t, c.wrong, wrong[0].Pointer)
		}
	}
	var wrong fault.Fields
	recipientOf("0501234567", "", "", &wrong)
	assert.True(t, wrong.Has("/to"), "a number without its country code is nobody's")
}
