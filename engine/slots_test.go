package engine

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/ocispec/ocispec/engine/httpclient"
	"github.com/ocispec/ocispec/engine/release"
)

// TestSlots acquires and releases slots in many ways while responses are slow and fast:
// there are never more than allowed, all at once are alone, and nothing waits for ever.
func TestSlots(t *testing.T) {
	t.Parallel()
	const size = 16
	s := newSlots(size)
	var used, alone atomic.Int64
	var wg sync.WaitGroup
	for g := range 40 {
		wg.Go(func() {
			r := rand.New(rand.NewPCG(1, uint64(g)))
			for range 200 {
				n := 1
				switch r.IntN(20) {
				case 0:
					n = size
				case 1:
					n = 8
				}
				free := s.acquire(t.Context(), n, r.IntN(5))
				if n == size {
					alone.Add(1)
				}
				if now := used.Add(1); n == size && now > 1 || n < size && alone.Load() > 0 {
					t.Errorf("%d acquisitions beside one of all", now-1)
				}
				s.took([]time.Duration{time.Millisecond, 2 * slowResponse}[r.IntN(2)])
				used.Add(-1)
				if n == size {
					alone.Add(-1)
				}
				free()
			}
		})
	}
	wg.Wait()
	for range 1000 {
		s.took(time.Millisecond)
	}
	if s.limit != size || s.held != 0 {
		t.Errorf("after fast responses the limit is %d, with %d held", s.limit, s.held)
	}
}

// TestSlowRegistry has a registry that processes one request at a time: fewer and fewer
// requests are under way, until responses are fast enough.
func TestSlowRegistry(t *testing.T) {
	t.Parallel()
	var one sync.Mutex
	var under, most atomic.Int64
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		n := under.Add(1)
		defer under.Add(-1)
		for old := most.Load(); n > old && !most.CompareAndSwap(old, n); old = most.Load() {
		}
		one.Lock()
		defer one.Unlock()
		time.Sleep(2 * time.Millisecond)
	}))
	defer s.Close()
	u, err := url.Parse(s.URL)
	if err != nil {
		t.Fatal(err)
	}
	var cases []*release.Case
	for i := range 600 {
		cases = append(cases, testCase(fmt.Sprint(i), step("GET /x", expect("must.get", is(200)))))
	}
	client := httpclient.New(httpclient.Options{})
	defer client.Close()
	r, err := newRunner(releaseOf(cases...), Target{URL: u, Repo: "r"}, client, Options{Seed: "s", Parallel: 64})
	if err != nil {
		t.Fatal(err)
	}
	r.slots.slow, r.slots.fast = 50*time.Millisecond, 20*time.Millisecond
	go func() {
		time.Sleep(700 * time.Millisecond)
		most.Store(0)
	}()
	r.all(t.Context())
	if n := most.Load(); n == 0 || n > 40 {
		t.Errorf("%d requests at once after more than half of the run", n)
	}
}

// TestSlotsOrder has more waiting for slots than there are: the greatest weight is first,
// then the earliest, and a waiter that has left gets no slot.
func TestSlotsOrder(t *testing.T) {
	s := newSlots(2)
	free := s.acquire(t.Context(), 2, first)
	waiting := map[string]*waiter{}
	for _, w := range []struct {
		name          string
		slots, weight int
	}{{"light", 1, 1}, {"heavy", 1, 5}, {"early", 1, 3}, {"late", 1, 3}, {"gone", 1, 4}} {
		waiting[w.name] = s.wait(w.slots, w.weight)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	s.acquire(ctx, 2, 9)()
	if !s.leave(waiting["gone"]) || s.leave(waiting["gone"]) {
		t.Error("what has left is not known to have left")
	}
	free()
	var got []string
	for len(got) < 4 {
		for name, w := range waiting {
			select {
			case <-w.ready:
				got = append(got, name)
				delete(waiting, name)
			default:
			}
		}
		if len(got)%2 == 0 {
			slices.Sort(got[len(got)-2:])
			s.end(1, 1)
			s.end(1, 1)
		}
	}
	if want := []string{"early", "heavy", "late", "light"}; !slices.Equal(got, want) {
		t.Errorf("got slots: %q, want %q", got, want)
	}
	if s.leave(&waiter{}) {
		t.Error("what does not wait has left")
	}
}
