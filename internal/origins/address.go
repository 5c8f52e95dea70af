package origins

import (
	"net/netip"
	"strconv"
	"strings"

	"golang.org/x/net/publicsuffix"
)

// Loopback reports whether host, as a browser writes it, is this machine's own, where
// development servers listen: localhost and the names under it, 127.0.0.0/8, ::1, and
// the unspecified addresses 0.0.0.0 and ::. Brackets around an address may be missing.
func Loopback(host string) bool {
	name := strings.TrimSuffix(host, ".")
	if name == "localhost" || strings.HasSuffix(name, ".localhost") {
		return true
	}
	if !strings.Contains(host, ":") && !IsIPv4(host) {
		return false // not parsed: the error would be allocated
	}
	address, err := netip.ParseAddr(strings.Trim(host, "[]"))
	return err == nil && (address.IsLoopback() || address.IsUnspecified())
}

// IsAddress reports whether host, as a browser writes it, is an IP address. Brackets
// may be missing.
func IsAddress(host string) bool { return strings.Contains(host, ":") || IsIPv4(host) }

// Registrable returns the registrable domain of host, as a browser writes it, or host
// if it has none: an address, a public suffix, a name without a dot.
func Registrable(host string) string {
	if IsAddress(host) {
		return host
	}
	domain, err := publicsuffix.EffectiveTLDPlusOne(host)
	if err != nil {
		return host
	}
	return domain
}

// IsIPv4 reports whether s is four decimal numbers without leading zeros.
func IsIPv4(s string) bool {
	numbers := 0
	for number := range strings.SplitSeq(s, ".") {
		if numbers++; numbers > 4 || !isDecimal(number, 255) {
			return false
		}
	}
	return numbers == 4
}

// isBracketedIPv6 reports whether s is an IPv6 address in brackets as the URL Standard
// writes it. What is read here need not be an address: then it is written differently.
func isBracketedIPv6(s string) bool {
	head, tail, _ := strings.Cut(strings.Trim(s, "[]"), "::")
	var address, end [16]byte
	readPieces(head, &address)
	n := readPieces(tail, &end)
	copy(address[len(address)-n:], end[:n])
	var text [len("[ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff]")]byte
	return string(appendIPv6(text[:0], netip.AddrFrom16(address))) == s
}

// readPieces reads hexadecimal numbers between colons, two bytes each, as far as there
// are such, and returns the number of bytes.
func readPieces(s string, address *[16]byte) int {
	n := 0
	for s != "" && n < len(address) {
		piece, rest, _ := strings.Cut(s, ":")
		s = rest
		var number uint16
		for i := range len(piece) {
			digit := strings.IndexByte("0123456789abcdef", piece[i])
			if digit < 0 {
				return n
			}
			number = number<<4 | uint16(digit)
		}
		address[n], address[n+1] = byte(number>>8), byte(number)
		n += 2
	}
	return n
}

// appendIPv6 writes an address in brackets as
// https://url.spec.whatwg.org/#concept-ipv6-serializer does: unlike netip, without a
// dotted quad at the end.
func appendIPv6(b []byte, address netip.Addr) []byte {
	b = append(b, '[')
	if address.Is4In6() {
		quad := address.As16()
		b = append(b, "::ffff:"...)
		b = strconv.AppendUint(b, uint64(quad[12])<<8|uint64(quad[13]), 16)
		b = append(b, ':')
		b = strconv.AppendUint(b, uint64(quad[14])<<8|uint64(quad[15]), 16)
	} else {
		b = address.AppendTo(b)
	}
	return append(b, ']')
}
