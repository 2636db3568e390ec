package meta

// objectID is an id of Meta's: digits, which come as a string here and as a number there and are longer than a float can count.
type objectID string

// UnmarshalJSON takes either. What is neither is empty, so that one odd member does not spoil an answer.
func (i *objectID) UnmarshalJSON(raw []byte) error {
	*i = objectID(text(raw))
	if *i == "" {
		*i = objectID(digitsIn(raw))
	}
	return nil
}

// digitsIn gives raw when it is a whole number without sign.
func digitsIn(raw []byte) string {
	for _, b := range raw {
		if b < '0' || b > '9' {
			return ""
		}
	}
	return string(raw)
}
