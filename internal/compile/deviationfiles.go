package compile

import (
	"maps"
	"path"
	"slices"

	"github.com/ocispec/ocispec/internal/spectree"

	"github.com/ocispec/ocispec/internal/faultproxy"

	"github.com/ocispec/ocispec/engine/release"
)

// DeviationFiles returns the compiled form of the variants and faults of a
// tree, by file name. releases are those whose requirements they may refer to.
func DeviationFiles(t *spectree.Tree, releases []*release.Release) (map[string][]byte, error) {
	a, err := Deviations(t, releases)
	if err != nil {
		return nil, err
	}
	files := map[string][]byte{}
	digest, err := digestOf(t, "schemas", variantsRoot)
	if err != nil {
		return nil, err
	}
	if files[faultproxy.VariantsFile], err = faultproxy.Encode(a.Variants, digest); err != nil {
		return nil, err
	}
	if digest, err = digestOf(t, "schemas", faultsRoot); err != nil {
		return nil, err
	}
	files[faultproxy.FaultsFile], err = faultproxy.Encode(a.Faults, digest)
	return files, err
}

// AllFiles returns the compiled form of the releases, variants and faults of a
// tree, by file name.
func AllFiles(t *spectree.Tree) (map[string][]byte, error) {
	files, err := Files(t)
	if err != nil {
		return nil, err
	}
	var releases []*release.Release
	for _, b := range files {
		c, err := release.Parse(b)
		if err != nil {
			return nil, err
		}
		releases = append(releases, c.Release)
	}
	deviations, err := DeviationFiles(t, releases)
	maps.Copy(files, deviations)
	return files, err
}

// OwnDeviations reports whether the user's files include variants, faults or
// schemas, so that the built-in compiled form does not apply.
func OwnDeviations(t *spectree.Tree) bool {
	return slices.ContainsFunc(t.Own, func(p string) bool {
		root := path.Dir(p)
		return root == variantsRoot || root == faultsRoot || root == "schemas"
	})
}
