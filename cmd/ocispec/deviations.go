package main

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"github.com/ocispec/ocispec/engine/release"
	"github.com/ocispec/ocispec/internal/faultproxy"
	"github.com/ocispec/ocispec/internal/nearest"

	"gopkg.in/yaml.v3"

	"github.com/ocispec/ocispec/internal/compile"
)

// deviations opens the variants and faults: the built-in ones, or those of a
// directory that has some.
func (l *library) deviations() (*faultproxy.Deviations, error) {
	if l.tree != nil && compile.OwnDeviations(l.tree) {
		releases, err := l.all()
		if err != nil {
			return nil, err
		}
		a, err := compile.Deviations(l.tree, releases)
		return a, relocate(err, l.tree, l.dir)
	}
	a, err := faultproxy.Builtin()
	if err != nil {
		return nil, &statusError{statusFault, err}
	}
	return a, nil
}

// pickDeviations finds the variants and faults that are named.
func (l *library) pickDeviations(variants, faults []string) ([]*faultproxy.Deviation, error) {
	if len(variants)+len(faults) == 0 {
		return nil, nil
	}
	all, err := l.deviations()
	if err != nil {
		return nil, err
	}
	var picked []*faultproxy.Deviation
	for _, id := range variants {
		v, err := find(all.Variants, id, "variant")
		if err != nil {
			return nil, err
		}
		picked = append(picked, &(*v).Deviation)
	}
	for _, id := range faults {
		f, err := find(all.Faults, id, "fault")
		if err != nil {
			return nil, err
		}
		picked = append(picked, &(*f).Deviation)
	}
	return picked, nil
}

// find returns the variant or fault of an id.
func find[T interface{ Base() *faultproxy.Deviation }](list []T, id, kind string) (*T, error) {
	var ids []string
	for i := range list {
		if list[i].Base().ID == id {
			return &list[i], nil
		}
		ids = append(ids, list[i].Base().ID)
	}
	return nil, usage("unknown %s %q%s (see ocispec list %ss)", kind, id, nearest.DidYouMean(id, ids), kind)
}

// listDeviations lists variants or faults, whatever release they are for.
func listDeviations(l *library, kind string) ([]item, error) {
	a, err := l.deviations()
	if err != nil {
		return nil, err
	}
	items := []item{}
	add := func(x *faultproxy.Deviation, breaks []string) {
		items = append(items, item{ID: x.ID, Title: x.Title, Checks: breaks, Pos: l.place(release.Pos(x.Pos))})
	}
	if kind == "variants" {
		for _, v := range a.Variants {
			add(&v.Deviation, nil)
		}
		return items, nil
	}
	for _, f := range a.Faults {
		add(&f.Deviation, f.Breaks)
	}
	return items, nil
}

// findDeviations returns the variants and faults of an id; none if there are none.
func findDeviations(l *library, id string) ([]any, error) {
	a, err := l.deviations()
	if err != nil {
		return nil, err
	}
	var found []any
	for _, v := range a.Variants {
		if v.ID == id {
			found = append(found, v)
		}
	}
	for _, f := range a.Faults {
		if f.ID == id {
			found = append(found, f)
		}
	}
	return found, nil
}

// showDeviation explains a variant or a fault: as it is written, as YAML.
func showDeviation(w io.Writer, x any) error {
	b, err := json.Marshal(x)
	if err != nil {
		return err
	}
	var doc yaml.Node
	if err := yaml.Unmarshal(b, &doc); err != nil {
		return err
	}
	plainStyle(&doc)
	var out strings.Builder
	e := yaml.NewEncoder(&out)
	e.SetIndent(2)
	if err := e.Encode(&doc); err != nil {
		return err
	}
	kind := "variant"
	if _, ok := x.(*faultproxy.Fault); ok {
		kind = "fault"
	}
	_, err = fmt.Fprintf(w, "%s\n  %s\n", kind, strings.ReplaceAll(strings.TrimSpace(out.String()), "\n", "\n  "))
	return err
}

// plainStyle undoes the style of JSON.
func plainStyle(n *yaml.Node) {
	n.Style = 0
	for _, c := range n.Content {
		plainStyle(c)
	}
}
