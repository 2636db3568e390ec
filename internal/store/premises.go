package store

import (
	"context"
	"crypto/sha256"
	"encoding/binary"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5/pgtype"

	"github.com/ivendnext/whatsapp-accounts/internal/account"
	"github.com/ivendnext/whatsapp-accounts/internal/provider"
	"github.com/ivendnext/whatsapp-accounts/internal/webhook"
)

// fact is everything that a row says and that can change: the account, its status and the secret as it is sealed. Site, field and slot are left out: a site never
// changes, and sealing binds a secret to all three. The length of the secret is always written, zero when there is none, so that facts one after another can be
// read in one way only. PostgreSQL writes down the same (the constant fact), to compare it with what was remembered.
func (r candidateRow) fact() (string, error) {
	id, err := uuid.Parse(r.AccountID)
	text := append(make([]byte, 0, len(id)+5+len(r.Sealed)), id[:]...)
	if r.Status == string(account.Active) {
		text = append(text, 1)
	} else {
		text = append(text, 0)
	}
	text = append(binary.BigEndian.AppendUint32(text, uint32(len(r.Sealed))), r.Sealed...) //nolint:gosec // a secret is short
	return string(text), err
}

// premiseColumns are what receipts rest on, column by column, each premise once; and which receipt rests on which.
type premiseColumns struct {
	accountType, field, value, proof []string
	facts                            [][]byte

	receipt []pgtype.UUID
	premise []int32 // counted from one

	known map[webhook.Premise]int32
}

func (c *premiseColumns) add(r webhook.Receipt) error {
	for _, p := range r.Premises {
		if impossible(p.Value) {
			continue // it is, and stays, that of nobody
		}
		id, err := idOf(r.ID)
		if err != nil {
			return err
		}
		c.receipt, c.premise = append(c.receipt, id), append(c.premise, c.number(p))
	}
	return nil
}

func (c *premiseColumns) number(p webhook.Premise) int32 {
	if n, known := c.known[p]; known {
		return n
	}
	c.accountType, c.field, c.value = append(c.accountType, string(p.Type)), append(c.field, p.Field), append(c.value, p.Value)
	c.proof, c.facts = append(c.proof, p.Proof), append(c.facts, p.Facts[:])
	if c.known == nil {
		c.known = map[webhook.Premise]int32{}
	}
	n := int32(len(c.facts)) //nolint:gosec // as many as a group has
	c.known[p] = n
	return n
}

// outdated gives the ids of receipts of which a premise is not true. The transaction of ctx writes, so that nothing can change before it ends.
func (s *Receipts) outdated(ctx context.Context, receipts []webhook.Receipt) (ids []string, err error) {
	asked := map[webhook.Address]bool{}
	for _, r := range receipts {
		for _, p := range r.Premises {
			asked[p.Address] = true
		}
	}
	if len(asked) == 0 {
		return nil, nil
	}
	at, err := s.db.revision(ctx)
	if err != nil {
		return nil, err
	}
	if known, all := s.db.proven.all(receipts, s.db.now()); all && known == at.id {
		return nil, nil
	}
	told, err := s.db.Candidates().facts(ctx, asked)
	for _, r := range receipts {
		for _, p := range r.Premises {
			if now, known := told[p.Address]; !known || now != p.Facts {
				ids = append(ids, r.ID)
				break
			}
		}
	}
	if err == nil {
		s.db.proven.learn(at, receipts, ids)
	}
	return ids, err
}

// alike is what addresses have in common that one look-up asks for.
type alike struct {
	of    provider.Type
	proof string
	byID  bool
}

// facts gives what the database says of addresses now. It leaves out those of which it may not have read everything.
func (c *Candidates) facts(ctx context.Context, asked map[webhook.Address]bool) (map[webhook.Address][sha256.Size]byte, error) {
	together, told := map[alike]provider.Names{}, map[webhook.Address][sha256.Size]byte{}
	for a := range asked {
		k := alike{a.Type, a.Proof, a.Field == ""}
		if together[k] == nil {
			together[k] = provider.Names{}
		}
		together[k][a.Field] = append(together[k][a.Field], a.Value)
	}
	for k, names := range together {
		facts, cut, err := c.factsAt(ctx, k, names)
		if err != nil {
			return nil, err
		}
		for field, values := range names {
			for _, v := range values {
				if !cut {
					told[webhook.Address{Type: k.of, Field: field, Value: v, Proof: k.proof}] = webhook.FactsOf([]webhook.Candidate{{Facts: facts[[2]string{field, v}]}})
				}
			}
		}
	}
	return told, nil
}

// factsAt gives the facts of the accounts at each field and value; of those that are asked for by their ids, at no field and the id.
func (c *Candidates) factsAt(ctx context.Context, k alike, names provider.Names) (facts map[[2]string][]string, cut bool, err error) {
	var rows []candidateRow
	if k.byID {
		rows, err = c.rowsByID(ctx, k.of, names[""]...)
	} else {
		rows, cut, err = c.rowsNamed(ctx, k.of, names, k.proof)
	}
	if err != nil {
		return nil, false, err
	}
	facts = make(map[[2]string][]string, len(rows))
	for _, r := range rows {
		at := [2]string{r.NameField, r.NameValue}
		if k.byID {
			at[1] = r.AccountID
		}
		fact, err := r.fact()
		if err != nil {
			return nil, false, err
		}
		facts[at] = append(facts[at], fact)
	}
	return facts, cut, nil
}
