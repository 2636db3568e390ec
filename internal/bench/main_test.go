package main

import (
	"bytes"
	"context"
	"flag"
	"io"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/ivendnext/whatsapp-accounts/internal/rig"
)

func TestDefaultsAreThoseOfTheGoals(t *testing.T) {
	o, err := parse(nil, io.Discard)
	require.NoError(t, err)
	assert.Equal(t, options{connections: 16, rounds: 5, round: 3 * time.Second, accounts: 1000}, o)
}

func TestWrongFlagsAreRefused(t *testing.T) {
	for _, args := range [][]string{{"-rounds", "0"}, {"-connections", "-1"}, {"-time", "0s"}, {"-only", "("}, {"-nonsense"}, {"word"}} {
		_, err := parse(args, io.Discard)
		assert.Error(t, err, "%v", args)
	}
}

func TestHelpIsNoFailure(t *testing.T) {
	var said bytes.Buffer
	_, err := parse([]string{"-help"}, &said)
	require.ErrorIs(t, err, flag.ErrHelp)
	assert.Contains(t, said.String(), "-against")
}

func TestOnlyChoosesByScenarioAndDatabase(t *testing.T) {
	o, err := parse([]string{"-only", "P1.*SQLite|create"}, io.Discard)
	require.NoError(t, err)
	assert.True(t, o.chosen("P1 resolve", sqliteName))
	assert.False(t, o.chosen("P1 resolve", postgresName))
	assert.False(t, o.chosen("P2 verify", sqliteName))
	assert.True(t, o.wants(postgresName), "create is measured there")

	o, err = parse([]string{"-only", "P2.*SQLite"}, io.Discard)
	require.NoError(t, err)
	assert.False(t, o.wants(postgresName), "no server is started for nothing")
}

func TestScenariosAskEveryProgramTheSame(t *testing.T) {
	program := &rig.Child{Address: "127.0.0.1:1"}
	st := &stage{database: postgresName, key: "wak_x", service: program, reference: program}
	st.commits = func(context.Context, int, time.Duration) (sample, error) { return sample{}, nil }
	all := st.scenarios(t.Context(), options{})
	require.Len(t, all, len(titles(postgresName)))
	for _, sc := range all {
		if sc.reference.turn == nil { // and not single commits
			assert.Equal(t, sc.ours.request, sc.reference.request, sc.name)
		}
		assert.Empty(t, sc.against.address, sc.name)
	}
	assert.Empty(t, all[4].bare.address, "nothing answers a create from memory")
	assert.Len(t, all[4].ours.request.counters, 2, "name and phone id")

	st.database = sqliteName
	assert.Len(t, st.scenarios(t.Context(), options{}), len(titles(sqliteName)))
}
