package compile

import (
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/ocispec/ocispec/internal/spectree"

	"github.com/ocispec/ocispec/engine/release"
)

// files holds CUE files by name.
type files map[string]string

func (f files) fs() fs.FS {
	m := fstest.MapFS{}
	for name, text := range f {
		m[name] = &fstest.MapFile{Data: []byte(text), Mode: 0o444}
	}
	return m
}

// overBase returns the base tree with files laid over it.
func overBase(t testing.TB, f files) *spectree.Tree {
	t.Helper()
	tree, err := Overlay(base(t), f.fs())
	if err != nil {
		t.Fatal(err)
	}
	return tree
}

func compiled(t testing.TB, tree *spectree.Tree) map[string]*release.Release {
	t.Helper()
	rs, err := Compile(tree)
	if err != nil {
		t.Fatal(err)
	}
	return rs
}

// mine is a user's release.
const mine = `package mine

import (
	s "github.com/ocispec/ocispec/schemas"
	v1_1 "github.com/ocispec/ocispec/specs/v1.1:v1_1"
)

suite: s.#Suite & {
	version: "mine"
	patches: ["mine"]
	prev: v1_1.suite
}
`

func TestVersions(t *testing.T) {
	t.Parallel()
	tree := overBase(t, files{
		"specs/mine/suite.cue":      mine,
		"specs/a/suite.cue":         strings.NewReplacer("mine", "a", "v1_1", "v1_0", "v1.1", "v1.0").Replace(mine),
		"specs/notes/readme.txt":    "not CUE",
		"specs/file.cue":            "package specs\n",
		"specs/mine/deeper/sub.cue": "package deeper\n",
	})
	dirs, err := spectree.Versions(tree)
	if err != nil || !slices.Equal(dirs, []string{"a", "mine", "v1.0", "v1.1"}) {
		t.Errorf("%v, %v", dirs, err)
	}
	fs, err := Files(tree)
	if err != nil {
		t.Fatal(err)
	}
	if got := release.From(memory(fs)).Versions(); !slices.Equal(got, []string{"v1.0", "a", "v1.1", "mine"}) {
		t.Errorf("%v", got)
	}
}

func TestFind(t *testing.T) {
	t.Parallel()
	fs, err := Files(overBase(t, files{"specs/mine/suite.cue": mine}))
	if err != nil {
		t.Fatal(err)
	}
	rs := release.From(memory(fs))
	for name, want := range map[string]string{
		"v1.0": "v1.0 v1.0.1", "v1.0.0": "v1.0 v1.0.0", "v1.1": "v1.1 v1.1.1", "v1.1.0": "v1.1 v1.1.0", "mine": "mine mine",
	} {
		c, patch, err := rs.Find(name)
		if err != nil || c.Release.Version+" "+patch != want {
			t.Errorf("%s: %v, %s, %v", name, c, patch, err)
		}
		if r, err := rs.Release(name); err != nil || r.Patch != patch {
			t.Errorf("%s: %v", name, err)
		}
	}
	for name, want := range map[string]string{
		"v1.2":    `unknown release "v1.2"; did you mean "v1.0"? (want one of v1.0, v1.0.0, v1.0.1, v1.1, v1.1.0, v1.1.1, mine)`,
		"v1.1.2":  `unknown release "v1.1.2"; did you mean "v1.1.0"? (want one of v1.0, v1.0.0, v1.0.1, v1.1, v1.1.0, v1.1.1, mine)`,
		"nothing": `unknown release "nothing" (want one of v1.0, v1.0.0, v1.0.1, v1.1, v1.1.0, v1.1.1, mine)`,
		"../mine": `unknown release "../mine"; did you mean "mine"? (want one of v1.0, v1.0.0, v1.0.1, v1.1, v1.1.0, v1.1.1, mine)`,
		"":        `unknown release "" (want one of v1.0, v1.0.0, v1.0.1, v1.1, v1.1.0, v1.1.1, mine)`,
	} {
		if _, _, err := rs.Find(name); err == nil || err.Error() != want {
			t.Errorf("%s: %v", name, err)
		}
		if _, err := rs.Release(name); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

func TestFindBroken(t *testing.T) {
	t.Parallel()
	rs := release.From(memory(map[string][]byte{"v1.0.jsonl": []byte("x\n")}))
	for _, name := range []string{"v1.0", "v1.0.1"} {
		if _, _, err := rs.Find(name); err == nil || !strings.Contains(err.Error(), "release v1.0: ") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// replaced is a tree in which v1.1 replaces content of v1.0.
var replaced = files{
	"mine.cue": `package v1_1

suite: requirements: {
	"push.status": level: "SHOULD"
	"pull.body": until:   "v1.1.0"
	mine: {
		text:  "Mine."
		level: "MAY"
		clause: {section: "Mine", line: 1, doc: "other.md"}
		since:    "v1.1.1"
		untested: "It cannot be seen."
	}
}
suite: dropped: {
	requirements: "error.body": "it was wrong"
	rules: errors:              "it went with its requirement"
}
suite: cases: push: #Case & {
	title: "Another push"
	provides: ["push"]
	steps: [{
		POST: "/v2/${repo}/blobs/uploads/"
		expect: {
			"push.status": status:      201
			"pull.body": header: "X-A": "b"
		}
	}]
}
suite: cases: late: #Case & {
	title: "From the second patch release on"
	since: "v1.1.1"
	needs: ["push"]
	steps: [{GET: "/v2/${repo}/tags/list", expect: "push.location": status: 200}]
}
`,
	"specs/mine/suite.cue": mine + `
suite: dropped: cases: late: "not for me"
`,
}

// TestInheritance covers what releases inherit, change and drop.
func TestInheritance(t *testing.T) {
	t.Parallel()
	rs := compiled(t, overBase(t, replaced))
	for name, want := range map[string][]string{
		"v1.0 v1.0.0": {"error.body SHOULD", "push.location SHOULD", "push.status MUST", "case push of v1.0: push.status push.location", "rule errors"},
		"v1.0 v1.0.1": {"error.body SHOULD", "pull.body MUST", "push.location SHOULD", "push.status MUST", "case push of v1.0: push.status push.location pull.body", "rule errors"},
		"v1.1 v1.1.0": {"pull.body MUST", "push.location MUST", "push.status SHOULD", "case push of v1.1: push.status pull.body"},
		"v1.1 v1.1.1": {"mine MAY", "push.location MUST", "push.status SHOULD", "case late of v1.1: push.location", "case push of v1.1: push.status"},
		"mine mine":   {"mine MAY", "push.location MUST", "push.status SHOULD", "case push of v1.1: push.status"},
	} {
		version, patch, _ := strings.Cut(name, " ")
		r, err := rs[version].At(patch)
		if err != nil {
			t.Fatal(err)
		}
		if got := contents(r); !slices.Equal(got, want) {
			t.Errorf("%s:\n got %q\nwant %q", name, got, want)
		}
	}
}

// contents lists requirements, cases and rules of a release.
func contents(r *release.Release) []string {
	var ss []string
	for _, q := range r.Requirements {
		ss = append(ss, q.ID+" "+string(q.Level))
	}
	for _, k := range r.Cases {
		ss = append(ss, "case "+k.ID+" of "+k.Release+": "+strings.Join(k.Checks, " "))
	}
	for _, rule := range r.Rules {
		ss = append(ss, "rule "+rule.ID)
	}
	return ss
}

// TestChangedRequirement covers that a requirement changed in one field keeps
// its other fields, and that the older release is unchanged.
func TestChangedRequirement(t *testing.T) {
	t.Parallel()
	rs := compiled(t, overBase(t, replaced))
	old, changed := rs["v1.0"].Requirement("push.status"), rs["v1.1"].Requirement("push.status")
	if old.Level != release.Must || changed.Level != release.Should || changed.Text != old.Text || changed.Clause != old.Clause || changed.Since != "v1.0.0" {
		t.Errorf("%+v and %+v", old, changed)
	}
	if old.Category != "push" || old.Clause.URL != "https://example.com/v1.0.1/spec.md#L10" || old.Pos != "specs/v1.0/suite.cue:19:3" {
		t.Errorf("%+v", old)
	}
	if q := rs["mine"].Requirement("mine"); q.Clause.URL != "https://example.com/v1.1.1/other.md#L1" || q.Pos != "specs/v1.1/mine.cue:6:2" {
		t.Errorf("%+v", q)
	}
}

func TestReleaseFields(t *testing.T) {
	t.Parallel()
	rs := compiled(t, overBase(t, replaced))
	r := rs["mine"]
	if !slices.Equal(r.History, []string{"v1.0.0", "v1.0.1", "v1.1.0", "v1.1.1", "mine"}) || !slices.Equal(r.Lineage, []string{"v1.0", "v1.1", "mine"}) || r.Probe != "/v2/" {
		t.Errorf("%+v", r)
	}
	k := r.Case("push")
	if k.Pos != "specs/v1.1/mine.cue:19:9" || k.Steps[0].Pos != "specs/v1.1/mine.cue:22:9" || k.Steps[0].Checks[0].Pos != "specs/v1.1/mine.cue:24:4" {
		t.Errorf("%s, %s, %s", k.Pos, k.Steps[0].Pos, k.Steps[0].Checks[0].Pos)
	}
}

// TestCase compiles a case with every field of the language.
func TestCase(t *testing.T) {
	t.Parallel()
	rs := compiled(t, overBase(t, files{"mine.cue": `package v1_0

suite: cases: all: #Case & {
	title: "All"
	why:   "Because."
	quiet: true
	rows: ["blob.push"]
	data: {
		blob: {random: 10, algorithm: "sha512"}
		image: {json: {b: blob.descriptor, a: ["x"]}, mediaType: "a/b"}
		both: concat: [blob.bytes, image.bytes]
		layer: {tar: {"a": 1, "b": 2}, gzip: true}
		text: {text: "$${x}\(image.digest)${fill}", size: 100}
	}
	steps: [{use: #PushBlob & {to: "${other}", "blob": data.blob}}, {
		together: [{
			id:  "a"
			PUT: "/a"
			query: {x: ["1", "2"], y: "3"}
			body: {k: data.blob.digest}
			chunked: true
			row:     "blob.push"
		}, {id: "b", PATCH: "/b", after: []}]
	}, {
		id:  "page"
		GET: "/v2/${repo}/x?y=\("${pushed.status}")"
		when: a: status: 200 | 201
		expect: {
			"push.status": {
				when: header: A: "b"
				status: >=200 & <300
				header: {"X": =~"^a", "Y"?: "\("${a.body}")", Allow: {contains: ["GET"], unique: true}}
				absent: ["Z"]
				link: next: =~"/"
				length: <100
				lists: "/tags": {sorted: "either", each: string, by: "/name", lacks: [null], length: 3}
				pages: "": unique: true
			}
			"pull.body": body?: {name: "a"}
			"push.location": body: data.text.bytes
		}
		unsupported: status: 404 | 405
		gate: false
		capture: {last: "/tags/0", link: {header: "Link", regexp: "<(.*)>"}}
		observe: paging: {yes: header: Link: string, no: status: 200}
		pages: max: 3
		repeat: {until: status: 200, every: "2s"}
	}, {GET: "/v2/\("${page.capture.last}")", gate: status: 200}]
	cleanup: [{DELETE: "${page.header.Location}"}]
}
`}))
	b, err := release.Encode(&release.Release{Version: "v1.0", Patches: []string{"x"}, Cases: []*release.Case{rs["v1.0"].Case("all")}}, "")
	if err != nil {
		t.Fatal(err)
	}
	name := "testdata/all.json"
	got := strings.ReplaceAll(string(b[strings.IndexByte(string(b), '\n')+1:]), ",\"", ",\n\"")
	if *update {
		if err := os.WriteFile(name, []byte(got), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(name)
	if err != nil || got != string(want) {
		t.Errorf("differs from %s: %v\n%s", name, err, got)
	}
}

func TestOverlay(t *testing.T) {
	t.Parallel()
	tree := overBase(t, files{
		"b.cue":              "package v1_1\n",
		"a.cue":              "package v1_0\n",
		"specs/v1.1/own.cue": "package v1_1\n",
		"other/x.cue":        "package x\n",
		"notes.md":           "",
	})
	if want := []string{"specs/v1.0/a.cue", "specs/v1.1/b.cue", "specs/v1.1/own.cue"}; !slices.Equal(tree.Own, want) {
		t.Errorf("%v", tree.Own)
	}
	for in, want := range map[spectree.Position]spectree.Position{
		{File: "specs/v1.1/b.cue", Line: 1, Column: 2}:     {File: "b.cue", Line: 1, Column: 2},
		{File: "specs/v1.1/own.cue", Line: 1, Column: 2}:   {File: "specs/v1.1/own.cue", Line: 1, Column: 2},
		{File: "specs/v1.1/suite.cue", Line: 1, Column: 2}: {File: "specs/v1.1/suite.cue", Line: 1, Column: 2},
	} {
		if got := tree.Author(in); got != want {
			t.Errorf("%v is %v", in, got)
		}
	}
	for name, f := range map[string]files{"empty": {}, "no CUE": {"a.md": "", "other/x.cue": "package x\n"}} {
		if _, err := Overlay(base(t), f.fs()); err == nil || !strings.Contains(err.Error(), "no CUE file") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestOverlayReplaces covers that a user's file replaces the built-in file of
// the same name.
func TestOverlayReplaces(t *testing.T) {
	t.Parallel()
	tree := overBase(t, files{"specs/v1.0/push.cue": "package v1_0\n"})
	rs := compiled(t, tree)
	if len(rs["v1.0"].Cases) > 0 {
		t.Errorf("%v", contents(rs["v1.0"]))
	}
}

func TestUnion(t *testing.T) {
	t.Parallel()
	u := spectree.Union{files{"a/x": "1", "b": "1"}.fs(), files{"a/x": "2", "a/y": "2", "c/z": "2"}.fs()}
	for name, want := range map[string]string{"a/x": "1", "a/y": "2", "b": "1", "c/z": "2"} {
		if b, err := fs.ReadFile(u, name); err != nil || string(b) != want {
			t.Errorf("%s: %s, %v", name, b, err)
		}
	}
	for dir, want := range map[string]string{".": "a b c", "a": "x y", "c": "z"} {
		es, err := fs.ReadDir(u, dir)
		var names []string
		for _, e := range es {
			names = append(names, e.Name())
		}
		if got := strings.Join(names, " "); err != nil || got != want {
			t.Errorf("%s: %s, %v", dir, got, err)
		}
	}
	for _, name := range []string{"d", "a/z", "../a"} {
		if _, err := u.Open(name); err == nil {
			t.Errorf("%s exists", name)
		}
		if _, err := u.ReadDir(name); err == nil {
			t.Errorf("%s is a directory", name)
		}
	}
}

func TestDigest(t *testing.T) {
	t.Parallel()
	digests := map[string]bool{}
	for _, f := range []files{
		{"mine.cue": "package v1_0\n"},
		{"mine.cue": "package v1_1\n"},
		{"mine.cue": "package v1_0\n\n"},
		{"other.cue": "package v1_0\n"},
		{"mine.cue": "package v1_0\n", "other.cue": "package v1_0\n"},
	} {
		d, err := Digest(overBase(t, f))
		if err != nil || digests[d] {
			t.Errorf("%v: %s, %v", f, d, err)
		}
		digests[d] = true
	}
	builtin, err := Digest(spectree.Builtin(base(t)))
	if err != nil || digests[builtin] {
		t.Errorf("%s, %v", builtin, err)
	}
	other, err := Digest(&spectree.Tree{FS: spectree.Union{files{"mine.cue": ""}.fs(), files{"specs/v1.0/push.cue": ""}.fs(), base(t)}})
	if err != nil || other == builtin {
		t.Errorf("the digest does not depend on the built-in files: %s, %v", other, err)
	}
	one, _ := Digest(overBase(t, files{"mine.cue": "package v1_0\n"}))
	if two, _ := Digest(overBase(t, files{"mine.cue": "package v1_0\n", "specs/notes.md": "x"})); one != two {
		t.Error("the digest depends on files other than CUE")
	}
}

// TestCache opens a tree repeatedly, with valid, corrupt and missing cache
// files.
func TestCache(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "cache [x]")
	open := func() string {
		t.Helper()
		rs, err := OpenTree(overBase(t, replaced), dir)
		if err != nil {
			t.Fatal(err)
		}
		r, err := rs.Release("v1.1.1")
		if err != nil {
			t.Fatal(err)
		}
		return strings.Join(contents(r), "; ")
	}
	want := open()
	stored, _ := filepath.Glob(filepath.Join(strings.ReplaceAll(dir, "[", `\[`), "*", "*"))
	if len(stored) != 4 {
		t.Fatalf("%v", stored)
	}
	before, err := os.Stat(stored[0])
	if err != nil {
		t.Fatal(err)
	}
	if got := open(); got != want {
		t.Errorf("fresh: %s", got)
	}
	if after, err := os.Stat(stored[0]); err != nil || !os.SameFile(before, after) {
		t.Errorf("the cache was not used: %v", err)
	}
	for _, name := range stored {
		for how, damage := range map[string]func() error{
			"emptied":   func() error { return os.WriteFile(name, nil, 0o666) },
			"corrupted": func() error { return corrupt(name) },
			"removed":   func() error { return os.Remove(name) },
		} {
			if err := damage(); err != nil {
				t.Fatal(err)
			}
			if got := open(); got != want {
				t.Errorf("%s %s: %s", name, how, got)
			}
			if _, ok := cached(filepath.Dir(name)); !ok {
				t.Errorf("%s %s: not repaired", name, how)
			}
		}
	}
}

// corrupt changes a byte near the end of a file.
func corrupt(name string) error {
	b, err := os.ReadFile(name)
	if err != nil {
		return err
	}
	b[len(b)-3] ^= 1
	return os.WriteFile(name, b, 0o666)
}

// TestNoCache covers a cache directory that is not writable.
func TestNoCache(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o444); err != nil {
		t.Fatal(err)
	}
	readOnly := t.TempDir()
	if err := os.Chmod(readOnly, 0o555); err != nil {
		t.Fatal(err)
	}
	for _, dir := range []string{"", file, filepath.Join(file, "below"), readOnly, "/proc/none"} {
		rs, err := OpenTree(overBase(t, replaced), dir)
		if err != nil {
			t.Errorf("%s: %v", dir, err)
			continue
		}
		if got := rs.Versions(); len(got) != 3 {
			t.Errorf("%s: %v", dir, got)
		}
	}
}

// TestPrune covers that the cache keeps the latest trees.
func TestPrune(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	keep := filepath.Join(dir, "not a tree")
	if err := os.Mkdir(keep, 0o777); err != nil {
		t.Fatal(err)
	}
	for i := range cacheSize + 5 {
		if err := store(filepath.Join(dir, strings.Repeat(string(rune('a'+i)), 32)), map[string][]byte{"x": nil}); err != nil {
			t.Fatal(err)
		}
	}
	prune(dir)
	es, err := os.ReadDir(dir)
	if err != nil || len(es) > cacheSize+1 {
		t.Errorf("%d left, %v", len(es), err)
	}
	if _, err := os.Stat(keep); err != nil {
		t.Error(err)
	}
}
