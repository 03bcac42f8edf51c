package compile

import (
	"bytes"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/ocispec/ocispec/internal/spectree"

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

// TestIncrement compiles trees on top of the compiled base tree and compares the result
// with that of Compile.
func TestIncrement(t *testing.T) {
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
		name string
		dir  files
		want bool
	}{
		{"case", files{"mine.cue": "package v1_0\n" + ping}, true},
		{"case of last release", files{"mine.cue": "package v1_1\n" + ping}, true},
		{"case of two releases", files{"specs/v1.0/mine.cue": "package v1_0\n" + ping, "specs/v1.1/mine.cue": "package v1_1\n" + ping}, true},
		{"case that is dropped", files{"mine.cue": "package v1_0\nsuite: cases: more: why: \"More.\"\n"}, true},
		{"case that is replaced", files{"mine.cue": "package v1_0\nsuite: cases: push: why: \"More.\"\n"}, true},
		{"case that replaces", files{"mine.cue": "package v1_1\nsuite: cases: {push: why: \"More.\"}\n"}, true},
		{"case with macro", files{"mine.cue": "package v1_0\nsuite: cases: mine: #Mine\n#Mine: #Case & {\n\ttitle: \"Mine\"\n\tdata: blob: random: 1\n\tsteps: [{use: #PushBlob & {to: \"${repo}\", blob: data.blob}}]\n}\n"}, true},
		{"case of hidden file", files{"specs/v1.0/more.cue": "package v1_0\n// One line more.\nsuite: requirements: \"more.status\": {text: \"Less.\", level: \"MUST\", clause: {section: \"More\", line: 1}}\n" + strings.ReplaceAll(ping, "ping", "more")}, true},
		{"requirement", files{"mine.cue": "package v1_0\nsuite: requirements: {mine: {text: \"Mine.\", level: \"MUST\", clause: {section: \"Mine\", line: 1}, endpoints: [\"end-4a\"]}}\n"}, true},
		{"requirement that is dropped", files{"mine.cue": "package v1_0\nsuite: requirements: \"more.status\": testable: \"no\"\n"}, true},
		{"requirement that is changed", files{"mine.cue": "package v1_0\nsuite: requirements: \"push.location\": endpoints: [\"end-4a\"]\n"}, true},
		{"requirement of earlier release", files{"mine.cue": "package v1_1\nsuite: requirements: \"push.status\": level: \"SHOULD\"\n"}, true},
		{"release", files{"specs/mine/suite.cue": mine + "\nsuite: requirements: \"push.status\": level: \"SHOULD\"\n", "specs/mine/case.cue": "package mine\nimport s \"github.com/ocispec/ocispec/schemas\"\n#Case: s.#Case\n" + ping}, true},
		{"release of changed release", files{"specs/mine/suite.cue": mine, "mine.cue": "package v1_0\n" + ping}, true},
		{"release without another", files{"specs/mine/suite.cue": strings.Replace(strings.Replace(mine, "prev: v1_1.suite", "", 1), "v1_1 \"github.com/ocispec/ocispec/specs/v1.1:v1_1\"", "", 1)}, true},
		{"variant", files{"specs/v1.0/mine.cue": "package v1_0\n" + ping, "variants/mine.cue": "package variants\n"}, true},

		{"case that is removed", files{"specs/v1.0/less.cue": "package v1_0\n// Less.\nsuite: requirements: less: {text: \"Less.\", level: \"MUST\", clause: {section: \"Less\", line: 1}}\n"}, true},
		{"case and requirement that are removed", files{"specs/v1.0/less.cue": "package v1_0\n"}, false},
		{"macro with a known name", files{"mine.cue": "package v1_0\n#Step: _\n" + ping}, false},
		{"definitions of hidden file", files{"specs/v1.0/push.cue": "package v1_0\n" + ping}, false},
		{"schema", files{"schemas/mine.cue": "package schemas\n#Mine: 1\n"}, false},
		{"rows", files{"mine.cue": "package v1_0\nsuite: rows: \"blob.push\": enabled: false\n"}, false},
		{"rule", files{"mine.cue": "package v1_0\nsuite: rules: errors: expect: \"error.body\": status: <500\n"}, false},
		{"whole suite", files{"mine.cue": "package v1_0\nsuite: cases: {for id in [\"a\"] {(id): {title: \"A\", steps: [{GET: \"/\", expect: \"push.status\": status: 200}]}}}\n"}, false},
		{"hidden field", files{"mine.cue": "package v1_0\n_mine: 1\n" + ping}, false},
		{"another field", files{"mine.cue": "package v1_0\nmine: 1\n" + ping}, false},
		{"file of enclosing directory", files{"specs/mine.cue": "package v1_0\n" + ping}, false},
		{"changed release before", files{"specs/mine/suite.cue": strings.Replace(mine, "v1_1.suite", "v1_1.suite & {title: \"Mine\"}", 1)}, false},
		{"alias", files{"mine.cue": "package v1_0\nsuite: {cases: A=\"mine\": #Case & {title: A.#id, steps: [{GET: \"/\", expect: \"push.status\": status: 200}]}}\n"}, false},
	} {
		t.Run(x.name, func(t *testing.T) {
			t.Parallel()
			tree, err := Overlay(source, x.dir.fs())
			if err != nil {
				t.Fatal(err)
			}
			if _, err := Compile(tree); err != nil {
				t.Fatal(err)
			}
			if got := sameAsCompile(t, tree, release.From(memory(built))); got != x.want {
				t.Errorf("compiled incrementally: %t", got)
			}
		})
	}
}

// TestIncrementBroken checks that no error is missed.
func TestIncrementBroken(t *testing.T) {
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
				sameAsCompile(t, tree, release.From(memory(built)))
			}
		})
	}
}

// sameAsCompile reports whether increment compiles a tree, and fails if the result is
// not that of Compile.
func sameAsCompile(t *testing.T, tree *spectree.Tree, built *release.Releases) bool {
	t.Helper()
	releases, ok := increment(tree, built)
	if !ok {
		return false
	}
	want, err := Files(tree)
	if err != nil {
		t.Fatalf("an error is missed: %v", err)
	}
	digest, err := Digest(tree)
	if err != nil {
		t.Fatal(err)
	}
	got, err := encoded(releases, digest)
	if err != nil {
		t.Fatal(err)
	}
	if !maps.EqualFunc(got, want, bytes.Equal) {
		for name, b := range want {
			if !bytes.Equal(b, got[name]) {
				t.Errorf("%s:\n%s\nwant\n%s", name, got[name], b)
			}
		}
	}
	return true
}

// TestIncrementExamples does the same with the built-in releases, which have to be up
// to date.
func TestIncrementExamples(t *testing.T) {
	t.Parallel()
	for _, dir := range []string{"case", "release"} {
		tree, err := Overlay(ocispec.Source, os.DirFS("../../examples/"+dir))
		if err != nil {
			t.Fatal(err)
		}
		if !sameAsCompile(t, tree, release.Builtin()) {
			t.Errorf("examples/%s is not compiled incrementally", dir)
		}
	}
}

// TestSuiteReferences checks that the built-in sources refer to sets and requirement
// ids of a suite only, which increment relies on: what a user changes in a case or
// requirement changes nothing else.
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
				if allowed[n] || slices.Contains([]string{"sets", "ids"}, name) {
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
