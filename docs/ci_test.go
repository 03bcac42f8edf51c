package docs

import (
	"bytes"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"gopkg.in/yaml.v3"

	"github.com/ocispec/ocispec/registry"
)

// program builds ocispec and returns the directory that it is in.
func program(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	build := exec.Command("go", "build", "-o", filepath.Join(dir, "ocispec"), "../cmd/ocispec")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return dir
}

// job is a CI job: a directory with the program in PATH, and a registry.
type job struct {
	dir, bin, registry string
}

func newJob(t *testing.T, bin string) *job {
	t.Helper()
	reg, err := registry.New(registry.Options{Release: "v1.1"})
	if err != nil {
		t.Fatal(err)
	}
	srv := httptest.NewServer(http.Handler(reg))
	t.Cleanup(srv.Close)
	j := &job{dir: t.TempDir(), bin: bin, registry: srv.URL}
	j.write(t, "known.yaml", "spec: v1.1.1\nfindings: []\n")
	return j
}

func (j *job) write(t *testing.T, name, text string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(j.dir, name), []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

// here replaces the registry and the directories of the examples.
func (j *job) here(s string) string {
	return strings.NewReplacer(
		"http://127.0.0.1:5000", j.registry, "http://registry:5000", j.registry,
		"localhost:5000", strings.TrimPrefix(j.registry, "http://"), " /results", " "+filepath.Join(j.dir, "results"),
	).Replace(s)
}

// run executes a command line as a CI system does, and returns its output. What
// installs ocispec is left out: the program is there.
func (j *job) run(t *testing.T, script string, env ...string) string {
	t.Helper()
	if strings.HasPrefix(script, "go install ") {
		return ""
	}
	cmd := exec.Command("bash", "--noprofile", "--norc", "-e", "-o", "pipefail", "-c", script)
	cmd.Dir = j.dir
	cmd.Env = append([]string{"PATH=" + j.bin + ":" + os.Getenv("PATH"), "HOME=" + j.dir}, env...)
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Run(); err != nil {
		t.Fatalf("%s: %v\n%s%s", script, err, stdout.String(), stderr.String())
	}
	return stdout.String()
}

// has checks that files are there and not empty.
func (j *job) has(t *testing.T, names ...string) {
	t.Helper()
	for _, name := range names {
		if info, err := os.Stat(filepath.Join(j.dir, name)); err != nil || info.Size() == 0 {
			t.Errorf("%s is missing or empty: %v", name, err)
		}
	}
}

// workflow is what the tests need of a GitHub workflow or action.
type workflow struct {
	Jobs map[string]struct{ Steps []step }
	Runs struct{ Steps []step }
}

type step struct {
	Run, Uses string
	Env, With map[string]string
}

// examples returns the code of a language on the page, in order.
func examples(t *testing.T, page, language string) []string {
	t.Helper()
	b, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, m := range regexp.MustCompile("(?s)\n```"+language+"\n(.*?)\n```").FindAllStringSubmatch(string(b), -1) {
		out = append(out, m[1])
	}
	return out
}

func decode(t *testing.T, text string, v any) {
	t.Helper()
	if err := yaml.Unmarshal([]byte(text), v); err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
}

// TestCI runs the commands of the examples in ci.md and results.md.
func TestCI(t *testing.T) {
	if testing.Short() {
		t.Skip("runs whole releases")
	}
	bin := program(t)
	yamls := examples(t, "ci.md", "yaml")
	if len(yamls) != 5 {
		t.Fatalf("%d examples in YAML", len(yamls))
	}
	t.Run("action", func(t *testing.T) { testAction(t, newJob(t, bin), yamls[0]) })
	t.Run("github", func(t *testing.T) {
		j := newJob(t, bin)
		var w workflow
		decode(t, yamls[1], &w)
		out := ""
		for _, s := range w.Jobs["conformance"].Steps {
			out += j.run(t, j.here(s.Run), "GITHUB_STEP_SUMMARY=summary.md")
		}
		if !strings.Contains(out, "::notice title=ocispec v1.1.1::") || !strings.Contains(out, ": PASSED") {
			t.Errorf("printed %s", out)
		}
		j.has(t, "summary.md", "results/results.json")
	})
	t.Run("shards", func(t *testing.T) {
		j := newJob(t, bin)
		var w workflow
		decode(t, yamls[2], &w)
		part := w.Jobs["shard"].Steps[0].With
		for _, i := range []string{"1", "2", "3"} {
			j.shard(t, strings.Replace(part["shard"], "${{ matrix.shard }}", i, 1), "ocispec-results-"+i+"-of-3")
		}
		steps := w.Jobs["merge"].Steps
		out := j.run(t, strings.Replace(steps[len(steps)-1].Run, "go run github.com/ocispec/ocispec/cmd/ocispec@latest", "ocispec", 1))
		if !strings.Contains(out, ": PASSED") {
			t.Errorf("printed %s", out)
		}
		j.has(t, "results/results.json")
	})
	t.Run("gitlab", func(t *testing.T) {
		j := newJob(t, bin)
		var w struct {
			Conformance struct {
				Script    []string
				Artifacts struct {
					Paths   []string
					Reports map[string]string
				}
			}
		}
		decode(t, yamls[3], &w)
		for _, line := range w.Conformance.Script {
			j.run(t, j.here(line))
		}
		j.has(t, append(w.Conformance.Artifacts.Paths, slices.Collect(maps.Values(w.Conformance.Artifacts.Reports))...)...)
	})
	t.Run("jenkins", func(t *testing.T) {
		j := newJob(t, bin)
		text := examples(t, "ci.md", "groovy")[0]
		url := regexp.MustCompile(`OCISPEC_REGISTRY = '(.*)'`).FindStringSubmatch(text)[1]
		j.run(t, regexp.MustCompile(`script: '(.*)'`).FindStringSubmatch(text)[1], "OCISPEC_REGISTRY="+j.here(url))
		j.has(t, regexp.MustCompile(`junit '(.*)'`).FindStringSubmatch(text)[1])
		j.run(t, "ocispec report results/results.json -o tap=results/results.tap")
		j.has(t, "results/results.tap")
	})
	t.Run("kubernetes", func(t *testing.T) {
		j := newJob(t, bin)
		var w struct {
			Spec struct {
				Template struct {
					Spec struct{ Containers []struct{ Args []string } }
				}
			}
		}
		decode(t, yamls[4], &w)
		args := w.Spec.Template.Spec.Containers[0].Args
		j.run(t, "ocispec "+j.here(strings.Join(args, " ")))
		j.has(t, "results/junit.xml", "results/report.html")
	})
	t.Run("results", func(t *testing.T) {
		j := newJob(t, bin)
		b, err := os.ReadFile("results.md")
		if err != nil {
			t.Fatal(err)
		}
		commands := regexp.MustCompile(`(?m)^    (ocispec .*)$`).FindAllStringSubmatch(string(b), -1)
		if len(commands) < 3 {
			t.Fatalf("%d commands in results.md", len(commands))
		}
		for _, c := range commands {
			j.run(t, j.here(c[1]))
		}
		j.has(t, "known.yaml", "results/results.json")
	})
}

// shard runs the script of the action that tests a shard, with the directory that the
// artifact is downloaded to.
func (j *job) shard(t *testing.T, shard, artifact string) {
	t.Helper()
	b, err := os.ReadFile("../action.yml")
	if err != nil {
		t.Fatal(err)
	}
	var action workflow
	decode(t, string(b), &action)
	at := slices.IndexFunc(action.Runs.Steps, func(s step) bool { return s.Env["INPUT_SHARD"] != "" })
	j.run(t, action.Runs.Steps[at].Run, "RUNNER_TEMP="+j.bin, "GITHUB_OUTPUT=output.txt", "GITHUB_STEP_SUMMARY=summary.md",
		"OCISPEC_REGISTRY="+j.registry, "OCISPEC_OUT="+artifact, "INPUT_SHARD="+shard, "INPUT_ARTIFACT=ocispec-results", "INPUT_MAX_FINDINGS=50")
	output, err := os.ReadFile(filepath.Join(j.dir, "output.txt"))
	if err != nil {
		t.Fatal(err)
	}
	if want := "artifact=" + artifact + "\n"; !strings.Contains(string(output), want) {
		t.Errorf("shard %s has the output %q; want %q", shard, output, want)
	}
}

// expression is an expression in an action.
var expression = regexp.MustCompile(`\$\{\{ *(?:inputs|github)\.([a-z_-]+) *\}\}`)

// testAction runs the steps of action.yml with the inputs of an example.
func testAction(t *testing.T, j *job, example string) {
	b, err := os.ReadFile("../action.yml")
	if err != nil {
		t.Fatal(err)
	}
	var w, action workflow
	var declared struct {
		Inputs map[string]struct{ Default string }
	}
	decode(t, example, &w)
	decode(t, string(b), &action)
	decode(t, string(b), &declared)
	values := map[string]string{}
	for name, in := range declared.Inputs {
		values[name] = in.Default
	}
	used := false
	for _, s := range w.Jobs["conformance"].Steps {
		if !strings.HasPrefix(s.Uses, "ocispec/ocispec@") {
			continue
		}
		used = true
		for name, v := range s.With {
			if _, ok := values[name]; !ok {
				t.Errorf("the action has no input %s", name)
			}
			values[name] = j.here(v)
		}
	}
	if !used {
		t.Error("the example does not use the action")
	}
	root, err := filepath.Abs("..")
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range action.Runs.Steps {
		env := []string{"GITHUB_ACTION_PATH=" + root, "RUNNER_TEMP=" + j.dir, "GITHUB_OUTPUT=output.txt", "GITHUB_STEP_SUMMARY=summary.md",
			"GOCACHE=" + goEnv(t, "GOCACHE"), "GOMODCACHE=" + goEnv(t, "GOMODCACHE")}
		for name, v := range s.Env {
			env = append(env, name+"="+expression.ReplaceAllStringFunc(v, func(e string) string { return values[expression.FindStringSubmatch(e)[1]] }))
		}
		if strings.Contains(s.Run, "${{") {
			t.Errorf("an expression in a script:\n%s", s.Run)
		}
		j.run(t, s.Run, env...)
	}
	j.has(t, "summary.md", "output.txt", "ocispec-results/results.sarif", "ocispec-results/junit.xml")
}

func goEnv(t *testing.T, name string) string {
	t.Helper()
	out, err := exec.Command("go", "env", name).Output()
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(string(out))
}
