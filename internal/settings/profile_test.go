package settings

import (
	"maps"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/ocispec/ocispec"
)

// TestProfiles checks every profile: it conforms to the schema, and each of its
// settings has a reason, and each reason a setting.
func TestProfiles(t *testing.T) {
	all, err := Profiles()
	if err != nil {
		t.Fatal(err)
	}
	sc, err := readSchema()
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range all {
		t.Run(p.Name, func(t *testing.T) {
			if read, err := time.Parse("2006-01", p.AsOf); err != nil || read.After(time.Now()) {
				t.Errorf("read in %s: %v", p.AsOf, err)
			}
			entries, err := sc.entries(p)
			if err != nil || len(entries) == 0 {
				t.Fatalf("%d settings, %v", len(entries), err)
			}
			for path := range entries {
				if !slices.ContainsFunc(p.Because, func(b Because) bool { return b.covers(path) }) {
					t.Errorf("%s has no reason", path)
				}
			}
			for _, b := range p.Because {
				if !slices.ContainsFunc(slices.Collect(maps.Keys(entries)), b.covers) {
					t.Errorf("a reason for %s, which is not set", b.Path)
				}
			}
		})
	}
}

// TestBrokenProfile checks that the schema of profiles is closed.
func TestBrokenProfile(t *testing.T) {
	const good = `title: "T", asOf: "2026-11", settings: newRepos: false, because: newRepos: {reason: "r", source: "https://s"}`
	for name, tt := range map[string]struct{ profile, err string }{
		"good":            {good, ""},
		"no date":         {strings.Replace(good, `asOf: "2026-11", `, "", 1), "asOf"},
		"unsourced step":  {good + `, before: [{step: "log in"}]`, "source"},
		"no source":       {strings.Replace(good, `, source: "https://s"`, "", 1), "source"},
		"unknown setting": {good + `, settings: newRepo: true`, "newRepo"},
		"unknown api":     {good + `, settings: apis: blob: delete: false`, "blob"},
		"password":        {good + `, settings: password: "p"`, "explicit error"},
		"repository":      {good + `, settings: repo: "a"`, "explicit error"},
		"type":            {good + `, settings: rate: "fast"`, "rate"},
		"unknown field":   {good + `, strict: false`, "strict"},
	} {
		t.Run(name, func(t *testing.T) {
			source := fstest.MapFS{"profiles/p.cue": {Data: []byte("package profiles\n\nprofiles: p: {" + tt.profile + "}\n")}}
			for _, file := range []string{schemaFile, "schemas/profile.cue"} {
				b, err := ocispec.Source.ReadFile(file)
				if err != nil {
					t.Fatal(err)
				}
				source[file] = &fstest.MapFile{Data: b}
			}
			_, err := profiles(source)
			if (err == nil) != (tt.err == "") || err != nil && !strings.Contains(err.Error(), tt.err) {
				t.Errorf("%v, want %q", err, tt.err)
			}
		})
	}
}
