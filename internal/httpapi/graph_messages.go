package httpapi

import (
	"net/http"
	"regexp"
	"strings"

	"github.com/google/uuid"

	v1 "github.com/ivendnext/whatsapp-accounts/api/v1"
	"github.com/ivendnext/whatsapp-accounts/internal/account"
	"github.com/ivendnext/whatsapp-accounts/internal/message"
	"github.com/ivendnext/whatsapp-accounts/internal/provider"
)

// graphDefault names the default outgoing account where Meta has the id of a number.
const graphDefault = "default"

// headerMessageID is where the answer to a message has our own id of it.
const headerMessageID = "X-Message-Id"

// graphVersion is how Meta writes the versions of its Graph API. Source: Meta, Graph API, OpenAPI document.
var graphVersion = regexp.MustCompile(`^v[0-9]{1,3}\.[0-9]{1,3}$`)

// refuseTokenInURL refuses what Meta takes: a key in a URL is in logs and histories before anybody reads it.
func refuseTokenInURL(r *http.Request) error {
	if r.URL.RawQuery == "" || !isGraph(r) || !r.URL.Query().Has("access_token") {
		return nil
	}
	return unreadable("access_token", "unknown_parameter", "A key must not be in a URL.", "Send it in the header: Authorization: Bearer <key>. Revoke one that was sent in a URL.")
}

// checkGraphVersion wants a version of Graph's form. Which one it is makes no difference here.
func checkGraphVersion(in *call) error {
	if graphVersion.MatchString(in.Param("version")) {
		return nil
	}
	return errNoRoute.Advising("Begin the path with /graph/ and a version of Meta's Graph API, such as v25.0.")
}

// graphMessages sends a message, or marks one as read, as Meta's Cloud API does.
//
//	@Summary	Send a message, or mark one as read, as Meta's Cloud API does
//	@Description	Takes what clients of the Cloud API send, and answers what they expect, with an API key of this installation as their token. A message is kept before it is sent, and the answer comes when the provider has taken or refused it, after 8 seconds at most: then, and for a message that is to be tried again later, the id in `messages` is our own. `X-Message-Id` always has it, for `GET /v1/messages/{id}`. Whatever the provider refuses is a GraphError with its code.
//	@Tags		graph
//	@Param		version			path		string			true	"A version of Meta's Graph API; which one makes no difference"	example(v25.0)
//	@Param		phone			path		string			true	"The phone_id of a Meta account, the id of any account, or default for the default outgoing account"	example(default)
//	@Param		body			body		v1.GraphMessage	true	"The message"
//	@Param		Idempotency-Key	header		string			false	"Repeats send nothing twice, and are answered with what became of the first"	minlength(1)	maxlength(255)
//	@Success	200				{object}	v1.GraphAnswer
//	@Failure	default			{object}	v1.GraphError
//	@Router		/graph/{version}/{phone}/messages [post]
func (a *api) graphMessages(in *call) (reply, error) {
	if err := checkGraphVersion(in); err != nil {
		return reply{}, err
	}
	if !graphName.MatchString(in.Param("phone")) {
		return reply{}, noSuchNumber()
	}
	ask, err := readGraph(in.body)
	if err != nil {
		return reply{}, err
	}
	if ask.reads != "" {
		return a.graphRead(in, ask)
	}
	return a.graphSend(in, ask.draft)
}

// graphRead marks a message as read, now.
func (a *api) graphRead(in *call, ask graphAsk) (reply, error) {
	of, err := a.graphAccount(in)
	if err != nil {
		return reply{}, err
	}
	if err := a.Reading.Read(in.ctx, of, ask.reads, ask.typing); err != nil {
		return reply{}, provider.Refusal(err)
	}
	return ok(v1.GraphAnswer{Success: true})
}

// graphSend accepts a message, and waits for what becomes of it. A caller that goes away changes nothing: the message is on its way.
func (a *api) graphSend(in *call, ask message.Draft) (reply, error) {
	accepted, err := a.once(in, in.body, unprepared, func(in *call) (reply, error) {
		var err error
		if ask.AccountID, err = a.graphSender(in); err != nil {
			return reply{}, err
		}
		m, _, err := a.Messages.Accept(in.ctx, in.caller.Site, ask)
		return reply{status: http.StatusOK, body: []byte(m.ID)}, err
	})
	if err != nil {
		return reply{}, err
	}
	id := string(accepted.body)
	in.Response().Header().Set(headerMessageID, id)
	ctx, cancel := a.patient(in, a.SendWait)
	defer cancel()
	m, err := a.Messages.Await(ctx, in.caller.Site, id, a.SendWait)
	if err != nil {
		return reply{}, err
	}
	return graphSent(m, inputOf(ask))
}

func inputOf(ask message.Draft) string {
	if ask.To == "" {
		return ask.User
	}
	return ask.To
}

// graphSent is what a caller is told of a message. One that was taken back or whose time ended was not sent, and nobody will try again.
func graphSent(m message.Message, input string) (reply, error) {
	switch m.Status {
	case message.Failed:
		problem := message.Problem{Class: provider.ClassUnknown, Meaning: "The message was not sent.", Fix: "Send it again."}
		if m.Problem != nil {
			problem = *m.Problem
		}
		return reply{}, &notSentError{problem}
	case message.Cancelled, message.Discarded:
		return reply{}, &notSentError{message.Problem{
			Class: provider.ClassPermanent, Meaning: "The message was not sent: it was taken back, or its time ended.", Fix: "Send it as a new message if it still matters.",
		}}
	case message.Queued, message.Sending, message.Unknown, message.Accepted, message.Sent, message.Delivered, message.Read:
	}
	id := m.ProviderID
	if id == "" {
		id = m.ID
	}
	return ok(v1.GraphAnswer{
		MessagingProduct: "whatsapp", Contacts: []v1.GraphContact{graphContact(m.To, input)}, Messages: []v1.GraphMessageID{{ID: id}},
	})
}

func graphContact(to provider.Recipient, input string) v1.GraphContact {
	if to.Kind == provider.ToUser {
		return v1.GraphContact{Input: input, UserID: to.Value}
	}
	return v1.GraphContact{Input: input, WaID: strings.TrimPrefix(to.Value, "+")}
}

// graphName is the form of what a path may name: anything else is no id of anybody's, and is not even looked for, nor remembered with an Idempotency-Key.
var graphName = regexp.MustCompile(`^[0-9A-Za-z-]{1,64}$`)

// graphSender is the id of the account that the path names; empty for the default one, which routing finds.
func (a *api) graphSender(in *call) (string, error) {
	if in.Param("phone") == graphDefault {
		return "", nil
	}
	of, err := a.graphAccount(in)
	return of.ID, err
}

// graphAccount reads the account that the path names.
func (a *api) graphAccount(in *call) (account.Account, error) {
	named := in.Param("phone")
	if named == graphDefault {
		return a.Accounts.Default(in.ctx, in.caller.Site, account.Outgoing)
	}
	if id, err := uuid.Parse(named); err == nil && id.String() == named {
		return a.Accounts.Get(in.ctx, in.caller.Site, named)
	}
	found, err := a.Accounts.Identified(in.ctx, in.caller.Site, "phone_id", named)
	if err != nil {
		return account.Account{}, err
	}
	if len(found) == 0 {
		return account.Account{}, noSuchNumber()
	}
	return found[0], nil
}

func noSuchNumber() error {
	return account.ErrNotFound.Advising("Name the phone_id of a Meta account, the id of any account, or %s; GET /v1/accounts lists the accounts of the site.", graphDefault)
}
