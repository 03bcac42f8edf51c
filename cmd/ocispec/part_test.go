package main

import (
	"bytes"
	"io"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/ocispec/ocispec/engine"
	"github.com/ocispec/ocispec/result"
)

// TestMergeKilled kills a shard: merge reports the cases that it did not get to. Once the
// shard is resumed, merge has the results of the whole run.
func TestMergeKilled(t *testing.T) {
	srv := httptest.NewServer(modelRegistry())
	defer srv.Close()
	one, two, merged := filepath.Join(t.TempDir(), "1"), filepath.Join(t.TempDir(), "2"), filepath.Join(t.TempDir(), "merged")
	if out, err := program(t, "run", "--registry", srv.URL, "--shard", "1/2", "--out", one).CombinedOutput(); err != nil {
		t.Fatalf("shard 1/2: %v\n%s", err, out)
	}
	cmd := program(t, "run", "--registry", srv.URL, "--rate", "200", "--shard", "2/2", "--out", two)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	hasLines(t, filepath.Join(two, journalName), 20)
	_ = cmd.Process.Kill()
	_ = cmd.Wait()
	before, _, err := readJournal(two)
	if err != nil {
		t.Fatal(err)
	}
	merge := func() (*result.Run, string) {
		t.Helper()
		var stderr strings.Builder
		if status := run(t.Context(), []string{"merge", two, one, "--out", merged}, io.Discard, &stderr); status != statusOK && status != statusInconclusive {
			t.Fatalf("merge: status %d\n%s", status, stderr.String())
		}
		return results(t, merged), stderr.String()
	}
	res, said := merge()
	if want := "shard 2/2 has not ended, or not cleaned up: go on with it by ocispec run --resume " + two; !strings.Contains(said, want) {
		t.Errorf("merge says %q; want %q", said, want)
	}
	if n := countNotRun(res, "not complete: the run was killed"); res.Outcome != result.Inconclusive || n == 0 || n == len(res.Cases) {
		t.Errorf("killed: %s, %d of %d cases did not run", res.Outcome, n, len(res.Cases))
	}
	if out, err := program(t, "run", "--resume", two).CombinedOutput(); err != nil {
		t.Fatalf("resume: %v\n%s", err, out)
	}
	after, _, err := readEvents(filepath.Join(two, shardName))
	if err != nil {
		t.Fatal(err)
	}
	if base, _, _ := strings.Cut(after.Seed, "/"); base != before.Seed {
		t.Errorf("the seed was %s, and is %s after --resume", before.Seed, after.Seed)
	}
	if res, said = merge(); res.Outcome != result.Pass || said != "" {
		t.Errorf("resumed: %s, merge says %q", res.Outcome, said)
	}
}

// hasLines waits until a file has a number of lines.
func hasLines(t *testing.T, file string, lines int) {
	t.Helper()
	for end := time.Now().Add(30 * time.Second); time.Now().Before(end); time.Sleep(5 * time.Millisecond) {
		if b, err := os.ReadFile(file); err == nil && bytes.Count(b, []byte("\n")) >= lines {
			return
		}
	}
	t.Fatalf("%s has less than %d lines", file, lines)
}

// countNotRun counts the cases with a message.
func countNotRun(r *result.Run, message string) (n int) {
	for _, c := range r.Cases {
		if c.Message == message {
			n++
		}
	}
	return n
}

// TestPicks picks between results of a case in two shards.
func TestPicks(t *testing.T) {
	for _, test := range []struct {
		name          string
		first, second pick
		want          int // shard
	}{
		{"the same outcome", pick{ran: true, result: result.Case{Outcome: result.Pass}}, pick{ran: true, result: result.Case{Outcome: result.Pass}}, 0},
		{"a worse outcome", pick{ran: true, result: result.Case{Outcome: result.Pass}}, pick{ran: true, result: result.Case{Outcome: result.Fail}}, 1},
		{"a better outcome", pick{ran: true, result: result.Case{Outcome: result.Warn}}, pick{ran: true, result: result.Case{Outcome: result.Pass}}, 0},
		{"inconclusive, but it ran", pick{ran: true, result: result.Case{Outcome: result.Pass}}, pick{ran: true, result: result.Case{Outcome: result.Inconclusive}}, 1},
		{"not run in the first shard", pick{result: result.Case{Outcome: result.Inconclusive}}, pick{ran: true, result: result.Case{Outcome: result.Pass}}, 1},
		{"not run in the second shard", pick{ran: true, result: result.Case{Outcome: result.Pass}}, pick{result: result.Case{Outcome: result.Inconclusive}}, 0},
		{"blocked in the second shard", pick{ran: true, result: result.Case{Outcome: result.Pass}}, pick{result: result.Case{Outcome: result.Blocked}}, 1},
	} {
		t.Run(test.name, func(t *testing.T) {
			var parts []part
			for _, p := range []pick{test.first, test.second} {
				p.result.ID = "c"
				now := part{run: &result.Run{Cases: []result.Case{p.result}}}
				if p.ran {
					now.events = []engine.Event{{Ran: &engine.Record{Case: p.result}}}
				}
				parts = append(parts, now)
			}
			if got := picks(parts)["c"].part; got != test.want {
				t.Errorf("shard %d counts; want %d", got, test.want)
			}
		})
	}
}

// TestJoinedEvents joins shards that started at different times: the steps of the later
// one start as much later.
func TestJoinedEvents(t *testing.T) {
	start := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	of := func(id string, at time.Time) part {
		c := result.Case{ID: id, Outcome: result.Pass, Steps: []result.Step{{ID: "s", Start: time.Second}}}
		return part{run: &result.Run{Started: at, Cases: []result.Case{c}}, events: []engine.Event{{Started: id}, {Ran: &engine.Record{Case: c}}}}
	}
	parts := []part{of("a", start.Add(time.Minute)), of("b", start), of("a", start)}
	events := joinedEvents(parts, picks(parts), start)
	if len(events) != 4 {
		t.Fatalf("%d events; want those of two cases", len(events))
	}
	for i, want := range []time.Duration{1: time.Minute + time.Second, 3: time.Second} {
		if rec := events[i].Ran; rec != nil && rec.Case.Steps[0].Start != want {
			t.Errorf("case %s starts at %v; want %v", rec.Case.ID, rec.Case.Steps[0].Start, want)
		}
	}
}
