//go:build unix

package httpsec_test

import (
	"fmt"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"github.com/httpsec/httpsec"
)

// Reload on SIGHUP, from a file, so that a new origin needs no restart. A broken
// file changes nothing.
func ExamplePolicy_Reload() {
	base := httpsec.Config{Headers: []string{"Authorization", "Content-Type"}}
	load := func(name string) (config httpsec.Config, err error) {
		content, err := os.ReadFile(name)
		if err != nil {
			return config, err
		}
		config = base
		config.Origins, err = httpsec.ParseOrigins(name, string(content)) // an empty file is an error
		return config, err
	}
	directory, err := os.MkdirTemp("", "origins")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(directory)
	name := directory + "/origins"
	os.WriteFile(name, []byte("https://app.example.com\n"), 0o600)

	policy := httpsec.Must(httpsec.NewPolicy(httpsec.Must(load(name))))
	handler := policy.Handler(hello)

	hangups := make(chan os.Signal, 1)
	signal.Notify(hangups, syscall.SIGHUP)
	defer signal.Stop(hangups)
	reloadOnce := func() { // in a program: for range hangups
		<-hangups
		config, err := load(name)
		if err == nil {
			err = policy.Reload(config)
		}
		if err != nil {
			fmt.Println("the old policy stays:", strings.ReplaceAll(err.Error(), name, "origins"))
		}
	}

	for _, content := range []string{"https://new.example.com\n", "new.example.com\n", ""} {
		os.WriteFile(name, []byte(content), 0o600)
		syscall.Kill(os.Getpid(), syscall.SIGHUP)
		reloadOnce()
		fmt.Println(get(handler, "/", "https://new.example.com").Get("Access-Control-Allow-Origin"))
	}
	// Output:
	// https://new.example.com
	// the old policy stays: httpsec: origins: "new.example.com" has no scheme; write "https://new.example.com"
	// https://new.example.com
	// the old policy stays: httpsec: origins: is empty; list the origins, or write [] to allow nobody
	// https://new.example.com
}
