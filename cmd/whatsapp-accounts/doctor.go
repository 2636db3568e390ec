package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"github.com/ivendnext/whatsapp-accounts/internal/app"
	"github.com/ivendnext/whatsapp-accounts/internal/config"
	"github.com/ivendnext/whatsapp-accounts/internal/doctor"
	"github.com/ivendnext/whatsapp-accounts/internal/site"
)

// doctorCmd finds the broken link. It works beside a running service.
type doctorCmd struct {
	config.Doctor `embed:""`
	Account       string `help:"The account, by id or by name." required:"" placeholder:"ID|NAME"`
	Site          string `help:"The account's site." default:"default" placeholder:"NAME"`
	JSON          bool   `name:"json" help:"Print one JSON object."`
}

// Help tells what it does and what it leaves behind.
func (*doctorCmd) Help() string {
	return `Looks at the account, plays its provider against the public URL (Meta's verification request and a signed body; WASender's body with its secret), and asks the provider about the account. ` +
		`It prints each link as ok, broken or unknown, below it what cures it, and at last which is the first that is broken. The exit code is 0 when none is.
Run it beside the service, with the same environment. It changes no account. The service keeps what it is sent: for Meta that becomes no event, for WASender one webhook.other.`
}

// Run examines the account.
func (c *doctorCmd) Run(ctx context.Context, s streams) error {
	in, err := site.Named(c.Site)
	if err != nil {
		return usageError{err}
	}
	providers, err := app.Providers(c.Providers)
	if err != nil {
		return usageError{err}
	}
	opened, err := app.OpenExisting(ctx, c.Storage, app.NewLog(c.Log, s.err))
	if err != nil {
		return err
	}
	found, err := app.Diagnose(ctx, opened, c.Doctor, providers, in, c.Account)
	if err == nil {
		err = c.tell(s.out, resultOf(found))
	}
	return errors.Join(err, opened.DB.Close())
}

// diagnosis is what is printed.
type diagnosis struct {
	AccountID   string      `json:"account_id"`
	AccountName string      `json:"account_name"`
	AccountType string      `json:"account_type"`
	Site        string      `json:"site"`
	State       string      `json:"state"`        // ok or broken
	FirstBroken string      `json:"first_broken"` // part and name; empty when nothing is broken
	Summary     string      `json:"summary"`
	Links       []foundLink `json:"links"`
}

type foundLink struct {
	Part  string `json:"part"`
	Name  string `json:"name"`
	State string `json:"state"`
	Found string `json:"found"`
	Cure  string `json:"cure"`
}

// resultOf counts what was found and says the most important in one sentence.
func resultOf(found app.Diagnosis) diagnosis {
	a := found.Account
	d := diagnosis{AccountID: a.ID, AccountName: a.Name, AccountType: string(a.Type), Site: a.Site.String(), State: string(doctor.OK), Links: []foundLink{}}
	count := map[doctor.State]int{}
	for _, l := range found.Links {
		if count[l.State]++; l.State == doctor.Broken && d.FirstBroken == "" {
			d.State, d.FirstBroken = string(doctor.Broken), string(l.Part)+" "+l.Name
		}
		d.Links = append(d.Links, foundLink{Part: string(l.Part), Name: l.Name, State: string(l.State), Found: l.Found, Cure: l.Cure})
	}
	switch {
	case count[doctor.Broken] > 0:
		d.Summary = fmt.Sprintf("%q: %s is the first broken link (%d broken, %d unknown, %d ok).", a.Name, d.FirstBroken, count[doctor.Broken], count[doctor.Unknown], count[doctor.OK])
	case count[doctor.Unknown] > 0:
		d.Summary = fmt.Sprintf("%q: nothing is broken (%d unknown, %d ok).", a.Name, count[doctor.Unknown], count[doctor.OK])
	default:
		d.Summary = fmt.Sprintf("%q: all is well.", a.Name)
	}
	return d
}

// tell prints the result. A broken link is a failure that needs no more words.
func (c *doctorCmd) tell(w io.Writer, d diagnosis) error {
	print := printLines
	if c.JSON {
		print = printJSON
	}
	if err := print(w, d); err != nil {
		return err
	}
	if d.FirstBroken != "" {
		return errTold
	}
	return nil
}

func printJSON(w io.Writer, d diagnosis) error {
	text := json.NewEncoder(w)
	text.SetEscapeHTML(false)
	return text.Encode(d)
}

func printLines(w io.Writer, d diagnosis) error {
	const form = "%-7s  %-23s  %s\n"
	for _, l := range d.Links {
		fmt.Fprintf(w, form, l.State, l.Part+" "+l.Name, l.Found)
		if l.Cure != "" {
			fmt.Fprintf(w, form, "", "", "→ "+l.Cure)
		}
	}
	_, err := fmt.Fprintln(w, d.Summary)
	return err
}
