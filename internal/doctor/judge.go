package doctor

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/ivendnext/whatsapp-accounts/internal/provider"
)

// answers finds out who answers at the webhook URL, with a request that this service refuses in its own words.
func (c *callback) answers(ctx context.Context) Link {
	got, err := c.ask(ctx, probe())
	if l, foreign := c.foreign(got, err); foreign {
		return l
	}
	switch got.code {
	case "":
		return broken(fmt.Sprintf("Something else answers there: %d, %s.", got.status, kind(got)), "Let WA_PUBLIC_URL lead to this service: another program, or a proxy that answers by itself, has this address.")
	case "route_not_found":
		return c.misled(got)
	}
	return fine("This service answers there, in %s.", got.took.Round(time.Millisecond))
}

// foreign judges an answer that is none of this service's, or none at all. What is foreign was said by something in front of it.
func (c *callback) foreign(got reply, err error) (Link, bool) {
	const front = "A proxy in front answers, and not this service: "
	switch {
	case errors.Is(err, errSlow):
		return broken(fmt.Sprintf("There was no answer within %s; the provider would have given up.", c.doctor.Within),
			"See that the proxy reaches the service, and that the database is not overloaded: GET /readyz and the log's duration_ms tell."), true
	case err != nil:
		return broken("There was no answer: "+err.Error()+".", "Look at the proxy's log, and see that it reaches the service."), true
	case got.code != "", got.status == http.StatusOK && !isPage(got):
		return Link{}, false
	case got.status >= 300 && got.status < 400:
		return broken(fmt.Sprintf("%sit redirects (%d) to %s, and providers follow no redirect.", front, got.status, orNowhere(got.location)),
			"Set WA_PUBLIC_URL to where the redirect leads, or take the redirect off /webhooks/."), true
	case got.login:
		return broken(fmt.Sprintf("%sit asks for a login (%d).", front, got.status), "Let /webhooks/ pass without a login: each webhook is proved by its signature."), true
	}
	cure, known := cures()[got.status]
	if !known {
		cure = "Let the proxy pass /webhooks/ to this service as it comes, or correct WA_PUBLIC_URL."
	}
	return broken(fmt.Sprintf("%s%d, %s.", front, got.status, kind(got)), cure), true
}

// cures are what helps against what proxies answer.
func cures() map[int]string {
	unreached := "The proxy does not reach the service: see that it runs, and that the proxy passes to WA_LISTEN over http."
	return map[int]string{
		http.StatusForbidden:             "Take /webhooks/ out of the rules of the firewall or of the bot protection in front.",
		http.StatusNotFound:              "Let the proxy pass /webhooks/ to this service, or correct the host or the path of WA_PUBLIC_URL.",
		http.StatusMethodNotAllowed:      "Let the proxy pass GET and POST of /webhooks/.",
		http.StatusRequestEntityTooLarge: "Let the proxy pass bodies of 3 MiB.",
		http.StatusTooManyRequests:       "Take /webhooks/ out of the proxy's rate limit, or raise it.",
		http.StatusBadGateway:            unreached,
		http.StatusServiceUnavailable:    unreached,
		http.StatusGatewayTimeout:        unreached,
	}
}

// misled is a path that does not lead to the webhooks: the service serves from the root.
func (c *callback) misled(got reply) Link {
	came := "another path"
	if got.instance != "" {
		came = got.instance
	}
	return broken(fmt.Sprintf("This service answers, but was asked for %s; it serves %s.", came, c.patient.Spec.WebhookURL("", c.patient.Account.ID)),
		"If WA_PUBLIC_URL has a path, the proxy must take exactly that path off; if it has none, the proxy must leave the path alone.")
}

// isPage tells what people look at from what programs read.
func isPage(got reply) bool {
	return got.media == "text/html" || strings.HasPrefix(strings.ToLower(strings.TrimSpace(string(got.body[:min(len(got.body), 64)]))), "<")
}

func kind(got reply) string {
	switch {
	case isPage(got):
		return "with an HTML page"
	case got.media == "":
		return "without a media type"
	}
	return "with " + got.media
}

func orNowhere(location string) string {
	if location == "" {
		return "nowhere"
	}
	return location
}

// refused judges a refusal of this service that says nothing about the account.
func refused(got reply) Link {
	const log = "The service's log has the cause, by request id; GET /readyz tells whether it can serve."
	switch {
	case got.code == "body_too_large":
		return broken("This service says that the body is too large (413), and it was small: something in front makes it longer.", "Let the proxy pass bodies as they come.")
	case got.code == "method_not_allowed":
		return broken("This service was asked with another method (405).", "Let the proxy pass GET and POST as they come.")
	case got.status >= http.StatusInternalServerError:
		return broken(fmt.Sprintf("This service failed: %d %s.", got.status, got.code), log)
	}
	return broken(fmt.Sprintf("This service refused: %d %s.", got.status, got.code), log)
}

// challenged judges the answer to a request that has one right answer.
func challenged(got reply, r provider.Rehearsal) Link {
	switch {
	case string(got.body) == r.Answer:
		return fine("The service answers with the challenge, in %s.", got.took.Round(time.Millisecond))
	case strings.Contains(string(got.body), r.Answer):
		return broken("The challenge comes back with something around it.", "Let the proxy pass answers of /webhooks/ as they come: the challenge alone counts.")
	}
	return broken(fmt.Sprintf("The answer is %s, and not the challenge.", sized(got)), "Let the proxy pass the query of /webhooks/ and the answer as they come, and cache neither.")
}

func sized(got reply) string { return counted(len(got.body), "byte") + " " + kind(got) }
