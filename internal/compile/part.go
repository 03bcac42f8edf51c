package compile

import (
	"fmt"
	"path"
	"slices"
	"strings"
	"testing/fstest"

	"github.com/ocispec/ocispec/internal/cueerr"
	"github.com/ocispec/ocispec/internal/spectree"

	"cuelang.org/go/cue"
	"cuelang.org/go/cue/build"
	"cuelang.org/go/cue/cuecontext"
)

// part says what is evaluated of a release. CUE evaluates a package as a whole, and
// with it everything that it inherits, but only what is referred to of a package that
// another one imports.
type part struct {
	version string
	// cases and requirements are ids, whether or not the release defines them; nil
	// means all that it defines.
	cases, requirements []string
	definitions         []string // of the package
}

// partPackage is the name of the package that refers to parts.
const partPackage = "part"

// source returns the CUE text of a package with a field for each part. Its fields are
// references, to be followed with [cue.Dereference]: to the suite's sections but prev,
// of which it has the version, and to the cases and requirements.
func source(parts []part) string {
	var imports, fields strings.Builder
	for i, p := range parts {
		r := fmt.Sprint("r", i)
		fmt.Fprintf(&imports, "\t%s %q\n", r, importPath(p.version))
		fmt.Fprintf(&fields, `
%q: {
	suite: {
		for k, x in %s.suite if !list.Contains(["prev", "cases", "requirements"], k) {(k): x}
		for k, x in %[2]s.suite if k == "prev" {prev: version: x.version}
		cases: {for k, x in %[2]s.suite.cases%[3]s {(k): x}}
		requirements: {for k, x in %[2]s.suite.requirements%[4]s {(k): x}}
	}
`, p.version, r, among(p.cases), among(p.requirements))
		for _, name := range p.definitions {
			fmt.Fprintf(&fields, "\t%s: %s.%[1]s\n", name, r)
		}
		fields.WriteString("}\n")
	}
	return "package " + partPackage + "\n\nimport (\n\t\"list\"\n" + imports.String() + ")\n" + fields.String()
}

// among returns the condition that the name k is one of the ids.
func among(ids []string) string {
	if ids == nil {
		return ""
	}
	var quoted []string
	for _, id := range ids {
		quoted = append(quoted, fmt.Sprintf("%q", id))
	}
	return " if list.Contains([" + strings.Join(quoted, ", ") + "], k)"
}

func importPath(version string) string {
	return path.Dir(spectree.SchemasPath) + "/specs/" + version + ":" + spectree.PackageName(version)
}

// evaluateParts returns the evaluated parts of releases, by version, and false if there
// is an error in them. It sees errors in what the parts refer to only.
func evaluateParts(t *spectree.Tree, parts []part) (map[string]cue.Value, bool) {
	text := &fstest.MapFile{Data: []byte(source(parts)), Mode: 0o444}
	inst := packagesOf(spectree.Union{fstest.MapFS{partPackage + "/part.cue": text}, t.FS}, "./"+partPackage)[0]
	if inst.Err != nil {
		return nil, false
	}
	v := cuecontext.New().BuildInstance(inst)
	if v.Validate() != nil {
		return nil, false
	}
	values := map[string]cue.Value{}
	for _, p := range parts {
		x := v.LookupPath(cue.MakePath(cue.Str(p.version)))
		i := slices.IndexFunc(inst.Imports, func(i *build.Instance) bool { return i.ImportPath == importPath(p.version) })
		if i < 0 {
			return nil, false
		}
		if s := cueerr.ReadSource(inst.Imports[i], x); len(s.Missing())+len(s.Validators()) > 0 {
			return nil, false
		}
		values[p.version] = x.LookupPath(cue.ParsePath("suite"))
	}
	return values, true
}
