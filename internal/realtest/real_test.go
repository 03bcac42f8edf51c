package realtest

import (
	"bufio"
	"context"
	"flag"
	"fmt"
	"maps"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ocispec/ocispec/engine"
	"github.com/ocispec/ocispec/engine/httpclient"
	"github.com/ocispec/ocispec/engine/release"
	"github.com/ocispec/ocispec/internal/testscope"
	"github.com/ocispec/ocispec/result"
)

var update = flag.Bool("update", false, "write the golden files")

// sometimes marks a finding that does not occur in every run, because it
// depends on two concurrent requests.
const sometimes = "SOMETIMES "

// noReason is the reason of a new finding in a golden file.
const noReason = "TODO: compare the exchange with the clause and state the defect"

func TestFindings(t *testing.T) {
	versions := []string{"v1.1"}
	if *update || testscope.Full(t, "v1.1") {
		versions = []string{"v1.0", "v1.1", "dev"}
	}
	for _, s := range servers {
		t.Run(s.name, func(t *testing.T) {
			t.Parallel()
			addr := s.start(t)
			for _, version := range versions {
				t.Run(version, func(t *testing.T) {
					res := test(t, addr, version)
					compare(t, filepath.Join("testdata", "golden", s.name+"-"+version+".txt"), res)
				})
			}
		})
	}
}

// test runs a release against a registry.
func test(t *testing.T, addr, version string) *result.Run {
	t.Helper()
	rel, err := release.Builtin().Release(version)
	if err != nil {
		t.Fatal(err)
	}
	client := httpclient.New(httpclient.Options{Limits: httpclient.Limits{Timeout: time.Minute}})
	target := engine.Target{
		URL:  &url.URL{Scheme: "http", Host: addr, Path: "/"},
		Repo: "real/" + strings.ReplaceAll(version, ".", "-"), Other: "real/other-" + strings.ReplaceAll(version, ".", "-"),
	}
	// The golden files do not cover the behaviour under load, so send one request
	// at a time.
	res, err := engine.Run(context.Background(), rel, target, client, engine.Options{Seed: t.Name(), Parallel: 1})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range res.Cases {
		if c.Outcome == result.Error || c.Outcome == result.Inconclusive {
			t.Errorf("case %s: %s %s", c.ID, c.Outcome, c.Message)
		}
	}
	t.Logf("%d findings, %d requests", len(res.Findings), res.Requests)
	return res
}

// compare compares the findings with a golden file.
func compare(t *testing.T, name string, res *result.Run) {
	t.Helper()
	want, err := readGolden(name)
	if err != nil && !(*update && os.IsNotExist(err)) {
		t.Fatal(err)
	}
	got := map[string]string{}
	for _, f := range res.Findings {
		key := fmt.Sprintf("%s %s: %s", strings.ToUpper(string(f.Outcome)), f.Requirement, f.Way)
		got[key] = fmt.Sprintf("%s (first in %s/%s)", f.Message, f.Example.Case, f.Example.Step)
	}
	if *update {
		writeGolden(t, name, got, want)
		return
	}
	for key, message := range got {
		_, always := want[key]
		if _, maybe := want[sometimes+key]; !always && !maybe {
			t.Errorf("unknown finding:\n%s\n%s", key, message)
		}
	}
	for key, reason := range want {
		if _, ok := got[key]; !ok && !strings.HasPrefix(key, sometimes) {
			t.Errorf("known finding did not occur: %s", key)
		}
		if reason == "" || reason == noReason {
			t.Errorf("known finding without a reason: %s", key)
		}
	}
}

// readGolden reads the findings of a golden file with their reasons. The lines
// of a reason follow the line of the finding, indented by a tab.
func readGolden(name string) (map[string]string, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	want := map[string]string{}
	key := ""
	for sc := bufio.NewScanner(f); sc.Scan(); {
		line := sc.Text()
		switch {
		case strings.HasPrefix(line, "#") || strings.TrimSpace(line) == "":
		case strings.HasPrefix(line, "\t"):
			want[key] = strings.TrimSpace(want[key] + " " + strings.TrimSpace(line))
		default:
			key = line
			want[key] = ""
		}
	}
	return want, nil
}

func writeGolden(t *testing.T, name string, got, old map[string]string) {
	t.Helper()
	for key := range old {
		if found := strings.TrimPrefix(key, sometimes); found != key {
			delete(got, found)
			got[key] = ""
		}
	}
	var b strings.Builder
	for _, key := range slices.Sorted(maps.Keys(got)) {
		reason := old[key]
		if reason == "" {
			reason = noReason
		}
		fmt.Fprintf(&b, "%s\n\t%s\n", key, reason)
	}
	if err := os.MkdirAll(filepath.Dir(name), 0o777); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, []byte(b.String()), 0o666); err != nil {
		t.Fatal(err)
	}
}
