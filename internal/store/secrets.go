package store

import (
	"context"
	"errors"
	"fmt"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"github.com/ivendnext/whatsapp-accounts/internal/account"
	"github.com/ivendnext/whatsapp-accounts/internal/fault"
	"github.com/ivendnext/whatsapp-accounts/internal/provider"
	"github.com/ivendnext/whatsapp-accounts/internal/secret"
	"github.com/ivendnext/whatsapp-accounts/internal/site"
	"github.com/ivendnext/whatsapp-accounts/internal/webhook"
)

// The slots of a secret: the one in use, and the one it replaced while that is still valid.
const (
	slotCurrent  = "current"
	slotPrevious = "previous"
)

// placeOf binds a sealed secret to its site, account, field and slot.
func placeOf(r secretRow) secret.Place {
	return secret.Place{Site: r.Site, Record: r.AccountID, Field: r.Field + "/" + r.Slot}
}

// addSecrets seals the secrets of a new account and writes them in one statement.
func (s *Accounts) addSecrets(ctx context.Context, in site.Site, spec provider.Spec, d account.Decision) error {
	var rows []secretRow
	for _, f := range spec.Fields {
		value := d.Secrets[f.Name]
		if value == nil {
			continue
		}
		r, err := s.sealed(secretRow{AccountID: d.Account.ID, Field: f.Name, Slot: slotCurrent, Site: in.String()}, *value, f.AnswersVerification)
		if err != nil {
			return fmt.Errorf("sealing %s of account %s: %w", f.Name, d.Account.ID, err)
		}
		rows = append(rows, r)
	}
	if len(rows) == 0 {
		return nil
	}
	return sealable(s.db.in(ctx, in).Create(&rows).Error)
}

// writeSecrets seals what the decision sets and removes what it clears.
func (s *Accounts) writeSecrets(ctx context.Context, in site.Site, spec provider.Spec, d account.Decision) error {
	for _, f := range spec.Fields {
		value, touched := d.Secrets[f.Name]
		if !touched {
			continue
		}
		if err := s.writeSecret(ctx, in, d.Account, f, value); err != nil {
			return fmt.Errorf("writing %s of account %s: %w", f.Name, d.Account.ID, err)
		}
	}
	return nil
}

func (s *Accounts) writeSecret(ctx context.Context, in site.Site, a account.Account, f provider.Field, value *secret.Text) error {
	if value == nil {
		return s.db.in(ctx, in).Where("account_id = ? AND field = ?", a.ID, f.Name).Delete(&secretRow{}).Error
	}
	if f.KeepReplaced > 0 {
		if err := s.keepReplaced(ctx, in, a, f, *value); err != nil {
			return err
		}
	}
	r := secretRow{AccountID: a.ID, Field: f.Name, Slot: slotCurrent, Site: in.String()}
	return s.seal(ctx, in, r, *value, f.AnswersVerification)
}

// keepReplaced moves the current value to the slot of the previous one, where it stays valid for a while. The slot is part of what a
// value is bound to, so it is sealed anew. A value that is sent again replaces nothing: what it replaced at first stays, until its time.
func (s *Accounts) keepReplaced(ctx context.Context, in site.Site, a account.Account, f provider.Field, by secret.Text) error {
	current, err := s.Secret(ctx, in, a.ID, f.Name)
	if errors.Is(err, account.ErrSecretNotSet) {
		return nil
	}
	if err != nil || current.Equal(by) {
		return err
	}
	until := a.UpdatedAt.Add(f.KeepReplaced)
	return s.seal(ctx, in, secretRow{AccountID: a.ID, Field: f.Name, Slot: slotPrevious, Site: in.String(), ValidUntil: &until}, current, false)
}

// sealed completes a row. It seals before it digests: should the key be promoted in between, the row still counts as one of the old key
// and is done again.
func (s *Accounts) sealed(r secretRow, value secret.Text, lookedUp bool) (secretRow, error) {
	sealed, err := s.db.box.Seal(placeOf(r), value)
	if err != nil {
		return r, err
	}
	r.Sealed, r.KeyID = sealed.Bytes, int64(sealed.KeyID)
	if lookedUp {
		digest := s.db.box.Digest(r.Field, value)
		r.Digest = digest.Bytes[:]
	}
	return r, nil
}

// seal writes a row, over the one that is there.
func (s *Accounts) seal(ctx context.Context, in site.Site, r secretRow, value secret.Text, lookedUp bool) error {
	r, err := s.sealed(r, value, lookedUp)
	if err != nil {
		return err
	}
	return sealable(s.db.in(ctx, in).Clauses(clause.OnConflict{
		Columns:   []clause.Column{{Name: "account_id"}, {Name: "field"}, {Name: "slot"}},
		DoUpdates: clause.AssignmentColumns([]string{"sealed", "key_id", "digest", "valid_until"}),
	}).Create(&r).Error)
}

var errKeysetOutdated = fault.New(fault.Unavailable, "keyset_outdated", "This replica does not have the keys that the others use.",
	"Try again, which may reach another replica; the operator must give every replica the current keyset.")

// sealable tells what a broken reference from a sealed row means: the key was retired, and this process has missed it.
func sealable(err error) error {
	if errors.Is(err, gorm.ErrForeignKeyViolated) {
		return errKeysetOutdated.Because(err)
	}
	return err
}

// Secret opens one secret of an account: the only function through which a secret leaves the database, other than to be sealed again.
// ErrNotFound, ErrSecretNotSet.
func (s *Accounts) Secret(ctx context.Context, in site.Site, accountID, field string) (secret.Text, error) {
	if !isUUID(accountID) {
		return secret.Text{}, account.ErrNotFound
	}
	var r secretRow
	err := s.db.in(ctx, in).Where("account_id = ? AND field = ? AND slot = ?", accountID, field, slotCurrent).Take(&r).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		if _, err := s.Get(ctx, in, accountID); err != nil {
			return secret.Text{}, err
		}
		return secret.Text{}, account.ErrSecretNotSet
	}
	if err != nil {
		return secret.Text{}, s.db.classify(ctx, err)
	}
	return s.db.box.Open(placeOf(r), r.Sealed)
}

// Secrets opens every current secret of some accounts, by the account's id and its field, for calls of their providers. An account that is not there has none.
func (s *Accounts) Secrets(ctx context.Context, in site.Site, ids ...string) (map[string]map[string]secret.Text, error) {
	rows, err := s.secretsAt(ctx, in, ids)
	if err != nil {
		return nil, s.db.classify(ctx, err)
	}
	all := make(map[string]map[string]secret.Text, len(ids))
	for _, r := range rows {
		clear, err := s.db.box.Open(placeOf(r), r.Sealed)
		if err != nil {
			return nil, err
		}
		if all[r.AccountID] == nil {
			all[r.AccountID] = make(map[string]secret.Text, 4)
		}
		all[r.AccountID][r.Field] = clear
	}
	return all, nil
}

// secretsAt gives what Secrets opens: what is in mind, when it is of the last revision, and the rest as it is read. A transaction reads for itself: what it has
// changed has no revision yet.
func (s *Accounts) secretsAt(ctx context.Context, in site.Site, ids []string) ([]secretRow, error) {
	if in.IsZero() {
		return nil, errNoSite
	}
	if _, within := transactionOf(ctx); within {
		_, rows, err := s.readSecrets(ctx, in, ids)
		return rows, err
	}
	var last string
	if err := lastRevision.scan(s.db.acrossSites(ctx, "the accounts of all sites have one revision"), nil, &last); err != nil {
		return nil, err
	}
	rows, others := s.db.kept.known(last, in, ids)
	if len(others) == 0 {
		return rows, nil
	}
	at, read, err := s.readSecrets(ctx, in, others)
	if err == nil && at != "" {
		s.db.kept.learn(at, in, others, read)
	}
	return append(rows, read...), err
}

// readSecrets reads secrets, and the id of the revision that they are of: one statement sees one state of the database. It is empty when there is none to read.
func (s *Accounts) readSecrets(ctx context.Context, in site.Site, ids []string) (at string, rows []secretRow, err error) {
	theirs := s.db.dialect.among("t.account_id", ids)
	query := lookup("SELECT " + revisionID + ", t.account_id, t.site, t.field, t.slot, t.sealed FROM account_secrets t WHERE " + theirs.SQL + " AND t.slot = ?")
	err = query.each(s.db.lookUp(ctx, in, "t"), append(theirs.Vars, slotCurrent), func(row scanner) error {
		var r secretRow
		err := row.Scan(&at, &r.AccountID, &r.Site, &r.Field, &r.Slot, &r.Sealed)
		rows = append(rows, r)
		return err
	})
	return at, rows, err
}

// AnswersVerification gives Active accounts of the type that have the secret in the field, a few of them when many do; an account id confines the
// question to that account. The provider's request names no site, so this is the one look-up of accounts that crosses them. Nothing is decrypted:
// the secret is found by its digest, under every key of the set.
func (s *Accounts) AnswersVerification(ctx context.Context, t provider.Type, field, accountID string, given secret.Text) ([]webhook.Party, error) {
	var digests [][]byte
	for _, d := range s.db.box.Digests(field, given) {
		digests = append(digests, d.Bytes[:])
	}
	query, args := activeByDigest, []any{digests, field, string(t)}
	if accountID != "" {
		if !isUUID(accountID) {
			return nil, nil
		}
		query, args = query+ofAccount, append(args, accountID)
	}
	var found []webhook.Party
	err := (query + fewOnly).each(s.db.acrossSites(ctx, "Meta's verification request names no site"), args, func(row scanner) error {
		var id, of string
		if err := row.Scan(&id, &of); err != nil {
			return err
		}
		in, err := site.Named(of)
		found = append(found, webhook.Party{AccountID: id, Site: in})
		return err
	})
	return found, s.db.classify(ctx, err)
}

// Whose implements webhook.Tokens.
func (s *Accounts) Whose(ctx context.Context, t provider.Type, accountID string) ([]webhook.Party, error) {
	if !isUUID(accountID) {
		return nil, nil
	}
	var of []string
	err := s.db.acrossSites(ctx, "Meta's verification request names no site").Model(&accountRow{}).Where("id = ? AND account_type = ?", accountID, string(t)).Pluck("site", &of).Error
	if err != nil || len(of) == 0 {
		return nil, s.db.classify(ctx, err)
	}
	in, err := site.Named(of[0])
	return []webhook.Party{{AccountID: accountID, Site: in}}, err
}

// PurgeReplaced removes replaced secrets whose time is over.
func (s *Accounts) PurgeReplaced(ctx context.Context) error {
	return s.db.Transact(ctx, func(ctx context.Context) error {
		return s.db.acrossSites(ctx, "a replaced secret ends by its time").Where("valid_until < ?", s.db.now()).Delete(&secretRow{}).Error
	})
}
