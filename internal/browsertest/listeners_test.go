package browsertest

import (
	"bytes"
	"cmp"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/binary"
	"encoding/pem"
	"io"
	"maps"
	"math/big"
	"net"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// securePorts are those on which the world speaks https, under every name.
var securePorts = []string{"443", "8443"}

// internetPort is that of https on hosts that browsers are told to take for some of the
// internet, though they are on this machine like the others.
const internetPort = "9443"

// listeners stand for every host. The ports of https lead to one and those of http
// to another, whatever the name.
type listeners struct {
	plain, secure, internet string // addresses; those that are empty are not there
	authority               authority
}

// ports returns where each port leads to.
func (l listeners) ports() map[string]string {
	ports := map[string]string{internetPort: l.internet}
	for _, port := range securePorts {
		ports[port] = l.secure
	}
	for _, port := range plainPorts {
		ports[port] = l.plain
	}
	maps.DeleteFunc(ports, func(_, address string) bool { return address == "" })
	return ports
}

// resolverRules says so to Chromium.
func (l listeners) resolverRules() string {
	var rules []string
	for port, address := range l.ports() {
		rules = append(rules, "MAP *:"+port+" "+address)
	}
	return strings.Join(rules, ",")
}

// target returns where a connection to a port has to go: other ports than those of
// the cases are those of programs on this machine.
func (l listeners) target(port string) string {
	return cmp.Or(l.ports()[port], net.JoinHostPort("127.0.0.1", port))
}

// startProxy starts a SOCKS5 proxy that sends every connection to its target, and
// returns its address.
func (l listeners) startProxy(t *testing.T) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	t.Cleanup(func() { listener.Close() })
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			go l.proxy(conn)
		}
	}()
	return listener.Addr().String()
}

// proxy serves one connection: RFC 1928, without authentication, CONNECT only.
func (l listeners) proxy(conn net.Conn) {
	defer conn.Close()
	port, err := readSOCKS(conn)
	if err != nil {
		return
	}
	upstream, err := net.Dial("tcp", l.target(port))
	if err != nil {
		conn.Write([]byte{5, 5, 0, 1, 0, 0, 0, 0, 0, 0}) // section 6: connection refused
		return
	}
	defer upstream.Close()
	conn.Write([]byte{5, 0, 0, 1, 0, 0, 0, 0, 0, 0})
	go func() {
		io.Copy(upstream, conn)
		upstream.(*net.TCPConn).CloseWrite()
	}()
	io.Copy(conn, upstream)
}

// readSOCKS reads the greeting and the request, and returns the port.
func readSOCKS(conn net.Conn) (port string, err error) {
	var head [4]byte
	if _, err := io.ReadFull(conn, head[:2]); err != nil {
		return "", err
	}
	if _, err := io.CopyN(io.Discard, conn, int64(head[1])); err != nil {
		return "", err
	}
	conn.Write([]byte{5, 0})
	if _, err := io.ReadFull(conn, head[:]); err != nil {
		return "", err
	}
	length := int64(map[byte]int{1: net.IPv4len, 4: net.IPv6len}[head[3]])
	if head[3] == 3 { // section 5: a name, behind its length
		if _, err := io.ReadFull(conn, head[:1]); err != nil {
			return "", err
		}
		length = int64(head[0])
	}
	if _, err := io.CopyN(io.Discard, conn, length); err != nil {
		return "", err
	}
	if _, err := io.ReadFull(conn, head[:2]); err != nil {
		return "", err
	}
	return strconv.Itoa(int(binary.BigEndian.Uint16(head[:2]))), nil
}

// authority is a certificate authority of one run, and a certificate of it for every
// name of the cases.
type authority struct {
	der         []byte // of the authority
	certificate tls.Certificate
	spki        string // the hash of the certificate's key
}

// pem returns the authority as programs read it from files.
func (a authority) pem() []byte {
	var encoded bytes.Buffer
	pem.Encode(&encoded, &pem.Block{Type: "CERTIFICATE", Bytes: a.der})
	return encoded.Bytes()
}

func newAuthority(t *testing.T) authority {
	t.Helper()
	var keys [2]*ecdsa.PrivateKey // of the authority and of the certificate
	for i := range keys {
		key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
		require.NoError(t, err)
		keys[i] = key
	}
	root := &x509.Certificate{
		SerialNumber:          big.NewInt(time.Now().UnixNano()),
		Subject:               pkix.Name{CommonName: "browsertest"},
		NotBefore:             time.Now().Add(-time.Hour),
		NotAfter:              time.Now().Add(24 * time.Hour),
		IsCA:                  true,
		BasicConstraintsValid: true,
		KeyUsage:              x509.KeyUsageCertSign,
	}
	leaf := &x509.Certificate{
		SerialNumber: big.NewInt(time.Now().UnixNano()),
		Subject:      pkix.Name{CommonName: "example.com"},
		NotBefore:    root.NotBefore,
		NotAfter:     root.NotAfter,
		KeyUsage:     x509.KeyUsageDigitalSignature,
		ExtKeyUsage:  []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
		DNSNames: []string{
			"example.com", "*.example.com", "*.example.org", "*.example.net", "api.internal.test", "*.evil.net",
			"evilexample.com", "xn--bcher-kva.example.com", "x.y.example.com", "localhost",
			"app.example.com.evil.net", "localhost.evil.net",
		},
	}
	rootDER, err := x509.CreateCertificate(rand.Reader, root, root, keys[0].Public(), keys[0])
	require.NoError(t, err)
	leafDER, err := x509.CreateCertificate(rand.Reader, leaf, root, keys[1].Public(), keys[0])
	require.NoError(t, err)
	public, err := x509.MarshalPKIXPublicKey(keys[1].Public())
	require.NoError(t, err)
	hash := sha256.Sum256(public)
	return authority{
		der:         rootDER,
		certificate: tls.Certificate{Certificate: [][]byte{leafDER, rootDER}, PrivateKey: keys[1]},
		spki:        base64.StdEncoding.EncodeToString(hash[:]),
	}
}
