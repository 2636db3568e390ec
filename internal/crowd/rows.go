package crowd

import (
	"crypto/sha256"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/ivendnext/whatsapp-accounts/internal/account"
	"github.com/ivendnext/whatsapp-accounts/internal/secret"
)

// table is what is written into a table for each account.
type table struct {
	name    string
	columns []string
	rows    func(c Crowd, group, slot int) ([][]any, error)
}

func tables() []table {
	return []table{
		{"accounts", []string{
			"id", "site", "account_name", "name_key", "account_type", "status", "allow_auto_read_receipt", "settings", "secrets_set", "activated_at", "created_at", "updated_at",
		}, accounts},
		{"account_identifiers", []string{"account_id", "field", "site", "account_type", "value", "exclusive"}, identifiers},
		{"account_secrets", []string{"account_id", "field", "slot", "site", "sealed", "key_id", "digest"}, secrets},
		{"designations", []string{"site", "direction", "account_id"}, designations},
		{"account_history", []string{"id", "site", "account_id", "at", "actor", "action", "changes", "request_id"}, history},
		{"api_keys", []string{"id", "site", "name", "role", "key_hash", "hint", "created_at"}, apiKeys},
	}
}

func accounts(c Crowd, group, slot int) ([][]any, error) {
	kind, status, settings := "Meta", "Active", metaSettings(group, slot)
	at := born(group, slot)
	active := &at
	switch slot {
	case Sender:
		kind, settings = "WASender", map[string]string{"wasender_url": "https://www.wasenderapi.com/api"}
	case Draft:
		status, active = "Inactive", nil
	}
	set := map[string]time.Time{}
	for field := range Secrets(group, slot) {
		set[field] = at
	}
	name := Name(group, slot)
	return [][]any{{ID(group, slot), c.siteOf(group, slot), name, account.NameKey(name), kind, status, slot == Brand, settings, set, active, at, at}}, nil
}

func metaSettings(group, slot int) map[string]string {
	return map[string]string{
		"url": "https://graph.facebook.com", "version": "v25.0", "app_id": "1234567890123456",
		"phone_id": fmt.Sprintf("10%d%d", First+group, slot), "business_id": fmt.Sprintf("20%d", First+group),
	}
}

func identifiers(c Crowd, group, slot int) ([][]any, error) {
	if slot == Sender {
		return nil, nil
	}
	settings := metaSettings(group, slot)
	row := func(field string, exclusive bool) []any {
		return []any{ID(group, slot), field, c.siteOf(group, slot), "Meta", settings[field], exclusive}
	}
	return [][]any{row("phone_id", true), row("business_id", false)}, nil
}

func secrets(c Crowd, group, slot int) ([][]any, error) {
	values := Secrets(group, slot)
	rows := make([][]any, 0, len(values))
	for _, field := range slices.Sorted(maps.Keys(values)) {
		value := secret.New(values[field])
		sealed, err := c.Box.Seal(c.Place(group, slot, field), value)
		if err != nil {
			return nil, err
		}
		var digest []byte
		if field == verifyField {
			found := c.Box.Digest(field, value)
			digest = found.Bytes[:]
		}
		rows = append(rows, []any{ID(group, slot), field, "current", c.siteOf(group, slot), sealed.Bytes, int64(sealed.KeyID), digest})
	}
	return rows, nil
}

// designations makes a default of the oldest account of each small site, and of the big site's.
func designations(c Crowd, group, slot int) ([][]any, error) {
	if id := ID(group, slot); id != c.Default() && (slot != Stray || group%strays != 0) {
		return nil, nil
	}
	row := func(direction string) []any { return []any{c.siteOf(group, slot), direction, ID(group, slot)} }
	return [][]any{row("outgoing"), row("incoming")}, nil
}

func history(c Crowd, group, slot int) ([][]any, error) {
	changes := fmt.Sprintf(`[{"field": "account_name", "from": null, "to": %q}, {"field": "status", "from": null, "to": "Active"}]`, Name(group, slot))
	return [][]any{{ID(group, slot), c.siteOf(group, slot), ID(group, slot), born(group, slot), "import", "created", changes, "import"}}, nil
}

// apiKeys gives each small site a key that nobody has.
func apiKeys(c Crowd, group, slot int) ([][]any, error) {
	if slot != Stray || group%strays != 0 {
		return nil, nil
	}
	hash := sha256.Sum256([]byte(ID(group, slot)))
	return [][]any{{ID(group, slot), c.siteOf(group, slot), "shop", "service", hash[:], "none", born(group, slot)}}, nil
}
