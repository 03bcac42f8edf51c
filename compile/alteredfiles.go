package compile

import (
	"io/fs"
	"maps"
	"path"
	"slices"

	"github.com/ocispec/ocispec/model"
)

// AlteredFiles returns the compiled form of the variants and faults of a tree,
// by file name.
func AlteredFiles(t *Tree, releases []*model.Release) (map[string][]byte, error) {
	a, err := CompileAltered(t, releases)
	if err != nil {
		return nil, err
	}
	files := map[string][]byte{}
	digest, err := digestOf(t, "schemas", variantsRoot)
	if err != nil {
		return nil, err
	}
	if files[variantsRoot+alteredSuffix], err = model.EncodeAltered(a.Variants, digest); err != nil {
		return nil, err
	}
	if digest, err = digestOf(t, "schemas", faultsRoot); err != nil {
		return nil, err
	}
	files[faultsRoot+alteredSuffix], err = model.EncodeAltered(a.Faults, digest)
	return files, err
}

// AllFiles returns the compiled form of all that is in a tree, by file name.
func AllFiles(t *Tree) (map[string][]byte, error) {
	files, err := Files(t)
	if err != nil {
		return nil, err
	}
	var releases []*model.Release
	for _, b := range files {
		c, err := model.Open(b)
		if err != nil {
			return nil, err
		}
		releases = append(releases, c.Release)
	}
	altered, err := AlteredFiles(t, releases)
	maps.Copy(files, altered)
	return files, err
}

// OpenAltered returns the variants and faults that were compiled with the
// program.
func OpenAltered(compiled fs.FS) (*Altered, error) {
	a := &Altered{}
	b, err := fs.ReadFile(compiled, variantsRoot+alteredSuffix)
	if err != nil {
		return nil, err
	}
	if a.Variants, _, err = model.DecodeAltered[*model.Variant](b); err != nil {
		return nil, err
	}
	if b, err = fs.ReadFile(compiled, faultsRoot+alteredSuffix); err != nil {
		return nil, err
	}
	a.Faults, _, err = model.DecodeAltered[*model.Fault](b)
	return a, err
}

// OwnAltered reports whether variants, faults or schemas of a tree are the
// user's, so that those that were compiled with the program do not serve.
func (t *Tree) OwnAltered() bool {
	return slices.ContainsFunc(t.Own, func(p string) bool {
		root := path.Dir(p)
		return root == variantsRoot || root == faultsRoot || root == "schemas"
	})
}
