package content

import "github.com/ivendnext/whatsapp-accounts/internal/provider"

// The kinds of interactive messages that are judged. Others pass: Meta judges them.
const (
	KindButtons         = "button"
	KindList            = "list"
	KindLink            = "cta_url"
	KindFlow            = "flow"
	KindLocationRequest = "location_request_message"
)

// Interactive is a message with something to tap on. Of a kind that is not judged only Kind is set.
type Interactive struct {
	Kind     string
	Header   *Header // nil when there is none
	Body     string
	Footer   string
	Buttons  []Button  // of KindButtons
	Label    string    // what opens the list, the link or the flow
	Sections []Section // of KindList
	URL      string    // of KindLink
	Flow     *Flow     // of KindFlow
}

// Header stands above the body.
type Header struct {
	Type  provider.MessageType // text, image, video or document
	Text  string
	Media *Media
}

// Button answers with its id.
type Button struct{ ID, Title string }

// Section is a part of a list.
type Section struct {
	Title string
	Rows  []Row
}

// Row is what can be chosen from a list.
type Row struct{ ID, Title, Description string }

// Flow is a form of Meta's that opens. Either ID or Name names it.
type Flow struct{ ID, Name, Token, Version string }

// The limits of interactive messages, in characters and in entries.
const (
	longestBody        = 1024
	longestListBody    = 4096
	longestHeader      = 60
	longestFooter      = 60
	longestButton      = 20
	longestButtonID    = 256
	longestRowTitle    = 24
	longestRowID       = 200
	longestDescription = 72
	longestLink        = 2000
	longestFlowLabel   = 30
	mostButtons        = 3
	mostSections       = 10
	mostRows           = 10
)

// needs is what a provider must be able to.
func (i *Interactive) needs() provider.Capability {
	switch {
	case i == nil:
		return provider.CanInteractiveButtons
	case i.Kind == KindList:
		return provider.CanInteractiveLists
	case i.Kind == KindFlow:
		return provider.CanFlows
	}
	return provider.CanInteractiveButtons
}

func readInteractive(n node) *Interactive {
	i := &Interactive{Kind: n.must("type", 0)}
	judges := map[string]func(node){
		KindButtons: i.readButtons, KindList: i.readList, KindLink: i.readLink, KindFlow: i.readFlow,
		KindLocationRequest: func(action node) { action.choice("name", "send_location") },
	}
	judge, known := judges[i.Kind]
	if !known {
		return i
	}
	i.readFrame(n)
	judge(n.object("action"))
	return i
}

// readFrame reads what stands around the action.
func (i *Interactive) readFrame(n node) {
	longest := longestBody
	if i.Kind == KindList {
		longest = longestListBody
	}
	i.Body = n.object("body").must("text", longest)
	if n.has("footer") {
		i.Footer = n.object("footer").must("text", longestFooter)
	}
	if n.has("header") {
		i.Header = readHeader(n.object("header"), i.Kind)
	}
}

func readHeader(n node, kind string) *Header {
	types := []string{"text", "image", "video", "document"}
	if kind == KindList {
		types = types[:1]
	}
	h := &Header{Type: provider.MessageType(n.choice("type", types...))}
	switch h.Type {
	case provider.TypeText:
		h.Text = n.must("text", longestHeader)
	case provider.TypeImage, provider.TypeVideo, provider.TypeDocument:
		n.may("text", longestHeader)
		h.Media = readMedia(n.object(string(h.Type)), h.Type)
	default:
		n.may("text", longestHeader)
	}
	return h
}

func (i *Interactive) readButtons(action node) {
	titles, ids := map[string]bool{}, map[string]bool{}
	for _, b := range action.list("buttons", 1, mostButtons) {
		b.choice("type", "reply")
		n := b.object("reply")
		button := Button{ID: n.must("id", longestButtonID), Title: n.must("title", longestButton)}
		n.unlike(titles, "title", button.Title)
		n.unlike(ids, "id", button.ID)
		i.Buttons = append(i.Buttons, button)
	}
}

func (i *Interactive) readList(action node) {
	i.Label = action.must("button", longestButton)
	list, ids, rows := action.list("sections", 1, mostSections), map[string]bool{}, 0
	for _, n := range list {
		s := Section{Title: n.may("title", longestRowTitle)}
		if len(list) > 1 && s.Title == "" { // one section alone needs none
			n.must("title", 0)
		}
		for _, r := range n.list("rows", 1, 0) {
			row := Row{ID: r.must("id", longestRowID), Title: r.must("title", longestRowTitle), Description: r.may("description", longestDescription)}
			r.unlike(ids, "id", row.ID)
			s.Rows = append(s.Rows, row)
		}
		rows += len(s.Rows)
		i.Sections = append(i.Sections, s)
	}
	if rows > mostRows {
		action.refuse("sections", "Shorten sections: together they may have %d rows at most.", mostRows)
	}
}

func (i *Interactive) readLink(action node) {
	action.choice("name", KindLink)
	n := action.object("parameters")
	i.Label, i.URL = n.must("display_text", longestButton), n.address("url", longestLink)
}

func (i *Interactive) readFlow(action node) {
	action.choice("name", KindFlow)
	n := action.object("parameters")
	i.Label = n.must("flow_cta", longestFlowLabel)
	i.Flow = &Flow{Version: n.must("flow_message_version", 0), Token: n.may("flow_token", 0)}
	n.either("flow_id", "flow_name")
	if n.has("flow_id") {
		i.Flow.ID = n.must("flow_id", 0)
	}
	if n.has("flow_name") {
		i.Flow.Name = n.must("flow_name", 0)
	}
	texts(n, "mode", "flow_action")
	payload := n.optional("flow_action_payload")
	payload.may("screen", 0)
	payload.optional("data")
}
