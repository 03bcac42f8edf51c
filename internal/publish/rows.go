package publish

import (
	"maps"
	"slices"

	"github.com/ocispec/ocispec/internal/published"
	"github.com/ocispec/ocispec/result"
)

// rowNames lists the rows of results.yaml by kind, as the suite with results.yaml
// names them.
var rowNames = map[string][]string{
	"apis": {"Blob anonymous mount", "Blob chunked", "Blob delete", "Blob delete atomic", "Blob get", "Blob get range",
		"Blob head", "Blob mount", "Blob post only", "Blob post put", "Blob push", "Blob streaming", "Blob upload cancel",
		"Manifest delete", "Manifest delete atomic", "Manifest get by digest", "Manifest get by tag",
		"Manifest head by digest", "Manifest head by tag", "Manifest put by digest", "Manifest put by tag",
		"Manifest put with subject", "Manifest put with tag params", "Ping", "Referrers", "Tag delete",
		"Tag delete atomic", "Tag listing"},
	"data": {"Artifact", "Artifact Index", "Artifact without Layers", "Artifacts with Subject", "Bad Digest Image",
		"Blobs sha256", "Blobs sha512", "Custom Fields", "Data Field", "Digest Algorithm sha512", "Empty Index", "Image",
		"Image Uncompressed", "Image with Large Manifest", "Index", "Index with Subject", "Invalid Manifest Digest",
		"Missing Subject", "Nested Index", "No Layers", "Non-distributable Layers", "Sparse Manifests", "Tag Param",
		"Tag Param sha512"},
}

// requiredRows are those that the page generator marks as required.
var requiredRows = map[string][]string{
	"apis": {"Blob get", "Blob head", "Manifest get by digest", "Manifest get by tag", "Manifest head by digest",
		"Manifest head by tag"},
	"data": {"Blobs sha256", "Image", "Index"},
}

// withAllRows returns a copy of a run with exactly the published rows: those that
// the release does not have are disabled.
func withAllRows(r *result.Run) *result.Run {
	c := *r
	c.Rows, c.RowKinds = result.Rows{}, nil
	for _, kind := range slices.Sorted(maps.Keys(rowNames)) {
		c.Rows[kind] = map[string]string{}
		for _, title := range rowNames[kind] {
			c.Rows[kind][title] = string(published.Disabled)
			if word, ok := r.Rows[kind][title]; ok {
				c.Rows[kind][title] = word
			}
		}
	}
	return &c
}
