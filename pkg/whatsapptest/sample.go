package whatsapptest

// What [SampleMeta] and [SampleWASender] hold. The values are made up.
const (
	// SampleAppID is the app.
	SampleAppID = "1020000000000001"
	// SampleAppSecret signs its webhooks.
	SampleAppSecret = "not-a-real-app-secret"
	// SampleBusinessID is the WhatsApp business account.
	SampleBusinessID = "204000000000001"
	// SamplePhoneID is its phone number, [SamplePhoneNumber].
	SamplePhoneID = "305000000000007"
	// SamplePhoneNumber is the number as digits.
	SamplePhoneNumber = "15550100200"
	// SampleToken may do everything.
	SampleToken = "EAAG-not-a-real-token"
	// SampleTemplate is the name of an approved template in en_US with two parameters in its body.
	SampleTemplate = "order_ready"

	// SampleAPIKey is the key of the WASender session.
	SampleAPIKey = "5eed5eed5eed5eed5eed5eed5eed5eed5eed5eed5eed5eed5eed5eed5eed5eed"
	// SampleWebhookSecret is what WASender sends with its webhooks.
	SampleWebhookSecret = "not-a-real-webhook-secret"
)

// SampleMeta is an app with one business account, one phone number, one token and one approved template.
func SampleMeta() MetaConfig {
	return MetaConfig{
		Apps: []App{{ID: SampleAppID, Name: "Shop", Secret: SampleAppSecret}},
		Businesses: []Business{{
			ID: SampleBusinessID, Name: "Brand A", Apps: []string{SampleAppID},
			Phones: []Phone{{ID: SamplePhoneID, DisplayNumber: "+1 555-010-0200", VerifiedName: "Brand A"}},
			Templates: []Template{{
				Name: SampleTemplate, Language: "en_US",
				Components: []Component{{"type": "BODY", "text": "Hello {{1}}, your order {{2}} is ready."}},
			}},
		}},
		Tokens: []Token{{Name: "sample", Value: SampleToken, App: SampleAppID}},
	}
}

// SampleWASender is one connected session.
func SampleWASender() WASenderConfig {
	return WASenderConfig{Sessions: []Session{{
		ID: 1, Name: "Brand B", PhoneNumber: "+15550100300", APIKey: SampleAPIKey, WebhookSecret: SampleWebhookSecret,
	}}}
}

// SampleCustomer writes to the samples unless an event names another.
func SampleCustomer() Customer {
	return Customer{Name: "Zoë Ok", WaID: "447700900123", UserID: "GB.1029384756102938"}
}
