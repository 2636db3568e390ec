package v1

// DefaultHolder names who holds a designation, whatever its status.
type DefaultHolder struct {
	AccountID   string `json:"account_id" format:"uuid" example:"0198b2f0-5c1e-7c3a-9d1f-6a2b8c4d0e11"`
	AccountName string `json:"account_name" example:"Brand A, UAE"`
	AccountType string `json:"account_type" example:"Meta"`
	Status      string `json:"status" enums:"Active,Inactive" example:"Active"`
}

// Defaults is both designations of the site; null where nobody holds one.
type Defaults struct {
	Outgoing *DefaultHolder `json:"outgoing" extensions:"x-nullable"`
	Incoming *DefaultHolder `json:"incoming" extensions:"x-nullable"`
}

// DefaultSet is the body of PUT /v1/defaults/{direction}.
type DefaultSet struct {
	AccountID *string `json:"account_id" validate:"required" format:"uuid" example:"0198b2f0-5c1e-7c3a-9d1f-6a2b8c4d0e11"`
}

// Candidate is an account that routing looked at.
type Candidate struct {
	AccountID string `json:"account_id" example:"0198b2f0-5c1e-7c3a-9d1f-6a2b8c4d0e11"`
	// Null when there is no such account.
	AccountName *string `json:"account_name" example:"Brand A, UAE" extensions:"x-nullable"`
	Outcome     string  `json:"outcome" enums:"chosen,passed_over,refused" example:"chosen"`
	Detail      string  `json:"detail" example:"It is default outgoing and the request names no account."`
}

// Route is the answer of GET /v1/route: the account to use and why.
type Route struct {
	Account    Account     `json:"account"`
	Reason     string      `json:"reason" enums:"account,template,default" example:"default"`
	Considered []Candidate `json:"considered"`
}
