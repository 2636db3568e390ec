package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/ivendnext/whatsapp-accounts/internal/rig"
)

// theTemplate is the one that the provider knows, approved.
const theTemplate = `{"data":[{"id":"1","name":"ready","language":"en_US","status":"APPROVED","category":"UTILITY","components":[` +
	`{"type":"BODY","text":"Hi {{1}}, your order is ready.","example":{"body_text":[["Ann"]]}}]}]}`

// bulk sends the messages as bulk messages, one of each account, and gives how long it took until all of them were accepted.
func (w *sendersOf) bulk(ctx context.Context, messages int) (time.Duration, error) {
	template, err := w.template(ctx)
	if err != nil {
		return 0, err
	}
	var bodies []string
	for i, id := range w.ids {
		var b strings.Builder
		fmt.Fprintf(&b, `{"title":"Market day","template_id":%q,"account_id":%q,"recipients":[`, template, id)
		for n := i; n < messages; n += len(w.ids) {
			fmt.Fprintf(&b, `{"to":"+9715%08d","parameters":["N%d"]},`, n, n)
		}
		bodies = append(bodies, strings.TrimSuffix(b.String(), ",")+"]}")
	}
	begun := now()
	for _, body := range bodies {
		if _, err := w.post(ctx, "/v1/bulk-messages", body, http.StatusAccepted); err != nil {
			return 0, err
		}
	}
	return now().Sub(begun), nil
}

// template lets the first account find the provider's template, and gives its id.
func (w *sendersOf) template(ctx context.Context) (string, error) {
	if _, err := w.post(ctx, "/v1/accounts/"+w.ids[0]+"/sync-templates", "", http.StatusAccepted); err != nil {
		return "", err
	}
	url := "http://" + w.service.Address + "/v1/templates"
	again := time.NewTicker(100 * time.Millisecond)
	defer again.Stop()
	for {
		said, err := rig.Ask(ctx, http.MethodGet, url, w.key, "", http.StatusOK)
		if err != nil {
			return "", err
		}
		var found struct{ Data []struct{ ID, Status string } }
		if err := json.Unmarshal(said, &found); err != nil {
			return "", err
		}
		if len(found.Data) > 0 && found.Data[0].Status == "APPROVED" {
			return found.Data[0].ID, nil
		}
		select {
		case <-again.C:
		case <-ctx.Done():
			return "", errors.Join(errors.New("the template was not found at the provider"), ctx.Err())
		}
	}
}
