package fleet

import (
	"cmp"
	"embed"
	"encoding/json"
	"io"
	"strings"
	"text/template"

	"github.com/ocispec/ocispec/internal/cuefile"
)

//go:embed plans
var plans embed.FS

// Options complete a plan.
type Options struct {
	// Image is the container image of ocispec.
	Image string
	// Claim is the name of the PersistentVolumeClaim for results.
	Claim string
	// Push is the repository that results are pushed to instead, or empty.
	Push string
	// PushSecret is the name of the Secret with the login to push with, of the type
	// kubernetes.io/dockerconfigjson. It need not exist.
	PushSecret string
	// Secret is the name of the Secret with the logins.
	Secret string
	// Parallel is the largest number of jobs at the same time.
	Parallel int
}

// Formats are the formats of plans.
var Formats = []string{"github", "kubernetes"}

// Plan writes a plan in a format: a workflow of GitHub Actions with a matrix, or a
// ConfigMap and an Indexed Job of Kubernetes.
func (f *Fleet) Plan(w io.Writer, format string, o Options) error {
	t, err := template.New("").Funcs(template.FuncMap{"quote": quote}).ParseFS(plans, "plans/"+format+".yaml")
	if err != nil {
		return err
	}
	return t.ExecuteTemplate(w, format+".yaml", struct {
		*Fleet
		Options
		File     string // the key of the file in a ConfigMap, which has a grammar of its own
		PushHost string
		Merges   []string // directories of runs whose shards are joined
	}{f, o, "fleet" + f.extension(), o.pushHost(), f.merges()})
}

func (f *Fleet) extension() string {
	if cuefile.IsCUE(f.Name) {
		return ".cue"
	}
	return ".yaml"
}

// pushHost returns the registry that results are pushed to.
func (o Options) pushHost() string {
	host, _, _ := strings.Cut(o.Push, "/")
	return host
}

func (f *Fleet) merges() []string {
	var all []string
	for _, i := range f.Items {
		if i.Shards > 1 && i.Shard == 1 {
			all = append(all, i.Whole())
		}
	}
	return all
}

// quote returns a text as a string of YAML: JSON is YAML.
func quote(s string) (string, error) {
	var b strings.Builder
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	err := e.Encode(s)
	return strings.TrimSpace(b.String()), err
}

func (i Item) compare(o Item) int {
	return cmp.Or(cmp.Compare(i.Registry, o.Registry), cmp.Compare(i.Release, o.Release), cmp.Compare(i.Shard, o.Shard))
}
