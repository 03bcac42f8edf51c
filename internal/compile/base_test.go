package compile

import (
	"testing"

	"github.com/ocispec/ocispec/internal/spectree"
)

// TestBase says whether the tree that others are laid over is right itself.
func TestBase(t *testing.T) {
	t.Parallel()
	if err := Vet(spectree.Builtin(base(t))); err != nil {
		t.Fatal(err)
	}
}
