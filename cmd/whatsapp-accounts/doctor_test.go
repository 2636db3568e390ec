package main

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/ivendnext/whatsapp-accounts/internal/account"
	"github.com/ivendnext/whatsapp-accounts/internal/app"
	"github.com/ivendnext/whatsapp-accounts/internal/doctor"
	"github.com/ivendnext/whatsapp-accounts/internal/site"
)

// found is a diagnosis of links in these states.
func found(t *testing.T, states ...doctor.State) diagnosis {
	t.Helper()
	in, err := site.Named("brand-a")
	require.NoError(t, err)
	d := app.Diagnosis{Account: account.Account{ID: "1", Name: "Brand <A>", Type: "Meta", Site: in}}
	for i, state := range states {
		cure := ""
		if state == doctor.Broken {
			cure = "Mend it."
		}
		d.Links = append(d.Links, doctor.Link{Part: doctor.PartCallback, Name: string('a' + rune(i)), State: state, Found: "It is so.", Cure: cure})
	}
	return resultOf(d)
}

func TestDoctorPrintsALineForEachLinkAndTheCureBelowABrokenOne(t *testing.T) {
	var out strings.Builder
	require.ErrorIs(t, new(doctorCmd).tell(&out, found(t, doctor.OK, doctor.Broken, doctor.Unknown, doctor.Broken)), errTold)
	assert.Equal(t, `ok       callback a               It is so.
broken   callback b               It is so.
                                  → Mend it.
unknown  callback c               It is so.
broken   callback d               It is so.
                                  → Mend it.
"Brand <A>": callback b is the first broken link (2 broken, 1 unknown, 1 ok).
`, out.String())
}

func TestDoctorSucceedsWhenNothingIsBroken(t *testing.T) {
	for summary, d := range map[string]diagnosis{
		`"Brand <A>": all is well.`:                         found(t, doctor.OK, doctor.OK),
		`"Brand <A>": nothing is broken (1 unknown, 1 ok).`: found(t, doctor.OK, doctor.Unknown),
	} {
		var out strings.Builder
		require.NoError(t, new(doctorCmd).tell(&out, d))
		assert.True(t, strings.HasSuffix(out.String(), "\n"+summary+"\n"), out.String())
	}
}

func TestDoctorPrintsTheSameAsOneObject(t *testing.T) {
	var out strings.Builder
	d := found(t, doctor.OK, doctor.Broken)
	require.ErrorIs(t, (&doctorCmd{JSON: true}).tell(&out, d), errTold)
	assert.Equal(t, 1, strings.Count(out.String(), "\n"))
	var read diagnosis
	require.NoError(t, json.Unmarshal([]byte(out.String()), &read))
	assert.Equal(t, d, read)
	assert.Contains(t, out.String(), `"account_name":"Brand <A>"`)
	assert.Contains(t, out.String(), `"first_broken":"callback b"`)
}

func TestDoctorOfAnUnknownAccountFailsInOneLine(t *testing.T) {
	in(t)
	must(t, "apikey create --site=s --role=viewer --name=n")
	for _, named := range []string{"nobody", "0198b2f0-5c1e-7c3a-9d1f-6a2b8c4d0e11"} {
		assert.Equal(t, `whatsapp-accounts: There is no account "`+named+`" in the site "default". Give its id or its whole name, and its site with --site.`+"\n", failing(t, "doctor --account="+named))
	}
}
