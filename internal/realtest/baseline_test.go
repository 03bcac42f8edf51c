package realtest

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"gopkg.in/yaml.v3"
)

// TestBaseline runs distribution against a baseline of its known findings, against one
// that lacks a finding, and against one that has a finding too many.
func TestBaseline(t *testing.T) {
	addr := servers[0].start(t)
	dir := t.TempDir()
	program := filepath.Join(dir, "ocispec")
	if out, err := exec.Command("go", "build", "-o", program, "../../cmd/ocispec").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	ocispec := func(want int, args ...string) {
		t.Helper()
		cmd := exec.Command(program, args...)
		cmd.Dir = dir
		out, _ := cmd.CombinedOutput()
		if got := cmd.ProcessState.ExitCode(); got != want {
			t.Fatalf("%v: status %d, want %d\n%s", args, got, want, out)
		}
	}
	ocispec(1, "run", "--registry", addr, "--out", "results", "--quiet")
	ocispec(0, "baseline", "update", "known.yaml", "results/results.json")

	var known struct {
		Spec     string              `yaml:"spec"`
		Findings []map[string]string `yaml:"findings"`
	}
	b, err := os.ReadFile(filepath.Join(dir, "known.yaml"))
	if err == nil {
		err = yaml.Unmarshal(b, &known)
	}
	if err != nil || len(known.Findings) < 2 {
		t.Fatalf("%v\n%s", err, b)
	}
	for _, f := range known.Findings {
		f["reason"] = "known"
	}
	all := known.Findings
	for _, tt := range []struct {
		name     string
		findings []map[string]string
		want     int
	}{
		{"all", all, 0},
		{"one less", all[1:], 1},
		{"one more", append([]map[string]string{{"requirement": "pull.blob.get.content", "way": "body wrong", "reason": "known"}}, all...), 1},
	} {
		known.Findings = tt.findings
		b, err := yaml.Marshal(known)
		if err != nil {
			t.Fatal(err)
		}
		name := strings.ReplaceAll(tt.name, " ", "-") + ".yaml"
		if err := os.WriteFile(filepath.Join(dir, name), b, 0o600); err != nil {
			t.Fatal(err)
		}
		ocispec(tt.want, "run", "--registry", addr, "--quiet", "--baseline", name)
	}
}
