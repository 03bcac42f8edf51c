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

// listTags responds with the tag list of a repository, sorted (end-8a), limited
// by n and last if given (end-8b).
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

// tagCount returns the value of n, or math.MaxInt without the parameter. The
// releases do not specify the response to an invalid n, and define no error
// code for it.
func tagCount(q url.Values) (int, error) {
	if !q.Has("n") {
		return math.MaxInt, nil
	}
	n, err := strconv.ParseUint(q.Get("n"), 10, strconv.IntSize-1)
	if err != nil && !errors.Is(err, strconv.ErrRange) {
		return 0, reject(http.StatusBadRequest, unsupported, "query parameter n is not a non-negative integer")
	}
	return int(n), nil
}

// tags returns all tags of a repository, sorted. The result is never nil, since
// an empty tag list is [] in JSON.
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

// compareTags orders tags. Up to v1.1 the order ignores case; the releases do
// not specify the order of tags that differ only in case. In dev both the
// case-insensitive and the byte order conform, and the registry uses the byte
// order.
func (r *Registry) compareTags(a, b string) int {
	if r.does.foldTagCase {
		return cmp.Or(cmp.Compare(strings.ToLower(a), strings.ToLower(b)), cmp.Compare(a, b))
	}
	return cmp.Compare(a, b)
}

// tagsAfter returns the tags that follow last in the list. The tag last need
// not exist.
func (r *Registry) tagsAfter(tags []string, last string) []string {
	i, found := slices.BinarySearchFunc(tags, last, r.compareTags)
	if found {
		i++
	}
	return tags[i:]
}

// linkTags sets the Link header to the page that follows the sent tags. With
// n=0 it sets none.
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

// linkNext sets the Link header to the next page (RFC 8288). The target is
// relative to the host.
func (c *call) linkNext(path string, q url.Values) {
	c.w.Header().Set("Link", "</v2/"+c.name+"/"+path+"?"+q.Encode()+`>; rel="next"`)
}
