package main

import (
	"fmt"
	"io"
	"maps"
	"os"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/ocispec/ocispec/internal/settings"
)

const configHelp = `Config prints the settings that a run would use, each with its origin, as a
configuration file. It takes the flags of run.

Settings come from flags, from variables OCISPEC_*, from those of the OCI
conformance suite, from a file, from the variables of the older suite, and from
the profile of a hosted registry (--profile), in this order. The file is the one of --config or OCI_CONFIGURATION, or ocispec.cue,
ocispec.yaml or oci-conformance.yaml in the working directory.`

func newConfig() *cobra.Command {
	var f runFlags
	cmd := &cobra.Command{
		Use:     "config",
		Short:   "Print the settings of a run with their origins",
		Long:    configHelp,
		Example: "  ocispec config\n  OCI_REGISTRY=localhost:5000 OCI_TLS=disabled ocispec config > ocispec.yaml",
		Args:    noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			set, err := f.settings(cmd)
			if err != nil {
				return err
			}
			return set.Write(cmd.OutOrStdout())
		},
	}
	f.add(cmd)
	return cmd
}

// settingFlags are the flags that are settings, with their paths.
var settingFlags = map[string]string{
	"profile": "profile", "spec": "spec", "registry": "registry", "repo": "repo", "other": "other", "out": "out", "username": "username", "read-only": "readOnly", "new-repos": "newRepos", "scale": "scale",
	"ca": "ca", "cert": "cert", "key": "key", "proxy": "proxy", "allow-host": "allowHosts", "rate": "rate", "max-requests": "maxRequests", "deadline": "deadline", "parallel": "parallel", "timeout": "timeout",
}

// flagValue returns the value of a flag as a setting has it.
func flagValue(fl *pflag.Flag) any {
	if list, ok := fl.Value.(pflag.SliceValue); ok {
		return list.GetSlice()
	}
	text := fl.Value.String()
	if fl.Value.Type() == "bool" {
		return text == "true"
	}
	return text
}

// settings reads the settings of a run, and prints warnings about them.
func (f *runFlags) settings(cmd *cobra.Command) (*settings.Settings, error) {
	return f.settingsWith(cmd, nil)
}

// settingsWith is settings with some of them fixed. A flag with another value is an
// error.
func (f *runFlags) settingsWith(cmd *cobra.Command, fixed map[string]settings.Entry) (*settings.Settings, error) {
	given := map[string]settings.Entry{}
	maps.Copy(given, fixed)
	if f.passwordStdin {
		password, err := readPassword(cmd.InOrStdin())
		if err != nil {
			return nil, err
		}
		given["password"] = settings.Entry{Value: password, Origin: "--password-stdin"}
	}
	var conflict error
	cmd.Flags().Visit(func(fl *pflag.Flag) {
		if path := settingFlags[fl.Name]; path != "" {
			if e, ok := fixed[path]; ok && !same(path, e.Value, flagValue(fl)) {
				conflict = usage("--%s %v: the run in %s had %v", fl.Name, flagValue(fl), e.Origin, e.Value)
			}
			given[path] = settings.Entry{Value: flagValue(fl), Origin: "--" + fl.Name}
		}
		if fl.Name == "insecure" && f.insecure {
			given["tls"] = settings.Entry{Value: "insecure", Origin: "--insecure"}
		}
	})
	if conflict != nil {
		return nil, conflict
	}
	set, warnings, err := settings.Load(settings.Input{Flags: given, Environ: os.Environ(), File: f.config, Dir: "."})
	if err != nil {
		return nil, usage("%v", err)
	}
	for _, w := range warnings {
		fmt.Fprintf(cmd.ErrOrStderr(), "ocispec: warning: %s\n", w)
	}
	return set, nil
}

// maxPassword bounds the size of a password, in bytes: tokens can be long.
const maxPassword = 64 << 10

// readPassword reads a password, which a line break can follow.
func readPassword(r io.Reader) (string, error) {
	b, err := io.ReadAll(io.LimitReader(r, maxPassword+1))
	password := strings.TrimSuffix(strings.TrimSuffix(string(b), "\n"), "\r")
	switch {
	case err != nil:
		return "", usage("--password-stdin: %v", err)
	case password == "":
		return "", usage("--password-stdin: standard input is empty")
	case len(password) > maxPassword:
		return "", usage("--password-stdin: standard input has more than %d bytes", maxPassword)
	}
	return password, nil
}

// same reports whether two values of a setting are the same.
func same(path string, a, b any) bool {
	if path == "registry" {
		u, err := registryURL(fmt.Sprint(b), "")
		return err == nil && u.String() == a
	}
	return fmt.Sprint(a) == fmt.Sprint(b)
}
