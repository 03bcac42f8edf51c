package release

import "fmt"

// Later describes how a later release states a requirement of a release: that it
// drops the requirement, changes its level or says something else. It returns ""
// if no later release does, or none can be opened.
func (r *Releases) Later(rel *Release, id string) string {
	q := rel.Requirement(id)
	if q == nil {
		return ""
	}
	later := ""
	for _, v := range r.Versions() {
		c, err := r.Get(v)
		if err != nil || len(c.Release.History) <= len(rel.History) {
			continue
		}
		switch l := c.Release.Requirement(id); {
		case l == nil:
			return fmt.Sprintf("%s drops this requirement", v)
		case l.Text != q.Text && later == "":
			later = fmt.Sprintf("%s: %s", v, l.Text)
		case l.Level != q.Level && later == "":
			later = fmt.Sprintf("the level in %s is %s", v, l.Level)
		}
	}
	return later
}
