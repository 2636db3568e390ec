package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"time"

	v1 "github.com/ivendnext/whatsapp-accounts/api/v1"
	"github.com/ivendnext/whatsapp-accounts/internal/config"
	"github.com/ivendnext/whatsapp-accounts/internal/site"
	"github.com/ivendnext/whatsapp-accounts/pkg/client"
	"github.com/ivendnext/whatsapp-accounts/pkg/whatsapptest"
)

const (
	// demoWithin bounds how long the demo may take until it has something to tell.
	demoWithin = time.Minute
	// demoPace is how often somebody writes while the demo goes on.
	demoPace = 15 * time.Second
	// demoToken is the verify token of the Meta account.
	demoToken = "choose-any"
)

// Demo is Serve for whoever has no account at a provider yet: on a database in a temporary folder, with doubles of both providers, an account at
// each and a little traffic. It tells on out what happened and what to try. When it ends, nothing is left.
func Demo(ctx context.Context, c config.Serve, out io.Writer, log *slog.Logger) (err error) {
	folder, err := os.MkdirTemp("", "whatsapp-accounts-demo-")
	if err != nil {
		return fmt.Errorf("the demo needs a temporary folder; set TMPDIR to one that is yours to write: %w", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(folder)) }()
	c.Demo, c.DataDir, c.AllowPrivateProviders = true, folder, true
	providers, err := Providers(c.Providers)
	if err != nil {
		return err
	}
	d := &demo{
		meta: whatsapptest.NewMeta(whatsapptest.SampleMeta()), wasender: whatsapptest.NewWASender(whatsapptest.SampleWASender()), out: out, pace: demoPace,
	}
	defer d.meta.Close()
	defer d.wasender.Close()
	if err := errors.Join(d.meta.Listen("127.0.0.1:0"), d.wasender.Listen("127.0.0.1:0")); err != nil {
		return fmt.Errorf("the doubles of the providers cannot listen on 127.0.0.1: %w", err)
	}
	return serve(ctx, c, providers, out, log, d.play)
}

// demo is the stage: the doubles, and to whom the story is told.
type demo struct {
	meta     *whatsapptest.Meta
	wasender *whatsapptest.WASender
	out      io.Writer
	pace     time.Duration
	said     int // how many messages the customers have sent since the beginning
}

// play is the companion of the service: it sets the stage, tells what happened and what to try, and keeps a little traffic going.
func (d *demo) play(ctx context.Context, a *App, url string) error {
	s, err := d.begin(ctx, a, url)
	if ctx.Err() != nil {
		return nil //nolint:nilerr // told to stop meanwhile
	}
	if err == nil {
		err = s.tell(d.out)
	}
	if err != nil {
		return fmt.Errorf("the demo cannot be set up: %w", err)
	}
	every(ctx, d.pace, d.chat)
	return nil
}

// begin makes the accounts over HTTP as any caller would, has the doubles call back, and waits for the first read receipt.
func (d *demo) begin(ctx context.Context, a *App, url string) (story, error) {
	ctx, cancel := context.WithTimeout(ctx, demoWithin)
	defer cancel()
	in, err := site.Named(FirstSite)
	if err != nil {
		return story{}, err
	}
	_, key, err := a.Keys.Create(ctx, in, site.SystemManager, "demo")
	if err != nil {
		return story{}, err
	}
	s := story{URL: url, Key: key.Reveal(), Meta: d.meta.URL, WASender: d.wasender.URL, Folder: a.config.DataDir}
	c, err := client.New(url, s.Key)
	if err != nil {
		return s, err
	}
	if err := d.createAccounts(ctx, c, &s); err != nil {
		return s, err
	}
	return s, d.callBack(ctx, &s)
}

// createAccounts makes the WASender account first, so that it takes default outgoing and loses it again.
func (d *demo) createAccounts(ctx context.Context, c *client.Client, s *story) error {
	wasender, err := c.CreateAccount(ctx, v1.AccountCreate{
		AccountName: new("Brand B"), AccountType: new("WASender"), Status: new("Active"),
		WASenderSettings: &v1.WASenderSettingsWrite{
			WASenderURL: &d.wasender.URL, WASenderAPIKey: new(whatsapptest.SampleAPIKey), WebhookSecret: new(whatsapptest.SampleWebhookSecret),
		},
	})
	if err != nil {
		return err
	}
	meta, err := c.CreateAccount(ctx, v1.AccountCreate{
		AccountName: new("Brand A"), AccountType: new("Meta"), Status: new("Active"), AllowAutoReadReceipt: new(true), IsDefaultIncoming: new(true),
		MetaSettings: &v1.MetaSettingsWrite{
			URL: &d.meta.URL, Token: new(whatsapptest.SampleToken), AppSecret: new(whatsapptest.SampleAppSecret), WebhookVerifyToken: new(demoToken),
			PhoneID: new(whatsapptest.SamplePhoneID), AppID: new(whatsapptest.SampleAppID), BusinessID: new(whatsapptest.SampleBusinessID),
		},
	})
	if err != nil {
		return err
	}
	first, err := c.Default(ctx, client.Outgoing)
	if err != nil {
		return err
	}
	now, err := c.SetDefault(ctx, client.Outgoing, meta.ID)
	if err != nil {
		return err
	}
	s.First, s.Now, s.MetaAccount, s.WASenderAccount = first.AccountName, now.AccountName, meta.ID, wasender.ID
	s.MetaCallback, s.WASenderCallback = meta.WebhookURL, wasender.WebhookURL
	return nil
}

// callBack enters the callback URLs, which Meta verifies, has a message come in on each side, and waits until Meta was told that its own was read.
func (d *demo) callBack(ctx context.Context, s *story) error {
	if err := d.meta.SetCallback(ctx, whatsapptest.SampleAppID, s.MetaCallback, demoToken); err != nil {
		return fmt.Errorf("%s: %w; leave WA_PUBLIC_URL out, or let it lead to this service", s.MetaCallback, err)
	}
	d.wasender.SetSession(1, func(one *whatsapptest.Session) { one.Callback = s.WASenderCallback })
	incoming, err := d.meta.Webhooks(whatsapptest.SampleAppID, "").Send(ctx, whatsapptest.Incoming{Content: whatsapptest.Text("Do you ship?")})
	if err == nil && !incoming.Delivered {
		err = fmt.Errorf("the webhook of Meta was answered with %v", incoming.Statuses)
	}
	if err != nil {
		return err
	}
	received, err := d.wasender.Webhooks(1, "").Send(ctx, whatsapptest.Received{Text: "Are you open on Sunday?"})
	if err == nil && !received.Delivered {
		err = fmt.Errorf("the webhook of WASender was answered with %v", received.Statuses)
	}
	if err != nil {
		return err
	}
	s.Message = incoming.MessageIDs[0]
	if _, err = d.meta.Wait(ctx, 1, whatsapptest.MarkRead); err != nil {
		return fmt.Errorf("the read receipt did not come: %w", err)
	}
	return nil
}
