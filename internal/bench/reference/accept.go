package main

import (
	"encoding/json"
	"net/http"
	"time"

	"github.com/google/uuid"
	"github.com/labstack/echo/v4" //nolint:depguard // the reference is a bare Echo
	"gorm.io/gorm"                //nolint:depguard // the reference is GORM without the store
)

// newMessage is what accept reads.
type newMessage struct {
	To        string          `json:"to"`
	Text      json.RawMessage `json:"text"`
	SendAfter time.Time       `json:"send_after"`
}

// messageRow is a row of messages.
type messageRow struct {
	ID, Site, AccountID, Reason, RecipientKind, Recipient, Type string
	Content                                                     []byte
	ReplyTo, Reference, IfUnknown                               string
	SendAfter, DiscardAfter                                     time.Time
	Status                                                      string
	Attempts                                                    int
	Timeline                                                    []byte
	CreatedAt, UpdatedAt                                        time.Time
}

// jobRow is a row of jobs.
type jobRow struct {
	ID, Queue, OrderKey, Site, Subject string
	Attempt                            int
	WaitsUntil                         time.Time
	LastError                          string
	CreatedAt                          time.Time
}

// accept does the two inserts of a message, in one transaction: no key, no account that is chosen, no rule, no event.
func (h handlers) accept(c echo.Context) error {
	var sent newMessage
	if err := json.NewDecoder(c.Request().Body).Decode(&sent); err != nil {
		return err
	}
	id, at := uuid.Must(uuid.NewV7()).String(), time.Now() //nolint:forbidigo // a clock that is handed in would be a detour
	m := messageRow{
		ID: id, Site: h.write, AccountID: id, Reason: "default", RecipientKind: "phone", Recipient: sent.To, Type: "text", Content: sent.Text, IfUnknown: "keep",
		SendAfter: sent.SendAfter, DiscardAfter: sent.SendAfter.Add(time.Hour), Status: "queued", Timeline: []byte(`[{"at":"2026-01-01T00:00:00Z","step":"queued"}]`), CreatedAt: at, UpdatedAt: at,
	}
	j := jobRow{ID: uuid.Must(uuid.NewV7()).String(), Queue: "nobody's", Site: h.write, Subject: id, WaitsUntil: sent.SendAfter, CreatedAt: at}
	err := h.db.orm.WithContext(c.Request().Context()).Transaction(func(tx *gorm.DB) error {
		if err := tx.Table("messages").Create(&m).Error; err != nil {
			return err
		}
		return tx.Table("jobs").Create(&j).Error
	})
	if err != nil {
		return err
	}
	return c.JSON(http.StatusAccepted, map[string]string{"id": id, "status": "queued"})
}
