package engine_test

import (
	"os/exec"
	"strings"
	"testing"
)

// TestNoCUE checks that programs that only run built-in releases do not link
// the CUE evaluator.
func TestNoCUE(t *testing.T) {
	t.Parallel()
	out, err := exec.Command("go", "list", "-deps", ".").Output()
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(out), "github.com/ocispec/ocispec/engine/release\n") {
		t.Errorf("go list -deps: %s", out)
	}
	if strings.Contains(string(out), "cuelang.org/go/") {
		t.Error("package engine depends on cuelang.org/go")
	}
}
