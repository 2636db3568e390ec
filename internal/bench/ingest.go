package main

import (
	"cmp"
	"context"
	"fmt"
	"net/http"

	"github.com/ivendnext/whatsapp-accounts/internal/rig"
)

// Webhooks come for the numbers of several sites; each site has an app of its own, and each number a business.
const (
	hookSites     = 4
	numbersOfSite = 4
	hookPath      = "/webhooks/meta"
)

// number is an account that webhooks come for.
type number struct{ phone, business, secret string }

func numberOf(in, n int) number {
	return number{phone: fmt.Sprintf("20%06d%04d", in, n), business: fmt.Sprintf("30%06d%04d", in, n), secret: fmt.Sprintf("%032d", in)}
}

// account is the body of POST /v1/accounts for the number. It sends no read receipts: they would go to the provider.
func (n number) account() string {
	return fmt.Sprintf(`{"account_name":"Number %s","account_type":"Meta","status":"Active","meta_settings":{"token":"EAAG","webhook_verify_token":%q,`+
		`"phone_id":%q,"app_id":"1234567890123456","business_id":%q,"app_secret":%q}}`, n.phone, "token of "+n.phone, n.phone, n.business, n.secret)
}

// message is the body of a webhook with one text, escaped as Meta escapes it, and another one whenever it is numbered.
func (n number) message() string {
	return fmt.Sprintf(`{"object":"whatsapp_business_account","entry":[{"id":%q,"changes":[{"field":"messages","value":{"messaging_product":"whatsapp",`+
		`"metadata":{"display_phone_number":"15550100200","phone_number_id":%q},"contacts":[{"profile":{"name":"Zo\u00eb Ok"},"wa_id":"447700900123"}],`+
		`"messages":[{"from":"447700900123","id":"wamid.HBgMNDQ3NzAwOTAwMTIzFQIAEhgU%s","timestamp":"1795345200","type":"text",`+
		`"text":{"body":"Do you ship? \ud83d\udc4d"}}]}}]}]}`, n.business, n.phone, counter)
}

// numbers are all of them, site after site in turn.
func numbers() []number {
	all := make([]number, 0, hookSites*numbersOfSite)
	for n := range numbersOfSite {
		for in := range hookSites {
			all = append(all, numberOf(in, n))
		}
	}
	return all
}

// hooks are the webhooks, one request for each number.
func hooks() []request {
	var all []request
	for _, n := range numbers() {
		all = append(all, newSigned(hookPath, n.secret, n.message()))
	}
	return all
}

// makeHookSites makes the sites, with a key for each, before the service starts.
func (st *stage) makeHookSites(ctx context.Context, program string, env []string) (err error) {
	st.hookKeys = make([]string, hookSites)
	for in := range st.hookKeys {
		if st.hookKeys[in], err = rig.CreateKey(ctx, program, env, fmt.Sprint("hooks-", in), "system_manager"); err != nil {
			return err
		}
	}
	return nil
}

// seedNumbers makes the accounts that webhooks come for.
func (st *stage) seedNumbers(ctx context.Context) error {
	for in, key := range st.hookKeys {
		for n := range numbersOfSite {
			if _, err := rig.Ask(ctx, http.MethodPost, "http://"+st.service.Address+createPath, key, numberOf(in, n).account(), http.StatusCreated); err != nil {
				return err
			}
		}
	}
	return nil
}

// ingest sends webhooks to the service, and lets the database commit single rows in turn. What was taken is handled before the next turn
// begins: it would slow down whoever comes next.
func (st *stage) ingest(ctx context.Context) contests {
	all := hooks()
	at := func(c *rig.Child) target {
		t := st.target(c, all[0], http.StatusOK)
		t.others = all[1:]
		t.forget = func() error { return cmp.Or(c.Forget(), st.awaitHandled(ctx)) }
		return t
	}
	c := contests{ours: at(st.service), reference: target{turn: st.commits, forget: func() error { return nil }}}
	if st.against != nil {
		c.against = at(st.against)
	}
	return c
}
