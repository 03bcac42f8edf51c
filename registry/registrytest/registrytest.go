// Package registrytest runs the model registry in the tests of a client, as it
// is or with planted faults and allowed variants in front of it:
//
//	srv := registrytest.NewServer(t, registrytest.Options{
//		Faults: []string{"blob.get-flipped"},
//	})
//	err := myclient.Pull(srv.URL + "/library/image:v1") // must report the corrupt blob
//
// A fault is one defect of a registry; a variant is behaviour by which
// conforming registries differ. "ocispec list faults" and "ocispec list
// variants" list their ids, and so do [Faults] and [Variants].
package registrytest

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"

	"github.com/ocispec/ocispec/internal/faultproxy"
	"github.com/ocispec/ocispec/internal/modelregistry"
	"github.com/ocispec/ocispec/internal/nearest"
	"github.com/ocispec/ocispec/registry"
)

// Options selects the behaviour of the registry, and the ids of the faults and
// variants that it has. The zero value is the model registry of v1.1.
type Options struct {
	registry.Options
	Faults   []string
	Variants []string
}

// New returns an empty registry with the faults and variants of the options. It
// returns an error if a fault, a variant or the release is unknown.
func New(opts Options) (http.Handler, error) {
	builtin, err := deviations()
	if err != nil {
		return nil, err
	}
	var picked []*faultproxy.Deviation
	for _, id := range opts.Variants {
		d, err := find(id, "variant", builtin.Variants)
		if err != nil {
			return nil, err
		}
		picked = append(picked, d)
	}
	for _, id := range opts.Faults {
		d, err := find(id, "fault", builtin.Faults)
		if err != nil {
			return nil, err
		}
		picked = append(picked, d)
	}
	if opts.Release == "" {
		opts.Release = "v1.1"
	}
	return modelregistry.New(opts.Options, []string{opts.Release}, picked...)
}

// NewServer starts a server for the registry that [New] returns, and closes it
// when the test ends. If New returns an error, NewServer fails the test with
// FailNow.
func NewServer(t testing.TB, opts Options) *httptest.Server {
	t.Helper()
	h, err := New(opts)
	if err != nil {
		t.Fatalf("registrytest: %v", err)
	}
	srv := httptest.NewServer(h)
	t.Cleanup(srv.Close)
	return srv
}

// Deviation is a fault or a variant: its id, and a sentence that states what
// the registry does.
type Deviation struct{ ID, Title string }

// Faults returns the built-in faults, sorted by id.
func Faults() ([]Deviation, error) {
	d, err := deviations()
	if err != nil {
		return nil, err
	}
	return list(d.Faults), nil
}

// Variants returns the built-in variants, sorted by id.
func Variants() ([]Deviation, error) {
	d, err := deviations()
	if err != nil {
		return nil, err
	}
	return list(d.Variants), nil
}

var deviations = sync.OnceValues(faultproxy.Builtin)

// entry is a fault or a variant.
type entry interface{ Base() *faultproxy.Deviation }

func list[T entry](entries []T) []Deviation {
	var out []Deviation
	for _, e := range entries {
		out = append(out, Deviation{e.Base().ID, e.Base().Title})
	}
	return out
}

func find[T entry](id, kind string, entries []T) (*faultproxy.Deviation, error) {
	var ids []string
	for _, e := range entries {
		if e.Base().ID == id {
			return e.Base(), nil
		}
		ids = append(ids, e.Base().ID)
	}
	return nil, fmt.Errorf("unknown %s %q%s", kind, id, nearest.DidYouMean(id, ids))
}
