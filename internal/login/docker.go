package login

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"cuelabs.dev/go/oci/ociregistry/ociauth"
)

// dockerHub is the name under which docker login stores the credentials for the hosts
// of Docker Hub.
const dockerHub = "https://index.docker.io/v1/"

var dockerHubHosts = []string{"docker.io", "index.docker.io", "registry-1.docker.io"}

// stored returns the credentials of docker login for a host, from the first of its
// configurations that has some.
func stored(host string, run ociauth.HelperRunner) (ociauth.ConfigEntry, error) {
	if slices.Contains(dockerHubHosts, host) {
		host = dockerHub
	}
	all, err := configurations()
	if err != nil {
		return ociauth.ConfigEntry{}, err
	}
	for _, c := range all {
		if e, err := c.entry(host, run); err != nil || e != (ociauth.ConfigEntry{}) {
			return e, err
		}
	}
	return ociauth.ConfigEntry{}, nil
}

// configuration is a configuration of docker or podman, in JSON.
type configuration struct{ name, text string }

// configurations returns those that exist.
func configurations() ([]configuration, error) {
	var all []configuration
	const variable = "DOCKER_AUTH_CONFIG"
	if text := os.Getenv(variable); text != "" {
		all = append(all, configuration{variable, text})
	}
	for _, name := range []string{
		filepath.Join(dockerDir(), "config.json"),
		filepath.Join(os.Getenv("XDG_RUNTIME_DIR"), "containers", "auth.json"),
	} {
		b, err := os.ReadFile(name)
		switch {
		case !filepath.IsAbs(name), errors.Is(err, fs.ErrNotExist):
		case err != nil:
			return nil, err
		case len(b) > 0:
			all = append(all, configuration{name, string(b)})
		}
	}
	return all, nil
}

// dockerDir returns the directory with docker's configuration, or "".
func dockerDir() string {
	if dir := os.Getenv("DOCKER_CONFIG"); dir != "" {
		dir, _ = filepath.Abs(dir)
		return dir
	}
	home, err := os.UserHomeDir()
	if err != nil {
		return ""
	}
	return filepath.Join(home, ".docker")
}

// entry returns the credentials for a host.
func (c configuration) entry(host string, run ociauth.HelperRunner) (ociauth.ConfigEntry, error) {
	text, err := identities(c.text)
	if err != nil {
		return ociauth.ConfigEntry{}, fmt.Errorf("%s: %w", c.name, err)
	}
	conf, err := ociauth.LoadWithEnv(run, []string{"DOCKER_AUTH_CONFIG=" + text})
	if err != nil {
		return ociauth.ConfigEntry{}, fmt.Errorf("%s: %w", c.name, err)
	}
	return conf.EntryForRegistry(host)
}

// identities returns a configuration in which an identity token stands alone. Docker
// stores a user name next to it, which the library takes for a contradiction.
func identities(text string) (string, error) {
	var conf struct {
		Auths       map[string]map[string]any `json:"auths,omitempty"`
		CredsStore  string                    `json:"credsStore,omitempty"`
		CredHelpers map[string]string         `json:"credHelpers,omitempty"`
	}
	if err := json.Unmarshal([]byte(text), &conf); err != nil {
		return "", err
	}
	for _, entry := range conf.Auths {
		if token, _ := entry["identitytoken"].(string); token != "" {
			for _, name := range []string{"auth", "username", "password"} {
				delete(entry, name)
			}
		}
	}
	b, err := json.Marshal(conf)
	return string(b), err
}
