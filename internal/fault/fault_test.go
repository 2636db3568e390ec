package fault_test

import (
	"errors"
	"fmt"
	"io"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/ivendnext/whatsapp-accounts/internal/fault"
)

func taken() *fault.Error {
	return fault.New(fault.Conflict, "name_taken", "The name is taken.", "Choose another.")
}

func TestTheZeroKindTellsNothing(t *testing.T) {
	assert.Equal(t, fault.Internal, new(fault.Error).Kind)
}

func TestAFaultIsKnownByItsCodeHoweverItWasDressed(t *testing.T) {
	sentinel := taken()
	for name, e := range map[string]error{
		"because": sentinel.Because(io.EOF), "saying": sentinel.Saying("%q is taken.", "A"), "at": sentinel.At(fault.Field{Pointer: "/name"}),
		"wrapped": fmt.Errorf("writing: %w", sentinel), "joined": errors.Join(io.EOF, sentinel), "caused": fault.New(fault.Internal, "other", "", "").Because(sentinel),
		"made anew": fault.New(fault.Invalid, "name_taken", "", ""),
	} {
		require.ErrorIs(t, e, sentinel, name)
	}
	for name, e := range map[string]error{"another code": fault.New(fault.Conflict, "other", "The name is taken.", ""), "no fault": io.EOF, "none": nil} {
		require.NotErrorIs(t, e, sentinel, name)
	}
	assert.False(t, sentinel.Is(io.EOF))
}

func TestDressingAFaultLeavesTheSentinelAlone(t *testing.T) {
	sentinel := taken()
	_ = sentinel.Because(io.EOF)
	_ = sentinel.Saying("another")
	_ = sentinel.At(fault.Field{Pointer: "/a"})
	_ = sentinel.After(time.Second)
	assert.Equal(t, taken(), sentinel)
}

func TestTwoFaultsOfOneSentinelDoNotShareTheirFields(t *testing.T) {
	base := taken()
	base.Fields = append(make([]fault.Field, 0, 9), fault.Field{Pointer: "/a"}) // room that both could write into
	b, c := base.At(fault.Field{Pointer: "/b"}), base.At(fault.Field{Pointer: "/c"})
	assert.Equal(t, "/b", b.Fields[1].Pointer)
	assert.Equal(t, "/c", c.Fields[1].Pointer)
	assert.Len(t, base.Fields, 1)
}

func TestEachDressKeepsTheRest(t *testing.T) {
	e := taken().After(time.Second)
	dressed := e.At(fault.Field{Pointer: "/a"}).Saying("Now %d.", 2).Because(io.EOF)
	assert.Equal(t, []any{fault.Conflict, "name_taken", "Now 2.", "Choose another.", time.Second}, []any{dressed.Kind, dressed.Code, dressed.Detail, dressed.Fix, dressed.RetryAfter})
	assert.Len(t, dressed.Fields, 1)
}

func TestTheOperatorsTextHasTheCauseAndTheClientsHasNot(t *testing.T) {
	e := taken().Because(errors.New("SQLSTATE 23505"))
	assert.Equal(t, "name_taken: The name is taken.: SQLSTATE 23505", e.Error())
	assert.NotContains(t, e.Detail+e.Fix, "SQLSTATE")
	assert.Equal(t, "bare", fault.New(fault.Invalid, "bare", "", "").Error())
}

func TestTheCauseIsFoundInAFault(t *testing.T) {
	require.ErrorIs(t, taken().Because(io.EOF), io.EOF)
	require.NoError(t, taken().Unwrap())
}

func TestTheCodeOfWhatIsNoFaultIsInternal(t *testing.T) {
	assert.Equal(t, "name_taken", fault.CodeOf(fmt.Errorf("writing: %w", taken())))
	assert.Equal(t, "internal", fault.CodeOf(io.EOF))
	assert.Equal(t, "internal", fault.CodeOf(nil))
}

func TestNothingNotedIsNoError(t *testing.T) {
	var wrong fault.Fields
	require.NoError(t, wrong.Err())
	assert.False(t, wrong.Has("/a"))
}

func TestFieldsThatAgreeGiveTheErrorTheirCode(t *testing.T) {
	for _, c := range []struct {
		codes []string
		code  string
	}{
		{[]string{"required"}, "required"},
		{[]string{"required", "required"}, "required"},
		{[]string{"required", "invalid_value"}, "validation_failed"},
		{[]string{"required", "invalid_value", "required"}, "validation_failed"},
		{[]string{"required", "required", "invalid_value"}, "validation_failed"},
	} {
		var wrong fault.Fields
		for i, code := range c.codes {
			wrong.Add(fmt.Sprint("/", i), code, "Wrong.")
		}
		var e *fault.Error
		require.ErrorAs(t, wrong.Err(), &e)
		assert.Equal(t, c.code, e.Code, c.codes)
		assert.Equal(t, fault.Invalid, e.Kind)
		assert.Equal(t, []fault.Field(wrong), e.Fields, "in the order in which they were noted")
		assert.NotEmpty(t, e.Fix)
	}
}

func TestOneFieldSpeaksForItselfAndSeveralForEachOther(t *testing.T) {
	var wrong fault.Fields
	wrong.Add("/a", "required", "A is required.")
	var e *fault.Error
	require.ErrorAs(t, wrong.Err(), &e)
	assert.Equal(t, "A is required.", e.Detail)
	wrong.Add("/b", "required", "B is required.")
	require.ErrorAs(t, wrong.Err(), &e)
	assert.NotContains(t, e.Detail, "A is required")
}

func TestFieldsKnowWhatWasNoted(t *testing.T) {
	var wrong fault.Fields
	wrong.Add("/a", "required", "A is required.")
	assert.True(t, wrong.Has("/a"))
	assert.False(t, wrong.Has("/a/b"))
}
