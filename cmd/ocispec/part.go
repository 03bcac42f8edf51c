package main

import (
	"cmp"
	"errors"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/ocispec/ocispec/engine"
	"github.com/ocispec/ocispec/result"
)

// part is a shard in a directory.
type part struct {
	dir     string
	shard   shard
	head    head
	events  []engine.Event
	run     *result.Run // its own results
	pending bool        // it has not ended, or not cleaned up
}

// readParts reads all shards of a run, and returns them by number.
func (f *specFlags) readParts(dirs []string) ([]part, error) {
	var parts []part
	for _, dir := range dirs {
		p, err := f.readPart(dir)
		if err != nil {
			return nil, err
		}
		parts = append(parts, p)
	}
	slices.SortStableFunc(parts, func(a, b part) int { return cmp.Compare(a.shard.i, b.shard.i) })
	return parts, allOf(parts)
}

// readPart reads the events and the results of a shard. Those of a shard that was
// killed are what it found until then.
func (f *specFlags) readPart(dir string) (part, error) {
	p := part{dir: dir, pending: exists(filepath.Join(dir, journalName))}
	read, file := f.readPending, journalName
	if !p.pending {
		read, file = readEnded, shardName
	}
	h, events, err := readEvents(filepath.Join(dir, file))
	if errors.Is(err, fs.ErrNotExist) {
		return part{}, usage("%s has no %s: it is there after ocispec run --shard 1/3 --out %s", dir, shardName, dir)
	}
	if err != nil {
		return part{}, err
	}
	p.head, p.events = *h, events
	if p.shard, err = parseShard(h.Shard); err != nil || p.shard.n == 0 {
		return part{}, usage("%s is not of a shard", filepath.Join(dir, file))
	}
	if p.run, err = read(dir); err != nil {
		return part{}, err
	}
	if p.run.Seed != h.Seed {
		return part{}, usage("%s: results.json and %s are of different runs", dir, file)
	}
	return p, nil
}

func exists(file string) bool {
	_, err := os.Stat(file)
	return err == nil
}

func (f *specFlags) readPending(dir string) (*result.Run, error) { return f.readResults(dir, nil) }

func readEnded(dir string) (*result.Run, error) {
	return readResults(filepath.Join(dir, "results.json"), nil)
}

// allOf returns an error unless sorted shards are all those of one run.
func allOf(parts []part) error {
	first := parts[0]
	have := map[int]string{}
	for _, p := range parts {
		if what := p.head.differsElsewhere(first.head); what != "" {
			return usage("%s and %s are not shards of one run: they differ in %s", first.dir, p.dir, what)
		}
		if p.shard.n != first.shard.n {
			return usage("%s and %s are not shards of one run: one is %v, the other %v", first.dir, p.dir, first.shard, p.shard)
		}
		if other := have[p.shard.i]; other != "" {
			return usage("%s and %s are both shard %v", other, p.dir, p.shard)
		}
		have[p.shard.i] = p.dir
	}
	var missing []string
	for i := range first.shard.n {
		if have[i+1] == "" {
			missing = append(missing, shard{i + 1, first.shard.n}.String())
		}
	}
	if len(missing) > 0 {
		return usage("no directory for shard %s", strings.Join(missing, ", "))
	}
	return sameFound(parts)
}

// sameFound returns an error if read-only shards read different content: the cases are
// numbered by it.
func sameFound(parts []part) error {
	var first *part
	var found map[string][]string
	for i, p := range parts {
		for _, e := range p.events {
			if e.Given == nil {
				continue
			}
			if first == nil {
				first, found = &parts[i], e.Given
			}
			if !maps.EqualFunc(found, e.Given, slices.Equal) {
				return usage("%s and %s read different content, which the registry listed: name it in the setting given", first.dir, p.dir)
			}
		}
	}
	return nil
}

// pick is the result of a case that counts.
type pick struct {
	part   int // position of its shard
	result result.Case
	ran    bool // the shard has a record of it
}

// over reports whether a result counts rather than another of the same case: the worse
// one does, but one that a shard did not get to does not count.
func (p pick) over(o pick) bool {
	if p.unfinished() != o.unfinished() {
		return o.unfinished()
	}
	return p.result.Outcome != o.result.Outcome && result.Worse(p.result.Outcome, o.result.Outcome) == p.result.Outcome
}

func (p pick) unfinished() bool { return !p.ran && p.result.Outcome == result.Inconclusive }

// why returns the message on a case that has not run.
func (p pick) why() string {
	message := p.result.Message
	for _, s := range p.result.Steps {
		if message == "" {
			message = s.Message
		}
	}
	return message
}

// picks returns the result of each case that counts, by id.
func picks(parts []part) map[string]pick {
	out := map[string]pick{}
	for i, p := range parts {
		ran := map[string]bool{}
		for _, e := range p.events {
			if e.Ran != nil || e.Clean != nil {
				ran[e.Case()] = true
			}
		}
		for _, c := range p.run.Cases {
			now := pick{i, c, ran[c.ID]}
			if before, ok := out[c.ID]; !ok || now.over(before) {
				out[c.ID] = now
			}
		}
	}
	return out
}

// joinedEvents returns the events of the results that count, with times from the start of
// the first shard.
func joinedEvents(parts []part, of map[string]pick, start time.Time) []engine.Event {
	var events []engine.Event
	for i, p := range parts {
		for _, e := range p.events {
			if id := e.Case(); id != "" && of[id].part != i {
				continue
			}
			for _, rec := range []*engine.Record{e.Ran, e.Clean} {
				if rec != nil {
					delay(rec.Case.Steps, p.run.Started.Sub(start))
				}
			}
			events = append(events, e)
		}
	}
	return events
}

// delay adds to the start of steps.
func delay(steps []result.Step, by time.Duration) {
	for i := range steps {
		steps[i].Start += by
	}
}
