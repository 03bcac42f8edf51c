package release

import (
	"cmp"
	"errors"
	"fmt"
	"regexp"
	"slices"

	"github.com/ocispec/ocispec/engine/release/match"
)

// errEmpty is the error for a missing value in a compiled release.
var errEmpty = errors.New("a required value is missing")

// check validates a release read from a file, without its cases and rules.
func (r *Release) check() error {
	if r.Version == "" || len(r.Patches) == 0 {
		return errEmpty
	}
	if re, err := regexp.Compile(r.Repository); err != nil || r.Repository != "" && re.NumSubexp() == 0 {
		return fmt.Errorf("repository: %q is not a regular expression with a group", r.Repository)
	}
	for _, q := range r.Requirements {
		if q == nil || q.ID == "" {
			return fmt.Errorf("requirement: %w", errEmpty)
		}
	}
	for _, rule := range r.Rules {
		if rule == nil || slices.Contains(rule.Checks, nil) {
			return fmt.Errorf("rule: %w", errEmpty)
		}
	}
	return nil
}

// checkRules validates the rules.
func (r *Release) checkRules() error {
	for _, rule := range r.Rules {
		err := cmp.Or(rule.When.Check(), checkAll(rule.Checks))
		for _, on := range rule.On {
			err = cmp.Or(err, on.Path.Check())
		}
		if err != nil {
			return fmt.Errorf("rule %s: %w", rule.ID, err)
		}
	}
	return nil
}

func checkAll(checks []*Check) error {
	for _, k := range checks {
		if k == nil || k.Response == nil || k.Requirement == "" {
			return fmt.Errorf("check: %w", errEmpty)
		}
		if err := cmp.Or(k.Response.Check(), k.When.Check()); err != nil {
			return fmt.Errorf("check of %s: %w", k.Requirement, err)
		}
	}
	return nil
}

func (c *Case) check() error {
	for _, s := range slices.Concat(c.Steps, c.Cleanup) {
		if s == nil || s.Method == "" || s.ID == "" {
			return fmt.Errorf("step: %w", errEmpty)
		}
		if err := s.check(); err != nil {
			return fmt.Errorf("step %s: %w", s.ID, err)
		}
	}
	for _, d := range c.Data {
		if d == nil {
			return fmt.Errorf("data: %w", errEmpty)
		}
		if err := d.check(); err != nil {
			return fmt.Errorf("data %s: %w", d.Name, err)
		}
	}
	return nil
}

// MaxCount is the maximum of Step.Count.
const MaxCount = 1000

func (s *Step) check() error {
	errs := []error{s.Gate.Check(), s.Unsupported.Check(), checkAll(s.Checks)}
	if s.Cut < 0 || s.Cut > 0 && (s.Body == nil || len(s.Checks) > 0 || s.Gate != nil || s.Pages != nil || s.Repeat != nil) {
		errs = append(errs, errors.New("a step with cut has a body, and no response to check or to wait for"))
	}
	if s.Count < 0 || s.Count > MaxCount {
		errs = append(errs, fmt.Errorf("count is %d, want at most %d", s.Count, MaxCount))
	}
	s.Inputs(func(t match.Template) {
		if s.Count == 0 && slices.Contains(t.Names(), "n") {
			errs = append(errs, errors.New("${n} is only allowed in a step with count"))
		}
	})
	for _, w := range s.When {
		errs = append(errs, w.Response.Need())
	}
	for _, o := range s.Observe {
		errs = append(errs, o.Response.Need())
	}
	for _, k := range s.Captures {
		_, err := regexp.Compile(k.Regexp)
		errs = append(errs, err)
	}
	if p := s.Pages; p != nil && p.Max < 1 {
		errs = append(errs, fmt.Errorf("pages: max is %d, want at least 1", p.Max))
	}
	if p := s.Repeat; p != nil {
		errs = append(errs, p.Until.Need())
		if p.Times < 1 || p.Every < 0 {
			errs = append(errs, fmt.Errorf("repeat: invalid times %d or every %v", p.Times, p.Every))
		}
	}
	return cmp.Or(errs...)
}

// check validates the description of content.
func (d *Data) check() error {
	sizes := []int64{d.Size}
	given := 0
	for _, is := range []bool{d.Random != nil, d.Text != nil, d.JSON != nil, d.Concat != nil, d.Tar != nil} {
		if is {
			given++
		}
	}
	if d.Random != nil {
		sizes = append(sizes, *d.Random)
	}
	for _, f := range d.Tar {
		sizes = append(sizes, f.Size)
	}
	if slices.Min(sizes) < 0 {
		return fmt.Errorf("negative size %d", slices.Min(sizes))
	}
	if d.Announced != nil && (d.Random == nil || d.Gzip || d.Announced.Most < *d.Random) {
		return errors.New("announced is for random content that is not compressed, and most is at least its size")
	}
	if given > 1 {
		return fmt.Errorf("%d kinds of content, want at most one of random, text, json, concat and tar", given)
	}
	return nil
}
