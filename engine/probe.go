package engine

import (
	"context"
	"fmt"
	"net/http"

	"github.com/ocispec/ocispec/exchange"
	"github.com/ocispec/ocispec/match"
	"github.com/ocispec/ocispec/model"
)

// Probe sends the request by which the release says whether a registry can be
// tested at all, if the release has one. The error says why not: no answer, or
// no access.
func Probe(ctx context.Context, rel *model.Release, target Target, client Doer) error {
	if rel.Probe == "" {
		return nil
	}
	u, err := exchange.Resolve(target.URL, rel.Probe)
	if err != nil {
		return err
	}
	resp, _, err := client.Do(ctx, &exchange.Request{Method: http.MethodGet, URL: u, Header: http.Header{}})
	if err != nil {
		if exchange.KindOf(err) == exchange.TooMany {
			return nil // it is there
		}
		return err
	}
	if resp.Status == http.StatusUnauthorized || resp.Status == http.StatusForbidden {
		return fmt.Errorf("it refuses the credentials: %s answers %d %s", match.Cut(u.Path), resp.Status, http.StatusText(resp.Status))
	}
	return nil
}
