package main

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/ocispec/ocispec/engine"
	"github.com/ocispec/ocispec/result"
)

const mergeHelp = `Merge joins the shards of a run (ocispec run --shard 2/3 --out DIR) into the results
that one run of all cases would have. It takes the directories of all shards, in any
order.

A case that several shards needed counts once, with its worst outcome. The seed is
that of the first shard. The exit status is that of ocispec run.`

func newMerge() *cobra.Command {
	var f runFlags
	cmd := &cobra.Command{
		Use:     "merge DIR...",
		Short:   "Join the shards of a run",
		Long:    mergeHelp,
		Example: "  ocispec merge shard-1 shard-2 shard-3 --out results",
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 {
				return usage("%s needs the directories of the shards of a run", cmd.CommandPath())
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			return f.merge(args, cmd.OutOrStdout(), cmd.ErrOrStderr())
		},
	}
	f.addDir(cmd)
	f.outputFlags.add(cmd)
	cmd.Flags().StringVar(&f.baselineFile, "baseline", "", "`file` with known findings: the merge fails if others occur, or one of them does not")
	return cmd
}

// part is a shard that has ended.
type part struct {
	dir    string
	shard  shard
	head   head
	events []engine.Event
	run    *result.Run // its own results
}

func (f *runFlags) merge(dirs []string, stdout, stderr io.Writer) error {
	if err := errors.Join(f.outputFlags.check(), f.readBaseline(), writable("--out", f.out)); err != nil {
		return err
	}
	var parts []part
	for _, dir := range dirs {
		p, err := readPart(dir)
		if err != nil {
			return err
		}
		parts = append(parts, p)
	}
	slices.SortStableFunc(parts, func(a, b part) int { return cmp.Compare(a.shard.i, b.shard.i) })
	if err := allOf(parts); err != nil {
		return err
	}
	res, err := f.joined(parts)
	if err != nil {
		return err
	}
	if f.known != nil && f.known.Spec != res.Spec {
		return usage("%s: the baseline is of %s, the run of %s", f.baselineFile, f.known.Spec, res.Spec)
	}
	if err := f.write(stdout, res); err != nil {
		return err
	}
	return f.verdict(res, stderr)
}

// readPart reads the events and the results of a shard in a directory.
func readPart(dir string) (part, error) {
	if _, err := os.Stat(filepath.Join(dir, journalName)); err == nil {
		return part{}, usage("the shard in %s has not ended: go on with it by ocispec run --resume %s", dir, dir)
	}
	h, events, err := readEvents(filepath.Join(dir, shardName))
	if errors.Is(err, fs.ErrNotExist) {
		return part{}, usage("%s has no %s: it is there after ocispec run --shard 1/3 --out %s", dir, shardName, dir)
	}
	if err != nil {
		return part{}, err
	}
	s, err := parseShard(h.Shard)
	if err != nil || s.n == 0 {
		return part{}, usage("%s is not of a shard", filepath.Join(dir, shardName))
	}
	run, err := readResults(filepath.Join(dir, "results.json"), nil)
	return part{dir, s, *h, events, run}, err
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
	return nil
}

// joined returns the results of the run that the shards are of.
func (f *runFlags) joined(parts []part) (*result.Run, error) {
	h := parts[0].head
	h.Shard, h.Seed = "", parts[0].shard.whole(h.Seed)
	res, err := f.rebuilt(&h, once(parts))
	if err != nil {
		return nil, fmt.Errorf("merge: %w", err)
	}
	res.Requests, res.Started, res.Ended = 0, parts[0].run.Started, parts[0].run.Ended
	for _, p := range parts {
		res.Requests += p.run.Requests
		if p.run.Started.Before(res.Started) {
			res.Started = p.run.Started
		}
		if p.run.Ended.After(res.Ended) {
			res.Ended = p.run.Ended
		}
	}
	res.Insecure = parts[0].run.Insecure
	return res, nil
}

// once returns the events of all shards, without those of a case that came out better
// than in another shard.
func once(parts []part) []engine.Event {
	type run struct {
		part    int
		outcome result.Outcome
	}
	worst := map[string]run{} // by case
	for i, p := range parts {
		for _, c := range p.run.Cases {
			w, ok := worst[c.ID]
			if !ok || w.outcome != c.Outcome && result.Worse(w.outcome, c.Outcome) == c.Outcome {
				worst[c.ID] = run{i, c.Outcome}
			}
		}
	}
	var events []engine.Event
	for i, p := range parts {
		for _, e := range p.events {
			if id := e.Case(); id == "" || worst[id].part == i {
				events = append(events, e)
			}
		}
	}
	return events
}
