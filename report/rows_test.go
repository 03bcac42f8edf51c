package report

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ocispec/ocispec/engine/release"
)

// The rows of published results: what reads them knows these alone.
const (
	publishedAPIs = `Blob anonymous mount, Blob chunked, Blob delete, Blob delete atomic, Blob get, Blob get range, Blob head, Blob mount, Blob post only, Blob post put, Blob push, Blob streaming, Blob upload cancel, Manifest delete, Manifest delete atomic, Manifest get by digest, Manifest get by tag, Manifest head by digest, Manifest head by tag, Manifest put by digest, Manifest put by tag, Manifest put with subject, Manifest put with tag params, Ping, Referrers, Tag delete, Tag delete atomic, Tag listing`
	publishedData = `Artifact, Artifact Index, Artifact without Layers, Artifacts with Subject, Bad Digest Image, Blobs sha256, Blobs sha512, Custom Fields, Data Field, Digest Algorithm sha512, Empty Index, Image, Image Uncompressed, Image with Large Manifest, Index, Index with Subject, Invalid Manifest Digest, Missing Subject, Nested Index, No Layers, Non-distributable Layers, Sparse Manifests, Tag Param, Tag Param sha512`
)

// TestPublishedRows checks that results.yaml of every release has exactly the rows
// of published results.
func TestPublishedRows(t *testing.T) {
	for _, v := range release.Builtin().Versions() {
		rel, err := release.Builtin().Release(v)
		if err != nil {
			t.Fatal(err)
		}
		got := map[string][]string{}
		for _, row := range rel.Rows {
			got[row.Kind] = append(got[row.Kind], row.Title)
		}
		for _, titles := range got {
			slices.Sort(titles)
		}
		want := map[string][]string{"apis": strings.Split(publishedAPIs, ", "), "data": strings.Split(publishedData, ", ")}
		if d := cmp.Diff(want, got); d != "" {
			t.Errorf("%s: %s", v, d)
		}
	}
}
