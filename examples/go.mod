module github.com/httpsec/httpsec/examples

go 1.25.0

require (
	github.com/gorilla/websocket v1.5.3
	github.com/httpsec/httpsec v0.0.0
	github.com/stretchr/testify v1.12.1
)

require (
	go.yaml.in/yaml/v3 v3.0.5 // indirect
	golang.org/x/net v0.58.0 // indirect
	golang.org/x/text v0.41.0 // indirect
)

replace github.com/httpsec/httpsec => ../
