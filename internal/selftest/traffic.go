package selftest

import (
	"context"
	"net/http"
	"sync"

	"github.com/ocispec/ocispec/engine"
	"github.com/ocispec/ocispec/internal/faultproxy"
	"github.com/ocispec/ocispec/internal/modelregistry"
	"github.com/ocispec/ocispec/registry"
)

// traffic has the exchanges of the steps of each case with a registry, by case id.
type traffic map[string][]*faultproxy.Exchange

// record runs the cases without large content against the model registry and returns
// their exchanges.
func (t *tester) record(ctx context.Context) traffic {
	reg, err := modelregistry.New(registry.Options{}, t.rel.Lineage)
	if err != nil {
		return nil // each run reports it
	}
	found, of := traffic{}, ""
	var mu sync.Mutex
	r, err := t.serveBy(faultproxy.Record(reg, func(x *faultproxy.Exchange) {
		mu.Lock()
		defer mu.Unlock()
		if of != "" {
			found[of] = append(found[of], x)
		}
	}))
	if err != nil {
		return nil
	}
	defer r.close()
	r.run(ctx, engine.Options{
		Seed: t.opts.Seed, Select: t.light,
		Journal: func(e engine.Event) {
			mu.Lock()
			defer mu.Unlock()
			of = e.Started
		},
	})
	return found
}

// alters returns a predicate on the ids of cases: whether a deviation alters an exchange
// of the case, as far as its exchanges with the model registry show.
func (t *tester) alters(a *faultproxy.Deviation) func(string) bool {
	known := t.traffic()
	p, err := faultproxy.New(http.NotFoundHandler(), a.Alter)
	return func(id string) bool { return err == nil && p.Alters(known[id]) }
}
