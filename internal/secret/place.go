package secret

import (
	"encoding/binary"
	"errors"
)

// errPlace is a defect of the caller: a value that is bound to half a place could be moved.
var errPlace = errors.New("secret: a place needs a site, a record and a field")

// Place is where a sealed value lives. A value opens only at the place it was sealed for; all three parts are needed.
type Place struct {
	Site   string // the tenant
	Record string // the id of the row
	Field  string // the column or setting
}

func (p Place) check() error {
	if p.Site == "" || p.Record == "" || p.Field == "" {
		return errPlace
	}
	return nil
}

// encode gives the associated data of p. No two places encode alike.
func (p Place) encode() []byte {
	b := make([]byte, 0, len(p.Site)+len(p.Record)+len(p.Field)+3*binary.MaxVarintLen16)
	return appendPart(appendPart(appendPart(b, p.Site), p.Record), p.Field)
}

// appendPart writes the length before the part, so that "ab","c" and "a","bc" differ.
func appendPart[T ~string | ~[]byte](b []byte, part T) []byte {
	return append(binary.AppendUvarint(b, uint64(len(part))), part...)
}
