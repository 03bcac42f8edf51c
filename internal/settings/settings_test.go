package settings

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// load reads settings from variables and, if it is not empty, a file.
func load(t *testing.T, file string, env ...string) (*Settings, string, string) {
	t.Helper()
	in := Input{Environ: env, Dir: t.TempDir()}
	if file != "" {
		name, text, _ := strings.Cut(file, "\n")
		if err := os.WriteFile(filepath.Join(in.Dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	s, warnings, err := Load(in)
	if err != nil {
		return nil, strings.Join(warnings, "\n"), err.Error()
	}
	return s, strings.Join(warnings, "\n"), ""
}

// printed returns the settings as config prints them.
func printed(t *testing.T, s *Settings) string {
	t.Helper()
	var b strings.Builder
	if err := s.Write(&b); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestLoad(t *testing.T) {
	for _, tt := range []struct {
		name     string
		file     string
		env      []string
		want     string
		warnings string
		err      string
	}{
		{name: "nothing", want: "# no settings: the defaults of the release hold\n"},
		{name: "own variables", env: []string{"OCISPEC_REGISTRY=r.example", "OCISPEC_APIS_BLOBS_MOUNT_ANONYMOUS=0", "OCISPEC_GIVEN_TAGS=a b", "OCISPEC_PASSWORD=secret", "OCISPEC_REPO="},
			want: `registry: r.example # OCISPEC_REGISTRY
password: '*****' # OCISPEC_PASSWORD
apis:
  blobs:
    mountAnonymous: false # OCISPEC_APIS_BLOBS_MOUNT_ANONYMOUS
given:
  tags: [a, b] # OCISPEC_GIVEN_TAGS
`},
		{name: "an unknown own variable", env: []string{"OCISPEC_REGISTRI=x"}, err: `unknown variable OCISPEC_REGISTRI; did you mean "OCISPEC_REGISTRY"?`},
		{name: "a boolean", env: []string{"OCISPEC_APIS_PUSH=maybe"}, err: `OCISPEC_APIS_PUSH: want true or false, not "maybe"`},
		{name: "one of several values", env: []string{"OCISPEC_TLS=insecur"}, err: `OCISPEC_TLS: unknown value "insecur"; want one of enabled, insecure, disabled; did you mean "insecure"?`},
		{name: "own variables come before those of the suite, and these before the file", file: "ocispec.yaml\nregistry: c\nrepo: c\nother: c\n",
			env: []string{"OCISPEC_REGISTRY=a", "OCI_REGISTRY=b", "OCI_REPO1=b"},
			want: `registry: a # OCISPEC_REGISTRY
repo: b # OCI_REPO1
other: c # ocispec.yaml:3
out: ./results # default of the OCI conformance suite
`},
		{name: "CUE", file: "ocispec.cue\nregistry: \"a\"\n_on: true\napis: {push: _on, blobs: delete: !_on}\n",
			want: `registry: a # ocispec.cue:1
apis:
  push: true # ocispec.cue:3
  blobs:
    delete: false # ocispec.cue:3
`},
		{name: "the suite's file", file: "oci-conformance.yaml\nversion: \"1.1\"\nregistry: localhost:5000\ntls: disabled\nrepo1: a/b\nusername: \"\"\ncacheAuth: true\nroData:\n  tags: []\n  blobs: [x]\nresultsDir: ./r\napis:\n  blobs:\n    delete: false\n",
			want: `spec: v1.1 # oci-conformance.yaml:1
registry: localhost:5000 # oci-conformance.yaml:2
tls: disabled # oci-conformance.yaml:3
repo: a/b # oci-conformance.yaml:4
other: conformance/repo2 # default of the OCI conformance suite
out: ./r # oci-conformance.yaml:10
apis:
  blobs:
    delete: false # oci-conformance.yaml:13
given:
  tags: [] # oci-conformance.yaml:8
  blobs: [x] # oci-conformance.yaml:9
`, warnings: "oci-conformance.yaml:6 has no effect: tokens are always reused until they expire"},
		{name: "releases of the suite", env: []string{"OCI_VERSION=stable", "OCI_REGISTRY=a", "OCI_REPO1=b", "OCI_REPO2=c", "OCI_RESULTS_DIR=."},
			want: `spec: v1.1 # OCI_VERSION
registry: a # OCI_REGISTRY
repo: b # OCI_REPO1
other: c # OCI_REPO2
out: . # OCI_RESULTS_DIR
`},
		{name: "unknown variables of the suite", env: []string{"OCI_API_BLOB_DELETE=0"}, want: "# no settings: the defaults of the release hold\n",
			warnings: `unknown variable OCI_API_BLOB_DELETE; did you mean "OCI_API_BLOBS_DELETE"?`},
		{name: "both suites disagree", env: []string{"OCI_REPO1=a", "OCI_NAMESPACE=b"}, err: "OCI_REPO1 and OCI_NAMESPACE disagree about repo: remove one of them"},
		{name: "both suites agree", env: []string{"OCI_REPO1=a", "OCI_NAMESPACE=a", "OCI_REGISTRY=r", "OCI_REPO2=c", "OCI_RESULTS_DIR=none"},
			want: "registry: r # OCI_REGISTRY\nrepo: a # OCI_REPO1\nother: c # OCI_REPO2\nout: none # OCI_RESULTS_DIR\n"},
		{name: "groups that the older suite does not name are off", env: []string{"OCI_ROOT_URL=http://r", "OCI_NAMESPACE=a", "OCI_TEST_PUSH=1", "OCI_TEST_PULL=yes", "OCI_REPORT_DIR=none", "OCI_SKIP_EMPTY_LAYER_PUSH_TEST=1", "OCI_DEBUG=1", "OCI_DELETE_MANIFEST_BEFORE_BLOBS=1"},
			want: `registry: http://r # OCI_ROOT_URL
repo: a # OCI_NAMESPACE
other: "" # OCI_CROSSMOUNT_NAMESPACE is not set
out: none # OCI_REPORT_DIR
debug: true # OCI_DEBUG
apis:
  pull: false # OCI_TEST_PULL
  push: true # OCI_TEST_PUSH
  blobs:
    delete: false # OCI_TEST_CONTENT_MANAGEMENT is not set
    mountAnonymous: false # OCI_AUTOMATIC_CROSSMOUNT is not set
  manifests:
    delete: false # OCI_TEST_CONTENT_MANAGEMENT is not set
  tags:
    delete: false # OCI_TEST_CONTENT_MANAGEMENT is not set
    list: false # OCI_TEST_CONTENT_DISCOVERY is not set
  referrer: false # OCI_TEST_CONTENT_DISCOVERY is not set
data:
  noLayers: false # OCI_SKIP_EMPTY_LAYER_PUSH_TEST
`, warnings: "OCI_TEST_PULL: want true or false, not \"yes\"; it counts as false"},
		{name: "one registry in both suites", env: []string{"OCI_REGISTRY=r.example:5000", "OCI_ROOT_URL=http://r.example:5000/", "OCI_TLS=disabled", "OCI_TEST_PULL=1", "OCI_REPORT_DIR=old", "OCI_RESULTS_DIR=new"},
			want: `registry: http://r.example:5000/ # OCI_REGISTRY
tls: disabled # OCI_TLS
other: "" # OCI_CROSSMOUNT_NAMESPACE is not set
out: new # OCI_RESULTS_DIR
apis:
  pull: true # OCI_TEST_PULL
  push: false # OCI_TEST_PUSH is not set
  blobs:
    delete: false # OCI_TEST_CONTENT_MANAGEMENT is not set
    mountAnonymous: false # OCI_AUTOMATIC_CROSSMOUNT is not set
  manifests:
    delete: false # OCI_TEST_CONTENT_MANAGEMENT is not set
  tags:
    delete: false # OCI_TEST_CONTENT_MANAGEMENT is not set
    list: false # OCI_TEST_CONTENT_DISCOVERY is not set
  referrer: false # OCI_TEST_CONTENT_DISCOVERY is not set
`, warnings: "OCI_REPORT_DIR has no effect: OCI_RESULTS_DIR is set"},
		{name: "two schemes", env: []string{"OCI_REGISTRY=r.example", "OCI_ROOT_URL=https://r.example", "OCI_TLS=disabled"}, err: "OCI_REGISTRY and OCI_ROOT_URL disagree about registry: remove one of them"},
		{name: "two registries", env: []string{"OCI_REGISTRY=r.example", "OCI_ROOT_URL=https://other.example"}, err: "OCI_REGISTRY and OCI_ROOT_URL disagree about registry: remove one of them"},
		{name: "a mount that is expected", env: []string{"OCI_AUTOMATIC_CROSSMOUNT=1", "OCI_API_BLOBS_MOUNT_ANONYMOUS=0"}, err: "OCI_API_BLOBS_MOUNT_ANONYMOUS and OCI_AUTOMATIC_CROSSMOUNT=1 disagree about apis.blobs.mountAnonymous"},
		{name: "a mount that is not expected", env: []string{"OCI_AUTOMATIC_CROSSMOUNT=0", "OCISPEC_REPO=a"},
			want: "repo: a # OCISPEC_REPO\napis:\n  blobs:\n    mountAnonymous: true # OCI_AUTOMATIC_CROSSMOUNT=0\n"},
		{name: "a mount that neither suite expects", env: []string{"OCI_AUTOMATIC_CROSSMOUNT=0", "OCI_API_BLOBS_MOUNT_ANONYMOUS=0", "OCI_REGISTRY=r", "OCI_REPO1=a", "OCI_REPO2=b", "OCI_RESULTS_DIR=none"},
			want: "registry: r # OCI_REGISTRY\nrepo: a # OCI_REPO1\nother: b # OCI_REPO2\nout: none # OCI_RESULTS_DIR\napis:\n  blobs:\n    mountAnonymous: false # OCI_API_BLOBS_MOUNT_ANONYMOUS\n"},
		{name: "content that exists, by halves", env: []string{"OCI_TAG_NAME=v1", "OCI_BLOB_DIGEST=sha256:b", "OCI_TAG_LIST=v1,v2"},
			want:     "given:\n  tags: [v1, v2] # OCI_TAG_LIST\n",
			warnings: "OCI_BLOB_DIGEST has no effect without OCI_MANIFEST_DIGEST\nOCI_TAG_NAME has no effect without OCI_MANIFEST_DIGEST"},
		{name: "content that exists", env: []string{"OCI_TAG_NAME=v1", "OCI_MANIFEST_DIGEST=sha256:m", "OCI_BLOB_DIGEST=sha256:b"},
			want: "given:\n  tags: [v1] # OCI_TAG_NAME\n  manifests: ['sha256:m'] # OCI_MANIFEST_DIGEST\n  blobs: ['sha256:b'] # OCI_BLOB_DIGEST\n"},
		{name: "a profile comes after the file, and before the defaults of a suite", file: "ocispec.yaml\nprofile: docker-hub\napis: {tags: {delete: true}}\n",
			env: []string{"OCISPEC_NEW_REPOS=1", "OCI_REPO1=a/b", "OCI_REPO2=a/c", "OCI_RESULTS_DIR=none"},
			want: `profile: docker-hub # ocispec.yaml:1
registry: https://registry-1.docker.io # profile docker-hub
repo: a/b # OCI_REPO1
other: a/c # OCI_REPO2
newRepos: true # OCISPEC_NEW_REPOS
out: none # OCI_RESULTS_DIR
apis:
  blobs:
    delete: false # profile docker-hub
  manifests:
    delete: false # profile docker-hub
  tags:
    delete: true # ocispec.yaml:2
`},
		{name: "the variable of a profile comes before the file", file: "ocispec.yaml\nprofile: docker-hub\n", env: []string{"OCISPEC_PROFILE=harbor"},
			want: `profile: harbor # OCISPEC_PROFILE
apis:
  blobs:
    mountAnonymous: false # profile harbor
`},
		{name: "an unknown profile", env: []string{"OCISPEC_PROFILE=harbour"}, err: `OCISPEC_PROFILE: unknown profile "harbour"; want one of artifactory,`},
		{name: "credentials in URLs", env: []string{"OCISPEC_REGISTRY=secret@r.example/a", "OCISPEC_PROXY=http://me:s/ecret@proxy"},
			want: "registry: '*****@r.example/a' # OCISPEC_REGISTRY\nproxy: http://*****@proxy # OCISPEC_PROXY\n"},
		{name: "not YAML", file: "ocispec.yaml\na: [\n", err: "ocispec.yaml:1: did not find expected node content"},
		{name: "not CUE", file: "ocispec.cue\na: [\n", err: "ocispec.cue:1:6: expected ']', found 'EOF'"},
		{name: "not a map", file: "ocispec.yaml\n- a\n", err: "ocispec.yaml:1:1: want a map of settings"},
		{name: "an empty file", file: "ocispec.yaml\n", want: "# no settings: the defaults of the release hold\n"},
		{name: "a file of comments", file: "ocispec.yaml\n# repo: a\n", want: "# no settings: the defaults of the release hold\n"},
		{name: "an empty file of CUE", file: "ocispec.cue\n", want: "# no settings: the defaults of the release hold\n"},
		{name: "what config prints", file: "ocispec.yaml\nusername: me\npassword: '*****' # OCI_PASSWORD\n", want: "username: me # ocispec.yaml:1\n"},
		{name: "two documents", file: "ocispec.yaml\nrepo: a\n---\nrepo: b\n", err: "ocispec.yaml: want a map of settings"},
		{name: "numbers for texts", file: "oci-conformance.yaml\nversion: 1.1\nregistry: r\nrepo1: 12\nrepo2: a\nresultsDir: none\nroData: {tags: [1.10, latest]}\n",
			want: `spec: v1.1 # oci-conformance.yaml:1
registry: r # oci-conformance.yaml:2
repo: "12" # oci-conformance.yaml:3
other: a # oci-conformance.yaml:4
out: none # oci-conformance.yaml:5
given:
  tags: ["1.10", latest] # oci-conformance.yaml:6
`},
		{name: "what is no text", file: "ocispec.yaml\nrepo: 0x1f\npassword: 0123\ngiven: {tags: [true]}\n", err: "ocispec.yaml:1:1: repo: want a text in quotes\nocispec.yaml:2:1: password: want a text in quotes\nocispec.yaml:3:9: given.tags: want a list of texts"},
		{name: "errors in the order of lines", file: "ocispec.yaml\na: 1\nb: 1\nc: 1\nd: 1\ne: 1\nf: 1\ng: 1\nh: 1\ni: 1\nj: 1\n", err: "ocispec.yaml:1:1: unknown setting \"a\"; did you mean \"ca\"?\nocispec.yaml:2:1: unknown setting \"b\"\nocispec.yaml:3:1:"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s, warnings, err := load(t, tt.file, tt.env...)
			if !strings.HasPrefix(err, tt.err) || (err == "") != (tt.err == "") {
				t.Fatalf("error %q, want %q", err, tt.err)
			}
			if warnings != tt.warnings {
				t.Errorf("warnings %q, want %q", warnings, tt.warnings)
			}
			if err == "" {
				if got := printed(t, s); got != tt.want {
					t.Errorf("got\n%s\nwant\n%s", got, tt.want)
				}
			}
		})
	}
}

// TestSuiteFile has a file of the OCI conformance suite under another name or in another
// directory: its defaults hold.
func TestSuiteFile(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"conf.yaml", "oci-conformance.yaml"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte("registry: r\n"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	conf, suite := filepath.Join(dir, "conf.yaml"), filepath.Join(dir, "oci-conformance.yaml")
	for _, tt := range []struct {
		in   Input
		repo string
	}{
		{Input{Environ: []string{"OCI_CONFIGURATION=" + conf}}, "conformance/repo1"},
		{Input{File: suite}, "conformance/repo1"},
		{Input{File: conf}, ""},
		{Input{File: conf, Environ: []string{"OCI_CONFIGURATION=" + suite}}, ""},
		{Input{NoFile: true, Environ: []string{"OCI_CONFIGURATION=" + suite}}, ""},
	} {
		s, _, err := Load(tt.in)
		if err != nil || s.Text("repo") != tt.repo {
			t.Errorf("%+v: %q %v", tt.in, s.Text("repo"), err)
		}
	}
}

// TestNames compares the variables of fields with their names in the suite.
func TestNames(t *testing.T) {
	sc, err := readSchema()
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range sc.fields {
		own := strings.TrimPrefix(f.Env(), "OCISPEC_")
		own = strings.Replace(own, "APIS_", "API_", 1)
		own = strings.Replace(own, "GIVEN_", "RO_DATA_", 1)
		switch f.Path {
		case "spec", "repo", "other", "out", "debug", "hideDisabled", "logging", "filterTest", "authScope", "commit", "readOnly",
			"profile", "newRepos", "scale", "ca", "cert", "key", "proxy", "allowHosts", "rate", "parallel", "timeout", "maxRequests", "deadline",
			"budget.step", "budget.case", "budget.run": // not in the suite
			continue
		}
		if f.OCI != "OCI_"+own {
			t.Errorf("%s: %s, not OCI_%s", f.Path, f.OCI, own)
		}
		if f.Doc == "" {
			t.Errorf("%s has no comment", f.Path)
		}
	}
	for name, v := range legacy {
		for _, p := range v.paths {
			if sc.field(p) == nil {
				t.Errorf("%s: no setting %s", name, p)
			}
		}
	}
}

// FuzzFile reads files with any content.
func FuzzFile(f *testing.F) {
	for _, s := range []string{"registry: a\n", "apis:\n  blobs: {delete: false}\n", "a: &x [*x]\n", "- 1", "given: {tags: [1]}"} {
		f.Add(s, false)
		f.Add(s, true)
	}
	sc, err := readSchema()
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, text string, cue bool) {
		name := "f.yaml"
		if cue {
			name = "f.cue"
		}
		out, err := sc.parse(name, []byte(text))
		if err == nil {
			for path := range out {
				if sc.field(path) == nil {
					t.Errorf("unknown %q", path)
				}
			}
		}
	})
}
