package meta_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ivendnext/whatsapp-accounts/internal/provider"
	"github.com/ivendnext/whatsapp-accounts/internal/provider/meta"
)

func TestWhatIsBeyondAsManyItemsAsAnybodySendsIsPassedOnChangeByChange(t *testing.T) {
	const most = provider.MaxItems
	parts := func(member string, n int) string {
		return fmt.Sprintf(`{"field":"messages","value":{"metadata":{"phone_number_id":"305"},%q:[%s]}}`, member, many("{}", n))
	}
	few, full := parts("messages", 2), parts("statuses", most-1)
	for _, member := range []string{"messages", "statuses", "errors"} {
		require.Len(t, itemsOf(parts(member, most)), most)
		more := parts(member, most+1)
		all := itemsOf(few, more, few)
		require.Len(t, all, 5)
		require.Equal(t, provider.ItemOther, all[2].Kind)
		require.Equal(t, more, string(all[2].Data["change"]))
		require.Equal(t, map[string]string{"phone_id": "305"}, all[2].Names, "it is for the number all the same")
	}
	all := itemsOf(full, few, few)
	require.Len(t, all, most+1)
	for _, one := range all[most-1:] {
		require.Equal(t, few, string(one.Data["change"]))
	}
}

// TestOfABodyWithTooManyChangesNothingIsToldButThat has what one account would else be told of the changes of another.
func TestOfABodyWithTooManyChangesNothingIsToldButThat(t *testing.T) {
	for what, body := range map[string]func(n int) string{
		"changes":    func(n int) string { return `{"entry":[{"id":"204","changes":[` + many("{}", n) + `]}]}` },
		"entries":    func(n int) string { return `{"entry":[` + many(`{"id":"204"}`, n) + `]}` },
		"of no kind": func(n int) string { return `{"entry":[` + many("0", n) + `]}` },
	} {
		require.Len(t, meta.Receiver{}.Items([]byte(body(provider.MaxItems))), provider.MaxItems, what)
		all := meta.Receiver{}.Items([]byte(body(provider.MaxItems + 1)))
		another := meta.Receiver{}.Items([]byte(body(provider.MaxItems + 2)))
		require.Len(t, all, 1, what)
		require.Len(t, all[0].Change, len(`{"too_many_changes":"0123456789012345678901"}`), what)
		require.NotEqual(t, all[0].Key, another[0].Key, "another body is another item")
	}
}

func TestWhatStandsOnceInAnEntryIsNotRepeatedWhenItIsLong(t *testing.T) {
	long := strings.Repeat("2", 300)
	for _, entry := range []string{`"id":"` + long + `"`, `"id":"204","time":"` + long + `"`} {
		for _, item := range (meta.Receiver{}).Items([]byte(`{"entry":[{` + entry + `,"changes":[{},{}]}]}`)) {
			require.NotContains(t, string(item.Data["business_id"]), long)
			require.True(t, item.At.IsZero())
		}
	}
}

func TestManyErrorsOfAStatusAreExplainedOnceEachAndFewOfThem(t *testing.T) {
	var codes []string
	for n := range 40 {
		codes = append(codes, fmt.Sprintf(`{"code":%d},{}`, 131000+n/2))
	}
	all := itemsOf(`{"field":"messages","value":{"statuses":[{"id":"wamid.1","status":"failed","errors":[` + strings.Join(codes, ",") + `]}]}}`)
	require.Len(t, all[0].ErrorCodes, 16)
	require.Equal(t, []int{131000, 0, 131001}, all[0].ErrorCodes[:3])
}

func TestAMessageHasTheFirstContactThatIsItsSender(t *testing.T) {
	of := func(message string) string {
		all := itemsOf(`{"field":"messages","value":{"contacts":[{},0,{"wa_id":"1","n":1},{"user_id":"u","n":2},{"wa_id":"1","n":3},{"wa_id":"2","user_id":"v","n":4}],"messages":[` + message + `]}}`)
		return string(all[0].Data["contact"])
	}
	for message, contact := range map[string]string{
		`{"id":"a","from":"1"}`:                    `{"wa_id":"1","n":1}`,
		`{"id":"a","from":"2","from_user_id":"u"}`: `{"user_id":"u","n":2}`,
		`{"id":"a","from":"1","from_user_id":"v"}`: `{"wa_id":"1","n":1}`,
		`{"id":"a","from_user_id":"v"}`:            `{"wa_id":"2","user_id":"v","n":4}`,
		`{"id":"a","from":"3","from_user_id":"w"}`: "",
		`{"id":"a"}`: "",
	} {
		require.Equal(t, contact, of(message), message)
	}
}

// TestALongBodyThatIsNotWrittenAsMetaWritesNamesNobody has bodies that anybody can send: to unfold one of 3 MiB took 200 MB.
func TestALongBodyThatIsNotWrittenAsMetaWritesNamesNobody(t *testing.T) {
	body := func(odd string, length int) []byte {
		return fmt.Appendf(nil, `{"entry":[%s{"id":"204","changes":[]}],"x":%q}`, odd, strings.Repeat("x", length))
	}
	named := provider.Names{"business_id": {"204"}}
	require.Equal(t, named, meta.Receiver{}.Names(body("", 1<<20)))
	require.Equal(t, named, meta.Receiver{}.Names(body("0,", 100_000)))
	require.True(t, meta.Receiver{}.Names(body("0,", 200_000)).Nobody())
}

func itemsOf(changes ...string) []provider.Item {
	return meta.Receiver{}.Items([]byte(`{"entry":[{"id":"204","changes":[` + strings.Join(changes, ",") + `]}]}`))
}

// TestAChangeWithMuchBesideItsMessagesIsPassedOnWhole has what would be repeated for each of them.
func TestAChangeWithMuchBesideItsMessagesIsPassedOnWhole(t *testing.T) {
	for items, length := range map[int]int{3: 1000, 1: 5000} {
		for what, beside := range map[string]string{
			"metadata": `"metadata":{"phone_number_id":"305","x":%q}`,
			"contact":  `"metadata":{"phone_number_id":"305"},"contacts":[{"wa_id":"1","x":%q}]`,
		} {
			change := fmt.Sprintf(`{"field":"messages","value":{`+beside+`,"messages":[{"id":"a","from":"1"},{"id":"b","from":"1"},{"id":"c","from":"1"}]}}`, strings.Repeat("x", length))
			all := meta.Receiver{}.Items([]byte(`{"entry":[{"id":"204","changes":[` + change + `]}]}`))
			require.Len(t, all, items, what)
			require.Equal(t, map[string]string{"phone_id": "305"}, all[0].Names, "it is for the number all the same")
			require.Equal(t, change, string(all[0].Change))
		}
	}
}

// many is a list of n of the same.
func many(one string, n int) string { return strings.TrimSuffix(strings.Repeat(one+",", n), ",") }
