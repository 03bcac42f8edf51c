// Package fleet reads lists of registries to test, and prints plans of testing them
// for the schedulers that people have.
package fleet

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strconv"

	"github.com/ocispec/ocispec/internal/cuefile"
	"github.com/ocispec/ocispec/internal/settings"
)

// Fleet is a list of registries, as #Fleet in schemas/fleet.cue types it.
type Fleet struct {
	// Name is the name of the file, Source its text.
	Name, Source string
	// Items are the runs of the fleet, by registry, release and shard.
	Items []Item
	// Variables are the names of the variables with the logins, sorted.
	Variables []string
}

// Item is a run of the cases of a release against a registry, or a shard of it.
type Item struct {
	Registry, Release string
	// Shard is the number of the shard, from 1 to Shards. If Shards is 1, the item is
	// the whole run.
	Shard, Shards int
	// Settings are the settings of the run, except the login and the release.
	Settings map[string]settings.Entry
	// Username and Password are names of variables, or empty.
	Username, Password string
}

// ID names the item in a command, and its results in a registry: "zot-v1.1", or
// "zot-v1.1-2-of-3".
func (i Item) ID() string {
	id := i.Registry + "-" + i.Release
	if i.Shards > 1 {
		id += fmt.Sprintf("-%d-of-%d", i.Shard, i.Shards)
	}
	return id
}

// Whole is the directory of the results of the whole run, below that of the fleet.
func (i Item) Whole() string { return i.Registry + "/" + i.Release }

// Dir is the directory of the results of the item, below that of the fleet.
func (i Item) Dir() string {
	if i.Shards > 1 {
		return fmt.Sprintf("%s/shard-%d", i.Whole(), i.Shard)
	}
	return i.Whole()
}

// Load reads a file. Errors name the position in it.
func Load(name string) (*Fleet, error) {
	b, err := os.ReadFile(name)
	if err != nil {
		return nil, err
	}
	return Parse(name, b)
}

// Parse reads a file in YAML or, if its name ends in .cue, in CUE.
func Parse(name string, b []byte) (*Fleet, error) {
	var file struct {
		Registries map[string]struct {
			Releases           []string
			Username, Password string
			Shards             int
		}
	}
	v, err := cuefile.Value(name, b, "fleet.cue", "#Fleet")
	if err == nil {
		err = v.Decode(&file)
	}
	if err != nil {
		return nil, err
	}
	f := &Fleet{Name: name, Source: string(b)}
	var errs []error
	for registry, r := range file.Registries {
		set, err := settings.Read(name, cuefile.Field(v, "registries", registry, "settings"))
		errs = append(errs, err)
		for _, path := range []string{"spec", "username", "password", "out"} {
			if e, ok := set[path]; ok {
				errs = append(errs, fmt.Errorf("%s: %s is not a setting of a fleet", e.Origin, path))
			}
		}
		for _, variable := range []string{r.Username, r.Password} {
			if variable != "" && !slices.Contains(f.Variables, variable) {
				f.Variables = append(f.Variables, variable)
			}
		}
		// Defaults in the schema would make each error one of an empty disjunction.
		if r.Releases == nil {
			r.Releases = []string{"v1.1"}
		}
		r.Shards = max(r.Shards, 1)
		for n, release := range r.Releases {
			if slices.Contains(r.Releases[:n], release) {
				errs = append(errs, fmt.Errorf("%s: registry %s has the release %s twice", name, registry, release))
			}
			for n := range r.Shards {
				f.Items = append(f.Items, Item{registry, release, n + 1, r.Shards, set, r.Username, r.Password})
			}
		}
	}
	if len(file.Registries) == 0 {
		errs = append(errs, fmt.Errorf("%s has no registries", name))
	}
	slices.Sort(f.Variables)
	slices.SortFunc(f.Items, Item.compare)
	return f, errors.Join(errs...)
}

// Item returns the item with an ID, or at a position from 0.
func (f *Fleet) Item(name string) (Item, error) {
	if i, err := strconv.Atoi(name); err == nil && i >= 0 && i < len(f.Items) {
		return f.Items[i], nil
	}
	i := slices.IndexFunc(f.Items, func(i Item) bool { return i.ID() == name })
	if i < 0 {
		return Item{}, fmt.Errorf("%s has no item %q: it has the numbers 0 to %d, and names as in %s", f.Name, name, len(f.Items)-1, f.Items[0].ID())
	}
	return f.Items[i], nil
}

// Runs returns the items of one machine, which gains nothing by shards: one for each
// registry and release.
func (f *Fleet) Runs() []Item {
	var runs []Item
	for _, i := range f.Items {
		if i.Shard == 1 {
			i.Shards = 1
			runs = append(runs, i)
		}
	}
	return runs
}
