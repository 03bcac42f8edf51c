package compile

import "testing"

// TestBase says whether the tree that others are laid over is right itself.
func TestBase(t *testing.T) {
	t.Parallel()
	if err := Vet(Builtin(base(t))); err != nil {
		t.Fatal(err)
	}
}
