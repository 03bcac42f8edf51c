package login

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os/exec"
	"strings"
	"time"

	"cuelabs.dev/go/oci/ociregistry/ociauth"
)

// helperTime bounds the time of a credential helper.
var helperTime = 30 * time.Second

// helper runs a credential helper of docker login. Its output is not shown: it
// can contain secrets.
func helper(name, server string) (ociauth.ConfigEntry, error) {
	ctx, cancel := context.WithTimeout(context.Background(), helperTime)
	defer cancel()
	program := "docker-credential-" + name
	cmd := exec.CommandContext(ctx, program, "get")
	cmd.Stdin = strings.NewReader(server)
	cmd.WaitDelay = time.Second // for processes that it leaves behind
	out, err := cmd.Output()
	switch {
	case ctx.Err() != nil:
		return ociauth.ConfigEntry{}, fmt.Errorf("%s has not ended after %v", program, helperTime)
	case errors.Is(err, exec.ErrNotFound):
		return ociauth.ConfigEntry{}, fmt.Errorf("%w: %v", ociauth.ErrHelperNotFound, err)
	case bytes.Contains(out, []byte("credentials not found")):
		return ociauth.ConfigEntry{}, nil
	case err != nil:
		return ociauth.ConfigEntry{}, fmt.Errorf("%s: %w", program, err)
	}
	var creds struct{ Username, Secret string }
	if json.Unmarshal(out, &creds) != nil {
		return ociauth.ConfigEntry{}, fmt.Errorf("%s printed no credentials in JSON", program)
	}
	if creds.Username == "<token>" {
		return ociauth.ConfigEntry{RefreshToken: creds.Secret}, nil
	}
	return ociauth.ConfigEntry{Username: creds.Username, Password: creds.Secret}, nil
}
