package app

import (
	"bytes"
	"context"
	_ "embed" // what is told
	"io"
	"text/template"

	"github.com/ivendnext/whatsapp-accounts/pkg/whatsapptest"
)

//go:embed demostory.txt
var storyText string

// story is what happened on the stage, and with what it can be asked about. The key is worth nothing when the demo ends.
type story struct {
	URL, Key, Meta, WASender, Folder string
	MetaAccount, WASenderAccount     string // ids
	MetaCallback, WASenderCallback   string
	First, Now                       string // names of who was default outgoing, and is
	Message                          string // the id of the message that was marked as read
}

// tell writes the story at once, so that no line of the log comes in between.
func (s story) tell(out io.Writer) error {
	text, err := template.New("demo").Parse(storyText)
	if err != nil {
		return err
	}
	var all bytes.Buffer
	if err := text.Execute(&all, s); err != nil {
		return err
	}
	_, err = out.Write(all.Bytes())
	return err
}

// chat has the next customer write, to the one account and then to the other. What is tried out may well keep a message from arriving; the next
// one comes all the same.
func (d *demo) chat(ctx context.Context) {
	texts := []string{"Is the blue one back?", "Can I pay on delivery?", "Thank you 👍", "Where is my order?", "Until when are you open?"}
	text := texts[d.said%len(texts)]
	if d.said++; d.said%2 == 1 {
		_, _ = d.meta.Webhooks(whatsapptest.SampleAppID, "").Send(ctx, whatsapptest.Incoming{Content: whatsapptest.Text(text)})
		return
	}
	_, _ = d.wasender.Webhooks(1, "").Send(ctx, whatsapptest.Received{Text: text})
}
