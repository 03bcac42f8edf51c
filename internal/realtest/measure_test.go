package realtest

import (
	"bytes"
	"flag"
	"fmt"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/ocispec/ocispec/registry"
	"github.com/ocispec/ocispec/result"
)

var (
	measured  = flag.Bool("measure", false, "measure whole runs, and write docs/performance.md with -update")
	latencies = flag.String("latencies", "0s,10ms,50ms,200ms", "round trips to add to each request")
	degrees   = flag.String("degrees", "1,4,16,64", "numbers of concurrent requests")
)

// TestMeasure measures runs of v1.1, as processes, against registries that are
// further and further away.
func TestMeasure(t *testing.T) {
	if !*measured {
		t.Skip("-measure measures runs, which takes minutes")
	}
	program := filepath.Join(t.TempDir(), "ocispec")
	if out, err := exec.Command("go", "build", "-o", program, "../../cmd/ocispec").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	var page strings.Builder
	fmt.Fprintf(&page, "| registry | added latency | at once | time | requests | longest chain | time / (chain × latency) | connections | CPU | memory |\n|---|---|---|---|---|---|---|---|---|---|\n")
	for name, addr := range near(t, servers[:2]) {
		for _, latency := range strings.Split(*latencies, ",") {
			roundTrip, err := time.ParseDuration(latency)
			if err != nil {
				t.Fatal(err)
			}
			for _, degree := range strings.Split(*degrees, ",") {
				if degree == "1" && roundTrip > 50*time.Millisecond {
					continue // minutes
				}
				line := measure(t, program, addr, roundTrip, degree)
				fmt.Printf("| %s %s\n", name, line)
				fmt.Fprintf(&page, "| %s %s\n", name, line)
			}
		}
	}
	if *update {
		write(t, page.String())
	}
}

// near starts the model registry and others, and returns their addresses.
func near(t *testing.T, others []server) map[string]string {
	t.Helper()
	reg, err := registry.New(registry.Options{})
	if err != nil {
		t.Fatal(err)
	}
	srv := httptest.NewServer(reg)
	t.Cleanup(srv.Close)
	out := map[string]string{"model registry": srv.Listener.Addr().String()}
	for _, s := range others {
		out[s.name] = s.start(t)
	}
	return out
}

// measure runs the program once and returns the cells of a line.
func measure(t *testing.T, program, addr string, roundTrip time.Duration, degree string) string {
	t.Helper()
	proxy := newDelay(t, addr, roundTrip)
	defer proxy.Close()
	dir := t.TempDir()
	cmd := exec.Command(program, "run", "--registry", "http://"+proxy.Addr().String(), "--parallel", degree, "--out", dir)
	cmd.Dir = dir
	started := time.Now()
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	memory := peak(cmd.Process.Pid)
	err := cmd.Wait()
	wall := time.Since(started)
	if code := cmd.ProcessState.ExitCode(); code != 0 && code != 1 {
		t.Fatalf("%v\n%s", err, out.String())
	}
	b, err := os.ReadFile(filepath.Join(dir, "results.json"))
	if err != nil {
		t.Fatal(err)
	}
	res, err := result.Parse(b)
	if err != nil {
		t.Fatal(err)
	}
	ratio := "–"
	if roundTrip > 0 {
		ratio = fmt.Sprintf("%.2f", wall.Seconds()/(float64(res.Chain)*roundTrip.Seconds()))
	}
	cpu := cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()
	return fmt.Sprintf("| %v | %s | %.2f s | %d | %d | %s | %d | %.2f s | %d MB |",
		roundTrip, degree, wall.Seconds(), res.Requests, res.Chain, ratio, proxy.opened.Load(), cpu.Seconds(), memory()>>10)
}

// peak watches the memory of a process, and returns a function that returns its
// maximum in KiB once the process has ended. What the system says then includes
// the memory of the process that started it.
func peak(pid int) func() int {
	done := make(chan int)
	go func() {
		most := 0
		for {
			b, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
			_, rest, ok := strings.Cut(string(b), "VmHWM:")
			if err != nil || !ok {
				done <- most
				return
			}
			n := 0
			fmt.Sscan(rest, &n)
			most = max(most, n)
			time.Sleep(5 * time.Millisecond)
		}
	}()
	return func() int { return <-done }
}

// write replaces the table in docs/performance.md.
func write(t *testing.T, table string) {
	t.Helper()
	name := filepath.Join("..", "..", "docs", "performance.md")
	b, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	const begin, end = "<!-- measured -->\n", "<!-- end -->"
	head, rest, ok := strings.Cut(string(b), begin)
	_, tail, ok2 := strings.Cut(rest, end)
	if !ok || !ok2 {
		t.Fatalf("%s has no place for the table", name)
	}
	text := fmt.Sprintf("%s%sOn %d processors, %s:\n\n%s%s%s", head, begin, runtime.NumCPU(), time.Now().Format("2006-01-02"), table, end, tail)
	if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}
