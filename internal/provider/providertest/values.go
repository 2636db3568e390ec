package providertest

import (
	"regexp"
	"strings"

	"pgregory.net/rapid"

	"github.com/ivendnext/whatsapp-accounts/internal/provider"
)

// Canary stands where a careless person's secret would; no complaint may repeat it.
const Canary = "EAAGcanary0000000000"

// perGenerator is how many values each generator gives.
const perGenerator = 150

// values gives what to try on a field: its default, values of its pattern, the longest and one more, near misses, hostile URLs and arbitrary
// text. Always the same.
func values(f provider.Field) []string {
	all := []string{"", " ", "0", "v25.0", "V25.0", "v25.0\n", Canary, " " + Canary, Canary + "\n", "https://" + Canary, "\ufeff" + Canary, "١٢٣"}
	all = append(all, strings.Repeat("1", max(f.MaxLength, 0)), strings.Repeat("1", max(f.MaxLength, 0)+1))
	for _, u := range append(HostileURLs("graph.facebook.com"), LoopbackURLs()...) {
		all = append(all, u.Text)
	}
	if _, err := regexp.Compile(f.Pattern); f.Pattern != "" && err == nil {
		all = append(all, examples(rapid.StringMatching(f.Pattern))...)
	}
	for _, v := range append(examples(rapid.String()), f.Default) {
		all = append(all, v, f.Default+v, v+f.Default)
	}
	return all
}

func examples(g *rapid.Generator[string]) []string {
	var all []string
	for seed := range perGenerator {
		all = append(all, g.Example(seed))
	}
	return all
}
