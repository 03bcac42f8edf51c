package compile

import (
	"fmt"
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/ocispec/ocispec/internal/cueerr"
	"github.com/ocispec/ocispec/internal/spectree"

	"cuelang.org/go/cue"
	"cuelang.org/go/cue/build"
	"cuelang.org/go/cue/cuecontext"
	"cuelang.org/go/cue/parser"
)

// part says what is evaluated of a release. CUE evaluates a package as a whole, and
// with it everything that it inherits, but only what is referred to of a package that
// another one imports. A part has all of the suite except prev, of which it has the
// version, and except cases and requirements.
type part struct {
	version string
	// cases and requirements that it has, by id. The release need not define them.
	cases, requirements ids
	fields              []string // of the package beside suite
}

// ids selects all cases or requirements, or those with the given ids.
type ids struct {
	all  bool
	some []string
}

// condition returns the condition that the id k is selected.
func (s ids) condition() string {
	if s.all {
		return ""
	}
	var quoted []string
	for _, id := range s.some {
		quoted = append(quoted, strconv.Quote(id))
	}
	return " if list.Contains([" + strings.Join(quoted, ", ") + "], k)"
}

// evaluated is the value of a part.
type evaluated struct {
	// suite has references to what the part selects, to be followed with
	// [cue.Dereference].
	suite cue.Value
	cases []string // the ids of all cases that the release defines
}

// loaded is the packages of the releases of a tree, by version. Evaluating parts of
// them does not change them.
type loaded map[string]*build.Instance

// loadAll loads the packages of all releases.
func loadAll(t *spectree.Tree) (loaded, error) {
	insts, err := instances(t)
	if err != nil {
		return nil, err
	}
	l := loaded{}
	for _, i := range insts {
		l[path.Base(i.Dir)] = i
	}
	return l, nil
}

// Names of fields that no author has.
const (
	casesField  = "the cases"
	hiddenField = "the hidden " // before the name
)

// expose makes the hidden ones of the given fields accessible to parts.
func (l loaded) expose(version string, fields []string) error {
	var b strings.Builder
	for _, name := range fields {
		if strings.HasPrefix(name, "_") {
			fmt.Fprintf(&b, "%q: %s\n", hiddenField+name, name)
		}
	}
	return add(l[version], "hidden.cue", "package "+spectree.PackageName(version)+"\n\n"+b.String())
}

// add adds a file to a package.
func add(inst *build.Instance, name, text string) error {
	f, err := parser.ParseFile(name, text)
	if err != nil {
		return err
	}
	if err := inst.AddSyntax(f); err != nil {
		return err
	}
	return nil
}

// evaluate evaluates parts of different releases, by version, and adds the errors in
// them to c, which must be new. It does not see errors elsewhere. It returns false if
// there are errors and it can explain none of them.
func (l loaded) evaluate(c *compiler, parts ...part) (map[string]*evaluated, bool) {
	inst := build.NewContext().NewInstance("", nil)
	if add(inst, "part.cue", l.source(parts)) != nil {
		return nil, false
	}
	for _, p := range parts {
		inst.Imports = append(inst.Imports, l[p.version])
	}
	ctx := cuecontext.New()
	all := ctx.BuildInstance(inst)
	out := map[string]*evaluated{}
	for _, p := range parts {
		v := all.LookupPath(cue.MakePath(cue.Str(p.version)))
		if !v.Exists() {
			v = ctx.BuildInstance(l[p.version]) // has an error before evaluation
		}
		s := cueerr.ReadSource(l[p.version], v)
		c.errs = slices.Concat(c.errs, s.Missing(), s.Validators())
		c.Sources = append(c.Sources, s)
		out[p.version] = &evaluated{suite: v.LookupPath(cue.ParsePath("suite"))}
	}
	c.Missing = c.errs
	for _, s := range c.Sources {
		c.Current = s
		if err := s.Value.Validate(); err != nil {
			c.add(err)
		}
	}
	c.Current = nil
	if c.failed > 0 || len(c.errs) > 0 {
		return nil, len(c.errs) > 0
	}
	for v, x := range out {
		x.cases = c.strs(all.LookupPath(cue.MakePath(cue.Str(v), cue.Str(casesField))))
	}
	return out, true
}

// source returns the text of a CUE file with a field for each part.
func (l loaded) source(parts []part) string {
	var imports, fields strings.Builder
	for i, p := range parts {
		r := fmt.Sprint("r", i)
		fmt.Fprintf(&imports, "\t%s %q\n", r, l[p.version].ImportPath)
		fmt.Fprintf(&fields, `
%q: {
	suite: {
		for k, x in %s.suite if !list.Contains(["prev", "cases", "requirements"], k) {(k): x}
		for k, x in %[2]s.suite if k == "prev" {prev: version: x.version}
		cases: {for k, x in %[2]s.suite.cases%[3]s {(k): x}}
		requirements: {for k, x in %[2]s.suite.requirements%[4]s {(k): x}}
	}
	%[5]q: [for k, _ in %[2]s.suite.cases {k}]
`, p.version, r, p.cases.condition(), p.requirements.condition(), casesField)
		for _, name := range p.fields {
			if strings.HasPrefix(name, "_") {
				name = strconv.Quote(hiddenField + name)
			}
			fmt.Fprintf(&fields, "\t%s: %s.%[1]s\n", name, r)
		}
		fields.WriteString("}\n")
	}
	return "package part\n\nimport (\n\t\"list\"\n" + imports.String() + ")\n" + fields.String()
}
