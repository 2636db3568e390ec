package httpapi

import (
	"errors"
	"fmt"
	"reflect"
	"strings"
	"sync"

	"github.com/go-playground/validator/v10"

	"github.com/ivendnext/whatsapp-accounts/internal/fault"
)

// shapes makes the validator of the wire's tags once; it names members as the wire does.
//
//nolint:gochecknoglobals // it is never changed, and making it costs more than a request
var shapes = sync.OnceValue(func() *validator.Validate {
	v := validator.New(validator.WithRequiredStructEnabled())
	v.RegisterTagNameFunc(func(f reflect.StructField) string {
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		return name
	})
	return v
})

// validate refuses what is not of the shape that the tags of the wire describe.
func validate(body any) error {
	var wrong fault.Fields
	if err := misshapen(body, &wrong); err != nil {
		return err
	}
	return wrong.Err()
}

// misshapen notes what is not of that shape, save members that were noted before.
func misshapen(body any, wrong *fault.Fields) error {
	err := shapes().Struct(body)
	var failed validator.ValidationErrors
	if !errors.As(err, &failed) {
		return err
	}
	for _, f := range failed {
		if pointer := "/" + f.Field(); !wrong.Has(pointer) {
			code, detail := explain(f)
			wrong.Add(pointer, code, detail)
		}
	}
	return nil
}

func explain(f validator.FieldError) (code, detail string) {
	switch f.Tag() {
	case "required":
		return "required", f.Field() + " is required."
	case "oneof":
		return "invalid_value", fmt.Sprintf("%s must be one of %s.", f.Field(), strings.Join(strings.Fields(f.Param()), ", "))
	}
	return "invalid_value", fmt.Sprintf("%s breaks the rule %s %s.", f.Field(), f.Tag(), f.Param())
}
