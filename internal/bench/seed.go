package main

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"

	"github.com/ivendnext/whatsapp-accounts/internal/rig"
)

// defaultAccounts is how many the site has: enough that PostgreSQL prefers its indexes to reading a table that fits into a page or two.
// What a million cost is another question (P5).
const defaultAccounts = 1000

// seeders is how many accounts are made at once.
const seeders = 8

// The account that is default in both directions, and its verify token.
const (
	verifyToken = "a verify token that somebody made up"
	verifyPath  = "/webhooks/meta?hub.mode=subscribe&hub.challenge=1158201444&hub.verify_token=a%20verify%20token%20that%20somebody%20made%20up"
)

// newAccount is the body of POST /v1/accounts for an Active Meta account with all of its secrets.
func newAccount(name, phone, token string, isDefault bool) string {
	return fmt.Sprintf(`{"account_name":"Brand %s, UAE","account_type":"Meta","status":"Active","is_default_outgoing":%t,"is_default_incoming":%t,`+
		`"allow_auto_read_receipt":true,"meta_settings":{"token":"EAAG%s","version":"v25.0","webhook_verify_token":%q,`+
		`"phone_id":"10%s","app_id":"1234567890123456","business_id":"104996122399160","app_secret":"0123456789abcdef0123456789abcdef"}}`,
		name, isDefault, isDefault, strings.Repeat("x", 180), token, phone)
}

// seed makes the accounts, the default one last: whoever finds it by reading one after the other shall have to read them all.
func (st *stage) seed(ctx context.Context, accounts int) error {
	numbers, errs := make(chan int), make([]error, seeders)
	var group sync.WaitGroup
	for i := range seeders {
		group.Go(func() {
			for n := range numbers {
				if errs[i] == nil {
					errs[i] = st.add(ctx, n, "token "+strconv.Itoa(n), false)
				}
			}
		})
	}
	for n := range accounts - 1 {
		numbers <- n
	}
	close(numbers)
	group.Wait()
	if err := cmp.Or(errs...); err != nil {
		return err
	}
	return st.add(ctx, accounts, verifyToken, true)
}

func (st *stage) add(ctx context.Context, n int, token string, isDefault bool) error {
	number := fmt.Sprintf("%010d", n)
	_, err := st.ask(ctx, http.MethodPost, createPath, newAccount(number, number, token, isDefault), http.StatusCreated)
	return err
}

// record asks the service each request that is going to be measured, checks what makes it the right answer, and writes the bodies into files,
// from which the bare handlers answer.
func (st *stage) record(ctx context.Context, dir string) error {
	for name, path := range map[string]string{resolveName: resolvePath, verifyName: verifyPath, keyName: keyPath} {
		got, err := st.ask(ctx, http.MethodGet, path, "", http.StatusOK)
		if err != nil {
			return err
		}
		if !bytes.Contains(got, []byte(telltale(name))) {
			return fmt.Errorf("GET %s lacks %s:\n%s", path, telltale(name), got)
		}
		if err := os.WriteFile(filepath.Join(dir, name), got, 0o600); err != nil {
			return err
		}
	}
	return nil
}

// telltale is a part of the right answer.
func telltale(name string) string {
	switch name {
	case resolveName:
		return `"is_default_outgoing":true`
	case verifyName:
		return "1158201444"
	}
	return `"site":"` + siteName + `"`
}

func (st *stage) ask(ctx context.Context, method, path, body string, status int) ([]byte, error) {
	return rig.Ask(ctx, method, "http://"+st.service.Address+path, st.key, body, status)
}
