package fault

import "slices"

// validationFailed is the code of an Invalid error whose fields do not agree on one.
const validationFailed = "validation_failed"

// Fields gathers everything that is wrong with a request, so that the caller learns it all at once.
type Fields []Field

// Add notes one more member that is at fault.
func (f *Fields) Add(pointer, code, detail string) {
	*f = append(*f, Field{Pointer: pointer, Code: code, Detail: detail})
}

// Has reports whether something was noted about a member.
func (f Fields) Has(pointer string) bool {
	return slices.ContainsFunc(f, func(field Field) bool { return field.Pointer == pointer })
}

// Err is nil when nothing was noted; otherwise an Invalid error whose code is the one all fields share, or validation_failed.
func (f Fields) Err() error {
	if len(f) == 0 {
		return nil
	}
	e := New(Invalid, f[0].Code, f[0].Detail, "Correct the members listed in errors and send the request again.")
	for _, field := range f[1:] {
		if field.Code != e.Code {
			e.Code = validationFailed
		}
	}
	if len(f) > 1 {
		e.Detail = "Several members of the request break a rule; errors lists each of them."
	}
	e.Fields = f
	return e
}
