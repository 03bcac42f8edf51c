package login

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os/exec"
	"strings"
	"time"

	"cuelabs.dev/go/oci/ociregistry/ociauth"
)

// helper runs credential helpers of docker login for a limited time.
type helper struct{ time time.Duration }

// run implements ociauth.HelperRunner. The output of the helper is not shown: it can
// contain secrets.
func (h helper) run(name, server string) (ociauth.ConfigEntry, error) {
	limit := cmp.Or(h.time, 30*time.Second)
	ctx, cancel := context.WithTimeout(context.Background(), limit)
	defer cancel()
	program := "docker-credential-" + name
	cmd := exec.CommandContext(ctx, program, "get")
	cmd.Stdin = strings.NewReader(server)
	cmd.WaitDelay = time.Second // for processes that it leaves behind
	out, err := cmd.Output()
	switch {
	case ctx.Err() != nil:
		return ociauth.ConfigEntry{}, fmt.Errorf("%s has not ended after %v", program, limit)
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
