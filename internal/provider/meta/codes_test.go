package meta

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/ivendnext/whatsapp-accounts/internal/provider"
)

// documented is the table of the fact sheet: each class with its codes.
func documented() map[provider.Class]string {
	return map[provider.Class]string{
		provider.ClassRetry:   "1 2 4 17 32 613 80007 80008 80012 130429 131000 131016 131056 131057 133004 2494100",
		provider.ClassAccount: "3 10 33 100/33 200 219 299 368 131005 131031 131037 131042 131045 132068 133000 133005 133006 133010 134011 137000",
		provider.ClassToken:   "0 190 190/458 190/460 190/463 190/467",
		provider.ClassWait:    "131048 131049 132015 132069 133008 133009 133015 133016",
		provider.ClassPermanent: "100 130472 130497 131008 131009 131021 131026 131047 131050 131051 131052 131053 131055 131060 131062 " +
			"100/2388019 100/2388023 100/2388024 100/2388040 100/2388047 100/2388072 100/2388073 100/2388293 100/2388299 100/2593002 " +
			"132000 132001 132005 132007 132012 132016 134100 134101 134102 135000",
	}
}

func TestEveryDocumentedCodeHasItsClassAndWordsToActOn(t *testing.T) {
	seen := 0
	for class, codes := range documented() {
		for name := range strings.FieldsSeq(codes) {
			code, subcode, _ := strings.Cut(name, "/")
			e, found := known().explain(code, subcode)
			assert.True(t, found, name)
			assert.Equal(t, class, e.Class, name)
			assert.Equal(t, []string{code, subcode}, []string{e.Code, e.Subcode})
			for _, text := range []string{e.Meaning, e.Fix} {
				assert.Regexp(t, `^[A-Z].+\.$`, text, name)
				assert.NotContains(t, text, "  ", name)
			}
			assert.Equal(t, class == provider.ClassWait, class != provider.ClassRetry && e.Pause > 0, "%s: what waits says how long", name)
			seen++
		}
	}
	assert.Len(t, known(), seen-3, "200, 219 and 299 are of a range; every other row is documented")
}

func TestNoCodeIsInTheTablesTwice(t *testing.T) {
	rows := len(aboutTokens()) + len(aboutLimits()) + len(aboutService()) + len(aboutAccounts()) + len(aboutMessages()) + len(aboutTemplates()) + len(aboutNumbers())
	assert.Len(t, known(), rows)
}

func TestASubcodeThatIsNotKnownLeavesTheMeaningOfItsCode(t *testing.T) {
	e, found := known().explain("190", "999")
	assert.True(t, found)
	assert.Equal(t, provider.ClassToken, e.Class)
	e, _ = known().explain("100", "2388024")
	assert.Equal(t, provider.ClassPermanent, e.Class)
}

func TestACodeThatIsNotKnownSaysSo(t *testing.T) {
	for _, code := range []string{"", "5", "199", "300", "999999", "x", "-1", "2000"} {
		e, found := known().explain(code, "")
		assert.False(t, found, code)
		assert.Equal(t, provider.ClassPermanent, e.Class)
		assert.NotEmpty(t, e.Meaning+e.Fix)
	}
}

func TestPausesAreThoseOfTheDocumentation(t *testing.T) {
	for code, want := range map[string]string{"131057": "1m0s", "131049": "24h0m0s", "133015": "5m0s", "133016": "72h0m0s", "132015": "3h0m0s", "131056": "6s"} {
		e, _ := known().explain(code, "")
		assert.Equal(t, want, e.Pause.String(), code)
	}
}

func TestLimitsSayWhatTheyAreSetTo(t *testing.T) {
	limits := map[string]provider.Limit{"131056": provider.LimitPair}
	for code := range strings.FieldsSeq("4 17 32 613 80007 80008 130429 131048 131057 2494100") {
		limits[code] = provider.LimitAccount
	}
	for key, e := range known() {
		assert.Equal(t, limits[key[0]], e.Limit, "%s", key[0])
		delete(limits, key[0])
	}
	assert.Empty(t, limits, "each is in the tables")
}
