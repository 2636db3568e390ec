package client_test

import (
	"context"
	"errors"
	"fmt"
	"time"

	v1 "github.com/ivendnext/whatsapp-accounts/api/v1"
	"github.com/ivendnext/whatsapp-accounts/pkg/client"
)

// brandA is a complete Meta account.
func brandA() v1.AccountCreate {
	return v1.AccountCreate{
		AccountName: new("Brand A, UAE"), AccountType: new("Meta"), Status: new("Active"), IsDefaultOutgoing: new(true),
		MetaSettings: &v1.MetaSettingsWrite{
			Token: new("EAAG..."), WebhookVerifyToken: new("choose-any"), AppSecret: new("an-app-secret"),
			PhoneID: new("305000000000007"), AppID: new("1020000000000001"), BusinessID: new("204000000000001"),
		},
	}
}

func Example() {
	c, err := client.New("https://whatsapp.internal.example.com", "wak_...")
	if err != nil {
		panic(err)
	}
	fmt.Println(c)
	// Output: client of https://whatsapp.internal.example.com
}

// A secret that was written is never read again: the answer says whether and since when it is set.
func ExampleClient_CreateAccount() {
	c, stop := service()
	defer stop()
	ctx := context.Background()

	account, err := c.CreateAccount(ctx, brandA(), client.IdempotencyKey("import-brand-a"))
	if err != nil {
		panic(err)
	}
	again, err := c.CreateAccount(ctx, brandA(), client.IdempotencyKey("import-brand-a"))
	if err != nil {
		panic(err)
	}
	fmt.Println(account.AccountName, "sends:", account.Readiness.Send.OK, "token set:", account.MetaSettings.Token.IsSet)
	fmt.Println("one account:", again.ID == account.ID, again.Replayed)
	// Output:
	// Brand A, UAE sends: true token set: true
	// one account: true true
}

// In a Patch, nil is null: it clears a secret. What the patch leaves out stays.
func ExampleClient_UpdateAccount() {
	c, stop := service()
	defer stop()
	ctx := context.Background()

	account, err := c.CreateAccount(ctx, brandA())
	if err != nil {
		panic(err)
	}
	account, err = c.UpdateAccount(ctx, account.ID, client.Patch{
		"account_name":  "Brand A, Gulf",
		"meta_settings": client.Patch{"app_secret": nil},
	})
	if err != nil {
		panic(err)
	}
	fmt.Println(account.AccountName)
	fmt.Println("token set:", account.MetaSettings.Token.IsSet, "app secret set:", account.MetaSettings.AppSecret.IsSet)
	// Output:
	// Brand A, Gulf
	// token set: true app secret set: false
}

// Two people change an account at once: the second is told, and nothing of the first one's work is lost.
func ExampleIfMatch() {
	c, stop := service()
	defer stop()
	ctx := context.Background()

	read, err := c.CreateAccount(ctx, brandA())
	if err != nil {
		panic(err)
	}
	_, err = c.UpdateAccount(ctx, read.ID, v1.AccountUpdate{Status: new("Inactive")}, client.IfMatch(read.ETag))
	fmt.Println(err)
	_, err = c.UpdateAccount(ctx, read.ID, v1.AccountUpdate{AccountName: new("Brand A")}, client.IfMatch(read.ETag))
	fmt.Println(client.HasCode(err, "stale_representation"))
	// Output:
	// <nil>
	// true
}

// A call that fails in passing is made again where that is safe; the context bounds all attempts together. Here a proxy fails twice.
func ExampleWithRetries() {
	failing := failTwice()
	defer failing.Close()

	c, err := client.New(failing.URL, "wak_...", client.WithRetries(client.Retries{Attempts: 5, Base: time.Millisecond}))
	if err != nil {
		panic(err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()

	_, err = c.CreateAccount(ctx, brandA())
	fmt.Println("without a key:", err)
	account, err := c.CreateAccount(ctx, brandA(), client.IdempotencyKey("import-brand-a"))
	if err != nil {
		panic(err)
	}
	fmt.Println("with a key:", account.AccountName)
	// Output:
	// without a key: client: POST /v1/accounts: 502 Bad Gateway
	// with a key: Brand A, UAE
}

func ExampleIfNoneMatch() {
	c, stop := service()
	defer stop()
	ctx := context.Background()

	known, err := c.CreateAccount(ctx, brandA())
	if err != nil {
		panic(err)
	}
	fresh, err := c.Default(ctx, client.Outgoing, client.IfNoneMatch(known.ETag))
	switch {
	case errors.Is(err, client.ErrNotModified):
		fmt.Println("still", known.AccountName)
	case err != nil:
		panic(err)
	default:
		fmt.Println("now", fresh.AccountName)
	}
	// Output: still Brand A, UAE
}

func ExampleClient_AllAccounts() {
	c, stop := service()
	defer stop()
	ctx := context.Background()

	for _, name := range []string{"Jeddah", "Dubai", "Doha"} {
		if _, err := c.CreateAccount(ctx, v1.AccountCreate{AccountName: &name, AccountType: new("Meta")}); err != nil {
			panic(err)
		}
	}
	for account, err := range c.AllAccounts(ctx, client.AccountQuery{Prefix: "d", Page: client.Page{Limit: 1}}) {
		if err != nil {
			panic(err)
		}
		fmt.Println(account.AccountName, account.Status)
	}
	// Output:
	// Doha Inactive
	// Dubai Inactive
}

// A refusal tells which accounts were looked at.
func ExampleClient_Route() {
	c, stop := service()
	defer stop()
	ctx := context.Background()

	account, err := c.CreateAccount(ctx, brandA())
	if err != nil {
		panic(err)
	}
	route, err := c.Route(ctx, client.RouteQuery{Type: "template"})
	if err != nil {
		panic(err)
	}
	fmt.Println(route.Account.AccountName, "by", route.Reason)

	if _, err := c.UpdateAccount(ctx, account.ID, client.Patch{"status": "Inactive"}); err != nil {
		panic(err)
	}
	_, err = c.Route(ctx, client.RouteQuery{Type: "template"})
	if refusal, ok := errors.AsType[*client.Problem](err); ok {
		fmt.Println(refusal.Code, refusal.Considered[0].Outcome, refusal.Considered[0].Detail)
	}
	// Output:
	// Brand A, UAE by default
	// no_default_account passed_over It is default outgoing but Inactive.
}

func ExampleHasCode() {
	c, stop := service()
	defer stop()

	_, err := c.Default(context.Background(), client.Outgoing)
	if client.HasCode(err, "no_default_account") {
		fmt.Println("nobody sends yet")
	}
	// Output: nobody sends yet
}

// The answer says which account sends, and why. With an IdempotencyKey a call may be made again: nothing is sent twice.
func ExampleClient_SendMessage() {
	c, stop := service()
	defer stop()
	ctx := context.Background()

	if _, err := c.CreateAccount(ctx, brandA()); err != nil {
		panic(err)
	}
	m, err := c.SendMessage(ctx, v1.MessageSend{
		To: new("+971 50 123 4567"), Type: new("text"), Text: []byte(`{"body": "Your order is ready."}`), Reference: new("order-42"),
	}, client.IdempotencyKey("order-42-ready"))
	if err != nil {
		panic(err)
	}
	fmt.Println(m.To, m.Status, "by the", m.Reason, "account")
	// Output: +971501234567 queued by the default account
}
