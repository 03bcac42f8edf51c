package selftest

import (
	"slices"
	"sync"
	"testing"

	"github.com/ocispec/ocispec/engine/release"
	"github.com/ocispec/ocispec/internal/faultproxy"
)

// TestTraffic asks which cases have exchanges that a deviation alters.
func TestTraffic(t *testing.T) {
	rel, _ := load(t, "v1.1")
	te := &tester{rel: rel, heavy: heavy(rel), needed: needed(rel), opts: Options{Seed: "selftest"}}
	te.traffic = sync.OnceValue(func() traffic { return te.record(t.Context()) })
	deviation := func(on string) *faultproxy.Deviation {
		return &faultproxy.Deviation{Alter: alteration(t, `{"on":`+on+`,"response":{"status":299}}`)}
	}
	all := func(string) bool { return true }
	for on, want := range map[string]string{
		`{"method":"DELETE","path":"/blobs/","response":{"status":202}}`: "blob-delete",
		`{"path":"/tags/list$","query":{"n":"^0$"}}`:                     "tags-n-zero",
	} {
		d := deviation(on)
		alters := te.alters(d)
		if !alters(want) || alters("blob-large") || alters("data-image") {
			t.Errorf("%s: wrong cases", on)
		}
		first := te.inOrder(&faultproxy.Fault{Deviation: *d}, nil, all)
		if !alters(first[0].ID) {
			t.Errorf("%s: the first case is %s", on, first[0].ID)
		}
	}
	if slices.ContainsFunc(rel.Cases, func(c *release.Case) bool { return te.alters(deviation(`{"path":"^/none$"}`))(c.ID) }) {
		t.Error("a case has an exchange that no case sends")
	}
}
