package v1

// AccountCheck is what a provider says of an account.
type AccountCheck struct {
	AccountID string `json:"account_id" format:"uuid" example:"0198b2f0-5c1e-7c3a-9d1f-6a2b8c4d0e11"`
	// rejected if one of the checks is, else unknown if one is, else valid.
	Verdict   string `json:"verdict" enums:"valid,rejected,unknown" example:"rejected"`
	CheckedAt Time   `json:"checked_at" swaggertype:"string" format:"date-time" example:"2026-11-22T10:00:00.000000Z"`
	// In an order that is the same for every account of a type.
	Checks []Check `json:"checks"`
}

// Check is one question to the provider and its answer.
type Check struct {
	// Stable snake_case.
	Name string `json:"name" example:"token"`
	// Silence, overload and server errors are unknown, never rejected.
	Verdict string `json:"verdict" enums:"valid,rejected,unknown" example:"rejected"`
	// What was found, or why it is unknown; the provider's reason is in it.
	Detail string `json:"detail" example:"The access token has expired."`
	// What to do now; null when there is nothing to do.
	Fix *string `json:"fix" example:"Enter a new token." extensions:"x-nullable"`
	// The setting to correct (RFC 6901); null when it is none.
	Pointer *string `json:"pointer" example:"/meta_settings/token" extensions:"x-nullable"`
}

// Adoption says what became of the webhooks that were kept for nobody.
type Adoption struct {
	AccountID string `json:"account_id" format:"uuid" example:"0198b2f0-5c1e-7c3a-9d1f-6a2b8c4d0e11"`
	// Webhooks that are handled for the account now.
	Adopted int `json:"adopted" example:"3"`
	// Webhooks that it adopted before.
	Already int `json:"already" example:"0"`
	// Webhooks that the account's secret does not prove.
	Unproved int `json:"unproved" example:"0"`
	// Webhooks whose bodies are no longer kept.
	Gone int `json:"gone" example:"0"`
}

// ParkedJob is background work that was given up for now.
type ParkedJob struct {
	ID    string `json:"id" format:"uuid" example:"0198b2f0-5c1e-7c3a-9d1f-6a2b8c4d0e11"`
	Queue string `json:"queue" enums:"webhooks,read-receipts" example:"webhooks"`
	// What it is about: the id of the webhook, or of the read receipt.
	Subject string `json:"subject" format:"uuid" example:"0198b2f0-5c1e-7c3a-9d1f-6a2b8c4d0e12"`
	// The account that it is done for; null where the order does not matter.
	AccountID *string `json:"account_id" format:"uuid" example:"0198b2f0-5c1e-7c3a-9d1f-6a2b8c4d0e13" extensions:"x-nullable"`
	Attempts  int     `json:"attempts" example:"20"`
	// Why the last attempt failed.
	LastError string `json:"last_error" example:"database_unavailable: The service cannot reach its database."`
	CreatedAt Time   `json:"created_at" swaggertype:"string" format:"date-time" example:"2026-11-22T10:00:00.000000Z"`
	ParkedAt  Time   `json:"parked_at" swaggertype:"string" format:"date-time" example:"2026-11-22T10:00:00.000000Z"`
}

// ParkedJobList is a page of parked jobs.
type ParkedJobList struct {
	Data []ParkedJob `json:"data"`
	// Pass it as cursor to go on; null on the last page.
	NextCursor *string `json:"next_cursor" extensions:"x-nullable"`
}
