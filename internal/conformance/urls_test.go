package conformance_test

import "strings"

// urls makes strings that are origins, or other URLs, or nearly, after the examples of
// what differs.
func (d dice) urls() []string {
	list := examples()
	for range *inputs {
		list = append(list, d.url())
	}
	return list
}

func (d dice) url() string {
	s := d.mostly(" ", "\t", "\n", "\u00a0", "\u3000", "\x00", `"`, "\ufeff")("") +
		d.mostly("ws", "wss", "ftp", "file", "data", "blob", "about", "HTTP", "hTtps", "htps", "httpx", "ht+p",
			"chrome-extension", "tauri", "a+b", "1a", "a_b", "")("http", "https") +
		d.mostly(":", ":/", "//", ":///", `:\\`, "")("://") +
		d.mostly("u@", "u:p@", "@", "u:p@q@", "u/p@", "u:p/@")("") +
		d.host() +
		d.mostly(":0", ":80", ":443", ":21", ":65535", ":65536", ":99999", ":080", ":", ":+1", ":-1", ":8a", ":*", ": 1",
			":\u0661")("", "", ":8080", ":1") +
		d.mostly("?", "#", "?a@b", "/a@b", "#@:", `\`, "/../..", " ", "\t", "\n", "/*", "\u00a0", "\u3000")("", "", "/", "/a")
	if d.once(6) {
		s = d.damage(s, " ", "\t", "\n", "/", `\`, ":", "@", ".", "-", "_", "%", "%2e", "%41", "%c3%bc", "*", "[", "]", "<", "^", "|",
			"{", "}", "'", "`", "!", "&", "\x00", "\x7f", "\u00e4", "\u200d", "\u00ad", "\uff0e", "\u3002", "\uff21", "A", "1", "0x", "xn--")
	}
	return s
}

func (d dice) host() string {
	switch d.IntN(8) {
	case 0, 1, 2:
		return d.label() + d.mostly("..", "\u3002", "\uff0e")(".") +
			d.pick("com", "example.com", "localhost", "co.uk", d.label()) + d.mostly(".", "..")("")
	case 3:
		return d.pick("localhost", d.label()) + d.mostly(".")("")
	case 4:
		return d.several(5, ".", func() string {
			return d.mostly("256", "0x", "0x7f", "0xFF", "08", "017", "+1", "-1", "1e3", "4294967296", "")("0", "1", "127", "255")
		}) + d.mostly(".", "..")("")
	case 5:
		pieces := d.several(8, d.mostly("::")(":"), func() string {
			return d.mostly("0000", "00ff", "FF", "g", "12345", "")("0", "1", "ff", "ffff", "db8", "0")
		})
		return "[" + d.pick("", "::", "1::", "::ffff:", "64:ff9b::") + pieces +
			d.mostly("::", "%eth0", "%25eth0", ":")("", "", "::", ":1.2.3.4") + "]"
	case 6:
		return d.label() + "." + d.pick("1", "0x", "0x1", "01", "0xg", "1a", "09", "0x1.", "1.")
	}
	return strings.Repeat(d.pick("a", d.label()+"."), d.IntN(70)) + "b"
}

func (d dice) label() string {
	return d.mostly("-", "--", "_", "a_b", "-a", "a-", "A", "aa--b", "*", "a*", "", "%41", "xn--", "xn--a", "xn--fa-hia",
		"xn--mgb99898a", "xn--oybde", "fa\u00df", "B\u00fccher", "\u0441", "\u05d0", "a\u05d0", "\u0627\u0031", "\U0001f600")(
		"a", "www", "api", "x1", "1x", "b-c", "www.a")
}
