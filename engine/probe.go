package engine

import (
	"context"
	"fmt"
	"net/http"

	"github.com/ocispec/ocispec/engine/httpclient"
	"github.com/ocispec/ocispec/internal/httpsyntax"
	"github.com/ocispec/ocispec/release"
	"github.com/ocispec/ocispec/release/match"
)

// Probe sends a GET request to the probe path of the release, if it defines
// one, to find out whether the registry can be tested. It returns an error if
// there is no response, or the status code is 401 or 403. A 429 is not an
// error.
func Probe(ctx context.Context, rel *release.Release, target Target, client Doer) error {
	if rel.Probe == "" {
		return nil
	}
	u, err := httpsyntax.Resolve(target.URL, rel.Probe)
	if err != nil {
		return err
	}
	resp, _, err := client.Do(ctx, &httpclient.Request{Method: http.MethodGet, URL: u, Header: http.Header{}})
	if err != nil {
		if httpclient.KindOf(err) == httpclient.TooMany {
			return nil // the registry responded
		}
		return err
	}
	if resp.Status == http.StatusUnauthorized || resp.Status == http.StatusForbidden {
		return fmt.Errorf("credentials rejected: GET %s returned %d %s", match.Cut(u.Path), resp.Status, http.StatusText(resp.Status))
	}
	return nil
}
