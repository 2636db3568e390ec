package httpapi_test

import (
	"encoding/json"
	"regexp"
	"strconv"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	v1 "github.com/ivendnext/whatsapp-accounts/api/v1"
)

func TestSingleResourcesHaveAStrongETag(t *testing.T) {
	t.Parallel()
	w := start(t)
	made := w.boss.create(t, meta("A", obj{"is_default_outgoing": true})).is(201)
	id, form := made.account().ID, regexp.MustCompile(`^"[A-Za-z0-9_-]{20,}"$`)
	for name, a := range map[string]*answer{
		"made": made, "read": w.boss.get(t, at(id)), "patched": w.boss.patch(t, at(id), "{}"), "the default": w.boss.get(t, "/v1/defaults/outgoing"),
		"named default": w.boss.put(t, "/v1/defaults/outgoing", obj{"account_id": id}),
	} {
		assert.Regexp(t, form, a.etag(), name)
		assert.Equal(t, made.etag(), a.etag(), "%s: the same representation has the same ETag", name)
		assert.Equal(t, string(made.body), string(a.body), name)
	}
	assert.Regexp(t, form, w.stranger().get(t, "/openapi.json").is(200).etag())
	for _, path := range []string{"/v1/accounts", "/v1/defaults", "/v1/route", "/v1/account-types", at(id) + "/history"} {
		assert.Empty(t, w.boss.get(t, path).is(200).etag(), path)
	}
}

func TestTheETagChangesWithWhateverTheRepresentationShows(t *testing.T) {
	t.Parallel()
	for database, start := range databases() {
		t.Run(database, func(t *testing.T) {
			t.Parallel()
			w := start(t)
			id := w.boss.make(t, meta("A")).ID
			last := w.boss.get(t, at(id)).etag()
			step := func(what string, do func()) {
				do()
				now := w.boss.get(t, at(id)).etag()
				assert.NotEqual(t, last, now, what)
				last = now
			}
			step("its name", func() { w.boss.patch(t, at(id), obj{"account_name": "AA"}).is(200) })
			step("a secret", func() { w.boss.patch(t, at(id), obj{"meta_settings": obj{"token": mark + "2"}}).is(200) })
			step("the same secret again", func() { w.boss.patch(t, at(id), obj{"meta_settings": obj{"token": mark + "2"}}).is(200) })
			step("it takes the default", func() { w.boss.put(t, "/v1/defaults/outgoing", obj{"account_id": id}).is(200) })
			step("another account takes it", func() { w.boss.make(t, meta("B", obj{"is_default_outgoing": true})) })
			step("its status", func() { w.boss.patch(t, at(id), inactive()).is(200) })
		})
	}
}

func TestIfNoneMatch(t *testing.T) {
	t.Parallel()
	w := start(t)
	id := w.boss.make(t, meta("A", obj{"is_default_outgoing": true})).ID
	for _, path := range []string{at(id), "/v1/defaults/outgoing", "/openapi.json"} {
		tag := w.boss.get(t, path).etag()
		for name, c := range map[string]struct {
			header []string
			status int
		}{
			"the tag":                     {[]string{tag}, 304},
			"the tag, weak":               {[]string{"W/" + tag}, 304},
			"any":                         {[]string{"*"}, 304},
			"among others":                {[]string{`"a", ` + tag + `, "b"`}, 304},
			"among others, no spaces":     {[]string{`"a",W/"b",` + tag}, 304},
			"in a second header":          {[]string{`"a"`, tag}, 304},
			"another":                     {[]string{`"a"`}, 200},
			"several others":              {[]string{`"a", W/"b"`}, 200},
			"empty":                       {[]string{""}, 200},
			"without quotes":              {[]string{tag[1 : len(tag)-1]}, 200},
			"a piece of it":               {[]string{tag[:5] + `"`}, 200},
			"inside another tag":          {[]string{`"a` + tag[1:]}, 200},
			"a comma inside another one":  {[]string{`"a,` + tag[1:len(tag)-1] + `,b"`}, 200},
			"weak in small letters":       {[]string{"w/" + tag}, 200},
			"in other case than it was":   {[]string{`"` + swapCase(tag[1:])}, 200},
			"a star inside quotes":        {[]string{`"*"`}, 200},
			"If-None-Match of a stranger": {[]string{`"00000000000000000000"`}, 200},
		} {
			t.Run(name+" at "+path, func(t *testing.T) {
				var headers []string
				for _, h := range c.header {
					headers = append(headers, "If-None-Match", h)
				}
				a := w.boss.get(t, path, headers...).is(c.status)
				assert.Equal(t, tag, a.etag())
				if c.status == 304 {
					assert.Empty(t, a.body)
					assert.Empty(t, a.header.Get("Content-Type"))
				}
			})
		}
	}
}

// swapCase turns the first letter into the other case.
func swapCase(tag string) string {
	b := []byte(tag)
	for i, c := range b {
		if c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' {
			b[i] ^= 0x20
			break
		}
	}
	return string(b)
}

func TestIfNoneMatchOfARepresentationThatChangedAnswersTheNewOne(t *testing.T) {
	t.Parallel()
	w := start(t)
	a := w.boss.make(t, meta("A", obj{"is_default_outgoing": true}))
	tag := w.boss.get(t, "/v1/defaults/outgoing").etag()
	b := w.boss.make(t, meta("B", obj{"is_default_outgoing": true}))
	assert.Equal(t, b.ID, w.boss.get(t, "/v1/defaults/outgoing", "If-None-Match", tag).is(200).account().ID)
	assert.False(t, w.boss.get(t, at(a.ID), "If-None-Match", tag).is(200).account().IsDefaultOutgoing)
	w.boss.patch(t, at(b.ID), inactive()).is(200)
	w.boss.get(t, "/v1/defaults/outgoing", "If-None-Match", "*").refused(404, "no_default_account")
}

func TestIfMatchLetsThroughOnlyThePresentRepresentation(t *testing.T) {
	t.Parallel()
	for database, start := range databases() {
		t.Run(database, func(t *testing.T) {
			t.Parallel()
			w := start(t)
			made := w.boss.create(t, meta("A")).is(201)
			id, tag := made.account().ID, made.etag()
			stale := [][]string{{`"stale"`}, {"W/" + tag}, {tag[1 : len(tag)-1]}, {""}, {`"a", "b"`}, {`"a,` + tag[1:]}, {`"*"`}}
			w.boss.unchanged(t, func() {
				for _, match := range stale {
					w.boss.patch(t, at(id), inactive(), "If-Match", match[0]).refused(412, "stale_representation")
					w.boss.delete(t, at(id), "If-Match", match[0]).refused(412, "stale_representation")
				}
			})
			tag = w.boss.patch(t, at(id), obj{"account_name": "B"}, "If-Match", tag).is(200).etag()
			tag = w.boss.patch(t, at(id), obj{"account_name": "C"}, "If-Match", `"a", `+tag+`, "b"`).is(200).etag()
			tag = w.boss.patch(t, at(id), obj{"account_name": "D"}, "If-Match", `"a"`, "If-Match", tag).is(200).etag()
			w.boss.patch(t, at(id), obj{"account_name": "E"}, "If-Match", "*").is(200)
			w.boss.delete(t, at(id), "If-Match", tag).refused(412, "stale_representation")
			w.boss.delete(t, at(id), "If-Match", w.boss.get(t, at(id)).etag()).is(204)
			w.boss.delete(t, at(id), "If-Match", "*").refused(404, "account_not_found")
		})
	}
}

func TestIfMatchIsStaleWhenAnotherAccountTookTheDefault(t *testing.T) {
	t.Parallel()
	w := start(t)
	made := w.boss.create(t, meta("A", obj{"is_default_outgoing": true})).is(201)
	w.boss.make(t, wasender("B"))
	w.boss.patch(t, at(made.account().ID), obj{"account_name": "C"}, "If-Match", made.etag()).refused(412, "stale_representation")
}

func TestIfMatchOfADefaultIsAboutWhoeverHoldsIt(t *testing.T) {
	t.Parallel()
	for database, start := range databases() {
		t.Run(database, func(t *testing.T) {
			t.Parallel()
			w := start(t)
			const path = "/v1/defaults/outgoing"
			a, b := w.boss.make(t, meta("A")).ID, w.boss.make(t, meta("B")).ID
			stale := func(matches ...string) {
				t.Helper()
				w.boss.unchanged(t, func() {
					for _, match := range matches {
						for _, p := range []v1.Problem{
							w.boss.put(t, path, obj{"account_id": b}, "If-Match", match).refused(412, "stale_representation"),
							w.boss.delete(t, path, "If-Match", match).refused(412, "stale_representation"),
						} {
							assert.Contains(t, p.Fix, "GET "+path)
						}
					}
				})
			}
			stale(`"a"`, "*", w.boss.get(t, at(a)).etag()) // nobody holds it

			first := w.boss.put(t, path, obj{"account_id": a}).is(200).etag()
			stale(`"a"`, "W/"+first, "", w.boss.get(t, at(b)).etag())
			second := w.boss.put(t, path, obj{"account_id": b}, "If-Match", first).is(200).etag()
			stale(first)
			w.boss.put(t, path, obj{"account_id": b}, "If-Match", second).is(200)
			w.boss.put(t, path, obj{"account_id": a}, "If-Match", "*").is(200)
			third := w.boss.get(t, path).etag()
			w.boss.patch(t, at(a), obj{"account_name": "AA"}).is(200)
			stale(third)
			w.boss.put(t, path, obj{"account_id": never}, "If-Match", third).refused(404, "account_not_found", "/account_id")
			w.boss.delete(t, path, "If-Match", w.boss.get(t, path).etag()).is(204)
			stale("*")
		})
	}
}

func TestOf16ThatNameTheDefaultWithOneETagOneWins(t *testing.T) {
	t.Parallel()
	for database, start := range databases() {
		t.Run(database, func(t *testing.T) {
			t.Parallel()
			w := start(t)
			w.boss.make(t, meta("holder", obj{"is_default_incoming": true}))
			tag := w.boss.get(t, "/v1/defaults/incoming").etag()
			statuses := make([]int, 16)
			var wg sync.WaitGroup
			for i := range statuses {
				id := w.boss.make(t, meta(strconv.Itoa(i))).ID
				wg.Go(func() {
					statuses[i] = w.boss.put(t, "/v1/defaults/incoming", obj{"account_id": id}, "If-Match", tag).status
				})
			}
			wg.Wait()
			count := map[int]int{}
			for _, s := range statuses {
				count[s]++
			}
			assert.Equal(t, map[int]int{200: 1, 412: 15}, count)
		})
	}
}

func TestTheOrderOfRefusals(t *testing.T) {
	t.Parallel()
	w := start(t)
	id := w.boss.make(t, meta("A")).ID
	invalid := obj{"meta_settings": obj{"phone_id": "x"}}
	w.boss.patch(t, at(never), invalid, "If-Match", `"x"`).refused(404, "account_not_found")
	w.boss.delete(t, at(never), "If-Match", `"x"`).refused(404, "account_not_found")
	w.boss.patch(t, at(id), invalid, "If-Match", `"x"`).refused(412, "stale_representation")
	w.boss.patch(t, at(id), invalid).refused(422, "invalid_value", "/meta_settings/phone_id")
	w.boss.patch(t, at(never), "{", "If-Match", `"x"`).refused(400, "invalid_json")
	w.boss.patch(t, at(never)+"?a=1", "{", "Content-Type", "x/y").refused(400, "unknown_parameter", "a")
	w.boss.patch(t, at(never), "{", "Content-Type", "x/y").refused(415, "unsupported_media_type")
}

// A2, at a size for every day.
func TestOf16PatchesWithOneETagOneWins(t *testing.T) {
	t.Parallel()
	for database, start := range databases() {
		t.Run(database, func(t *testing.T) {
			t.Parallel()
			w := start(t)
			made := w.boss.create(t, meta("A")).is(201)
			statuses := make([]int, 16)
			var wg sync.WaitGroup
			for i := range statuses {
				wg.Go(func() {
					statuses[i] = w.boss.patch(t, at(made.account().ID), obj{"account_name": strconv.Itoa(i)}, "If-Match", made.etag()).status
				})
			}
			wg.Wait()
			count := map[int]int{}
			for _, s := range statuses {
				count[s]++
			}
			assert.Equal(t, map[int]int{200: 1, 412: 15}, count)
			var history v1.HistoryList
			require.NoError(t, json.Unmarshal(w.boss.get(t, at(made.account().ID)+"/history").body, &history))
			assert.Len(t, history.Data, 2)
		})
	}
}
