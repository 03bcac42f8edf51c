package release

import "testing"

// BenchmarkRelease decodes one of the built-in releases, as the run command does.
func BenchmarkRelease(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Builtin().Release("v1.1"); err != nil {
			b.Fatal(err)
		}
	}
}
