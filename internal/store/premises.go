package store

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5/pgtype"

	"github.com/ivendnext/whatsapp-accounts/internal/provider"
	"github.com/ivendnext/whatsapp-accounts/internal/webhook"
)

// facts writes the row down. PostgreSQL writes the same (factsOfAddress), and compares it with what was remembered.
func (r candidateRow) facts() string {
	return r.AccountID + " " + r.Status + " " + r.Field + " " + r.Slot + " " + hex.EncodeToString(r.Sealed) + " " + r.Site + "\n"
}

// compare is the order in which facts are written down.
func (r candidateRow) compare(other candidateRow) int {
	return cmp.Or(strings.Compare(r.AccountID, other.AccountID), strings.Compare(r.NameField, other.NameField), strings.Compare(r.NameValue, other.NameValue),
		strings.Compare(r.Field, other.Field), strings.Compare(r.Slot, other.Slot))
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
		id, err := binary(r.ID)
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
	told, err := s.db.Candidates().facts(ctx, asked)
	for _, r := range receipts {
		for _, p := range r.Premises {
			if now, known := told[p.Address]; !known || now != p.Facts {
				ids = append(ids, r.ID)
				break
			}
		}
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
		texts, cut, err := c.texts(ctx, k, names)
		if err != nil {
			return nil, err
		}
		for field, values := range names {
			for _, v := range values {
				if !cut {
					told[webhook.Address{Type: k.of, Field: field, Value: v, Proof: k.proof}] = webhook.FactsOf([]webhook.Candidate{{Facts: texts[[2]string{field, v}]}})
				}
			}
		}
	}
	return told, nil
}

// texts gives the facts of the accounts at each field and value; of those that are asked for by their ids, at no field and the id.
func (c *Candidates) texts(ctx context.Context, k alike, names provider.Names) (texts map[[2]string]string, cut bool, err error) {
	var rows []candidateRow
	if k.byID {
		rows, err = c.rowsByID(ctx, k.of, names[""]...)
	} else {
		rows, cut, err = c.rowsNamed(ctx, k.of, names, k.proof)
	}
	slices.SortFunc(rows, candidateRow.compare)
	texts = make(map[[2]string]string, len(rows))
	for _, r := range rows {
		at := [2]string{r.NameField, r.NameValue}
		if k.byID {
			at[1] = r.AccountID
		}
		texts[at] += r.facts()
	}
	return texts, cut, err
}
