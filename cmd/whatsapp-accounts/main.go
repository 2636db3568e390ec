// Command whatsapp-accounts holds the keys to a retail group's WhatsApp numbers.
// Here are only its subcommands and exit codes; internal/app does the work.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"github.com/alecthomas/kong"

	"github.com/ivendnext/whatsapp-accounts/internal/fault"
	"github.com/ivendnext/whatsapp-accounts/internal/store"
)

// The exit codes that scripts rely on.
const (
	exitDone   = 0
	exitFailed = 1
	exitUsage  = 2
)

// version is set at build time with -ldflags "-X main.version=…".
var version = "dev"

// cli is every command. Each command's Run does one thing and returns its error.
type cli struct {
	Serve         serveCmd         `cmd:"" help:"Run the service."`
	Migrate       migrateCmd       `cmd:"" help:"Bring the schema up to date, or look at it."`
	Keys          keysCmd          `cmd:"" help:"Make and rotate the keys that seal secrets."`
	APIKey        apikeyCmd        `cmd:"" name:"apikey" help:"Make, list and revoke the API keys of callers."`
	Doctor        doctorCmd        `cmd:"" help:"Find out why nothing arrives for an account, and what cures it."`
	FakeProviders fakeProvidersCmd `cmd:"" help:"Play Meta and WASender on this machine, to try the service and to test against."`
	Version       versionCmd       `cmd:"" help:"Print the version."`
	Healthcheck   healthcheckCmd   `cmd:"" help:"Ask a running service whether it can serve; for container health checks."`
}

// streams are where a command writes: out is its result, err is for people and logs.
type streams struct{ out, err io.Writer }

// errTold is a failure that the command's result has told already.
var errTold = errors.New("the result says what failed")

// usageError is a wrong setting that was found after the flags were read.
type usageError struct{ error }

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := run(ctx, os.Args[1:], streams{os.Stdout, os.Stderr})
	stop()
	os.Exit(code)
}

// run is the program as a function of its arguments.
func run(ctx context.Context, args []string, s streams) int {
	code := -1
	parser, err := kong.New(new(cli), kong.Name("whatsapp-accounts"),
		kong.Description("Holds the keys to every WhatsApp number a retail group runs, and does the work that needs those keys."),
		kong.Writers(s.out, s.err), kong.Exit(func(c int) { code = c }), kong.ValueFormatter(describe),
		kong.BindTo(ctx, (*context.Context)(nil)), kong.Bind(s))
	if err != nil {
		fmt.Fprintln(s.err, "whatsapp-accounts:", err)
		return exitFailed
	}
	parser.Model.HelpFlag.Help = "Show this help."
	command, err := parser.Parse(args)
	if code >= 0 { // --help was answered
		return code
	}
	if err != nil {
		fmt.Fprintf(s.err, "whatsapp-accounts: %s; see whatsapp-accounts --help\n", complaint(err))
		return exitUsage
	}
	return exitOf(command.Run(), s.err)
}

// exitOf turns an error into one line and an exit code.
func exitOf(err error, w io.Writer) int {
	if err == nil {
		return exitDone
	}
	if errors.Is(err, errTold) {
		return exitFailed
	}
	text := err.Error()
	known, isFault := errors.AsType[*fault.Error](err)
	if isFault {
		text = tellFault(known)
	}
	fmt.Fprintln(w, "whatsapp-accounts:", strings.ReplaceAll(text, "\n", "; "))
	if errors.As(err, new(usageError)) || errors.Is(err, store.ErrURL) || isFault && known.Kind == fault.Invalid {
		return exitUsage
	}
	return exitFailed
}

// tellFault is what is wrong, what to do and, for the operator who is reading, the cause. The code is for programs.
func tellFault(f *fault.Error) string {
	text := strings.TrimSpace(f.Detail + " " + f.Fix)
	if cause := f.Unwrap(); cause != nil {
		text += " (" + cause.Error() + ")"
	}
	return text
}
