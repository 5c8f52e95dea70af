module github.com/httpsec/httpsec/internal/conformance

go 1.25.0

replace github.com/httpsec/httpsec => ../..

require (
	github.com/dunglas/httpsfv v1.1.2
	github.com/httpsec/httpsec v0.0.0
	github.com/nlnwa/whatwg-url v0.6.2
	github.com/stretchr/testify v1.7.2
)

require (
	github.com/bits-and-blooms/bitset v1.20.0 // indirect
	github.com/davecgh/go-spew v1.1.1 // indirect
	github.com/pmezard/go-difflib v1.0.0 // indirect
	golang.org/x/net v0.58.0 // indirect
	golang.org/x/text v0.41.0 // indirect
	gopkg.in/yaml.v3 v3.0.1 // indirect
)
