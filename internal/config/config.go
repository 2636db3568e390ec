// Package config is every setting of the program, read once from flags and the environment.
// It checks what a value means, and knows nothing of how it is used.
package config

import (
	"errors"
	"fmt"
	"net"
	"net/url"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// Storage is where things are kept. Every command that touches the database takes it.
type Storage struct {
	DataDir     string `help:"Folder for the SQLite file and the keyset; made with mode 0700." env:"WA_DATA_DIR" default:"./data" placeholder:"DIR"`
	DatabaseURL string `help:"PostgreSQL, as postgres://user:password@host:5432/name. Without it: SQLite in the data folder." env:"WA_DATABASE_URL" placeholder:"URL"`
	KeysetFile  string `help:"File with the keys that seal secrets. Without it: keyset.json in the data folder. Replicas share one." env:"WA_KEYSET_FILE" placeholder:"FILE"`
	DBMaxConns  int    `help:"Connections to PostgreSQL, or readers of SQLite." env:"WA_DB_MAX_CONNS" default:"12" placeholder:"N"`
}

// DefaultDataDir is the data folder of an installation that names none.
const DefaultDataDir = "./data"

// UsesSQLite reports whether the embedded database is used.
func (s Storage) UsesSQLite() bool { return s.DatabaseURL == "" }

// SQLitePath is the database file.
func (s Storage) SQLitePath() string { return filepath.Join(s.DataDir, "whatsapp-accounts.db") }

// KeysetPath is the keyset file.
func (s Storage) KeysetPath() string {
	if s.KeysetFile != "" {
		return s.KeysetFile
	}
	return filepath.Join(s.DataDir, "keyset.json")
}

// NeedsDataDir reports whether anything is kept in the data folder.
func (s Storage) NeedsDataDir() bool { return s.UsesSQLite() || s.KeysetFile == "" }

// Log is how the program tells what it does.
type Log struct {
	LogFormat string `help:"Form of the log: json, text, or auto for text on a terminal and json elsewhere." env:"WA_LOG_FORMAT" default:"auto" enum:"auto,json,text" placeholder:"FORMAT"`
	LogLevel  string `help:"Least level that is logged: debug, info, warn or error." env:"WA_LOG_LEVEL" default:"info" enum:"debug,info,warn,error" placeholder:"LEVEL"`
}

// DefaultOperatorListen is where metrics are served unless another address is set.
const DefaultOperatorListen = "127.0.0.1:9090"

// Providers is what the operator allows accounts to be.
type Providers struct {
	AllowedProviderHosts  string `help:"Hosts that accounts may use, by type: 'Meta=graph.facebook.com;WASender=www.wasenderapi.com,wasenderapi.com'. Replaces the default, which is that." env:"WA_ALLOWED_PROVIDER_HOSTS" placeholder:"HOSTS"`
	AllowPrivateProviders bool   `help:"For development: lets accounts, and subscribers, use loopback addresses, also over http." env:"WA_ALLOW_PRIVATE_PROVIDERS"`
	MetaVersion           string `help:"Graph API version of new Meta accounts that name none." env:"WA_META_VERSION" default:"v25.0" placeholder:"VN.N"`
}

// Webhooks is what becomes of what providers post.
type Webhooks struct {
	AllowUnsignedWebhooks bool          `help:"For development: takes webhooks without a signature, or for an account without a secret; never with a wrong one." env:"WA_ALLOW_UNSIGNED_WEBHOOKS"`
	WebhookRetention      time.Duration `help:"How long the bodies of handled webhooks are kept." env:"WA_WEBHOOK_RETENTION" default:"168h" placeholder:"TIME"`
	CheckEvery            time.Duration `help:"How often each Active account is checked with its provider; 0s never." env:"WA_CHECK_EVERY" default:"6h" placeholder:"TIME"`
	SyncTemplatesEvery    time.Duration `help:"How often the templates of each Active account are read from its provider; 0s never." env:"WA_SYNC_TEMPLATES_EVERY" default:"6h" placeholder:"TIME"`
	EventRetention        time.Duration `help:"How long events are kept; at least 192h, since what is delivered twice is told by them and Meta repeats for a week." env:"WA_EVENT_RETENTION" default:"720h" placeholder:"TIME"`
}

// Serve is everything that serving needs.
type Serve struct {
	Storage     `embed:"" group:"Where things are kept:"`
	Log         `embed:"" group:"The log:"`
	Providers   `embed:"" group:"What accounts may be:"`
	Webhooks    `embed:"" group:"Webhooks and events:"`
	Messages    `embed:"" group:"Messages:"`
	Subscribers `embed:"" group:"Subscribers:"`
	Edge        `embed:"" group:"Clients:"`

	Listen            string        `help:"Address of the API. Port 0 picks a free one, which is printed." env:"WA_LISTEN" default:"127.0.0.1:8080" placeholder:"HOST:PORT"`
	OperatorListen    string        `help:"Address of /metrics, for the operator only. Empty turns it off." env:"WA_OPERATOR_LISTEN" default:"127.0.0.1:9090" placeholder:"HOST:PORT"`
	PublicURL         string        `help:"Where providers reach this service, as https://host or https://host/path. Webhook URLs are made from it." env:"WA_PUBLIC_URL" placeholder:"URL"`
	RequestTimeout    time.Duration `help:"How long one request may take." env:"WA_REQUEST_TIMEOUT" default:"10s" placeholder:"TIME"`
	ReadHeaderTimeout time.Duration `help:"How long a client may take to send its headers." env:"WA_READ_HEADER_TIMEOUT" default:"5s" placeholder:"TIME"`
	ReadTimeout       time.Duration `help:"How long a client may take to send a request." env:"WA_READ_TIMEOUT" default:"30s" placeholder:"TIME"`
	WriteTimeout      time.Duration `help:"How long a client may take to receive an answer, from the end of its headers on." env:"WA_WRITE_TIMEOUT" default:"60s" placeholder:"TIME"`
	IdleTimeout       time.Duration `help:"How long an unused connection stays open." env:"WA_IDLE_TIMEOUT" default:"120s" placeholder:"TIME"`
	DrainDelay        time.Duration `help:"How long a stopping service still accepts requests while /readyz says no, so that balancers notice." env:"WA_DRAIN_DELAY" default:"500ms" placeholder:"TIME"`
	ShutdownTimeout   time.Duration `help:"How long requests in flight may take after that." env:"WA_SHUTDOWN_TIMEOUT" default:"10s" placeholder:"TIME"`
	Demo              bool          `help:"Plays with doubles of Meta and WASender and two accounts, in a temporary folder; nothing is kept." env:"WA_DEMO"`
	KeysetPoll        time.Duration `help:"How often the keyset file is looked at for new keys." env:"WA_KEYSET_POLL" default:"2s" placeholder:"TIME"`
}

// Doctor is everything that finding a broken link needs: what serving has, as far as it matters.
type Doctor struct {
	Storage   `embed:"" group:"Where things are kept:"`
	Log       `embed:"" group:"The log:"`
	Providers `embed:"" group:"What accounts may be:"`

	PublicURL string `help:"Where providers reach the service, as it is set there." env:"WA_PUBLIC_URL" placeholder:"URL"`
}

// Validate checks what serving checks of the same settings.
func (d Doctor) Validate() error {
	if err := d.Storage.Validate(); err != nil {
		return err
	}
	return checkPublicURL(d.PublicURL)
}

// Validate is called after flags and environment are read; kong reports the error as wrong usage.
func (s Storage) Validate() error {
	if s.DBMaxConns < 1 || s.DBMaxConns > 1000 {
		return fmt.Errorf("WA_DB_MAX_CONNS (--db-max-conns) must be from 1 to 1000")
	}
	if s.DatabaseURL != "" && !strings.HasPrefix(s.DatabaseURL, "postgres://") && !strings.HasPrefix(s.DatabaseURL, "postgresql://") {
		return fmt.Errorf("WA_DATABASE_URL (--database-url) must start with postgres://; leave it out for SQLite")
	}
	// What the parser says would show the password.
	if _, err := url.Parse(s.DatabaseURL); err != nil {
		return fmt.Errorf("WA_DATABASE_URL (--database-url) must be postgres://user:password@host:5432/name, in which what means something in a URL is percent-encoded")
	}
	return nil
}

// Validate checks what is peculiar to serving.
func (s Serve) Validate() error {
	if err := s.Storage.Validate(); err != nil {
		return err
	}
	if err := s.checkAddresses(); err != nil {
		return err
	}
	if err := s.checkTimes(); err != nil {
		return err
	}
	if err := errors.Join(s.Webhooks.Validate(), s.Messages.Validate(), s.Subscribers.Validate(), s.Edge.Validate(), s.checkDemo()); err != nil {
		return err
	}
	return checkPublicURL(s.PublicURL)
}

func (s Serve) checkAddresses() error {
	if !isAddress(s.Listen) {
		return fmt.Errorf("WA_LISTEN (--listen) must be HOST:PORT, for example 127.0.0.1:8080; port 0 picks a free one")
	}
	if s.OperatorListen != "" && !isAddress(s.OperatorListen) {
		return fmt.Errorf("WA_OPERATOR_LISTEN (--operator-listen) must be HOST:PORT, for example %s, or empty", DefaultOperatorListen)
	}
	return nil
}

func isAddress(text string) bool {
	_, port, err := net.SplitHostPort(text)
	if err != nil {
		return false
	}
	_, err = strconv.ParseUint(port, 10, 16)
	return err == nil
}

func (s Serve) checkTimes() error {
	for _, t := range []struct {
		name string
		long time.Duration
	}{
		{"WA_REQUEST_TIMEOUT", s.RequestTimeout}, {"WA_READ_HEADER_TIMEOUT", s.ReadHeaderTimeout}, {"WA_READ_TIMEOUT", s.ReadTimeout},
		{"WA_WRITE_TIMEOUT", s.WriteTimeout}, {"WA_IDLE_TIMEOUT", s.IdleTimeout}, {"WA_SHUTDOWN_TIMEOUT", s.ShutdownTimeout}, {"WA_KEYSET_POLL", s.KeysetPoll},
	} {
		if t.long <= 0 {
			return fmt.Errorf("%s must be longer than nothing, for example 10s", t.name)
		}
	}
	if s.DrainDelay < 0 {
		return fmt.Errorf("WA_DRAIN_DELAY (--drain-delay) must not be negative; 0s does not wait")
	}
	return nil
}

// checkDemo keeps a demo out of an installation: it would leave its accounts there. The default folder is not one that somebody chose, and an
// empty one takes back what an image sets.
func (s Serve) checkDemo() error {
	if !s.Demo {
		return nil
	}
	const cure = "%s does not go with WA_DEMO (--demo), which keeps nothing: leave one of the two out"
	switch {
	case s.DatabaseURL != "":
		return fmt.Errorf(cure, "WA_DATABASE_URL (--database-url)")
	case s.KeysetFile != "":
		return fmt.Errorf(cure, "WA_KEYSET_FILE (--keyset-file)")
	case s.DataDir != "" && s.DataDir != DefaultDataDir:
		return fmt.Errorf(cure, "WA_DATA_DIR (--data-dir)")
	}
	return nil
}

// leastEvents is a day more than Meta repeats a webhook.
const leastEvents = 8 * 24 * time.Hour

// leastBetweenChecks keeps checks from using up what a provider allows an app to ask.
const leastBetweenChecks = time.Minute

// Validate checks how long things are kept.
func (s Webhooks) Validate() error {
	if s.EventRetention < leastEvents {
		return fmt.Errorf("WA_EVENT_RETENTION (--event-retention) must be at least %s: what is delivered twice is told by the events", leastEvents)
	}
	if s.CheckEvery != 0 && s.CheckEvery < leastBetweenChecks {
		return fmt.Errorf("WA_CHECK_EVERY (--check-every) must be at least %s, or 0s for never", leastBetweenChecks)
	}
	if s.SyncTemplatesEvery != 0 && s.SyncTemplatesEvery < leastBetweenChecks {
		return fmt.Errorf("WA_SYNC_TEMPLATES_EVERY (--sync-templates-every) must be at least %s, or 0s for never", leastBetweenChecks)
	}
	if s.WebhookRetention < 0 {
		return fmt.Errorf("WA_WEBHOOK_RETENTION (--webhook-retention) must not be negative; 0s keeps bodies until they are handled")
	}
	return nil
}

// checkPublicURL looks for a mark and not for a query: the parser drops a mark that nothing follows, and webhook URLs are made by appending.
func checkPublicURL(text string) error {
	if text == "" {
		return nil
	}
	u, err := url.Parse(text)
	if err != nil || (u.Scheme != "https" && u.Scheme != "http") || u.Hostname() == "" || u.User != nil || strings.ContainsAny(text, "?# ") {
		return fmt.Errorf("WA_PUBLIC_URL (--public-url) must be https://host or https://host/path, without user, query or fragment")
	}
	return nil
}
