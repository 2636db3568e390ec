//go:build !linux

package main

import (
	"errors"
	"time"
)

// poller exists on Linux only, as do the figures in /proc that this program is about.
type poller struct{}

func newPoller(string, int) (*poller, error) {
	return nil, errors.New("this benchmark needs Linux")
}

func (*poller) wait(time.Duration, func(int) error) error { return nil }
func (*poller) send(int, []byte) error                    { return nil }
func (*poller) receive(int, []byte) (int, error)          { return 0, nil }
func (*poller) close()                                    {}
