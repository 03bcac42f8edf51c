package settings

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/ocispec/ocispec/internal/nearest"
)

// Entry is the value of a setting and where it comes from.
type Entry struct {
	Value  any // string, bool, []string, float64 or time.Duration
	Origin string
}

// Settings are the effective settings.
type Settings struct {
	schema  *schema
	entries map[string]Entry
}

// Input is where settings come from.
type Input struct {
	// Flags has the values given by flags, by path.
	Flags map[string]Entry
	// Environ has variables as in os.Environ.
	Environ []string
	// File is the name of the file. If it is empty, the file is the one that
	// OCI_CONFIGURATION names, or one of the default names in Dir, if there is
	// any.
	File string
	Dir  string
	// NoFile is for settings of which no file is read.
	NoFile bool
}

// Load reads the settings. The warnings are about variables without effect. The
// error is for the user, and can have several lines.
func Load(in Input) (*Settings, []string, error) {
	sc, err := readSchema()
	if err != nil {
		return nil, nil, err
	}
	flags, err := sc.flags(in.Flags)
	if err != nil {
		return nil, nil, err
	}
	env := environ(in.Environ)
	own, err := sc.ownEnv(env)
	if err != nil {
		return nil, nil, err
	}
	oci, warnings, err := sc.ociEnv(env)
	if err != nil {
		return nil, nil, err
	}
	file, err := sc.file(in, env)
	if err != nil {
		return nil, nil, err
	}
	old, oldWarnings, err := sc.legacyEnv(env)
	if err != nil {
		return nil, nil, err
	}
	oldWarnings = append(oldWarnings, agree(oci, old.explicit)...)
	if err := conflict(oci, old.explicit); err != nil {
		return nil, nil, err
	}
	profile, err := sc.profile(flags, own, file)
	if err != nil {
		return nil, nil, err
	}
	named := !in.NoFile && in.File == "" && env[configuration] != ""
	s := &Settings{schema: sc, entries: map[string]Entry{}}
	for _, layer := range []map[string]Entry{flags, own, oci, file, old.explicit, profile, old.implied, sc.suiteDefaults(oci, file, named, old)} {
		for path, e := range layer {
			if _, ok := s.entries[path]; !ok {
				s.entries[path] = e
			}
		}
	}
	warnings = append(warnings, oldWarnings...)
	for _, f := range sc.fields {
		if e, ok := s.entries[f.Path]; ok && f.None != "" {
			warnings = append(warnings, fmt.Sprintf("%s has no effect: %s", e.Origin, f.None))
		}
	}
	slices.Sort(warnings)
	return s, slices.Compact(warnings), nil
}

// flags converts the texts of flags to the kinds of their fields.
func (s *schema) flags(given map[string]Entry) (map[string]Entry, error) {
	out := map[string]Entry{}
	for path, e := range given {
		if text, ok := e.Value.(string); ok {
			v, err := s.field(path).parse(text)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", e.Origin, err)
			}
			e.Value = v
		}
		out[path] = e
	}
	return out, nil
}

// Text returns the value of a text, or "".
func (s *Settings) Text(path string) string {
	v, _ := s.entries[path].Value.(string)
	return v
}

// List returns the value of a list.
func (s *Settings) List(path string) []string {
	v, _ := s.entries[path].Value.([]string)
	return v
}

// Number returns the value of a number, or 0.
func (s *Settings) Number(path string) float64 {
	v, _ := s.entries[path].Value.(float64)
	return v
}

// Duration returns the value of a duration, or 0.
func (s *Settings) Duration(path string) time.Duration {
	v, _ := s.entries[path].Value.(time.Duration)
	return v
}

// Switch returns the value of a boolean, and whether it is set.
func (s *Settings) Switch(path string) (on, set bool) {
	v, ok := s.entries[path].Value.(bool)
	return v, ok
}

// Origin returns where the value of a setting comes from, or "".
func (s *Settings) Origin(path string) string { return s.entries[path].Origin }

// Switches returns the booleans below a path, by their full path.
func (s *Settings) Switches(below ...string) map[string]bool {
	out := map[string]bool{}
	for path, e := range s.entries {
		top, _, _ := strings.Cut(path, ".")
		if on, ok := e.Value.(bool); ok && slices.Contains(below, top) {
			out[path] = on
		}
	}
	return out
}

// ReadOnly reports whether a run must not write: it is to read only, or pushing
// is off.
func (s *Settings) ReadOnly() bool {
	readOnly, _ := s.Switch("readOnly")
	push, set := s.Switch("apis.push")
	return readOnly || set && !push
}

// NewRepos reports whether a run may push to further repositories.
func (s *Settings) NewRepos() bool {
	on, set := s.Switch("newRepos")
	return on || !set
}

// Keep reports whether a run leaves its content: all deletions are off.
func (s *Settings) Keep() bool {
	return !slices.ContainsFunc(deletions, func(path string) bool {
		on, set := s.Switch(path)
		return on || !set
	})
}

// kinds describe the kinds of fields, for tables and for errors.
var kinds = [...]struct{ name, want string }{
	Text:     {"text", "a text in quotes"},
	Switch:   {"boolean", "true or false"},
	List:     {"list", "a list of texts"},
	Number:   {"number", "a number above zero"},
	Duration: {"duration", "a duration above zero, as in 30s or 10m"},
}

var errNotPositive = errors.New("not above zero")

// parse converts the text of a variable or a flag to the kind of a field. Lists
// are separated by spaces.
func (f *Field) parse(text string) (any, error) {
	switch f.Kind {
	case Number:
		n, err := strconv.ParseFloat(text, 64)
		if err != nil || n <= 0 || math.IsInf(n, 0) {
			return nil, fmt.Errorf("want %s, not %q", kinds[f.Kind].want, text)
		}
		return n, nil
	case Duration:
		d, err := time.ParseDuration(text)
		if err != nil || d <= 0 {
			return nil, fmt.Errorf("want %s, not %q", kinds[f.Kind].want, text)
		}
		return d, nil
	case Switch:
		b, err := strconv.ParseBool(text)
		if err != nil {
			return nil, fmt.Errorf("want true or false, not %q", text)
		}
		return b, nil
	case List:
		return strings.Fields(text), nil
	}
	return text, f.allowed(text)
}

// allowed reports a text that is not one of the field's values.
func (f *Field) allowed(text string) error {
	if f.Values != nil && !slices.Contains(f.Values, text) {
		return fmt.Errorf("unknown value %q; want one of %s%s", text, strings.Join(f.Values, ", "), nearest.DidYouMean(text, f.Values))
	}
	return nil
}
