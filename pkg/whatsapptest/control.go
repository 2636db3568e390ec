package whatsapptest

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"
)

// ControlPrefix is where the doubles of the command whatsapp-accounts fake-providers take their orders; no provider has such a path.
const ControlPrefix = "/_control/"

// order is an order to a double: it reads the request's body and gives an answer.
type order func(r *http.Request, body params) (any, error)

// control routes orders, each by method and the rest of the path.
type control map[string]order

// commanded is a double with its control beside it; the record knows nothing of orders.
func commanded(double, orders http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasPrefix(r.URL.Path, ControlPrefix) {
			orders.ServeHTTP(w, r)
			return
		}
		double.ServeHTTP(w, r)
	})
}

func (c control) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	do, known := c[r.Method+" "+strings.TrimPrefix(r.URL.Path, ControlPrefix)]
	if !known {
		reply{status: http.StatusNotFound, body: object{{"error", "there is no such order; there are " + c.names()}}}.write(w)
		return
	}
	body := params{}
	text, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	if err == nil && len(text) > 0 {
		err = json.Unmarshal(text, &body)
	}
	var answer any
	if err == nil {
		answer, err = do(r, body)
	}
	if err != nil {
		reply{status: http.StatusUnprocessableEntity, body: object{{"error", err.Error()}}}.write(w)
		return
	}
	reply{status: http.StatusOK, body: answer}.write(w)
}

// orders are those that both doubles take.
func (d *double) orders() control {
	return control{
		"GET requests": func(*http.Request, params) (any, error) {
			return append([]Request{}, d.Requests()...), nil
		},
		"DELETE requests": func(*http.Request, params) (any, error) {
			d.Forget()
			return object{{"ok", true}}, nil
		},
		"POST faults": func(_ *http.Request, body params) (any, error) { return object{{"ok", true}}, d.orderFault(body) },
		"DELETE faults": func(*http.Request, params) (any, error) {
			d.Heal()
			return object{{"ok", true}}, nil
		},
	}
}

func (c control) names() string {
	return strings.Join(slices.Sorted(maps.Keys(c)), ", ")
}

// orderFault reads {"fault":"error","code":131056,"next":2,"kinds":["send_message"]}; with every in place of next it has no end.
func (d *double) orderFault(body params) error {
	f, err := faultOf(body)
	if err != nil {
		return err
	}
	var kinds []Kind
	if body.has("kinds") && !decode(body["kinds"], &kinds) {
		return errors.New("kinds must be a list of names, such as send_message")
	}
	if every, given := body.number("every"); given {
		d.FailEvery(int(every), f, kinds...)
		return nil
	}
	next, given := body.number("next")
	if !given {
		next = 1
	}
	d.FailNext(int(next), f, kinds...)
	return nil
}

func faultOf(body params) (Fault, error) {
	code, _ := body.number("code")
	status, _ := body.number("status")
	seconds, _ := body.number("seconds")
	wait := time.Duration(seconds * float64(time.Second))
	faults := map[string]func() Fault{
		"error":             func() Fault { return MetaError(int(code)) },
		"html":              func() Fault { return HTML(max(int(status), http.StatusBadGateway)) },
		"too_many_requests": func() Fault { return TooManyRequests(wait) },
		"slow":              func() Fault { return Slow(wait) },
		"hang":              Hang, "cut": Cut, "lose_answer": LoseAnswer, "half_answer": HalfAnswer,
	}
	made, known := faults[body.text("fault")]
	if !known {
		return Fault{}, fmt.Errorf("fault must be one of %s, and not %q", strings.Join(slices.Sorted(maps.Keys(faults)), ", "), body.text("fault"))
	}
	return made(), nil
}

// outcome tells what became of a webhook.
func outcome(d Delivery, err error) (any, error) {
	if err != nil {
		return nil, fmt.Errorf("the webhook was not delivered: %w", err)
	}
	o := object{{"delivered", d.Delivered}, {"statuses", d.Statuses}}
	if len(d.MessageIDs) > 0 {
		o = append(o, member{"ids", d.MessageIDs})
	}
	return o, nil
}

// options reads copies, attempts, unsigned and wrongly_signed.
func options(body params) []SendOption {
	var all []SendOption
	if n, given := body.number("copies"); given {
		all = append(all, Copies(int(n)))
	}
	if n, given := body.number("attempts"); given {
		all = append(all, Attempts(int(n), time.Second))
	}
	if body.isTrue("unsigned") {
		all = append(all, Unsigned())
	}
	if body.isTrue("wrongly_signed") {
		all = append(all, WronglySigned())
	}
	return all
}
