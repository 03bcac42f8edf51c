// Package published reads result folders in the formats that registries have
// published in the results repository of the OCI (opencontainers/oci-conformance):
// junit.xml with report.html, results.yaml, PRODUCT.yaml and README.md.
//
// Everything in a folder is untrusted. Sizes, depth and numbers are bounded,
// unprintable characters are replaced, and credentials are redacted.
package published

// Version is the version of [Document]. It grows if a field changes its meaning.
const Version = 1

// Document is the output of an import: the results of one or more folders. Its
// schema is #Published in schemas/published.cue.
type Document struct {
	Version int       `json:"version"`
	Results []*Result `json:"results"`
}

// Format is a format of published results.
type Format string

// The formats, oldest first.
const (
	GinkgoV1 Format = "ginkgo-v1" // the suite of v1.0
	GinkgoV2 Format = "ginkgo-v2" // the suite of v1.1.0
	Suite    Format = "suite"     // the suite with results.yaml
	Ocispec  Format = "ocispec"   // written by ocispec publish
)

// Status is the result of a case, a row or a workflow, in the words of
// results.yaml.
type Status string

// The statuses.
const (
	Pass     Status = "Pass"
	Skip     Status = "Skip"
	Disabled Status = "Disabled"
	Fail     Status = "FAIL"
	Error    Status = "Error"
)

// statusRank orders the statuses of a group: FAIL and Error prevail, and one
// passed case prevails over skipped cases.
var statusRank = map[Status]int{Disabled: 1, Skip: 2, Pass: 3, Error: 4, Fail: 5}

// Worse returns the status of a group with two members. The empty status is that
// of an empty group.
func Worse(a, b Status) Status {
	if statusRank[b] > statusRank[a] {
		return b
	}
	return a
}

// Result is the content of one folder.
type Result struct {
	// Folder has the last two elements of the path, as in "v1.0/zot".
	Folder  string  `json:"folder"`
	Format  Format  `json:"format"`
	Product Product `json:"product"`
	Spec    Spec    `json:"spec"`
	// Commit is the revision of the suite, as its report states it.
	Commit string `json:"commit,omitempty"`
	// Started is the local time of the run without a zone, if stated.
	Started  string `json:"started,omitempty"`
	Registry string `json:"registry,omitempty"` // the URL or host
	// Config has the settings of the run by name, without credentials.
	Config map[string]string `json:"config,omitempty"`
	Counts Counts            `json:"counts"`
	// Workflows has the status of Pull, Push, Content Discovery and Content
	// Management.
	Workflows map[string]Status `json:"workflows"`
	// Rows has the status of each row by kind (apis, data) and title.
	Rows map[string]map[string]Status `json:"rows"`
	// RowsFrom says where Rows come from: "results.yaml", or "case names" if they
	// are derived.
	RowsFrom string `json:"rowsFrom"`
	Cases    []Case `json:"cases"`
	// Readme is README.md without credentials, Badges is badges.md of the folder
	// in "live".
	Readme string `json:"readme,omitempty"`
	Badges string `json:"badges,omitempty"`
	// Unknown lists what the format cannot say.
	Unknown []string `json:"unknown"`
	// Notes lists what is unusual about this folder.
	Notes []string `json:"notes"`
}

// Product is the content of PRODUCT.yaml. Values are as written: 1.20 remains
// "1.20".
type Product struct {
	Vendor        string `json:"vendor,omitempty"`
	Name          string `json:"name,omitempty"`
	Version       string `json:"version,omitempty"`
	Website       string `json:"website,omitempty"`
	Repository    string `json:"repository,omitempty"`
	Documentation string `json:"documentation,omitempty"`
	Logo          string `json:"logo,omitempty"`
	Type          string `json:"type,omitempty"`
	Description   string `json:"description,omitempty"`
}

// Spec is the release of the specification, by source.
type Spec struct {
	Folder string `json:"folder"`           // name of the parent folder, as in "v1.1"
	Report string `json:"report,omitempty"` // as shown in report.html or the configuration
	Suite  string `json:"suite,omitempty"`  // release of the suite, derived from its cases
	// Differs reports whether the suite or the report contradicts the folder.
	Differs bool `json:"differs"`
}

// Counts has the numbers of cases in junit.xml, including the reporter that
// Cases leaves out. All but Declared and Unique count every occurrence.
type Counts struct {
	Declared int `json:"declared"` // as in the file; its meaning differs by format
	Cases    int `json:"cases"`
	Unique   int `json:"unique"`
	Pass     int `json:"pass"`
	Skip     int `json:"skip"` // skipped or disabled
	Fail     int `json:"fail"`
	Error    int `json:"error"`
}

// Case is a case. Occurrences with the same name are one case with the status of
// the group.
type Case struct {
	Name     string `json:"name"`
	Status   Status `json:"status"`
	Count    int    `json:"count"`              // number of occurrences
	Workflow string `json:"workflow,omitempty"` // "" if the name does not say
	Message  string `json:"message,omitempty"`  // of the first failure or skip
}
