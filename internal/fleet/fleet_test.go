package fleet

import (
	"bytes"
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write the golden files")

func TestItems(t *testing.T) {
	f, err := Load("testdata/fleet.cue")
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, i := range f.Items {
		got = append(got, i.ID()+" "+i.Dir())
	}
	want := `example-v1.1 example/v1.1
slow-v1.0-1-of-2 slow/v1.0/shard-1
slow-v1.0-2-of-2 slow/v1.0/shard-2
slow-v1.1-1-of-2 slow/v1.1/shard-1
slow-v1.1-2-of-2 slow/v1.1/shard-2`
	if text := strings.Join(got, "\n"); text != want {
		t.Errorf("items:\n%s\nwant:\n%s", text, want)
	}
	got = nil
	for _, i := range f.Runs() {
		got = append(got, i.ID()+" "+i.Dir())
	}
	if text := strings.Join(got, ", "); text != "example-v1.1 example/v1.1, slow-v1.0 slow/v1.0, slow-v1.1 slow/v1.1" {
		t.Errorf("runs: %s", text)
	}
	for _, name := range []string{"3", "slow-v1.1-1-of-2"} {
		if i, err := f.Item(name); err != nil || i.ID() != "slow-v1.1-1-of-2" {
			t.Errorf("item %s is %s, %v", name, i.ID(), err)
		}
	}
	for _, name := range []string{"-1", "5", "slow", ""} {
		if _, err := f.Item(name); err == nil || !strings.Contains(err.Error(), "it has the numbers 0 to 4, and names as in example-v1.1") {
			t.Errorf("item %s: %v", name, err)
		}
	}
	if i := f.Items[1]; i.Settings["rate"].Value != 2.0 || i.Settings["apis.referrer"].Value != false || i.Username != "ITEM" {
		t.Errorf("%+v", i)
	}
}

func TestErrors(t *testing.T) {
	for _, tt := range []struct{ name, file, want string }{
		{"nothing", `registries: {}`, "fleet.cue has no registries"},
		{"no settings", `registries: a: {}`, "registries.a.settings: field is required but not present"},
		{"name", `registries: "A b": settings: registry: "x"`, "field not allowed"},
		{"field", "registries: a: {\n\tsettings: registry: \"x\"\n\trelease: \"v1.0\"\n}", `fleet.cue:3:2: registries.a.release: field not allowed; did you mean "releases"?`},
		{"release", "registries: a: {\n\tsettings: registry: \"x\"\n\treleases: [\"v1.1; rm x\"]\n}", `fleet.cue:3:13: registries.a.releases.0: invalid value "v1.1; rm x"`},
		{"directory", "registries: a: {\n\tsettings: registry: \"x\"\n\treleases: [\"../..\"]\n}", `fleet.cue:3:13: registries.a.releases.0: invalid value "../.."`},
		{"twice", "registries: a: {\n\tsettings: registry: \"x\"\n\treleases: [\"v1.1\", \"v1.0\", \"v1.1\"]\n}", "registry a has the release v1.1 twice"},
		{"variable of a plan", "registries: a: {\n\tsettings: registry: \"x\"\n\tusername: \"OCISPEC_FLEET_ITEM\"\n}", `fleet.cue:3:12: registries.a.username: invalid value "OCISPEC_FLEET_ITEM"`},
		{"setting", "registries: a: settings: {\n\tregistry: \"x\"\n\treop: \"y\"\n}", `fleet.cue:3:2: unknown setting "reop"; did you mean "repo"?`},
		{"value", "registries: a: settings: {\n\tregistry: \"x\"\n\tdeadline: \"soon\"\n}", "fleet.cue:3:2: deadline: want a duration above zero"},
		{"login", "registries: a: settings: {\n\tregistry: \"x\"\n\tpassword: \"y\"\n}", "fleet.cue:3: password is not a setting of a fleet"},
		{"variable", "registries: a: {\n\tsettings: registry: \"x\"\n\tpassword: \"hunter2\"\n}", "password: "},
		{"shards", "registries: a: {\n\tsettings: registry: \"x\"\n\tshards: 101\n}", "shards: "},
	} {
		_, err := Parse("fleet.cue", []byte(tt.file))
		if err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: %v; want %s", tt.name, err, tt.want)
		}
	}
}

// TestPlans compares plans with golden files, and reads them with actionlint and with
// the API types of Kubernetes.
func TestPlans(t *testing.T) {
	f, err := Load("testdata/fleet.cue")
	if err != nil {
		t.Fatal(err)
	}
	f.Name = "ci/fleet: 1.cue"
	o := Options{PushSecret: "docker", Image: "registry.example.com/ocispec:1", Claim: "results", Secret: "logins", Parallel: 4}
	pushed := o
	pushed.Push = "registry.example.com/results"
	for name, o := range map[string]Options{"": o, "-push": pushed} {
		for _, format := range Formats {
			var b bytes.Buffer
			if err := f.Plan(&b, format, o); err != nil {
				t.Fatal(err)
			}
			golden := filepath.Join("testdata", format+name+".golden")
			if *update {
				if err := os.WriteFile(golden, b.Bytes(), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(golden)
			if err != nil || !bytes.Equal(b.Bytes(), want) {
				t.Errorf("%s differs (-update writes it): %v\n%s", golden, err, b.String())
			}
			t.Run(format+name, func(t *testing.T) { read(t, format, golden) })
		}
	}
}

// TestWorkflows reads the workflows of this repository.
func TestWorkflows(t *testing.T) {
	files, err := filepath.Glob("../../.github/workflows/*.yml")
	if err != nil || len(files) < 2 {
		t.Fatalf("workflows %v, %v", files, err)
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) { read(t, "github", file) })
	}
}

// TestPage reads the example of docs/fleet.md.
func TestPage(t *testing.T) {
	page, err := os.ReadFile("../../docs/fleet.md")
	if err != nil {
		t.Fatal(err)
	}
	_, example, _ := strings.Cut(string(page), "```cue\n")
	example, _, _ = strings.Cut(example, "```")
	f, err := Parse("fleet.cue", []byte(example))
	if err != nil {
		t.Fatal(err)
	}
	for _, id := range []string{"zot-v1.1", "slow-v1.0-2-of-3"} {
		if _, err := f.Item(id); err != nil {
			t.Error(err)
		}
	}
}

// read reads a plan with the program that testdata/readers/install.sh has built.
func read(t *testing.T, format, file string) {
	reader := filepath.Join(os.Getenv("OCISPEC_TOOLS"), "planread")
	if _, err := os.Stat(reader); err != nil {
		const msg = "the reader of plans is not installed: run internal/fleet/testdata/readers/install.sh DIR and set OCISPEC_TOOLS to DIR"
		if os.Getenv("OCISPEC_REQUIRE_CLIENTS") != "" {
			t.Fatal(msg)
		}
		t.Skip(msg)
	}
	out, err := exec.Command(reader, format, file).CombinedOutput()
	want := map[string]string{"github": "", "kubernetes": "5\n"}[format]
	if err != nil || string(out) != want {
		t.Errorf("%s: %v\n%s", file, err, out)
	}
}
