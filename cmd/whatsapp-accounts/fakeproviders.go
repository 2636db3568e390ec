package main

import (
	"context"
	_ "embed" // what is printed
	"errors"
	"io"
	"text/template"

	"github.com/ivendnext/whatsapp-accounts/pkg/whatsapptest"
)

// fakeProvidersCmd runs the doubles of both providers.
type fakeProvidersCmd struct {
	MetaListen     string `help:"Address of the double of Meta. Port 0 picks a free one." default:"127.0.0.1:8081" placeholder:"HOST:PORT"`
	WASenderListen string `help:"Address of the double of WASender." name:"wasender-listen" default:"127.0.0.1:8082" placeholder:"HOST:PORT"`
}

// Help tells what it is for.
func (fakeProvidersCmd) Help() string {
	return `Two servers answer as Meta's Graph API and as WASender do, with made-up accounts. Nothing leaves this machine.
Start it, and it prints what to set and curl lines to try: create the accounts, have a message come in, make a provider fail.
Orders go to /_control/ without a key, so leave the addresses on loopback. Ctrl-C stops it; nothing is kept.`
}

//go:embed fakeproviders.txt
var fakeProvidersText string

// Run serves until the process is told to stop.
func (c *fakeProvidersCmd) Run(ctx context.Context, s streams) error {
	_, _, err := splitAddress("--meta-listen", c.MetaListen)
	_, _, wasenderErr := splitAddress("--wasender-listen", c.WASenderListen)
	if err := errors.Join(err, wasenderErr); err != nil {
		return usageError{err}
	}
	meta, wasender := whatsapptest.NewMeta(whatsapptest.SampleMeta()), whatsapptest.NewWASender(whatsapptest.SampleWASender())
	defer meta.Close()
	defer wasender.Close()
	if err := errors.Join(meta.Listen(c.MetaListen), wasender.Listen(c.WASenderListen)); err != nil {
		return err
	}
	if err := tellFakeProviders(s.out, meta.URL, wasender.URL); err != nil {
		return err
	}
	<-ctx.Done()
	return nil
}

// tellFakeProviders prints what to set and what to try.
func tellFakeProviders(w io.Writer, meta, wasender string) error {
	text, err := template.New("fake-providers").Parse(fakeProvidersText)
	if err != nil {
		return err
	}
	return text.Execute(w, map[string]string{
		"Meta": meta, "WASender": wasender,
		"Token": whatsapptest.SampleToken, "AppID": whatsapptest.SampleAppID, "AppSecret": whatsapptest.SampleAppSecret,
		"BusinessID": whatsapptest.SampleBusinessID, "PhoneID": whatsapptest.SamplePhoneID, "Template": whatsapptest.SampleTemplate,
		"APIKey": whatsapptest.SampleAPIKey, "WebhookSecret": whatsapptest.SampleWebhookSecret,
	})
}
