package realtest

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/ocispec/ocispec/internal/artifact"
)

// TestArtifact pushes results to distribution, and reads them with ocispec and with oras.
func TestArtifact(t *testing.T) {
	oras := find(t, "oras")
	reference := servers[0].start(t) + "/results:zot-v1.1"
	from, to := t.TempDir(), t.TempDir()
	if err := os.WriteFile(filepath.Join(from, "results.json"), []byte("{}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := artifact.Push(context.Background(), from, reference, true); err != nil {
		t.Fatal(err)
	}
	if err := artifact.Pull(context.Background(), reference, to, true); err != nil {
		t.Fatal(err)
	}
	with := t.TempDir()
	if out, err := exec.Command(oras, "pull", "--plain-http", reference, "-o", with).CombinedOutput(); err != nil {
		t.Fatalf("oras pull: %v\n%s", err, out)
	}
	for _, dir := range []string{to, with} {
		if b, err := os.ReadFile(filepath.Join(dir, "results.json")); string(b) != "{}\n" {
			t.Errorf("results.json is %q, %v", b, err)
		}
	}
}
