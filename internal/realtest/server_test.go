package realtest

import (
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"
)

// server is a real registry.
type server struct {
	name    string
	program string
	// args returns the arguments that make the program listen on addr and store
	// data below dir.
	args func(t *testing.T, addr, dir string) []string
}

var servers = []server{
	{"distribution-3.1.2", "registry", distribution},
	{"docker-registry-2.8.2", "docker-registry", distribution},
	{"go-containerregistry-0.22.1", "ggcr", onlyAddr},
	{"ocimem-20260601", "ocimem", onlyAddr},
}

func onlyAddr(_ *testing.T, addr, _ string) []string { return []string{addr} }

// distribution writes a configuration for distribution and its forks: file
// system storage, deletion enabled, no authentication.
func distribution(t *testing.T, addr, dir string) []string {
	t.Helper()
	config := fmt.Sprintf(`version: 0.1
log: {level: error, accesslog: {disabled: true}}
storage:
  filesystem: {rootdirectory: %q}
  delete: {enabled: true}
http: {addr: %q}
`, filepath.Join(dir, "data"), addr)
	name := filepath.Join(dir, "config.yml")
	if err := os.WriteFile(name, []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
	return []string{"serve", name}
}

// start runs the registry until the test ends, and returns its address.
func (s server) start(t *testing.T) string {
	t.Helper()
	program := find(t, s.program)
	addr := freeAddr(t)
	cmd := exec.Command(program, s.args(t, addr, t.TempDir())...)
	cmd.Env = append(os.Environ(), "OTEL_TRACES_EXPORTER=none")
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		cmd.Process.Kill()
		cmd.Wait()
	})
	for range 100 {
		resp, err := http.Get("http://" + addr + "/v2/")
		if err == nil {
			resp.Body.Close()
			return addr
		}
		time.Sleep(100 * time.Millisecond)
	}
	t.Fatalf("%s does not respond on %s", s.name, addr)
	return ""
}

// find returns the path of a program, found in OCISPEC_TOOLS or PATH.
func find(t *testing.T, program string) string {
	t.Helper()
	if dir := os.Getenv("OCISPEC_TOOLS"); dir != "" {
		if path, err := exec.LookPath(filepath.Join(dir, program)); err == nil {
			return path
		}
	}
	path, err := exec.LookPath(program)
	if err == nil {
		return path
	}
	if os.Getenv("OCISPEC_REQUIRE_REGISTRIES") != "" {
		t.Fatalf("%s is not installed: run internal/realtest/testdata/servers/install.sh DIR and set OCISPEC_TOOLS=DIR", program)
	}
	t.Skipf("%s is not installed: run internal/realtest/testdata/servers/install.sh DIR and set OCISPEC_TOOLS=DIR", program)
	return ""
}

func freeAddr(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}
