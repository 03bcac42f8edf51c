package main

import (
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"

	"github.com/ocispec/ocispec/result"
)

const mergeHelp = `Merge joins the shards of a run (ocispec run --shard 2/3 --out DIR) into the results
that one run of all cases would have. It takes the directories of all shards, in any
order.

A case that several shards needed counts once, with its worst outcome; a shard that did
not get to it does not count. Cases that no shard got to are inconclusive, also those of
a shard that was killed.

The seed is that of the first shard; times are from the start of the earliest. The exit
status is that of ocispec run.`

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

func (f *runFlags) merge(dirs []string, stdout, stderr io.Writer) error {
	if err := errors.Join(f.outputFlags.check(), f.readBaseline(), writable("--out", f.out)); err != nil {
		return err
	}
	if err := separate(f.out, dirs); err != nil {
		return err
	}
	parts, err := f.readParts(dirs)
	if err != nil {
		return err
	}
	if err := f.comparableParts(parts[0].head); err != nil {
		return err
	}
	for _, p := range parts {
		if p.pending {
			fmt.Fprintf(stderr, "shard %v has not ended, or not cleaned up: go on with it by ocispec run --resume %s\n", p.shard, p.dir)
		}
	}
	res, err := f.joined(parts)
	if err != nil {
		return err
	}
	if err := f.write(stdout, res); err != nil {
		return err
	}
	return f.verdict(res, stderr)
}

// joined returns the results of the run that the shards are of.
func (f *runFlags) joined(parts []part) (*result.Run, error) {
	h := parts[0].head
	h.Shard, h.Seed = "", parts[0].shard.whole(h.Seed)
	start := parts[0].run.Started
	for _, p := range parts {
		if p.run.Started.Before(start) {
			start = p.run.Started
		}
	}
	of := picks(parts)
	res, err := f.rebuilt(&h, joinedEvents(parts, of, start), notRunBy(of))
	if err != nil {
		return nil, fmt.Errorf("merge: %w", err)
	}
	res.Requests, res.Started, res.Ended = 0, start, start
	for _, p := range parts {
		res.Requests += p.run.Requests
		res.Chain = max(res.Chain, p.run.Chain)
		res.Insecure = res.Insecure || p.run.Insecure
		if p.run.Ended.After(res.Ended) {
			res.Ended = p.run.Ended
		}
	}
	return res, nil
}

// notRunBy returns the messages on the cases that have not run.
func notRunBy(of map[string]pick) map[string]string {
	why := map[string]string{}
	for id, p := range of {
		if p.unfinished() {
			why[id] = p.why()
		}
	}
	return why
}

// comparableParts returns an error if there is a baseline and the shards are not of a run
// of all cases.
func (f *runFlags) comparableParts(h head) error {
	switch {
	case f.known == nil:
	case f.known.Spec != h.Spec:
		return usage("%s: the baseline is of %s, the run of %s", f.baselineFile, f.known.Spec, h.Spec)
	case len(h.Run) > 0 || h.ReadOnly:
		return usage("--baseline needs shards of a run of all cases, without --run, --rerun-failed and --read-only")
	}
	return nil
}

// separate returns an error if the results would replace those of a shard.
func separate(out string, dirs []string) error {
	if out == "" {
		return nil
	}
	to, err := os.Stat(out)
	if err != nil {
		return usage("--out: %v", err)
	}
	for _, dir := range dirs {
		if from, err := os.Stat(dir); err == nil && os.SameFile(from, to) {
			return usage("--out %s is the directory of a shard, whose results would be replaced; want another", out)
		}
	}
	return nil
}
