package registry

import "regexp"

// behaviour holds the differences between releases. The handlers test these
// fields and not the release, so that options can change each of them.
type behaviour struct {
	// name is the grammar of repository names.
	name *regexp.Regexp
	// absentContent is the error code for a manifest that references unknown
	// content.
	absentContent code
	// foldTagCase sorts tags case-insensitively, and tags that differ only in case
	// by bytes.
	foldTagCase bool
	// tagLinks sends a Link header with a partial tag list.
	tagLinks bool
	// referrers enables the referrers API (end-12) and the OCI-Subject header.
	referrers bool
	// anonymousMount mounts a blob without a from parameter (end-11).
	anonymousMount bool
	// digestAlgorithm supports the digest-algorithm parameter of POST (end-4c).
	digestAlgorithm bool
	// tagParams supports tag parameters of a manifest push by digest (end-7b).
	tagParams bool
}

// v1.1 adds two separators to the grammar of repository names: two underscores,
// and any number of hyphens.
var (
	nameV10 = regexp.MustCompile(`^[a-z0-9]+([._-][a-z0-9]+)*(/[a-z0-9]+([._-][a-z0-9]+)*)*$`)
	nameV11 = regexp.MustCompile(`^[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*(/[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*)*$`)
)

// tagGrammar is the grammar of v1.1 and later. v1.0 does not define tags; there
// the registry uses the same grammar, which is that of the Docker Registry HTTP
// API V2.
var tagGrammar = regexp.MustCompile(`^[a-zA-Z0-9_][a-zA-Z0-9._-]{0,127}$`)

var releases = map[string]behaviour{
	"v1.0": {
		name:          nameV10,
		absentContent: blobUnknown,
		foldTagCase:   true,
	},
	"v1.1": {
		name:           nameV11,
		absentContent:  manifestBlobUnknown,
		foldTagCase:    true,
		tagLinks:       true,
		referrers:      true,
		anonymousMount: true,
	},
	"dev": {
		name:            nameV11,
		absentContent:   manifestBlobUnknown,
		tagLinks:        true,
		referrers:       true,
		anonymousMount:  true,
		digestAlgorithm: true,
		tagParams:       true,
	},
}
