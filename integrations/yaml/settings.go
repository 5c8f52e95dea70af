package main

import (
	"bytes"
	"cmp"
	"errors"

	"github.com/httpsec/httpsec"
	"go.yaml.in/yaml/v3"
)

type settings struct {
	CORS corsSettings `yaml:"cors"`
}

type corsSettings struct {
	Origins     []string `yaml:"origins"`
	Credentials bool     `yaml:"credentials"`
	Methods     []string `yaml:"methods"`
}

// load replaces the policy by that of the file.
func load(content []byte, policy *httpsec.Policy) error {
	var s settings
	decoder := yaml.NewDecoder(bytes.NewReader(content))
	decoder.KnownFields(true) // a misspelt setting must not mean its default
	if err := decoder.Decode(&s); err != nil {
		return err
	}
	if s.CORS.Origins == nil {
		// Also where every line of the list is commented out.
		return errors.New("cors.origins: is missing; list the origins, or write [] to allow nobody")
	}
	return inTheFilesWords(policy.Reload(httpsec.Config{
		Origins:     s.CORS.Origins,
		Credentials: s.CORS.Credentials,
		Methods:     s.CORS.Methods,
	}))
}

// inTheFilesWords renames the fields in errors: who edits the file has never seen
// httpsec.Config.
func inTheFilesWords(err error) error {
	names := map[string]string{"Config.Origins": "cors.origins", "Config.Methods": "cors.methods"}
	var renamed []error
	for problem := range httpsec.ConfigErrors(err) {
		problem := *problem
		problem.Field = cmp.Or(names[problem.Field], problem.Field)
		renamed = append(renamed, &problem)
	}
	return errors.Join(renamed...)
}
