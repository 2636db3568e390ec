package httpapi_test

import (
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"

	v1 "github.com/ivendnext/whatsapp-accounts/api/v1"
	"github.com/ivendnext/whatsapp-accounts/internal/site"
)

func keyed(key string) []string { return []string{"Idempotency-Key", key} }

func (a *answer) replayed() bool { return a.header.Get("Idempotent-Replayed") == "true" }

func TestARepeatedKeyAnswersTheVeryBytesOfTheFirst(t *testing.T) {
	t.Parallel()
	for database, start := range databases() {
		t.Run(database, func(t *testing.T) {
			t.Parallel()
			w := start(t)
			first := w.boss.create(t, meta("A"), keyed("k")...).is(201)
			assert.False(t, first.replayed())
			// What happened to the account since does not show: the answer is that of the first request.
			w.boss.patch(t, at(first.account().ID), obj{"account_name": "B"}).is(200)
			for range 3 {
				again := w.boss.create(t, meta("A"), keyed("k")...).is(201)
				assert.True(t, again.replayed())
				assert.Equal(t, string(first.body), string(again.body))
				for _, name := range []string{"ETag", "Location", "Content-Type"} {
					assert.Equal(t, first.header.Values(name), again.header.Values(name), name)
				}
				assert.NotEqual(t, first.header.Get("X-Request-Id"), again.header.Get("X-Request-Id"))
			}
			w.boss.delete(t, at(first.account().ID)).is(204)
			assert.True(t, w.boss.create(t, meta("A"), keyed("k")...).is(201).replayed())
			assert.Empty(t, read[v1.AccountList](w.boss.get(t, "/v1/accounts")).Data)
		})
	}
}

func TestAKeyWithAnotherBodyIs422(t *testing.T) {
	t.Parallel()
	w := start(t)
	body := text(t, meta("A"))
	w.boss.create(t, body, keyed("k")...).is(201)
	w.boss.unchanged(t, func() {
		w.boss.create(t, meta("B"), keyed("k")...).refused(422, "idempotency_key_reused")
		// The fingerprint is of the raw body: another spelling is another body.
		w.boss.create(t, body+" ", keyed("k")...).refused(422, "idempotency_key_reused")
		w.boss.create(t, "{", keyed("k")...).refused(422, "idempotency_key_reused")
	})
}

func TestAKeyBelongsToItsCaller(t *testing.T) {
	t.Parallel()
	w := start(t)
	colleague, stranger := w.caller(t, "one", site.SystemManager), w.caller(t, "two", site.SystemManager)
	w.boss.create(t, meta("A"), keyed("k")...).is(201)
	assert.False(t, colleague.create(t, meta("B"), keyed("k")...).is(201).replayed())
	assert.False(t, stranger.create(t, meta("A"), keyed("k")...).is(201).replayed())
}

func TestKeysAreToldApartToTheLastCharacter(t *testing.T) {
	t.Parallel()
	w := start(t)
	for i, key := range []string{"k", "K", "kk", "k k", "ключ", "k;", `"k"`, strings.Repeat("k", 254), strings.Repeat("k", 255), strings.Repeat("ü", 255)} {
		assert.False(t, w.boss.create(t, draft(string(rune('a'+i))), keyed(key)...).is(201).replayed(), key)
		assert.True(t, w.boss.create(t, draft(string(rune('a'+i))), keyed(key)...).is(201).replayed(), key)
	}
}

func TestAKeyOutOfBoundsIs400(t *testing.T) {
	t.Parallel()
	w := start(t)
	for name, headers := range map[string][]string{
		"empty":                   keyed(""),
		"256 characters":          keyed(strings.Repeat("k", 256)),
		"256 characters of two":   keyed(strings.Repeat("ü", 256)),
		"very long":               keyed(strings.Repeat("k", 20_000)),
		"not text":                keyed("\xff"),
		"twice":                   append(keyed("k"), keyed("k")...),
		"twice, different":        append(keyed("k"), keyed("l")...),
		"twice, the first empty":  append(keyed(""), keyed("k")...),
		"twice, the second empty": append(keyed("k"), keyed("")...),
	} {
		t.Run(name, func(t *testing.T) {
			w.boss.unchanged(t, func() { w.boss.create(t, meta("A"), headers...).refused(400, "invalid_idempotency_key") })
		})
	}
}

func TestErrorsAreNotKept(t *testing.T) {
	t.Parallel()
	for database, start := range databases() {
		t.Run(database, func(t *testing.T) {
			t.Parallel()
			w := start(t)
			taken := w.boss.make(t, meta("A"))
			for name, body := range map[string]any{"unreadable": "{", "invalid": `{"account_name":"B"}`, "a conflict": meta("A")} {
				first := w.boss.create(t, body, keyed(name)...)
				again := w.boss.create(t, body, keyed(name)...)
				assert.GreaterOrEqual(t, first.status, 400, name)
				assert.False(t, again.replayed(), name)
				assert.Equal(t, first.timeless(), again.timeless(), name)
			}
			w.boss.delete(t, at(taken.ID)).is(204)
			assert.False(t, w.boss.create(t, meta("A"), keyed("a conflict")...).is(201).replayed())
		})
	}
}

func TestARefusedRequestLeavesItsKeyFreeForAnotherBody(t *testing.T) {
	t.Parallel()
	w := start(t)
	w.boss.create(t, "{", keyed("k")...).refused(400, "invalid_json")
	assert.False(t, w.boss.create(t, meta("A"), keyed("k")...).is(201).replayed())
}

func TestAKeyMeansNothingOnMethodsThatRepeatSafely(t *testing.T) {
	t.Parallel()
	w := start(t)
	id := w.boss.make(t, meta("A")).ID
	for _, name := range []string{"B", "C"} {
		changed := w.boss.patch(t, at(id), obj{"account_name": name}, keyed("k")...).is(200)
		assert.Equal(t, name, changed.account().AccountName)
		assert.False(t, changed.replayed())
	}
	w.boss.get(t, at(id), keyed(strings.Repeat("k", 300))...).is(200)
}

// A1, at a size for every day: one row, and only the first answer or "still running".
func TestOf16DuplicatesAtOnceOneCreates(t *testing.T) {
	t.Parallel()
	for database, start := range databases() {
		t.Run(database, func(t *testing.T) {
			t.Parallel()
			w := start(t)
			answers := make([]*answer, 16)
			var wg sync.WaitGroup
			for i := range answers {
				wg.Go(func() { answers[i] = w.boss.create(t, meta("A"), keyed("k")...) })
			}
			wg.Wait()
			created := read[v1.AccountList](w.boss.get(t, "/v1/accounts")).Data
			assert.Len(t, created, 1)
			originals := 0
			for _, a := range answers {
				if a.status == 409 {
					a.refused(409, "idempotency_in_progress")
					assert.Equal(t, "1", a.header.Get("Retry-After"))
					continue
				}
				assert.Equal(t, created[0].ID, a.is(201).account().ID)
				if !a.replayed() {
					originals++
				}
			}
			assert.Equal(t, 1, originals)
			assert.True(t, w.boss.create(t, meta("A"), keyed("k")...).is(201).replayed())
		})
	}
}

func TestAReplayIsForWhoeverMayStillCreate(t *testing.T) {
	t.Parallel()
	w := start(t)
	c := w.caller(t, "one", site.SystemManager)
	c.create(t, meta("A"), keyed("k")...).is(201)
	_ = w.Keys.Revoke(t.Context(), c.site, c.keyID)
	c.create(t, meta("A"), keyed("k")...).refused(401, "unauthenticated")
}

func TestCreatingWithoutAKeyRepeats(t *testing.T) {
	t.Parallel()
	w := start(t)
	w.boss.create(t, meta("A")).is(201)
	w.boss.create(t, meta("A")).refused(409, "account_name_taken", "/account_name")
}

func TestACreatedAccountIsWhereLocationSays(t *testing.T) {
	t.Parallel()
	w := start(t)
	made := w.boss.create(t, meta("A")).is(201)
	assert.Equal(t, at(made.account().ID), made.header.Get("Location"))
	there := w.boss.get(t, made.header.Get("Location")).is(200)
	assert.Equal(t, string(made.body), string(there.body))
	assert.Equal(t, made.etag(), there.etag())
}
