package httpapi

import (
	"github.com/go-json-experiment/json"

	v1 "github.com/ivendnext/whatsapp-accounts/api/v1"
	"github.com/ivendnext/whatsapp-accounts/internal/account"
	"github.com/ivendnext/whatsapp-accounts/internal/fault"
)

// accountHistory reads who changed what.
//
//	@Summary	Read an account's history
//	@Description	Answers who changed what and by which request, newest first. Of a secret it tells that it changed, never a value. Losing a designation to another account is a line too.
//	@Tags		accounts
//	@Param		id		path		string	true	"The account's id; that of a deleted account too"
//	@Param		limit	query		int		false	"Lines per page"	minimum(1)	maximum(200)	default(50)
//	@Param		cursor	query		string	false	"next_cursor of the page before"
//	@Success	200		{object}	v1.HistoryList
//	@Failure	default	{object}	v1.Problem
//	@Router		/v1/accounts/{id}/history [get]
func (a *api) accountHistory(in *call) (reply, error) {
	var wrong fault.Fields
	limit, after := limitOf(in, &wrong), positionOf(in, "age", &wrong)
	if err := badQuery(wrong); err != nil {
		return reply{}, err
	}
	page, err := a.Accounts.History(in.ctx, in.caller.Site, in.Param("id"), after.ID, limit)
	if err != nil {
		return reply{}, err
	}
	lines := make([]v1.HistoryLine, len(page.Entries))
	for i, e := range page.Entries {
		if lines[i], err = lineOf(e); err != nil {
			return reply{}, err
		}
	}
	next, err := cursorOf(in, "age", account.Position{ID: page.Next})
	if err != nil {
		return reply{}, err
	}
	return ok(pageAnswer[v1.HistoryLine]{Data: lines, NextCursor: next})
}

func lineOf(e account.Entry) (v1.HistoryLine, error) {
	line := v1.HistoryLine{ID: e.ID, At: v1.Time{Time: e.At}, Actor: e.Actor, Action: string(e.Action), RequestID: e.RequestID}
	for _, c := range e.Changes {
		from, err := json.Marshal(c.From)
		if err != nil {
			return line, err
		}
		to, err := json.Marshal(c.To)
		if err != nil {
			return line, err
		}
		line.Changes = append(line.Changes, v1.HistoryChange{Field: c.Field, From: from, To: to})
	}
	return line, nil
}
