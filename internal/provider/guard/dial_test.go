package guard_test

import (
	"context"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"net/http"
	"net/netip"
	"sync"
	"syscall"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/ivendnext/whatsapp-accounts/internal/provider"
	"github.com/ivendnext/whatsapp-accounts/internal/provider/endpoint"
	"github.com/ivendnext/whatsapp-accounts/internal/provider/guard"
	"github.com/ivendnext/whatsapp-accounts/internal/provider/providertest"
)

// forbidden are addresses that are no provider's, in every dress that a name server can give them.
func forbidden() []string {
	return []string{
		"127.0.0.1", "127.8.9.10", "0.0.0.0", "10.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.1.1", "100.64.0.1", "100.100.100.200", "169.254.169.254", "169.254.170.2",
		"168.63.129.16", "192.0.0.192", "192.0.2.1", "192.88.99.1", "198.18.0.1", "198.51.100.1", "203.0.113.1", "224.0.0.1", "240.0.0.1", "255.255.255.255",
		"::1", "::", "::ffff:127.0.0.1", "::ffff:169.254.169.254", "::ffff:93.184.216.34", "::127.0.0.1", "64:ff9b::a9fe:a9fe", "64:ff9b:1::a9fe:a9fe", "2002:7f00:1::", "2002:a9fe:a9fe::1",
		"2001::1", "2001:db8::1", "fc00::1", "fd00:ec2::254", "fe80::1", "ff02::1", "100::1", "3fff::1", "5f00::1",
	}
}

func TestOnlyThePublicInternetIsDialled(t *testing.T) {
	for _, private := range []bool{false, true} {
		judge := guard.Judge(private)
		for _, address := range forbidden() {
			at := netip.MustParseAddr(address)
			network := map[bool]string{true: "tcp4", false: "tcp6"}[at.Is4()]
			err := judge(network, netip.AddrPortFrom(at, 443).String(), nil)
			if private && at.IsLoopback() && !at.Is4In6() {
				require.NoError(t, err, address)
				continue
			}
			require.ErrorIs(t, err, guard.ErrForbiddenAddress, address)
		}
		for _, address := range []string{"93.184.216.34:443", "157.240.1.1:443", "[2a03:2880:f12f:83:face:b00c:0:25de]:443"} {
			require.NoError(t, judge(map[bool]string{true: "tcp6", false: "tcp4"}[address[0] == '['], address, nil), address)
		}
		for _, address := range []string{"93.184.216.34:80", "93.184.216.34:6379", "93.184.216.34", "nonsense:443", ""} {
			require.Error(t, judge("tcp4", address, nil), address)
		}
		require.Error(t, judge("udp4", "93.184.216.34:443", nil))
	}
	require.NoError(t, guard.Judge(true)("tcp4", "127.0.0.1:8080", nil))
	require.NoError(t, guard.Judge(true)("tcp6", "[::1]:8080", nil))
}

// errWouldDial stands for the connection: what passed is written down, and nothing leaves.
var errWouldDial = errors.New("it would have been dialled")

// names is a name server that gives the next address each time, and notes what would have been dialled.
type names struct {
	mu      sync.Mutex
	answers [][]netip.Addr
	asked   int
	dialled []string
}

// dialer asks n for names, lets the guard judge, and connects to nothing.
func (n *names) dialer(allowPrivate bool) *net.Dialer {
	judge := guard.Judge(allowPrivate)
	return &net.Dialer{
		Resolver: &net.Resolver{PreferGo: true, Dial: func(context.Context, string, string) (net.Conn, error) {
			ours, theirs := net.Pipe()
			go n.serve(theirs)
			return ours, nil
		}},
		Control: func(network, address string, raw syscall.RawConn) error {
			if err := judge(network, address, raw); err != nil {
				return err
			}
			n.mu.Lock()
			defer n.mu.Unlock()
			n.dialled = append(n.dialled, address)
			return errWouldDial
		},
	}
}

// serve answers one question over a stream (RFC 1035, 4.2.2).
func (n *names) serve(conn net.Conn) {
	defer func() { _ = conn.Close() }()
	var length [2]byte
	if _, err := io.ReadFull(conn, length[:]); err != nil {
		return
	}
	question := make([]byte, binary.BigEndian.Uint16(length[:]))
	if _, err := io.ReadFull(conn, question); err != nil {
		return
	}
	answer := n.answer(question)
	_, _ = conn.Write(append(binary.BigEndian.AppendUint16(nil, uint16(len(answer))), answer...)) //nolint:gosec // an answer of ours is short
}

// answer gives the addresses of the asked family. Questions for one name come in pairs, A and AAAA.
func (n *names) answer(question []byte) []byte {
	n.mu.Lock()
	defer n.mu.Unlock()
	end := 12
	for question[end] != 0 {
		end += int(question[end]) + 1
	}
	kind := question[end+2] // 1 is A, 28 is AAAA
	message := append([]byte{}, question[:end+5]...)
	message[2], message[3] = 0x81, 0x80
	count := uint16(0)
	for _, at := range n.answers[min(n.asked/2, len(n.answers)-1)] {
		if at.Is4() != (kind == 1) {
			continue
		}
		message = append(message, 0xc0, 12, 0, kind, 0, 1, 0, 0, 0, 0, 0, map[bool]byte{true: 4, false: 16}[at.Is4()])
		message = append(message, at.AsSlice()...)
		count++
	}
	n.asked++
	binary.BigEndian.PutUint16(message[6:], count)
	binary.BigEndian.PutUint32(message[8:], 0)
	return message
}

// call calls a listed host that resolves as n says.
func (n *names) call(t *testing.T) *provider.CallError {
	t.Helper()
	client := guard.NewWith(guard.Options{Endpoints: listed(), Now: now}, n.dialer(false))
	_, err := client.Do(t.Context(), get("https://graph.facebook.com"))
	return failure(t, err)
}

// listed lets Meta's own host through, and loopback.
func listed() endpoint.Policy {
	return endpoint.Policy{Hosts: endpoint.Hosts{"Meta": {"graph.facebook.com"}}, AllowPrivate: true}
}

func TestANameThatLeadsToAForbiddenAddressIsNotDialled(t *testing.T) {
	for _, address := range forbidden() {
		at := netip.MustParseAddr(address)
		if at.Unmap().String() == "93.184.216.34" { // Go dials it in its own dress
			continue
		}
		n := &names{answers: [][]netip.Addr{{at}}}
		e := n.call(t)
		assert.Equal(t, provider.ClassRetry, e.Class, address)
		require.ErrorIs(t, e, guard.ErrForbiddenAddress, address)
		assert.Contains(t, e.Meaning, "not on the public internet")
		assert.Empty(t, n.dialled)
	}
}

func TestANameThatLeadsElsewhereTheSecondTimeGainsNothing(t *testing.T) {
	public, metadata := netip.MustParseAddr("93.184.216.34"), netip.MustParseAddr("169.254.169.254")
	n := &names{answers: [][]netip.Addr{{public}, {metadata}}}
	client := guard.NewWith(guard.Options{Endpoints: listed(), Now: now}, n.dialer(false))
	_, first := client.Do(t.Context(), get("https://graph.facebook.com"))
	require.NotErrorIs(t, first, guard.ErrForbiddenAddress)
	_, second := client.Do(t.Context(), get("https://graph.facebook.com"))
	require.ErrorIs(t, second, guard.ErrForbiddenAddress)
	assert.Equal(t, []string{"93.184.216.34:443"}, n.dialled)
}

func TestOfSeveralAddressesOnlyPublicOnesAreDialled(t *testing.T) {
	n := &names{answers: [][]netip.Addr{{netip.MustParseAddr("10.0.0.1"), netip.MustParseAddr("157.240.1.1"), netip.MustParseAddr("fd00:ec2::254")}}}
	assert.Equal(t, provider.ClassRetry, n.call(t).Class)
	assert.Equal(t, []string{"157.240.1.1:443"}, n.dialled)
}

func TestAHostileURLIsNeitherLookedUpNorDialled(t *testing.T) {
	for _, private := range []bool{false, true} {
		policy := listed()
		policy.AllowPrivate = private
		for _, u := range providertest.HostileURLs("graph.facebook.com") {
			n := &names{answers: [][]netip.Addr{{netip.MustParseAddr("93.184.216.34")}}}
			client := guard.NewWith(guard.Options{Endpoints: policy, Now: now}, n.dialer(private))
			_, err := client.Do(t.Context(), get(u.Text))
			e := failure(t, err)
			assert.Equal(t, provider.ClassAccount, e.Class, u.Why)
			assert.NotContains(t, e.Error()+e.Fix, "evil", u.Why)
			assert.Zero(t, n.asked, u.Why)
			assert.Empty(t, n.dialled, u.Why)
		}
	}
}

func TestNoProxyIsTakenFromTheEnvironment(t *testing.T) {
	t.Setenv("HTTPS_PROXY", "http://93.184.216.35:443")
	t.Setenv("HTTP_PROXY", "http://93.184.216.35:443")
	n := &names{answers: [][]netip.Addr{{netip.MustParseAddr("93.184.216.34")}}}
	assert.Equal(t, provider.ClassRetry, n.call(t).Class)
	assert.Equal(t, []string{"93.184.216.34:443"}, n.dialled)
}

func TestASecureConnectionIsOfTLS12OrNewer(t *testing.T) {
	transport, ok := guard.TransportOf(guard.New(guard.Options{})).(*http.Transport)
	require.True(t, ok)
	assert.Nil(t, transport.Proxy)
	assert.False(t, transport.TLSClientConfig.InsecureSkipVerify)
	assert.EqualValues(t, 0x0303, transport.TLSClientConfig.MinVersion)
}
