package providertest

import (
	"bytes"
	"fmt"
	"net/http"
	"strings"

	"github.com/ivendnext/whatsapp-accounts/internal/provider/guard"
)

// silences are providers that say nothing about an account.
func silences() map[string]http.HandlerFunc {
	html := "<!DOCTYPE html><html><body><h1>Sorry, something went wrong.</h1></body></html>"
	return map[string]http.HandlerFunc{
		"hangs":                           hang,
		"hangs within a success":          hangWithin(http.StatusOK, `{"success":`),
		"hangs within an error":           hangWithin(http.StatusBadGateway, `{"error":{"code":190,`),
		"cuts the connection":             cut(""),
		"cuts the connection in headers":  cut("HTTP/1.1 200 OK\r\nContent-Type: app"),
		"cuts the connection in the body": cut("HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{\"success\":true"),
		"speaks another protocol":         cut("SSH-2.0-OpenSSH_9.9\r\n"),
		"too many headers":                func(w http.ResponseWriter, _ *http.Request) { w.Header().Set("X-Long", strings.Repeat("a", 1<<17)) },
		"a huge success":                  huge(http.StatusOK),
		"a huge error":                    huge(http.StatusBadGateway),
		"nothing":                         answer(http.StatusOK, ""),
		"a page instead of an answer":     answer(http.StatusOK, html),
		"a list instead of an answer":     answer(http.StatusOK, "[]"),
		"429":                             answer(http.StatusTooManyRequests, `{"message":"Slow down."}`),
		"429 with a page":                 answer(http.StatusTooManyRequests, html),
		"500":                             answer(http.StatusInternalServerError, `{"error":{"message":"An unknown error has occurred.","code":1}}`),
		"502 with a page":                 answer(http.StatusBadGateway, html),
		"503 with nothing":                answer(http.StatusServiceUnavailable, ""),
		"504 with half of an answer":      answer(http.StatusGatewayTimeout, `{"error":{"code":190`),
	}
}

func answer(status int, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(status)
		_, _ = w.Write([]byte(body))
	}
}

// hang says nothing until whoever asks is gone, which the server sees once the body is read.
func hang(_ http.ResponseWriter, r *http.Request) {
	_, _ = new(bytes.Buffer).ReadFrom(r.Body)
	<-r.Context().Done()
}

func hangWithin(status int, begin string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		answer(status, begin)(w, r)
		_ = http.NewResponseController(w).Flush()
		hang(w, r)
	}
}

// cut writes raw bytes and closes the connection.
func cut(raw string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		conn, _, err := http.NewResponseController(w).Hijack()
		if err != nil {
			return
		}
		_, _ = conn.Write([]byte(raw))
		_ = conn.Close()
	}
}

// huge is one byte more than is read.
func huge(status int) http.HandlerFunc {
	body := `{"success":true,"more":"` + strings.Repeat("a", guard.MaxBody) + `"}`
	return answer(status, body)
}

// parrots are providers that repeat what they were sent, token included.
func parrots() map[string]http.HandlerFunc {
	all := map[string]http.HandlerFunc{
		"in a status line": func(w http.ResponseWriter, r *http.Request) { cut("HTTP/1.1 "+heard(r)+"\r\n\r\n")(w, r) },
		"in a protocol":    func(w http.ResponseWriter, r *http.Request) { cut(heard(r)+"\r\n\r\n")(w, r) },
		"in a header line": func(w http.ResponseWriter, r *http.Request) { cut("HTTP/1.1 200 OK\r\n"+heard(r)+"\r\n\r\n")(w, r) },
		"in a length": func(w http.ResponseWriter, r *http.Request) {
			cut("HTTP/1.1 200 OK\r\nContent-Length: "+heard(r)+"\r\n\r\n")(w, r)
		},
		"in a redirect": func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "https://evil.example/?t="+heard(r), http.StatusFound)
		},
		"in a pause": func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Retry-After", heard(r))
			w.WriteHeader(http.StatusTooManyRequests)
		},
	}
	for _, status := range []int{http.StatusOK, http.StatusBadRequest, http.StatusUnauthorized, http.StatusForbidden, http.StatusInternalServerError} {
		all[fmt.Sprint("in words, ", status)] = func(w http.ResponseWriter, r *http.Request) {
			answer(status, fmt.Sprintf(`{"success":false,"message":%[1]q,"errors":{"to":[%[1]q]},"error":{"message":%[1]q,"code":190,"error_data":{"details":%[1]q},
				"error_user_title":%[1]q,"error_user_msg":%[1]q}}`, "Malformed: "+heard(r)))(w, r)
		}
	}
	return all
}

// heard is what came in, as a provider may repeat it.
func heard(r *http.Request) string {
	return r.Header.Get("Authorization") + " " + r.URL.RawQuery + " " + strings.Join(r.URL.Query()["input_token"], " ")
}
