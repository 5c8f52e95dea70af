package httpsectest_test

import "crypto/sha1"

func sha1Sum(s string) []byte {
	sum := sha1.Sum([]byte(s))
	return sum[:]
}
