package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/ocispec/ocispec/engine"
	"github.com/ocispec/ocispec/engine/release"
	"github.com/ocispec/ocispec/internal/settings"
	"github.com/ocispec/ocispec/result"
)

// journalName is the file with the events of a run, in the directory of --out. A
// line is an event, or the head of the run that the following events are of. A
// run that cleaned up removes it.
const journalName = "events.jsonl"

// head is what a run tests.
type head struct {
	Tool       result.Tool         `json:"tool"`
	Started    time.Time           `json:"started"`
	Spec       string              `json:"spec"`
	Seed       string              `json:"seed"`
	Registry   string              `json:"registry"` // "" for the built-in model registry
	Repo       string              `json:"repo"`
	Other      string              `json:"other"`
	Hosts      []string            `json:"hosts,omitempty"`
	Run        []string            `json:"run,omitempty"` // globs
	Shard      string              `json:"shard,omitempty"`
	Settings   map[string]bool     `json:"settings,omitempty"`
	Given      map[string][]string `json:"given,omitempty"`
	ReadOnly   bool                `json:"readOnly,omitempty"`
	FixedRepos bool                `json:"fixedRepos,omitempty"`
	Keep       bool                `json:"keep,omitempty"`
	Strict     bool                `json:"strict,omitempty"`
}

// newHead returns the head of a run.
func newHead(rel *release.Release, s *session, f *runFlags, opts engine.Options) head {
	h := head{
		Tool: opts.Tool, Started: time.Now().UTC(), Spec: rel.Patch, Seed: opts.Seed, Repo: s.target.Repo, Other: s.target.Other, Hosts: s.target.Hosts,
		Run: f.selection, Shard: f.shardText, Settings: opts.Settings, Given: opts.Given, ReadOnly: opts.ReadOnly, FixedRepos: opts.FixedRepos, Keep: opts.Keep, Strict: opts.Strict,
	}
	if !s.model {
		h.Registry = s.target.URL.String()
	}
	return h
}

// options returns the options of the run.
func (h *head) options(rel *release.Release, past []engine.Event) (engine.Options, error) {
	selected, err := selector(rel, h.Run)
	if err != nil {
		return engine.Options{}, err
	}
	part, err := parseShard(h.Shard)
	if err != nil {
		return engine.Options{}, err
	}
	own, err := part.of(rel, selected)
	return engine.Options{
		Tool: h.Tool, Seed: h.Seed, Select: own, Settings: h.Settings, Given: h.Given, ReadOnly: h.ReadOnly,
		FixedRepos: h.FixedRepos, Keep: h.Keep, Strict: h.Strict, Past: past,
	}, err
}

// target returns the target of the run.
func (h *head) target() (engine.Target, error) {
	t := engine.Target{Repo: h.Repo, Other: h.Other, Hosts: h.Hosts}
	var err error
	t.URL, err = registryURL(first(h.Registry, "http://127.0.0.1"), "")
	return t, err
}

// entries returns the settings of the run that another command has to use.
func (h *head) entries(origin string) map[string]settings.Entry {
	out := map[string]settings.Entry{}
	for path, v := range map[string]any{"spec": h.Spec, "registry": h.Registry, "repo": h.Repo, "other": h.Other, "allowHosts": h.Hosts} {
		out[path] = settings.Entry{Value: v, Origin: origin}
	}
	return out
}

// differs names what another run tests differently, or is empty.
func (h *head) differs(o head) string {
	return untrue(h.sameCases(o))
}

// differsElsewhere names what another run of the same cases tests elsewhere, or is empty.
func (h *head) differsElsewhere(o head) string {
	same := h.sameCases(o)
	maps.Copy(same, map[string]bool{
		"the release (--spec)": h.Spec == o.Spec, "the registry (--registry)": h.Registry == o.Registry,
		"the repositories (--repo, --other)": h.Repo == o.Repo && h.Other == o.Other, "the version of ocispec": h.Tool == o.Tool,
		"the content given": maps.EqualFunc(h.Given, o.Given, slices.Equal),
	})
	return untrue(same)
}

// sameCases says for each setting that selects or judges cases whether another run has
// the same.
func (h *head) sameCases(o head) map[string]bool {
	return map[string]bool{
		"the cases (--run)": slices.Equal(h.Run, o.Run), "the settings of APIs and data": maps.Equal(h.Settings, o.Settings),
		"readOnly": h.ReadOnly == o.ReadOnly, "newRepos": h.FixedRepos == o.FixedRepos, "--strict": h.Strict == o.Strict,
	}
}

func untrue(facts map[string]bool) string {
	var names []string
	for name, is := range facts {
		if !is {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return strings.Join(names, ", ")
}

// journal is a journal that is written. Its errors do not end a run.
type journal struct {
	f     *os.File
	shard bool
	open  map[string]bool // started cases that are not cleaned up
	err   error
}

// newJournal creates the journal of a run in a directory, or goes on with the one
// that is there. Without a directory there is none.
func newJournal(dir string, h head, past []engine.Event) *journal {
	j := &journal{open: map[string]bool{}, shard: h.Shard != ""}
	if dir == "" {
		return j
	}
	how := os.O_APPEND
	if past == nil {
		how = os.O_TRUNC
	}
	j.f, j.err = os.OpenFile(filepath.Join(dir, journalName), os.O_CREATE|os.O_WRONLY|how, 0o644)
	// Merge must not take the events of an earlier shard for those of this run.
	if err := os.Remove(filepath.Join(dir, shardName)); j.err == nil && !errors.Is(err, fs.ErrNotExist) {
		j.err = err
	}
	for _, e := range past {
		j.count(e)
	}
	j.line(struct {
		Head head `json:"head"`
	}{h})
	return j
}

func (j *journal) line(v any) {
	if j.f == nil || j.err != nil {
		return
	}
	b, err := json.Marshal(v)
	if err == nil {
		_, err = j.f.Write(append(b, '\n'))
	}
	j.err = err
}

func (j *journal) add(e engine.Event) {
	j.count(e)
	j.line(e)
}

func (j *journal) count(e engine.Event) {
	switch {
	case e.Started != "":
		j.open[e.Started] = true
	case e.Undone != "":
		delete(j.open, e.Undone)
	case e.Clean != nil:
		delete(j.open, e.Clean.Case.ID)
	}
}

// close removes the journal if nothing is left of the run and its results are
// stored. That of a shard is renamed.
func (j *journal) close(stored bool) error {
	if j.f == nil {
		return j.err
	}
	err := errors.Join(j.err, j.f.Close())
	if stored && len(j.open) == 0 {
		err = errors.Join(err, j.end())
	}
	return err
}

func (j *journal) end() error {
	if j.shard {
		return os.Rename(j.f.Name(), filepath.Join(filepath.Dir(j.f.Name()), shardName))
	}
	return os.Remove(j.f.Name())
}

// readJournal reads the journal in a directory.
func readJournal(dir string) (*head, []engine.Event, error) {
	h, past, err := readEvents(filepath.Join(dir, journalName))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil, usage("%s has no %s: it is there from the start of a run with --out %s until the run has cleaned up", dir, journalName, dir)
	}
	return h, past, err
}

// readEvents reads a file with events, which need not exist. A last line that is incomplete is
// ignored: the run was killed, or the disk full, while it wrote.
func readEvents(file string) (*head, []engine.Event, error) {
	f, err := os.Open(file)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil, err
	}
	if err != nil {
		return nil, nil, usage("%v", err)
	}
	defer f.Close()
	var h *head
	past := []engine.Event{}
	for r := bufio.NewReader(f); ; {
		line, err := r.ReadBytes('\n')
		if err == io.EOF {
			break
		}
		if err != nil {
			return nil, nil, usage("%v", err)
		}
		var e struct {
			engine.Event
			Head *head `json:"head"`
		}
		if err := json.Unmarshal(line, &e); err != nil {
			if _, more := r.Peek(1); h != nil && more == io.EOF {
				break
			}
			return nil, nil, usage("%s: %v", f.Name(), err)
		}
		if e.Head != nil {
			h = e.Head
			continue
		}
		past = append(past, e.Event)
	}
	if h == nil {
		return nil, nil, usage("%s is empty: nothing was sent", f.Name())
	}
	return h, past, nil
}

// reported returns the results of the run in a directory that was killed.
func (f *specFlags) reported(dir string) (*result.Run, error) {
	h, past, err := readJournal(dir)
	if err != nil {
		return nil, err
	}
	res, err := f.rebuilt(h, past, nil)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", dir, err)
	}
	res.Started, res.Ended, res.Shard = h.Started, h.Started, h.Shard
	return res, nil
}

// rebuilt returns the results of a run from its events, with messages on cases that have
// not run, by id.
func (f *specFlags) rebuilt(h *head, past []engine.Event, notRun map[string]string) (*result.Run, error) {
	lib, err := f.releases()
	if err != nil {
		return nil, err
	}
	rel, err := lib.find(h.Spec)
	if err != nil {
		return nil, err
	}
	opts, err := h.options(rel, past)
	if err != nil {
		return nil, err
	}
	opts.NotRun = notRun
	target, err := h.target()
	if err != nil {
		return nil, err
	}
	res, err := engine.Report(rel, target, opts)
	if err != nil {
		return nil, &statusError{statusFault, err}
	}
	if h.Registry == "" {
		res.Registry = builtinName
	}
	for i := range res.Findings {
		res.Findings[i].Later = lib.Later(rel, res.Findings[i].Requirement)
	}
	return res, nil
}
