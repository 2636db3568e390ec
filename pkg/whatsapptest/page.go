package whatsapptest

import (
	"encoding/base64"
	"net/http"
	"net/url"
	"slices"
	"strconv"
)

// usualPage is how many items Graph gives unasked.
const usualPage = 25

// pageOf answers with the part of a list that limit, after and before ask for. paging.next is there only when there is more; cursors are
// always there, except beside an empty list.
func pageOf(c graphCall, nodes []node) reply {
	from, to, refused := bounds(c.query, nodes)
	if refused != nil {
		return refused.reply()
	}
	data := []object{}
	for _, n := range nodes[from:to] {
		shown, unknown := n.show(c.query.Get("fields"))
		if unknown != nil {
			return unknown.reply()
		}
		data = append(data, shown)
	}
	body := object{{"data", data}}
	if len(data) > 0 {
		body = append(body, member{"paging", paging(c, nodes, from, to)})
	}
	return reply{status: http.StatusOK, body: body}
}

// bounds are the first item of a page and the one after its last.
func bounds(query url.Values, nodes []node) (from, to int, refused *graphError) {
	limit := usualPage
	if text := query.Get("limit"); text != "" {
		n, err := strconv.Atoi(text)
		if err != nil || n < 1 {
			return 0, 0, invalidParameter("Param limit must be an integer that is greater than 0.")
		}
		limit = n
	}
	if before := query.Get("before"); before != "" {
		end, known := placeOf(before, nodes)
		if !known {
			return 0, 0, badCursor()
		}
		return max(0, end-limit), end, nil
	}
	if after := query.Get("after"); after != "" {
		last, known := placeOf(after, nodes)
		if !known {
			return 0, 0, badCursor()
		}
		from = last + 1
	}
	return from, min(len(nodes), from+limit), nil
}

func badCursor() *graphError { return invalidParameter("Invalid cursors values") }

func paging(c graphCall, nodes []node, from, to int) object {
	before, after := cursorOf(nodes[from]), cursorOf(nodes[to-1])
	p := object{{"cursors", object{{"before", before}, {"after", after}}}}
	if to < len(nodes) {
		p = append(p, member{"next", c.link("after", after)})
	}
	if from > 0 {
		p = append(p, member{"previous", c.link("before", before)})
	}
	return p
}

// link is the address of the neighbouring page.
func (c graphCall) link(direction, cursor string) string {
	query := c.request.URL.Query()
	query.Del("after")
	query.Del("before")
	query.Set(direction, cursor)
	return "http://" + c.request.Host + c.request.URL.EscapedPath() + "?" + query.Encode()
}

// A cursor is opaque; here it is the id of an item, so that it holds when items come and go around it.
func cursorOf(n node) string {
	return base64.RawURLEncoding.EncodeToString([]byte(n.id()))
}

func (n node) id() string {
	i := slices.IndexFunc(n.fields, func(f member) bool { return f.name == "id" })
	id, _ := n.fields[i].value.(string)
	return id
}

func placeOf(cursor string, nodes []node) (int, bool) {
	id, err := base64.RawURLEncoding.DecodeString(cursor)
	i := slices.IndexFunc(nodes, func(n node) bool { return n.id() == string(id) })
	return i, err == nil && i >= 0
}
