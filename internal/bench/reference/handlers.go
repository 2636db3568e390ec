package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/labstack/echo/v4" //nolint:depguard // the reference is a bare Echo

	"github.com/ivendnext/whatsapp-accounts/internal/secret"
)

type handlers struct {
	db    database
	box   *secret.Box
	write string
}

// keyRow is a row of api_keys.
type keyRow struct {
	ID         string
	Site       string
	Name       string
	Role       string
	KeyHash    []byte
	Hint       string
	CreatedAt  time.Time
	LastUsedAt *time.Time
	RevokedAt  *time.Time
}

// accountRow is an account with its flags, and the answer. JSON columns pass through as they are.
type accountRow struct {
	ID                   string    `json:"id"`
	AccountName          string    `json:"account_name"`
	AccountType          string    `json:"account_type"`
	Status               string    `json:"status"`
	IsDefaultOutgoing    bool      `json:"is_default_outgoing"`
	IsDefaultIncoming    bool      `json:"is_default_incoming"`
	AllowAutoReadReceipt bool      `json:"allow_auto_read_receipt"`
	WebhookURL           string    `json:"webhook_url" gorm:"-"`
	Readiness            readiness `json:"readiness" gorm:"-"`
	CreatedAt            time.Time `json:"created_at"`
	UpdatedAt            time.Time `json:"updated_at"`
	Settings             document  `json:"settings"`
	SecretsSet           document  `json:"secrets_set"`
}

// document is a JSON column as it is. PostgreSQL gives bytes, SQLite text.
type document []byte

// Scan implements sql.Scanner.
func (d *document) Scan(value any) error {
	switch v := value.(type) {
	case []byte:
		*d = bytes.Clone(v)
	case string:
		*d = document(v)
	default:
		return fmt.Errorf("a JSON column holds a %T", value)
	}
	return nil
}

// MarshalJSON implements json.Marshaler.
func (d document) MarshalJSON() ([]byte, error) { return d, nil }

type readiness struct {
	Send     ability  `json:"send"`
	Receive  ability  `json:"receive"`
	Warnings []string `json:"warnings"`
}

type ability struct {
	OK      bool     `json:"ok"`
	Missing []string `json:"missing"`
}

// key finds the caller's key by its hash.
func (h handlers) key(c echo.Context) (k keyRow, err error) {
	clear := strings.TrimPrefix(c.Request().Header.Get(echo.HeaderAuthorization), "Bearer ")
	sum := sha256.Sum256([]byte(clear))
	err = h.db.orm.WithContext(c.Request().Context()).Table("api_keys").Where("key_hash = ? AND revoked_at IS NULL", sum[:]).Take(&k).Error
	return k, err
}

// resolve does two look-ups: the key by its hash, and the default account with both of its flags.
func (h handlers) resolve(c echo.Context) error {
	k, err := h.key(c)
	if err != nil {
		return err
	}
	var a accountRow
	err = h.db.orm.WithContext(c.Request().Context()).Table("designations AS o").
		Select("accounts.*, true AS is_default_outgoing, i.account_id IS NOT NULL AS is_default_incoming").
		Joins("JOIN accounts ON accounts.site = o.site AND accounts.id = o.account_id").
		Joins("LEFT JOIN designations i ON i.site = o.site AND i.direction = 'incoming' AND i.account_id = o.account_id").
		Where("o.site = ? AND o.direction = 'outgoing' AND accounts.status = 'Active'", k.Site).Take(&a).Error
	if err != nil {
		return err
	}
	a.Readiness = readiness{Send: ability{OK: true}, Receive: ability{OK: true}}
	return c.JSON(http.StatusOK, a)
}

// verify does one look-up: an Active account by the digest of its verify token.
func (h handlers) verify(c echo.Context) error {
	digest := h.box.Digest("webhook_verify_token", secret.New(c.QueryParam("hub.verify_token")))
	var id string
	err := h.db.orm.WithContext(c.Request().Context()).Table("account_secrets AS s").Select("s.account_id").
		Joins("JOIN accounts a ON a.id = s.account_id AND a.status = 'Active' AND a.account_type = 'Meta'").
		Where("s.digest = ? AND s.field = 'webhook_verify_token'", digest.Bytes[:]).Take(&id).Error
	if err != nil {
		return err
	}
	return c.String(http.StatusOK, c.QueryParam("hub.challenge"))
}

// me does one look-up: the key.
func (h handlers) me(c echo.Context) error {
	k, err := h.key(c)
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, map[string]string{"site": k.Site, "role": k.Role, "name": k.Name})
}

// newAccount is what create reads.
type newAccount struct {
	AccountName          string          `json:"account_name"`
	AccountType          string          `json:"account_type"`
	Status               string          `json:"status"`
	AllowAutoReadReceipt bool            `json:"allow_auto_read_receipt"`
	MetaSettings         json.RawMessage `json:"meta_settings"`
}

const insert = `INSERT INTO accounts (id, site, account_name, name_key, account_type, status, allow_auto_read_receipt, settings, secrets_set, created_at, updated_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, '{}', $9, $9)`

// create does one insert by pgx: the row of the account, and no key, seal, designation, identifier or history.
func (h handlers) create(c echo.Context) error {
	var sent newAccount
	if err := json.NewDecoder(c.Request().Body).Decode(&sent); err != nil {
		return err
	}
	id, at := uuid.Must(uuid.NewV7()), time.Now() //nolint:forbidigo // a clock that is handed in would be a detour
	_, err := h.db.raw.Exec(c.Request().Context(), insert, id, h.write, sent.AccountName, strings.ToLower(sent.AccountName), sent.AccountType,
		sent.Status, sent.AllowAutoReadReceipt, string(sent.MetaSettings), at)
	if err != nil {
		return err
	}
	return c.JSON(http.StatusCreated, map[string]string{"id": id.String(), "account_name": sent.AccountName})
}
