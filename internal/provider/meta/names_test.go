package meta

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/go-json-experiment/json"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/ivendnext/whatsapp-accounts/internal/provider"
)

func TestWhatMetaWritesIsReadTheQuickWay(t *testing.T) {
	files, err := filepath.Glob("testdata/*.json")
	require.NoError(t, err)
	require.NotEmpty(t, files)
	for _, name := range files {
		body, err := os.ReadFile(name)
		require.NoError(t, err)
		require.NoError(t, json.Unmarshal(body, new(plainNames)), name)
		assert.Equal(t, unfoldedNames(body), Receiver{}.Names(body), name)
	}
}

// oddBodies are written in ways in which Meta writes none.
func oddBodies() []string {
	nested := func(depth int) string {
		return `{"entry":[{"id":"1"}],"x":` + strings.Repeat("[", depth) + strings.Repeat("]", depth) + `}`
	}
	in := func(value string) string { return `{"entry":[{"id":"1","changes":[{"value":` + value + `}]}]}` }
	return []string{
		``, `x`, `null`, `[]`, `{}`, `{"entry":null}`, `{"entry":[]}`, `{"entry":[null]}`, `{"entry":[]} x`, `{"entry":["x",{"id":"1"}]}`, `{"entry":{"id":"1"}}`,
		`{"ENTRY":[{"id":"1"}]}`, `{"entry":[{"id":"1"}],"Entry":[{"id":"2"}]}`, `{"entr\u0079":[{"id":"1"}]}`, `{"entr\u0079":[{"id":"1"}],"entrY":[{"id":"2"}]}`,
		`{"entry":[{"id":1}]}`, `{"entry":[{"id":""}]}`, `{"entry":[{"id":null}]}`, `{"entry":[{"id":"\u0000"}]}`, `{"entry":[{"id":"\ud83d"}]}`, "{\"entry\":[{\"id\":\"\xff\"}]}", "{\"entry\":[{\"id\":\"1\"}],\"x\":\"\xff\"}",
		`{"entry":[{"id":"1","id":"2"}]}`, `{"entry":[{"id":"1","Id":"2"}]}`, `{"entry":[{"id":"1"}],"x":{"y":1,"y":2}}`, `{"entry":[{"\u0069d":"\ud83d\udc4d"}]}`,
		`{"entry":[{"id":"1","changes":null}]}`, `{"entry":[{"id":"1","changes":{"value":{"metadata":{"phone_number_id":"2"}}}}]}`, `{"entry":[{"id":"1","change\u017f":[{"value":{"metadata":{"phone_number_id":"2"}}}]}]}`,
		in(`null`), in(`[]`), in(`{"metadata":null}`), in(`{"metadata":"x"}`), in(`{"metadata":{"phone_number_id":2}}`), in(`{"metadata":{"phone_number_id":null}}`), in(`{"METADATA":{"phone_number_id":"2"}}`),
		in(`{"metadata":{"phone_number_id":"2"},"Metadata":{"phone_number_id":"3"}}`), in(`{"metadata":{"Phone_Number_ID":"2"}}`), in(`{"metadata":{"phone_number_id":"2"},"event":{}}`), in(`{"metadata":{"phone_number_id":"2"},"messages":"x"}`),
		nested(9_998), nested(9_999), nested(10_000), nested(10_001),
	}
}

func TestABodyNamesTheSameHoweverItIsRead(t *testing.T) {
	for _, body := range oddBodies() {
		assert.Equal(t, unfoldedNames([]byte(body)), Receiver{}.Names([]byte(body)), "%.200q", body)
	}
}

func BenchmarkNames(b *testing.B) {
	for name, read := range map[string]func([]byte) provider.Names{"as Meta writes": Receiver{}.Names, "unfolded": unfoldedNames} {
		b.Run(name, func(b *testing.B) {
			body := sample(b, "in_text")
			b.SetBytes(int64(len(body)))
			for b.Loop() {
				read(body)
			}
		})
	}
}
