package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http/httptest"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/ocispec/ocispec/internal/faultproxy"
	"github.com/ocispec/ocispec/internal/modelregistry"
	"github.com/ocispec/ocispec/registry"
	"github.com/ocispec/ocispec/result"
)

// TestMerge joins shards, which ran at the same time with one seed, of runs against
// registries with and without a fault, of which one is in content that all shards need.
// The results are those of a whole run.
func TestMerge(t *testing.T) {
	all, err := faultproxy.Builtin()
	if err != nil {
		t.Fatal(err)
	}
	for _, id := range []string{"", "blob.get-500", "manifest.put-lost", "tags.reversed", "upload.min-length-no-number"} {
		t.Run(id, func(t *testing.T) {
			t.Parallel()
			var with []*faultproxy.Deviation
			for _, f := range all.Faults {
				if f.ID == id {
					with = append(with, &f.Deviation)
				}
			}
			h, err := modelregistry.New(registry.Options{}, []string{"v1.0", "v1.1"}, with...)
			if err != nil {
				t.Fatal(err)
			}
			srv := httptest.NewServer(h)
			defer srv.Close()
			dir := t.TempDir()
			ocispec := func(name string, args ...string) *result.Run {
				t.Helper()
				out := filepath.Join(dir, name)
				var stderr strings.Builder
				if status := run(context.Background(), append(args, "--out", out), io.Discard, &stderr); status > 1 {
					t.Errorf("%v: status %d\n%s", args, status, stderr.String())
				}
				res, err := readResults(filepath.Join(out, "results.json"), nil)
				if err != nil {
					t.Error(err) // shards run in goroutines of their own
					return &result.Run{}
				}
				return res
			}
			whole := ocispec("whole", "run", "--parallel", "1", "--registry", srv.URL)
			args := []string{"merge"}
			var shards sync.WaitGroup
			for i := range 3 {
				name := fmt.Sprintf("shard-%d", i+1)
				args = append(args, filepath.Join(dir, name))
				shards.Go(func() {
					part := ocispec(name, "run", "--parallel", "1", "--registry", srv.URL, "--seed", "x/y", "--shard", fmt.Sprintf("%d/3", i+1))
					if len(part.Cases) >= len(whole.Cases) {
						t.Errorf("the shard has %d of %d cases", len(part.Cases), len(whole.Cases))
					}
				})
			}
			shards.Wait()
			merged := ocispec("merged", args...)
			if merged.Seed != "x/y" {
				t.Errorf("the seed is %s", merged.Seed)
			}
			if got, want := outline(t, merged), outline(t, whole); got != want {
				t.Errorf("merged:\n%s\nwhole:\n%s", got, want)
			}
		})
	}
}

// outline returns what runs with other content have in common.
func outline(t *testing.T, r *result.Run) string {
	b, err := json.MarshalIndent([]any{r.Outcome, r.Partial, r.Shard, r.Chain, r.Counts, r.Categories, r.Rows, r.Requirements, r.Observations}, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	lines := []string{string(b)}
	for _, c := range r.Cases {
		by := ""
		if c.BlockedBy != nil {
			by = c.BlockedBy.Case + "/" + c.BlockedBy.Step
		}
		lines = append(lines, fmt.Sprint(c.ID, c.Outcome, c.Setting, by))
	}
	var found []string
	for _, f := range r.Findings {
		found = append(found, fmt.Sprint(f.Requirement, f.Way, f.Outcome, f.Count, f.Blocks, f.Cases))
	}
	slices.Sort(found)
	return strings.Join(append(lines, found...), "\n")
}
