package httpapi_test

import (
	"math/rand/v2"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// asked is the query of a verification request.
func asked(token, challenge string) string {
	return url.Values{"hub.mode": {"subscribe"}, "hub.verify_token": {token}, "hub.challenge": {challenge}}.Encode()
}

// verify asks as Meta does.
func (w *world) verify(t testing.TB, path, token, challenge string) *answer {
	t.Helper()
	return w.stranger().get(t, path+"?"+asked(token, challenge))
}

// refusedVerification demands the one refusal there is: it does not say why.
func (a *answer) refusedVerification() *answer {
	a.t.Helper()
	p := a.refused(403, "verification_refused")
	assert.Equal(a.t, "No Active Meta account answers this verification.", p.Detail)
	return a
}

// W8, the right request.
func TestMetasRequestIsAnsweredWithTheVeryBytesOfTheChallenge(t *testing.T) {
	t.Parallel()
	for database, start := range databases() {
		t.Run(database, func(t *testing.T) {
			t.Parallel()
			w := start(t)
			id := w.boss.make(t, meta("A")).ID
			for name, challenge := range map[string]string{
				"a number": "1158201444", "HTML": "<script>alert(1)</script>", "letters of the world": "ü漢字🙂", "percent": "100%25 %zz", "plus and space": "a + b", "quotes": `"'\`,
				"line breaks": "a\r\nSet-Cookie: x=1\r\n\r\nb", "a NUL": "a\x00b", "no text": "\xff\xfe", "JSON": `{"a":1}`, "one space": " ", "long": strings.Repeat("7", 16<<10),
				"a byte order mark": "\ufeff1", "ampersands": "a&b=c;d",
			} {
				for _, path := range []string{"/webhooks/meta", "/webhooks/meta/" + id} {
					a := w.verify(t, path, verifyToken("A"), challenge).is(200)
					assert.Equal(t, challenge, string(a.body), name)
					assert.Equal(t, []string{"text/plain; charset=UTF-8"}, a.header.Values("Content-Type"), name)
					assert.Equal(t, []string{"nosniff"}, a.header.Values("X-Content-Type-Options"), name)
					assert.Empty(t, a.header.Get("Set-Cookie"), name)
				}
			}
		})
	}
}

func TestTheOrderAndOtherParametersDoNotMatterToVerification(t *testing.T) {
	t.Parallel()
	w := start(t)
	w.boss.make(t, meta("A"))
	token := url.QueryEscape(verifyToken("A"))
	for _, query := range []string{
		"hub.challenge=7&hub.verify_token=" + token + "&hub.mode=subscribe", "hub.mode=subscribe&hub.challenge=7&hub.verify_token=" + token + "&hub.new=1&hub.new=2",
		"hub%2Emode=subscribe&hub.challenge=7&hub.verify_token=" + token,
	} {
		assert.Equal(t, "7", string(w.stranger().beyond().get(t, "/webhooks/meta?"+query).is(200).body), query)
	}
}

// W8, everything else: one refusal, and never the reason.
func TestEveryOtherVerificationRequestGetsTheSameRefusal(t *testing.T) {
	t.Parallel()
	w := start(t)
	a, b := w.boss.make(t, meta("A")), w.boss.make(t, meta("B"))
	w.boss.make(t, meta("Idle", inactive()))
	deleted := w.boss.make(t, meta("Deleted"))
	w.boss.delete(t, at(deleted.ID)).is(204)
	cleared := w.boss.make(t, meta("Cleared"))
	w.boss.patch(t, at(cleared.ID), `{"status":"Inactive","meta_settings":{"webhook_verify_token":null}}`).is(200)
	changed := w.boss.make(t, meta("Changed"))
	w.boss.patch(t, at(changed.ID), obj{"meta_settings": obj{"webhook_verify_token": mark + "-another"}}).is(200)
	sender := w.boss.make(t, wasender("S"))
	token := url.QueryEscape(verifyToken("A"))
	right := asked(verifyToken("A"), "7")
	cases := map[string]string{
		"nothing": "", "an empty query": "?", "the wrong mode": "?hub.mode=unsubscribe&hub.challenge=7&hub.verify_token=" + token,
		"a mode in capitals": "?hub.mode=Subscribe&hub.challenge=7&hub.verify_token=" + token, "no mode": "?hub.challenge=7&hub.verify_token=" + token,
		"an empty challenge": "?hub.mode=subscribe&hub.challenge=&hub.verify_token=" + token, "no challenge": "?hub.mode=subscribe&hub.verify_token=" + token,
		"an empty token": "?hub.mode=subscribe&hub.challenge=7&hub.verify_token=", "no token": "?hub.mode=subscribe&hub.challenge=7",
		"a wrong token": "?" + asked("guess", "7"), "a token in other case": "?" + asked(strings.ToLower(verifyToken("A")), "7"),
		"a token and a space": "?" + asked(verifyToken("A")+" ", "7"), "a space and a token": "?" + asked(" "+verifyToken("A"), "7"),
		"half a token": "?" + asked(verifyToken("A")[:10], "7"), "a token and a NUL": "?" + asked(verifyToken("A")+"\x00", "7"),
		"a token that is no text": "?" + asked("\xff\xfe", "7"), "a very long token": "?" + asked(strings.Repeat("a", 30_000), "7"),
		"the mode twice": "?hub.mode=subscribe&" + right, "the challenge twice": "?" + right + "&hub.challenge=7", "the token twice": "?" + right + "&hub.verify_token=" + token,
		"the token twice, the first wrong": "?hub.verify_token=guess&" + right, "an escaped repetition": "?" + right + "&hub%2Everify_token=" + token,
		"a broken escape": "?" + right + "&x=%zz", "a semicolon": "?" + right + ";x=1", "names without hub": "?mode=subscribe&challenge=7&verify_token=" + token,
		"names with underscores": "?hub_mode=subscribe&hub_challenge=7&hub_verify_token=" + token, "names in capitals": "?HUB.MODE=subscribe&HUB.CHALLENGE=7&HUB.VERIFY_TOKEN=" + token,
		"an array":            "?hub.mode[]=subscribe&hub.challenge[]=7&hub.verify_token[]=" + token,
		"an Inactive account": "?" + asked(verifyToken("Idle"), "7"), "a deleted account": "?" + asked(verifyToken("Deleted"), "7"),
		"a cleared token": "?" + asked(verifyToken("Cleared"), "7"), "a replaced token": "?" + asked(verifyToken("Changed"), "7"),
		"the access token": "?" + asked(mark+"-token", "7"), "the app secret": "?" + asked(mark+"-app-secret", "7"),
		"the key of WASender": "?" + asked(mark+"-api-key", "7"), "the secret of WASender": "?" + asked(mark+"-webhook-secret", "7"), "the phone id": "?" + asked(phoneID("A"), "7"),
		"another account's path": "/" + b.ID + "?" + right, "a path of no account": "/" + never + "?" + right, "a deleted account's path": "/" + deleted.ID + "?" + asked(verifyToken("Deleted"), "7"),
		"a path of WASender": "/" + sender.ID + "?" + asked(mark+"-webhook-secret", "7"), "a word as path": "/x?" + right, "the id in capitals": "/" + strings.ToUpper(a.ID) + "?" + right,
	}
	first := w.stranger().get(t, "/webhooks/meta").refusedVerification().timeless()
	for name, query := range cases {
		t.Run(name, func(t *testing.T) {
			assert.Equal(t, first, w.stranger().get(t, "/webhooks/meta"+query).refusedVerification().timeless())
		})
	}
}

func TestASharedTokenAnswersAsLongAsOneAccountIsActive(t *testing.T) {
	t.Parallel()
	for database, start := range databases() {
		t.Run(database, func(t *testing.T) {
			t.Parallel()
			w := start(t)
			shared := obj{"meta_settings": obj{"webhook_verify_token": mark + "-shared"}}
			a, b := w.boss.make(t, meta("A", shared)).ID, w.boss.make(t, meta("B", shared)).ID
			w.boss.patch(t, at(a), inactive()).is(200)
			w.verify(t, "/webhooks/meta", mark+"-shared", "7").is(200)
			w.verify(t, "/webhooks/meta/"+a, mark+"-shared", "7").refusedVerification()
			w.verify(t, "/webhooks/meta/"+b, mark+"-shared", "7").is(200)
			w.boss.patch(t, at(b), inactive()).is(200)
			w.verify(t, "/webhooks/meta", mark+"-shared", "7").refusedVerification()
			w.boss.patch(t, at(a), active()).is(200)
			w.verify(t, "/webhooks/meta", mark+"-shared", "7").is(200)
		})
	}
}

func TestATokenIsComparedToTheLastSpace(t *testing.T) {
	t.Parallel()
	w := start(t)
	token := "  " + mark + " é+%26 "
	w.boss.make(t, meta("A", obj{"meta_settings": obj{"webhook_verify_token": token}}))
	w.verify(t, "/webhooks/meta", token, "7").is(200)
	w.verify(t, "/webhooks/meta", strings.TrimSpace(token), "7").refusedVerification()
}

// W8 wants 10,000 refusals of 10,000: wrong requests made at random, in the share of them that fits the check.
func TestThousandsOfWrongVerificationsAreRefused(t *testing.T) {
	t.Parallel()
	w := startInProcess(t)
	w.boss.make(t, meta("A"))
	idle := w.boss.make(t, meta("Idle", inactive())).ID
	random := rand.New(rand.NewPCG(8, 8))
	pick := func(from ...string) string { return from[random.IntN(len(from))] }
	for range 3000 {
		q := url.Values{}
		q.Add("hub.mode", pick("subscribe", "subscribe", "subscribe", "", "unsubscribe", "Subscribe"))
		q.Add("hub.challenge", pick("7", "7", "7", "", "<b>"))
		q.Add("hub.verify_token", pick("", "guess", verifyToken("Idle"), mark+"-token", string(random.Int32N(0x10000)), verifyToken("A")+pick("x", " ", "\x00"), verifyToken("A")[1:]))
		if random.IntN(4) == 0 {
			q.Add(pick("hub.mode", "hub.challenge", "hub.verify_token"), pick("subscribe", "7", verifyToken("A")))
		}
		a := w.stranger().get(t, pick("/webhooks/meta", "/webhooks/meta/"+idle)+"?"+q.Encode())
		require.Equal(t, http.StatusForbidden, a.status)
	}
}
