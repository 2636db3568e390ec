package main

import (
	"context"
	"net/http"
	"path/filepath"
	"time"

	"github.com/ivendnext/whatsapp-accounts/internal/rig"
)

// served is the service on a database of its own, with an API key of siteName.
type served struct {
	session

	service *rig.Child
	version string // of the database server, if there is one
	servers []int  // its processes
	key     string
}

// program gives the build that is to be measured: the one that is given, or a new one.
func (s session) program(ctx context.Context, given string) (string, error) {
	if given != "" {
		return given, nil
	}
	made := filepath.Join(s.Dir, "service")
	return made, s.Compile(ctx, made, rig.Service)
}

// serve starts the service, for which providers and subscribers on this machine are ones like any other, and which asks no provider by itself.
func (s session) serve(ctx context.Context, program string, sqlite bool, settings ...string) (on served, err error) {
	on.session = s
	url := ""
	if !sqlite {
		server, err := s.StartPostgres(ctx)
		if err != nil {
			return on, err
		}
		url, on.version, on.servers = server.URL, server.Version, []int{server.PID}
	}
	data, err := s.Folder("data")
	if err != nil {
		return on, err
	}
	env := append(rig.Environment(data, url), "WA_ALLOW_PRIVATE_PROVIDERS=true", "WA_CHECK_EVERY=0s", "WA_SYNC_TEMPLATES_EVERY=0s")
	env = append(env, settings...)
	if on.key, err = rig.CreateKey(ctx, program, env, siteName, "system_manager"); err != nil {
		return on, err
	}
	on.service, err = s.Start(ctx, "service", program, env, "serve")
	return on, err
}

// spent is the processor time of the service and its database so far.
func (on served) spent() (time.Duration, error) {
	return rig.CPUOf(append([]int{on.service.PID}, on.servers...)...)
}

func (on served) post(ctx context.Context, path, body string, status int) ([]byte, error) {
	return rig.Ask(ctx, http.MethodPost, "http://"+on.service.Address+path, on.key, body, status)
}
