package compile

import (
	"testing"

	"github.com/ocispec/ocispec/internal/spectree"
)

// TestBase checks that the base tree of the other tests has no errors.
func TestBase(t *testing.T) {
	t.Parallel()
	if _, err := Vet(spectree.Builtin(base(t))); err != nil {
		t.Fatal(err)
	}
}
