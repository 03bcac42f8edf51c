package nearest

import "testing"

func TestName(t *testing.T) {
	t.Parallel()
	has := []string{"status", "header", "body", "v1.0", "v1.1", "push.blob.put"}
	for name, want := range map[string]string{
		"sttaus": "status", "headers": "header", "v1.2": "v1.0", "xyz": "", "": "", "push.blob.ptu": "push.blob.put", "Status": "status",
	} {
		if got := Name(name, has); got != want {
			t.Errorf("%s: %q", name, got)
		}
	}
}
