package meta

import (
	"context"
	"net/http"
	"net/url"
	"sync"
	"time"

	"github.com/ivendnext/whatsapp-accounts/internal/provider"
	"github.com/ivendnext/whatsapp-accounts/internal/provider/guard"
	"github.com/ivendnext/whatsapp-accounts/internal/secret"
)

// checkTimeout bounds a whole check.
const checkTimeout = 10 * time.Second

// answers are what Meta said to the questions of a check, each with its own error.
type answers struct {
	token        inspected
	tokenErr     error
	byApp        bool // the app was asked, which tries its secret
	byAppErr     error
	byItself     bool // the token was asked about itself
	business     business
	businessErr  error
	numbers      []listedNumber
	allNumbers   bool
	numbersErr   error
	apps         []subscribedApp
	allApps      bool
	appsErr      error
	phone, appID objectID // what the account names
}

// Check asks four questions at once, none of which changes anything: about the token, the business account, its numbers and its subscribed apps.
func (p *Provider) Check(ctx context.Context, c provider.Credentials) provider.Report {
	ctx, cancel := context.WithTimeout(ctx, checkTimeout)
	defer cancel()
	a := answers{phone: objectID(c.Settings["phone_id"]), appID: objectID(c.Settings["app_id"])}
	var asking sync.WaitGroup
	asking.Go(func() { p.askToken(ctx, c, &a) })
	asking.Go(func() { a.business, a.businessErr = p.askBusiness(ctx, c) })
	asking.Go(func() {
		a.numbers, a.allNumbers, a.numbersErr = list(ctx, p, c, "phone_numbers", "id,display_phone_number,verified_name,quality_rating,status",
			func(n listedNumber) bool { return n.ID == a.phone })
	})
	asking.Go(func() {
		a.apps, a.allApps, a.appsErr = list(ctx, p, c, "subscribed_apps", "", func(s subscribedApp) bool { return s.App.ID == a.appID })
	})
	asking.Wait()
	report := provider.NewReport(p.client.Now(), p.judge(c, a)...)
	if own := a.own(); own != nil {
		report.Number = &provider.Number{Display: c.Words(own.Display), Name: c.Words(own.Name), Quality: c.Words(own.Quality), Status: c.Words(own.Status)}
	}
	return report
}

// askToken asks as the app first, which also proves the app secret. Where the app is refused, the token may speak for itself.
func (p *Provider) askToken(ctx context.Context, c provider.Credentials, a *answers) {
	if bearer := appToken(c); !bearer.IsZero() && !c.Secrets["token"].IsZero() {
		a.byApp = true
		a.token, a.byAppErr = p.inspect(ctx, c, bearer)
		if a.tokenErr = a.byAppErr; !refused(a.byAppErr) {
			return
		}
	}
	a.byItself = true
	a.token, a.tokenErr = p.inspect(ctx, c, secret.Text{})
}

func (p *Provider) askBusiness(ctx context.Context, c provider.Credentials) (business, error) {
	found, err := ask[business](ctx, p, c, guard.Request{
		Method: http.MethodGet, Path: []string{c.Settings["business_id"]}, Query: url.Values{"fields": {"id,name,account_review_status"}},
	})
	if err == nil && found.ID == "" {
		return found, unreadable(http.StatusOK)
	}
	return found, err
}

// judge makes the checks in the order in which they depend on each other.
func (p *Provider) judge(c provider.Credentials, a answers) []provider.Check {
	j := &judgement{spec: p.spec, codes: p.codes, c: c, now: p.client.Now()}
	j.connection(a)
	j.token(a)
	j.permissions(a)
	j.app(a)
	if a.byApp {
		j.appSecret(a)
	}
	j.business(a)
	j.review(a)
	j.phone(a)
	j.number(a)
	j.quality(a)
	j.subscription(a)
	return j.checks
}
