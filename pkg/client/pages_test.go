package client_test

import (
	"fmt"
	"net/http"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/ivendnext/whatsapp-accounts/pkg/client"
)

// threePages answers a, b and c, one a page.
func threePages(asked *[]string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		*asked = append(*asked, r.URL.RawQuery)
		switch r.FormValue("cursor") {
		case "":
			fmt.Fprint(w, `{"data":[{"id":"a"}],"next_cursor":"1"}`)
		case "1":
			fmt.Fprint(w, `{"data":[{"id":"b"}],"next_cursor":"2"}`)
		case "2":
			fmt.Fprint(w, `{"data":[{"id":"c"}],"next_cursor":null}`)
		}
	}
}

func TestIteratorReadsEveryPage(t *testing.T) {
	var asked, ids []string
	c := answering(t, threePages(&asked))
	all := c.AllAccounts(t.Context(), client.AccountQuery{Status: "Active", AccountType: "Meta", AccountName: "n", Prefix: "p", Page: client.Page{Limit: 1}})
	for range 2 {
		ids, asked = nil, nil
		for a, err := range all {
			require.NoError(t, err)
			ids = append(ids, a.ID)
		}
		assert.Equal(t, []string{"a", "b", "c"}, ids, "also the second time")
	}
	const query = "account_name=n&account_type=Meta&%slimit=1&q=p&status=Active"
	assert.Equal(t, []string{fmt.Sprintf(query, ""), fmt.Sprintf(query, "cursor=1&"), fmt.Sprintf(query, "cursor=2&")}, asked)
}

func TestIteratorReadsNoFurtherThanAsked(t *testing.T) {
	var asked []string
	c := answering(t, threePages(&asked))
	for line, err := range c.AllHistory(t.Context(), "a", client.Page{}) {
		require.NoError(t, err)
		assert.Equal(t, "a", line.ID)
		break
	}
	assert.Len(t, asked, 1)
}

func TestIteratorBeginsAtTheCursor(t *testing.T) {
	var asked []string
	c := answering(t, threePages(&asked))
	for line, err := range c.AllHistory(t.Context(), "a", client.Page{Cursor: "2"}) {
		require.NoError(t, err)
		assert.Equal(t, "c", line.ID)
	}
	assert.Equal(t, []string{"cursor=2"}, asked)
}

func TestIteratorEndsWithTheError(t *testing.T) {
	var asked []string
	pages := threePages(&asked)
	c := answering(t, func(w http.ResponseWriter, r *http.Request) {
		if r.FormValue("cursor") == "1" {
			w.WriteHeader(http.StatusServiceUnavailable)
			return
		}
		pages(w, r)
	})
	var seen []string
	var failed error
	for a, err := range c.AllAccounts(t.Context(), client.AccountQuery{}) {
		seen, failed = append(seen, a.ID), err
	}
	assert.Equal(t, []string{"a", ""}, seen)
	assert.Error(t, failed)
}
