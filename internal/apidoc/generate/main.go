// Command generate writes docs/openapi.json; go generate ./docs/... runs it in that folder.
// How the document is made is internal/apidoc's affair.
package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"github.com/ivendnext/whatsapp-accounts/internal/apidoc"
	"github.com/ivendnext/whatsapp-accounts/internal/app"
	"github.com/ivendnext/whatsapp-accounts/internal/config"
	"github.com/ivendnext/whatsapp-accounts/internal/httpapi"
)

func main() {
	if err := run(context.Background(), "."); err != nil {
		fmt.Fprintln(os.Stderr, "generate:", err)
		os.Exit(1)
	}
}

// run makes the document of the module above folder, and writes it into folder.
func run(ctx context.Context, folder string) error {
	providers, err := app.Providers(config.Providers{})
	if err != nil {
		return err
	}
	document, err := apidoc.Generate(ctx, apidoc.Source{
		Root: filepath.Join(folder, ".."), Routes: httpapi.Routes(), Providers: providers, Examples: os.DirFS(filepath.Join(folder, "examples")),
	})
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(folder, "openapi.json"), document, 0o644) //nolint:gosec // the document is for everybody
}
