package content

import "github.com/ivendnext/whatsapp-accounts/internal/provider"

// Media is a file: the provider's id of it, or where the provider fetches it from.
type Media struct {
	ID       string
	Link     string
	Caption  string
	Filename string // of a document
	Voice    bool   // of an audio: a voice message
}

func readMedia(n node, kind provider.MessageType) *Media {
	m := &Media{}
	n.either("id", "link")
	if n.has("id") {
		m.ID = n.must("id", 0)
	}
	if n.has("link") {
		m.Link = n.address("link", 0)
	}
	m.Caption = n.may("caption", longestCaption)
	if (kind == provider.TypeAudio || kind == provider.TypeSticker) && n.has("caption") {
		n.refuse("caption", "Leave caption out and send it as a text of its own: an audio or a sticker has none.")
	}
	if kind == provider.TypeDocument {
		m.Filename = n.may("filename", 0)
	}
	if kind == provider.TypeAudio {
		m.Voice = n.flag("voice")
	}
	return m
}

// Location is a place, in degrees.
type Location struct {
	Latitude, Longitude float64
	Name, Address       string
}

func readLocation(n node) *Location {
	return &Location{Latitude: n.degrees("latitude", 90), Longitude: n.degrees("longitude", 180), Name: n.may("name", 0), Address: n.may("address", 0)}
}
