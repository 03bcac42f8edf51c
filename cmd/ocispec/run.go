package main

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"path"
	"strings"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/ocispec/ocispec/engine"
	"github.com/ocispec/ocispec/engine/release"
	"github.com/ocispec/ocispec/internal/baseline"
	"github.com/ocispec/ocispec/internal/settings"
	"github.com/ocispec/ocispec/result"
)

const runHelp = `Run executes the cases of a release against a registry and prints one finding per
distinct violation of a requirement, and a summary.

Without a registry (--registry, OCISPEC_REGISTRY or a configuration file) it
tests the built-in model registry.

A run writes to the repositories --repo and --other and to repositories below the
first, and deletes only what it pushed there. Credentials come from
OCISPEC_USERNAME and OCISPEC_PASSWORD, from --username and --password-stdin, from the
configuration file, or from docker login.

Settings come from flags, from variables OCISPEC_*, and from ocispec.yaml or
ocispec.cue in the working directory. The variables of the OCI conformance suite,
its file oci-conformance.yaml and the variables of the older suite work as they
are. See ocispec config.`

// runFlags are the flags of run.
type runFlags struct {
	specFlags
	registryFlags
	outputFlags
	selection []string
	seed      string
	resume    string
	shardText string // --shard
	shard     shard
	strict    bool
	dry       bool

	rerun        string // --rerun-failed
	baselineFile string
	known        *baseline.Baseline // of the file, or nil

	// earlier and past are the run to go on with.
	earlier *head
	past    []engine.Event
}

func newRun() *cobra.Command {
	var f runFlags
	cmd := &cobra.Command{
		Use:   "run",
		Short: "Test a registry",
		Long:  runHelp,
		Example: `  ocispec run --spec v1.1
  ocispec run --spec v1.1 --registry http://127.0.0.1:5000 --out results
  ocispec run --spec dev --registry https://registry.example.com --run 'tags-*'`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			set, err := f.resumed(cmd)
			if err != nil {
				return err
			}
			return f.run(cmd.Context(), set, cmd.OutOrStdout(), cmd.ErrOrStderr())
		},
	}
	f.add(cmd)
	return cmd
}

// add adds the flags of run.
func (f *runFlags) add(cmd *cobra.Command) {
	f.specFlags.add(cmd)
	f.registryFlags.add(cmd)
	f.outputFlags.add(cmd)
	fl := cmd.Flags()
	fl.StringSliceVar(&f.selection, "run", nil, "run only the cases whose id matches a `glob`, and the cases that they need; can be repeated")
	fl.StringVar(&f.seed, "seed", "", "`text` that the content is generated from; what has to be absent is new in each run, by a part after a slash")
	fl.StringVar(&f.resume, "resume", "", "`directory` of a run that was killed or interrupted, to go on with it")
	fl.StringVar(&f.shardText, "shard", "", "run a `part` of the cases, as in 2/3, and those that they need; ocispec merge joins the parts")
	fl.BoolVar(&f.dry, "dry-run", false, "print the requests that a run would send, by endpoint, and send none of them")
	fl.String("parallel", "", "largest `number` of concurrent requests (default 16, or 64 if responses take 5 ms or more)")
	fl.StringVar(&f.rerun, "rerun-failed", "", "run only the cases that did not pass in a results.json `file`, and the cases that they need")
	fl.StringVar(&f.baselineFile, "baseline", "", "`file` with known findings: the run fails if others occur, or one of them does not")
	fl.BoolVar(&f.strict, "strict", false, "report a violated SHOULD as a failure")
	cmd.RegisterFlagCompletionFunc("run", f.completeCases)
}

func (f *runFlags) run(ctx context.Context, set *settings.Settings, stdout, stderr io.Writer) error {
	if err := f.check(); err != nil {
		return err
	}
	lib, err := f.releases()
	if err != nil {
		return err
	}
	rel, err := lib.find(first(set.Text("spec"), defaultSpec))
	if err != nil {
		return err
	}
	if err := f.comparable(rel, set); err != nil {
		return err
	}
	opts, err := f.options(rel, set)
	if err != nil {
		return err
	}
	if f.dry {
		return f.dryRun(ctx, rel, set, opts, stdout)
	}
	f.out = set.Text("out")
	if f.out == "none" {
		f.out = ""
	}
	if on, _ := set.Switch("debug"); on && !f.quiet {
		f.verbose = max(f.verbose, 2)
	}
	f.hideDisabled, _ = set.Switch("hideDisabled")
	if f.shard.n > 0 && f.out == "" {
		return usage("--shard needs --out: ocispec merge reads the results of the shards there")
	}
	if err := writable("--out", f.out); err != nil {
		return err
	}
	session, err := f.open(ctx, rel, set, stderr)
	if err != nil {
		return err
	}
	defer session.close()
	if limit := set.Duration("deadline"); limit > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeoutCause(ctx, limit, fmt.Errorf("the deadline of %v has passed", limit))
		defer cancel()
	}
	h := newHead(rel, session, f, opts)
	if err := f.sameRun(h); err != nil {
		return err
	}
	wait, err := session.preflight(ctx, rel, opts)
	if err != nil {
		return err
	}
	defer wait()
	opts.Parallel, opts.Before = concurrency(set, session.client.Fastest()), session.before
	defer limitMemory(rel)()
	log, bar := newJournal(f.out, h, f.past), newProgress(stderr, f.quiet)
	opts.Journal, opts.Progress = log.add, bar.update
	res, err := engine.Run(ctx, rel, session.target, session.client, opts)
	bar.done()
	if err != nil {
		return notRun(err)
	}
	for i := range res.Findings {
		res.Findings[i].Later = lib.Later(rel, res.Findings[i].Requirement)
	}
	res.Insecure, res.Shard = insecure(set) && !session.model, f.shardText
	if session.model {
		res.Registry = builtinName
	}
	if err := f.finish(stdout, res, log); err != nil {
		return err
	}
	if errors.Is(ctx.Err(), context.Canceled) {
		return errInterrupted
	}
	return f.verdict(res, stderr)
}

// check checks the flags that are not settings.
func (f *runFlags) check() error {
	if err := f.outputFlags.check(); err != nil {
		return err
	}
	if err := f.readFailed(); err != nil {
		return err
	}
	var err error
	if f.shard, err = parseShard(f.shardText); err != nil {
		return err
	}
	return f.readBaseline()
}

// readFailed selects the cases of an earlier run that did not pass.
func (f *runFlags) readFailed() error {
	if f.rerun == "" {
		return nil
	}
	res, err := readResults(f.rerun, nil)
	if err != nil {
		return err
	}
	before := len(f.selection)
	for _, c := range res.Cases {
		switch c.Outcome {
		case result.Fail, result.Warn, result.Blocked, result.Inconclusive, result.Error:
			f.selection = append(f.selection, c.ID)
		}
	}
	if len(f.selection) == before {
		return usage("--rerun-failed %s: all cases passed", f.rerun)
	}
	return nil
}

// options returns the options of a run.
func (f *runFlags) options(rel *release.Release, set *settings.Settings) (engine.Options, error) {
	if n := set.Number("parallel"); n > maxParallel || n != math.Trunc(n) {
		return engine.Options{}, usage("%s: want a whole number from 1 to %d", set.Origin("parallel"), maxParallel)
	}
	selected, err := selector(rel, f.selection)
	if err != nil {
		return engine.Options{}, err
	}
	own, err := f.shard.of(rel, selected)
	if err != nil {
		return engine.Options{}, err
	}
	f.saltSeed()
	return engine.Options{
		Seed: f.seed, Select: own, Parallel: concurrency(set, 0), Settings: switches(set), Strict: f.strict,
		ReadOnly: set.ReadOnly(), Given: given(rel, set), Keep: set.Keep(), MaxRequests: int(math.Ceil(set.Number("maxRequests"))), Budget: budget(set),
		Tool: result.Tool{Name: "ocispec", Version: version()}, FixedRepos: !set.NewRepos(), Past: f.past,
	}, nil
}

// switches returns the settings that select cases and rows. Tags that exist select the
// case that expects them in the tag list.
func switches(set *settings.Settings) map[string]bool {
	on := set.Switches("apis", "data", "scale")
	if len(set.List("given.tags")) > 0 {
		on["given.tags"] = true
	}
	return on
}

// budget returns how much a run may receive.
func budget(set *settings.Settings) engine.Budget {
	bytes := func(path string) int64 { return int64(min(math.Ceil(set.Number(path)*(1<<20)), 1<<50)) }
	return engine.Budget{Step: bytes("budget.step"), Case: bytes("budget.case"), Run: bytes("budget.run")}
}

// sameRun returns an error if a run to go on with tested something else.
func (f *runFlags) sameRun(h head) error {
	if f.earlier == nil {
		return nil
	}
	if what := h.differs(*f.earlier); what != "" {
		return usage("--resume %s: the run had other values of %s", f.resume, what)
	}
	return nil
}

// notRun is the error for a run that did not start.
func notRun(err error) error {
	if errors.Is(err, engine.ErrEmpty) {
		return &statusError{statusUsage, err}
	}
	return &statusError{statusFault, err}
}

// finish prints and stores results, and ends the journal.
func (f *runFlags) finish(stdout io.Writer, res *result.Run, log *journal) error {
	err := f.write(stdout, res)
	if logErr := log.close(err == nil); err == nil && logErr != nil {
		err = &statusError{statusFault, fmt.Errorf("write the journal: %w", logErr)}
	}
	return err
}

// builtinName stands in results for the URL of the model registry.
const builtinName = "the built-in model registry"

// resumed reads the settings of a run, and of the one to go on with.
func (f *runFlags) resumed(cmd *cobra.Command) (*settings.Settings, error) {
	if f.resume == "" {
		return f.settings(cmd)
	}
	var err error
	if f.earlier, f.past, err = readJournal(f.resume); err != nil {
		return nil, err
	}
	if f.earlier.Registry == "" {
		return nil, usage("the run in %s tested the built-in model registry: nothing is left of it", f.resume)
	}
	if f.seed != "" {
		return nil, usage("--resume goes on with the seed of the run: leave out --seed")
	}
	fixed := f.earlier.entries(f.resume)
	fixed["out"] = settings.Entry{Value: f.resume, Origin: f.resume}
	if f.shardText != "" && f.shardText != f.earlier.Shard {
		return nil, usage("--resume goes on with the cases of the run in %s: leave out --shard", f.resume)
	}
	f.shardText = f.earlier.Shard
	f.seed, _, _ = strings.Cut(f.earlier.Seed, "/")
	if !cmd.Flags().Changed("run") {
		f.selection = f.earlier.Run
	}
	if !cmd.Flags().Changed("strict") {
		f.strict = f.earlier.Strict
	}
	return f.settingsWith(cmd, fixed)
}

// saltSeed completes the seed of a run: what has to be absent is new in each run. A run
// to go on with keeps the rest of its seed, since the content that it pushed stays.
func (f *runFlags) saltSeed() {
	if f.seed == "" {
		f.seed = newSeed()
		return
	}
	if f.earlier == nil {
		f.seed = f.shard.seed(f.seed)
	}
	if !strings.Contains(f.seed, "/") {
		f.seed += "/" + newSeed()[:6]
	}
}

// given returns the content that exists already, by kind.
func given(rel *release.Release, set *settings.Settings) map[string][]string {
	out := map[string][]string{}
	for _, g := range rel.Given {
		out[g.ID] = set.List("given." + g.ID)
	}
	return out
}

var errInterrupted = &statusError{statusInterrupted, errors.New("interrupted; untested cases are inconclusive")}

// writable checks before a run that its results can be stored in the directory of a
// flag.
func writable(flag, dir string) error {
	if dir == "" {
		return nil
	}
	err := os.MkdirAll(dir, 0o777)
	if err == nil {
		var probe *os.File
		if probe, err = os.CreateTemp(dir, ".ocispec-*"); err == nil {
			err = errors.Join(probe.Close(), os.Remove(probe.Name()))
		}
	}
	if err != nil {
		return &statusError{statusFault, fmt.Errorf("%s: write results: %w", flag, err)}
	}
	return nil
}

// outcomeStatus is the exit status that results lead to.
func outcomeStatus(res *result.Run) error {
	status := statusOK
	switch {
	case res.Counts.Checks[result.Error] > 0 || res.Outcome == result.Error:
		status = statusFault
	case res.Outcome == result.Fail:
		status = statusFailed
	case res.Outcome == result.Inconclusive || res.Outcome == result.Blocked:
		status = statusInconclusive
	default:
		return nil
	}
	return &statusError{status: status}
}

// selector makes a selection of cases from globs. One that selects nothing is
// an error, since it would succeed without having tested anything.
func selector(rel *release.Release, globs []string) (func(string) bool, error) {
	if len(globs) == 0 {
		return nil, nil
	}
	selected := map[string]bool{}
	for _, g := range globs {
		n := 0
		for _, c := range rel.Cases {
			ok, err := matches(g, c)
			if err != nil {
				return nil, usage("--run %q: %v", g, err)
			}
			if ok {
				n++
				selected[c.ID] = true
			}
		}
		if n == 0 {
			return nil, usage("--run %q matches no case of %s (see ocispec list --spec %s)", g, rel.Patch, rel.Patch)
		}
	}
	return func(id string) bool { return selected[id] }, nil
}

// matches reports whether a glob matches the id of a case or one of its earlier
// ids.
func matches(glob string, c *release.Case) (bool, error) {
	for _, id := range append([]string{c.ID}, c.Aliases...) {
		if ok, err := path.Match(glob, id); ok || err != nil {
			return ok, err
		}
	}
	return false, nil
}

func newSeed() string {
	var b [8]byte
	rand.Read(b[:]) // never fails
	return hex.EncodeToString(b[:])
}

// colorful reports whether what is written to w may have colours.
func colorful(w io.Writer) bool {
	return isTerminal(w) && os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb"
}

func isTerminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}

// width is the number of columns of a terminal, 0 if w is none.
func width(w io.Writer) int {
	if f, ok := w.(*os.File); ok {
		if n, _, err := term.GetSize(int(f.Fd())); err == nil {
			return n
		}
	}
	return 0
}
