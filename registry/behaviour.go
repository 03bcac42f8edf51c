package registry

import "regexp"

// behaviour is what differs between releases. Code asks for a behaviour and
// never for a release, so that any one of them can be switched by itself.
type behaviour struct {
	// name is the grammar of repository names.
	name *regexp.Regexp
	// absentContent is the code for manifests that name absent content.
	absentContent code
	// foldTagCase sorts tags without regard to case, ties by bytes.
	foldTagCase bool
	// tagLinks has a Link on tag lists that do not hold all tags.
	tagLinks bool
	// referrers has the referrers API (end-12) and OCI-Subject.
	referrers bool
	// anonymousMount mounts without a from parameter.
	anonymousMount bool
	// digestAlgorithm heeds digest-algorithm on POST (end-4c).
	digestAlgorithm bool
	// tagParams heeds tag parameters on a push by digest (end-7b).
	tagParams bool
}

// v1.1 allows separators of two underscores or of any number of hyphens.
var (
	nameV10 = regexp.MustCompile(`^[a-z0-9]+([._-][a-z0-9]+)*(/[a-z0-9]+([._-][a-z0-9]+)*)*$`)
	nameV11 = regexp.MustCompile(`^[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*(/[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*)*$`)
)

// tagGrammar is stated from v1.1 on. v1.0 leaves tags undefined; the same
// grammar, that of the API which the specification grew out of, serves there.
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
