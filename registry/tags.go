package registry

import (
	"cmp"
	"errors"
	"math"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// listTags sends the tags of a repository, sorted (end-8a), or some of them
// (end-8b).
func (r *Registry) listTags(c *call) error {
	n, err := tagCount(c.query)
	if err != nil {
		return err
	}
	tags, err := r.tags(c.name)
	if err != nil {
		return err
	}
	if c.query.Has("last") {
		tags = r.tagsAfter(tags, c.query.Get("last"))
	}
	if r.does.tagLinks && r.opts.TagsPage > 0 {
		n = min(n, r.opts.TagsPage)
	}
	if n < len(tags) {
		tags = tags[:n]
		r.linkTags(c, tags)
	}
	c.json(http.StatusOK, "application/json", struct {
		Name string   `json:"name"`
		Tags []string `json:"tags"`
	}{c.name, tags})
	return nil
}

// tagCount reads n, which without the parameter is no limit. The releases do
// not say what a bad n leads to, and their table has no code for it.
func tagCount(q url.Values) (int, error) {
	if !q.Has("n") {
		return math.MaxInt, nil
	}
	n, err := strconv.ParseUint(q.Get("n"), 10, strconv.IntSize-1)
	if err != nil && !errors.Is(err, strconv.ErrRange) {
		return 0, refuse(http.StatusBadRequest, unsupported, "n is not a number of tags")
	}
	return int(n), nil
}

// tags returns all tags in order, never nil: an empty list is [] in JSON.
func (r *Registry) tags(name string) ([]string, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	repo, err := r.find(name)
	if err != nil {
		return nil, err
	}
	tags := make([]string, 0, len(repo.tags))
	for t := range repo.tags {
		tags = append(tags, t)
	}
	slices.SortFunc(tags, r.compareTags)
	return tags, nil
}

// compareTags orders tags: up to v1.1 without regard to case, where the
// releases do not say what comes first among tags that differ in case only.
// At dev either order is right, and that of the bytes is taken.
func (r *Registry) compareTags(a, b string) int {
	if r.does.foldTagCase {
		return cmp.Or(cmp.Compare(strings.ToLower(a), strings.ToLower(b)), cmp.Compare(a, b))
	}
	return cmp.Compare(a, b)
}

// tagsAfter cuts off last, which need not exist, and all before it.
func (r *Registry) tagsAfter(tags []string, last string) []string {
	i, found := slices.BinarySearchFunc(tags, last, r.compareTags)
	if found {
		i++
	}
	return tags[i:]
}

// linkTags points to the tags after those sent. With n=0 there is no Link.
func (r *Registry) linkTags(c *call, sent []string) {
	if !r.does.tagLinks || len(sent) == 0 {
		return
	}
	q := url.Values{"last": {sent[len(sent)-1]}}
	if c.query.Has("n") {
		q.Set("n", c.query.Get("n"))
	}
	c.linkNext("tags/list", q)
}

// linkNext sets a Link to the next page (RFC 8288), relative to the host.
func (c *call) linkNext(path string, q url.Values) {
	c.w.Header().Set("Link", "</v2/"+c.name+"/"+path+"?"+q.Encode()+`>; rel="next"`)
}
