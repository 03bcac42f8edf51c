package compile

import (
	"bytes"
	"errors"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/ocispec/ocispec/internal/spectree"
	"github.com/ocispec/ocispec/internal/testscope"

	"cuelang.org/go/cue/ast"
	"cuelang.org/go/cue/parser"

	"github.com/ocispec/ocispec"
	"github.com/ocispec/ocispec/engine/release"
)

// ping is a case of the base tree.
const ping = `suite: cases: ping: #Case & {
	title: "Ping"
	steps: [{GET: "/v2/", expect: "push.status": status: 200}]
}
`

// TestInParts compiles trees on top of the compiled base tree, in parts and as a whole.
func TestInParts(t *testing.T) {
	t.Parallel()
	source := spectree.Union{files{
		"specs/v1.0/more.cue": "package v1_0\n\n" + strings.ReplaceAll(ping, "ping", "more") + "\nsuite: requirements: \"more.status\": {text: \"More.\", level: \"MUST\", clause: {section: \"More\", line: 1}}\n",
		"specs/v1.0/less.cue": "package v1_0\n\n" + strings.ReplaceAll(ping, "ping", "less") + "\nsuite: requirements: less: {text: \"Less.\", level: \"MUST\", clause: {section: \"Less\", line: 1}}\n",
		"specs/v1.1/push.cue": "package v1_1\n\n" + strings.ReplaceAll(ping, "ping", "push") + "\nsuite: dropped: cases: more: \"It is too much.\"\nsuite: dropped: requirements: \"more.status\": \"It is too much.\"\n",
	}.fs(), base(t)}
	built, err := Files(spectree.Builtin(source))
	if err != nil {
		t.Fatal(err)
	}
	for _, x := range []struct {
		name  string
		dir   files
		want  bool // whether the tree is compiled incrementally
		alone bool // whether it cannot be compiled in parts
	}{
		{"case", files{"mine.cue": "package v1_0\n" + ping}, true, false},
		{"case of last release", files{"mine.cue": "package v1_1\n" + ping}, true, false},
		{"case of two releases", files{"specs/v1.0/mine.cue": "package v1_0\n" + ping, "specs/v1.1/mine.cue": "package v1_1\n" + ping}, true, false},
		{"case that is dropped", files{"mine.cue": "package v1_0\nsuite: cases: more: why: \"More.\"\n"}, true, false},
		{"case that is replaced", files{"mine.cue": "package v1_0\nsuite: cases: push: why: \"More.\"\n"}, true, false},
		{"case that replaces", files{"mine.cue": "package v1_1\nsuite: cases: {push: why: \"More.\"}\n"}, true, false},
		{"case with macro", files{"mine.cue": "package v1_0\nsuite: cases: mine: #Mine\n#Mine: #Case & {\n\ttitle: \"Mine\"\n\tdata: blob: random: 1\n\tsteps: [{use: #PushBlob & {to: \"${repo}\", blob: data.blob}}]\n}\n"}, true, false},
		{"case of hidden file", files{"specs/v1.0/more.cue": "package v1_0\n// One line more.\nsuite: requirements: \"more.status\": {text: \"Less.\", level: \"MUST\", clause: {section: \"More\", line: 1}}\n" + strings.ReplaceAll(ping, "ping", "more")}, true, false},
		{"requirement", files{"mine.cue": "package v1_0\nsuite: requirements: {mine: {text: \"Mine.\", level: \"MUST\", clause: {section: \"Mine\", line: 1}, endpoints: [\"end-4a\"]}}\n"}, true, false},
		{"requirement that is dropped", files{"mine.cue": "package v1_0\nsuite: requirements: \"more.status\": testable: \"no\"\n"}, true, false},
		{"requirement that is changed", files{"mine.cue": "package v1_0\nsuite: requirements: \"push.location\": endpoints: [\"end-4a\"]\n"}, true, false},
		{"requirement of earlier release", files{"mine.cue": "package v1_1\nsuite: requirements: \"push.status\": level: \"SHOULD\"\n"}, true, false},
		{"release", files{"specs/mine/suite.cue": mine + "\nsuite: requirements: \"push.status\": level: \"SHOULD\"\n", "specs/mine/case.cue": "package mine\nimport s \"github.com/ocispec/ocispec/schemas\"\n#Case: s.#Case\n" + ping}, true, false},
		{"release of changed release", files{"specs/mine/suite.cue": mine, "mine.cue": "package v1_0\n" + ping}, true, false},
		{"release without another", files{"specs/mine/suite.cue": strings.Replace(strings.Replace(mine, "prev: v1_1.suite", "", 1), "v1_1 \"github.com/ocispec/ocispec/specs/v1.1:v1_1\"", "", 1)}, true, false},
		{"hidden field", files{"mine.cue": "package v1_0\n_mine: 1\n" + ping}, true, false},
		{"variant", files{"specs/v1.0/mine.cue": "package v1_0\n" + ping, "variants/mine.cue": "package variants\n"}, true, false},

		{"case that is removed", files{"specs/v1.0/less.cue": "package v1_0\n// Less.\nsuite: requirements: less: {text: \"Less.\", level: \"MUST\", clause: {section: \"Less\", line: 1}}\n"}, true, false},
		{"case and requirement that are removed", files{"specs/v1.0/less.cue": "package v1_0\n"}, false, false},
		{"macro with a known name", files{"mine.cue": "package v1_0\n#Step: _\n" + ping}, false, false},
		{"definitions of hidden file", files{"specs/v1.0/push.cue": "package v1_0\n" + ping}, false, false},
		{"schema", files{"schemas/mine.cue": "package schemas\n#Mine: 1\n"}, false, false},
		{"rows", files{"mine.cue": "package v1_0\nsuite: rows: \"blob.push\": enabled: false\n"}, false, false},
		{"rule", files{"mine.cue": "package v1_0\nsuite: rules: errors: expect: \"error.body\": status: <500\n"}, false, false},
		{"whole suite", files{"mine.cue": "package v1_0\nsuite: cases: {for id in [\"a\"] {(id): {title: \"A\", steps: [{GET: \"/\", expect: \"push.status\": status: 200}]}}}\n"}, false, false},
		{"another field", files{"mine.cue": "package v1_0\nmine: 1\n" + ping}, false, true},
		{"file of enclosing directory", files{"specs/mine.cue": "package v1_0\n" + ping}, false, false},
		{"changed release before", files{"specs/mine/suite.cue": strings.Replace(mine, "v1_1.suite", "v1_1.suite & {title: \"Mine\"}", 1)}, false, true},
		{"alias", files{"mine.cue": "package v1_0\nsuite: {cases: A=\"mine\": #Case & {title: A.#id, steps: [{GET: \"/\", expect: \"push.status\": status: 200}]}}\n"}, false, false},
	} {
		t.Run(x.name, func(t *testing.T) {
			t.Parallel()
			tree, err := Overlay(source, x.dir.fs())
			if err != nil {
				t.Fatal(err)
			}
			incremental, parts := sameAsWhole(t, tree, release.From(memory(built)))
			if incremental != x.want {
				t.Errorf("compiled incrementally: %t", incremental)
			}
			if parts == x.alone {
				t.Errorf("compiled in parts: %t", parts)
			}
		})
	}
}

// TestIncrementExplains checks that errors in what the user adds are reported without
// compiling the whole.
func TestIncrementExplains(t *testing.T) {
	t.Parallel()
	built, err := Files(spectree.Builtin(base(t)))
	if err != nil {
		t.Fatal(err)
	}
	for text, want := range map[string]string{
		strings.ReplaceAll(ping, "push.status", "push.state"): `mine.cue:4:32: unknown requirement "push.state"; did you mean "push.status"?`,
		strings.ReplaceAll(ping, "#Case", "#Cases"):           `mine.cue:2:21: undefined name "#Cases"; did you mean "#Case"?`,
		strings.ReplaceAll(ping, "title", "titel"):            `mine.cue:3:2: cases.ping: unknown field "titel"; did you mean "title"?`,
	} {
		tree, err := Overlay(base(t), files{"mine.cue": "package v1_0\n" + text}.fs())
		if err != nil {
			t.Fatal(err)
		}
		var errs spectree.Errors
		_, err = increment(tree, release.From(memory(built)))
		if !errors.As(err, &errs) || !slices.ContainsFunc(errs, func(e spectree.Error) bool { return e.Error() == want }) {
			t.Errorf("%v, want %s", err, want)
		}
	}
}

// TestBrokenInParts checks that no error is missed.
func TestBrokenInParts(t *testing.T) {
	t.Parallel()
	built, err := Files(spectree.Builtin(base(t)))
	if err != nil {
		t.Fatal(err)
	}
	names, err := filepath.Glob("testdata/broken/*.txtar")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		t.Run(strings.TrimSuffix(filepath.Base(name), ".txtar"), func(t *testing.T) {
			t.Parallel()
			a, err := readTxtar(name)
			if err != nil {
				t.Fatal(err)
			}
			if tree, err := Overlay(base(t), archive(a)); err == nil {
				sameAsWhole(t, tree, release.From(memory(built)))
			}
		})
	}
}

// sameAsWhole compiles a tree in every way, reports whether increment compiles it and
// inParts does, and fails if their results or the errors they explain are not those of
// asWhole.
func sameAsWhole(t *testing.T, tree *spectree.Tree, built *release.Releases) (incremental, parts bool) {
	t.Helper()
	whole, err := asWhole(tree)
	same := func(way string, got map[string]*release.Release) {
		t.Helper()
		if err != nil {
			t.Fatalf("%s misses an error: %v", way, err)
		}
		want := encode(t, whole.releases)
		for name, b := range encode(t, got) {
			if !bytes.Equal(b, want[name]) {
				n := differ(b, want[name])
				from := max(0, n-100)
				t.Errorf("%s: %s: %s, want %s", way, name, b[from:min(n+100, len(b))], want[name][from:min(n+100, len(want[name]))])
			}
		}
		if len(got) != len(whole.releases) {
			t.Errorf("%s: %d releases, want %d", way, len(got), len(whole.releases))
		}
	}
	var explained spectree.Errors
	c, incErr := increment(tree, built)
	switch {
	case incErr == nil:
		incremental = true
		same("increment", c.releases)
	case errors.As(incErr, &explained) && (err == nil || incErr.Error() != err.Error()):
		t.Errorf("increment: %v, want %v", incErr, err)
	}
	if c, err := inParts(tree); err == nil {
		parts = true
		same("inParts", c.releases)
	}
	return incremental, parts
}

func encode(t *testing.T, releases map[string]*release.Release) map[string][]byte {
	t.Helper()
	files, err := encoded(releases, "")
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// TestBuiltinInParts compiles the built-in tree in every way.
func TestBuiltinInParts(t *testing.T) {
	t.Parallel()
	if !testscope.Full(t, "the small tree of the other tests") {
		return
	}
	if _, parts := sameAsWhole(t, spectree.Builtin(ocispec.Source), release.Builtin()); !parts {
		t.Error("not compiled in parts")
	}
}

// TestIncrementBuiltin compiles the examples and other files on top of the built-in
// releases, which have to be up to date.
func TestIncrementBuiltin(t *testing.T) {
	t.Parallel()
	full := testscope.Full(t, "files of every kind")
	for name, dir := range map[string]fs.FS{
		"examples/case":    os.DirFS("../../examples/case"),
		"examples/release": os.DirFS("../../examples/release"),
		"many": files{
			"specs/v1.0/mine.cue": `package v1_0

suite: cases: "data-image": why: "A comprehension defines it."
suite: cases: mine: #Mine
suite: requirements: "api.ping.ok-status": testable: "partly"
#Mine: #Case & {
	title: "Mine"
	data:  suite.sets.image.data
	steps: [{use: #PushBlob & {blob: data.config}}]
}
`,
			"specs/v1.1/mine.cue": `package v1_1

suite: requirements: "api.ping.ok-status": endpoints: ["end-2"]
`,
		}.fs(),
	} {
		if !full && name != "many" {
			continue
		}
		tree, err := Overlay(ocispec.Source, dir)
		if err != nil {
			t.Fatal(err)
		}
		got, err := increment(tree, release.Builtin())
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		want, err := inParts(tree)
		if err != nil {
			t.Fatal(err)
		}
		if !maps.EqualFunc(encode(t, got.releases), encode(t, want.releases), bytes.Equal) {
			t.Errorf("%s: the compiled forms differ", name)
		}
	}
}

// TestSuiteReferences checks that the built-in sources refer to the sets of a suite only,
// which increment relies on: what a user changes in a case or requirement changes nothing
// else.
func TestSuiteReferences(t *testing.T) {
	t.Parallel()
	names, err := fs.Glob(ocispec.Source, "specs/*/*.cue")
	if err != nil || len(names) == 0 {
		t.Fatalf("%d files: %v", len(names), err)
	}
	for _, name := range names {
		b, err := fs.ReadFile(ocispec.Source, name)
		if err != nil {
			t.Fatal(err)
		}
		f, err := parser.ParseFile(name, b)
		if err != nil {
			t.Fatal(err)
		}
		allowed := map[ast.Node]bool{}
		ast.Walk(f, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.Field:
				if name, _ := label(n); name == "prev" && path.Base(f.Filename) == "suite.cue" {
					allowed[n.Value] = true
				}
				allowed[n.Label] = true
			case *ast.SelectorExpr:
				name, _, _ := ast.LabelName(n.Sel)
				if allowed[n] || name == "sets" {
					allowed[n.X] = true
				}
				if name == "suite" && !allowed[n] {
					t.Errorf("%s: reference to a suite", n.Pos())
				}
				allowed[n.Sel] = true
			case *ast.Ident:
				if n.Name == "suite" && !allowed[n] {
					t.Errorf("%s: reference to the suite", n.Pos())
				}
			}
			return true
		}, nil)
	}
}
