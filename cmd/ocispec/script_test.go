package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

var update = flag.Bool("update", false, "write what commands print into the scripts that compare it")

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){
		"ocispec": func() {
			status := Main()
			writePeak()
			os.Exit(status)
		},
	})
}

// TestScripts runs the scripts in testdata/script. Besides the commands of
// package testscript they have:
//
//	status N COMMAND...      run a command that exits with N
//	interrupt N COMMAND...   the same, with SIGINT as soon as the server has
//	                         received a request to which it does not respond, and
//	                         SIGTERM right after it
//	server NAME              start a server and set $REGISTRY to its address:
//	                         see the servers in server_test.go
//	connect NAME             the same for a model registry that is reached in
//	                         another way: "tls" (its certificate is ca.pem),
//	                         "client" (it wants client.pem with client.key),
//	                         "proxy" (http and https, by $PROXY), "below" (a
//	                         path) and "outside" (a path that its own Locations
//	                         do not have)
//
// $SPECS is testdata/specs, which has releases that no one else changes.
func TestScripts(t *testing.T) {
	specs, err := filepath.Abs("testdata/specs")
	if err != nil {
		t.Fatal(err)
	}
	cache := warmCache(t, specs)
	testscript.Run(t, testscript.Params{
		Dir:                "testdata/script",
		UpdateScripts:      *update,
		RequireUniqueNames: true,
		Setup: func(e *testscript.Env) error {
			e.Setenv("SPECS", specs)
			e.Setenv("HOME", e.WorkDir)
			e.Setenv("XDG_CACHE_HOME", cache)
			e.Setenv("DOCKER_CONFIG", e.WorkDir)
			e.Values[serverKey{}] = &server{}
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"status":    status,
			"interrupt": interrupt,
			"server":    serverCommand,
			"connect":   connectCommand,
		},
	})
}

// warmCache compiles the releases that scripts use, once for all of them.
func warmCache(t *testing.T, specs string) string {
	dir := t.TempDir()
	t.Setenv("XDG_CACHE_HOME", dir)
	var stderr strings.Builder
	if n := run(context.Background(), []string{"list", "releases", "--specs", specs}, io.Discard, &stderr); n != 0 {
		t.Fatalf("the spec files do not load:\n%s", stderr.String())
	}
	return dir
}

// status runs a command and compares its exit status.
func status(ts *testscript.TestScript, neg bool, args []string) {
	want, args := statusArgs(ts, neg, args)
	exited(ts, want, ts.Exec(args[0], args[1:]...))
}

func statusArgs(ts *testscript.TestScript, neg bool, args []string) (int, []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: status|interrupt N COMMAND...")
	}
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	return want, args[1:]
}

func exited(ts *testscript.TestScript, want int, err error) {
	got := 0
	var exit *exec.ExitError
	switch {
	case errors.As(err, &exit):
		got = exit.ExitCode()
	case err != nil:
		ts.Fatalf("%v", err)
	}
	if got != want {
		ts.Fatalf("exit status %d, not %d", got, want)
	}
}

// interrupt runs a command that the server keeps waiting, and interrupts it.
func interrupt(ts *testscript.TestScript, neg bool, args []string) {
	want, args := statusArgs(ts, neg, args)
	path, err := lookPath(ts, args[0])
	ts.Check(err)
	cmd := exec.Command(path, args[1:]...)
	cmd.Dir = ts.MkAbs(".")
	for _, name := range []string{"HOME", "XDG_CACHE_HOME", "DOCKER_CONFIG", "PATH"} {
		cmd.Env = append(cmd.Env, name+"="+ts.Getenv(name))
	}
	cmd.Stdout, cmd.Stderr = ts.Stdout(), ts.Stderr()
	ts.Check(cmd.Start())
	select {
	case <-ts.Value(serverKey{}).(*server).waiting:
	case <-time.After(30 * time.Second):
		_ = cmd.Process.Kill()
		ts.Fatalf("the server got no request within 30 s")
	}
	ts.Check(cmd.Process.Signal(os.Interrupt))
	time.Sleep(20 * time.Millisecond)
	_ = cmd.Process.Signal(syscall.SIGTERM) // the command can have ended
	exited(ts, want, cmd.Wait())
}

// lookPath finds a command where the script does.
func lookPath(ts *testscript.TestScript, name string) (string, error) {
	for _, dir := range filepath.SplitList(ts.Getenv("PATH")) {
		p := filepath.Join(dir, name)
		if info, err := os.Stat(p); err == nil && info.Mode()&0o111 != 0 {
			return p, nil
		}
	}
	return "", fmt.Errorf("%s: %w", name, exec.ErrNotFound)
}
