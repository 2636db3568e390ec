package store

import (
	"context"
	"database/sql"
	"errors"

	"gorm.io/gorm/clause"

	"github.com/ivendnext/whatsapp-accounts/internal/account"
	"github.com/ivendnext/whatsapp-accounts/internal/site"
)

// holders says who holds what; an absent direction is held by nobody.
type holders map[account.Direction]string

// openSlots makes the site's two designation rows when its first account arrives. They are never removed: once they were found to be there,
// this process need not ask again.
func (s *Accounts) openSlots(ctx context.Context, in site.Site) error {
	if _, there := s.db.opened.Load(in); there {
		return nil
	}
	var slots []designationRow
	for _, d := range account.Directions() {
		slots = append(slots, designationRow{Site: in.String(), Direction: string(d)})
	}
	opened := s.db.in(ctx, in).Clauses(clause.OnConflict{DoNothing: true}).Create(&slots)
	if opened.Error == nil && opened.RowsAffected == 0 { // those that this transaction makes may yet be undone with it
		s.db.opened.Store(in, true)
	}
	return opened.Error
}

// lockSlots locks both designations, outgoing first for everybody, and reads who holds them.
func (s *Accounts) lockSlots(ctx context.Context, in site.Site) (holders, error) {
	var slots []designationRow
	err := s.db.in(ctx, in).Clauses(clause.Locking{Strength: clause.LockingStrengthUpdate}).Order("direction DESC").Find(&slots).Error
	h := holders{}
	for _, slot := range slots {
		if slot.AccountID != nil {
			h[account.Direction(slot.Direction)] = *slot.AccountID
		}
	}
	return h, err
}

// point makes the designation point at an account, or at nobody.
func (s *Accounts) point(ctx context.Context, in site.Site, d account.Direction, id *string) error {
	return s.db.in(ctx, in).Model(&designationRow{}).Where("direction = ?", string(d)).Update("account_id", id).Error
}

// moveDesignations moves what the account takes and gives, under the slots' locks, and tells the history of those who lost.
func (s *Accounts) moveDesignations(ctx context.Context, in site.Site, id string, takes, gives []account.Direction, e account.Entry, h holders) error {
	for _, d := range gives {
		if err := s.point(ctx, in, d, nil); err != nil {
			return err
		}
	}
	for _, d := range takes {
		if err := s.point(ctx, in, d, &id); err != nil {
			return err
		}
		if loser, held := h[d]; held && loser != id {
			if err := s.record(ctx, in, loser, e.Lost(d)); err != nil {
				return err
			}
		}
	}
	return nil
}

// Holder implements account.Store.
func (s *Accounts) Holder(ctx context.Context, in site.Site, d account.Direction) (account.Account, error) {
	which := designation{in, d}
	if s.db.together(ctx) {
		a, found, err := s.db.asked.holders.Get(ctx, which)
		if err == nil && !found {
			return a, account.ErrNobody(d)
		}
		return a, s.db.classify(ctx, err)
	}
	return s.holderAlone(ctx, which)
}

// holderAlone is Holder for one who asks alone.
func (s *Accounts) holderAlone(ctx context.Context, which designation) (account.Account, error) {
	var r accountRow
	var both bool
	err := holderOf.scan(s.db.lookUp(ctx, which.site, "d"), []any{string(which.direction)}, append(r.places(), &both)...)
	if errors.Is(err, sql.ErrNoRows) {
		return account.Account{}, account.ErrNobody(which.direction)
	}
	return r.holding(which, both), s.db.classify(ctx, err)
}

// Designate implements account.Store.
func (s *Accounts) Designate(ctx context.Context, in site.Site, d account.Direction, id string, decide func(a account.Account, holder *account.Account) (account.Entry, error)) (account.Account, error) {
	var after account.Account
	err := s.db.Transact(ctx, func(ctx context.Context) error {
		before, holders, err := s.lock(ctx, in, id)
		if err != nil {
			return err
		}
		holder, err := s.holder(ctx, in, holders[d])
		if err != nil {
			return err
		}
		e, err := decide(before, holder)
		if err != nil {
			return err
		}
		after = before
		if before.Holds(d) {
			return nil
		}
		if err := s.moveDesignations(ctx, in, id, []account.Direction{d}, nil, e, holders); err != nil {
			return err
		}
		if err := s.record(ctx, in, id, e); err != nil {
			return err
		}
		after, err = s.Get(ctx, in, id)
		return err
	})
	return after, err
}

// Vacate implements account.Store.
func (s *Accounts) Vacate(ctx context.Context, in site.Site, d account.Direction, decide func(holder *account.Account) (account.Entry, error)) error {
	return s.db.Transact(ctx, func(ctx context.Context) error {
		holders, err := s.lockSlots(ctx, in)
		if err != nil {
			return err
		}
		holder, err := s.holder(ctx, in, holders[d])
		if err != nil {
			return err
		}
		e, err := decide(holder)
		if holder == nil || err != nil {
			return err
		}
		if err := s.point(ctx, in, d, nil); err != nil {
			return err
		}
		return s.record(ctx, in, holder.ID, e)
	})
}

// holder reads who has a designation, under the slots' locks; nil where nobody has.
func (s *Accounts) holder(ctx context.Context, in site.Site, id string) (*account.Account, error) {
	if id == "" {
		return nil, nil //nolint:nilnil // "there is none" is an answer here
	}
	a, err := s.Get(ctx, in, id)
	return &a, err
}
