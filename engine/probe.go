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

// Probe sends the request by which the release says whether a registry can be
// tested at all, if the release has one. The error says why not: no answer, or
// no access.
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
			return nil // it is there
		}
		return err
	}
	if resp.Status == http.StatusUnauthorized || resp.Status == http.StatusForbidden {
		return fmt.Errorf("it refuses the credentials: %s answers %d %s", match.Cut(u.Path), resp.Status, http.StatusText(resp.Status))
	}
	return nil
}
