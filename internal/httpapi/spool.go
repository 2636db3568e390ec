package httpapi

import (
	"crypto/sha256"
	"errors"
	"io"
	"net/http"
	"os"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/ivendnext/whatsapp-accounts/internal/fault"
)

// maxSpool is the largest body that is put into a file, in bytes.
const maxSpool = 64 << 20

// reading is how long a body may take to arrive that is put into a file, and how long it may be worked on, beyond what any request may take.
const reading = 5 * time.Minute

// ndjson is the media type of JSON values that stand in lines of their own.
const ndjson = "application/x-ndjson"

// spool is a body in a file that has no name any more: reading it keeps no transaction waiting for a slow client, and it takes no memory.
type spool struct {
	file   *os.File
	lines  bool   // it is NDJSON
	digest []byte // SHA-256 of the body
}

// readSpool puts a body into a file. Whoever gets a spool must drop it.
func (a *api) readSpool(in *call) (_ *spool, err error) {
	lines, err := checkLines(in.Request())
	if err != nil {
		return nil, err
	}
	if in.Request().ContentLength > maxSpool {
		return nil, errSpool
	}
	control := http.NewResponseController(in.Response())
	end := a.Now().Add(reading)
	_ = errors.Join(control.SetReadDeadline(end), control.SetWriteDeadline(end.Add(reading))) // without a connection there is nothing to set
	file, err := os.CreateTemp("", "whatsapp-accounts-*")
	if err != nil {
		return nil, err
	}
	_ = os.Remove(file.Name()) // where an open file cannot be removed, drop does it
	s, digest := &spool{file: file, lines: lines}, sha256.New()
	size, err := io.Copy(io.MultiWriter(file, digest), http.MaxBytesReader(in.Response(), in.Request().Body, maxSpool))
	if err = spoolFailure(size, err); err == nil {
		_, err = file.Seek(0, io.SeekStart)
	}
	if err != nil {
		s.drop()
		return nil, err
	}
	s.digest = digest.Sum(nil)
	return s, nil
}

var errSpool = fault.New(fault.TooLarge, "body_too_large", "The body is larger than 64 MiB.", "Send the recipients in several requests.")

func spoolFailure(size int64, err error) error {
	var onDisk *os.PathError
	switch {
	case errors.As(err, new(*http.MaxBytesError)):
		return errSpool
	case errors.As(err, &onDisk):
		return err
	case err != nil:
		return fault.New(fault.Unreadable, "unreadable_body", "The body ended before it was complete.", "Send the request again.").Because(err)
	case size == 0:
		return fault.New(fault.Unreadable, "empty_body", "The body is empty.", "Send a JSON object.")
	}
	return nil
}

// drop removes the file. It may be called on none.
func (s *spool) drop() {
	if s != nil {
		_ = errors.Join(s.file.Close(), os.Remove(s.file.Name())) // it has no name any more, as a rule
	}
}

// checkLines insists on JSON or NDJSON, and tells which it is.
func checkLines(r *http.Request) (lines bool, err error) {
	if err := checkCoding(r); err != nil {
		return false, err
	}
	switch mediaOf(r) {
	case ndjson:
		return true, nil
	case echo.MIMEApplicationJSON:
		return false, nil
	}
	return false, errMedia.Advising("Send Content-Type: application/json, or application/x-ndjson.")
}
