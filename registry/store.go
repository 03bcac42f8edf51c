package registry

import (
	"net/http"

	"github.com/opencontainers/go-digest"
)

// repository is created by the first blob or manifest stored in it, not by an
// upload session. It remains when all content is deleted.
type repository struct {
	blobs     map[digest.Digest]*content
	manifests map[digest.Digest]*manifest
	tags      map[string]digest.Digest
}

// content is a blob, shared by the repositories that have it; refs is their
// number.
type content struct {
	data []byte
	refs int
}

// itemCost is the number of bytes charged for the bookkeeping of each stored
// item.
const itemCost = 512

// The caller of the methods below must hold r.mu.

// find returns a repository, or the error for an unknown one.
func (r *Registry) find(name string) (*repository, error) {
	if repo := r.repos[name]; repo != nil {
		return repo, nil
	}
	return nil, reject(http.StatusNotFound, nameUnknown, "unknown repository %q", name)
}

// charge replaces credit bytes, which are already counted as used, by cost
// bytes. It returns errFull if that would exceed MaxBytes.
func (r *Registry) charge(cost, credit int64) error {
	if cost > credit && r.used-credit+cost > r.opts.MaxBytes {
		return errFull
	}
	r.used += cost - credit
	return nil
}

// open returns the repository for a push and the cost of creating it. A new
// repository is not yet added to r.repos, since the push can still fail.
func (r *Registry) open(name string) (*repository, int64, error) {
	if repo := r.repos[name]; repo != nil {
		return repo, 0, nil
	}
	if len(r.repos) >= r.opts.MaxRepositories {
		return nil, 0, errFull
	}
	return &repository{
		blobs:     map[digest.Digest]*content{},
		manifests: map[digest.Digest]*manifest{},
		tags:      map[string]digest.Digest{},
	}, itemCost + int64(len(name)), nil
}

// putBlob stores a verified blob. The caller has already reserved credit bytes
// for it; on success they belong to the stored blob.
func (r *Registry) putBlob(name string, d digest.Digest, data []byte, credit int64) error {
	repo, cost, err := r.open(name)
	if err != nil {
		return err
	}
	c := r.contents[d]
	if c == nil {
		c = &content{data: data}
		cost += int64(len(data))
	}
	held := repo.blobs[d] != nil
	if !held {
		cost += itemCost
	}
	if err := r.charge(cost, credit); err != nil {
		return err
	}
	if !held {
		c.refs++
	}
	r.repos[name], r.contents[d], repo.blobs[d] = repo, c, c
	return nil
}

// dropBlob removes a blob from a repository.
func (r *Registry) dropBlob(repo *repository, d digest.Digest) {
	c := repo.blobs[d]
	delete(repo.blobs, d)
	r.used -= itemCost
	if c.refs--; c.refs == 0 {
		delete(r.contents, d)
		r.used -= int64(len(c.data))
	}
}

// putManifestTags stores a manifest and makes the tags refer to it. credit is
// as in putBlob.
func (r *Registry) putManifestTags(name string, m *manifest, tags []string, credit int64) error {
	repo, cost, err := r.open(name)
	if err != nil {
		return err
	}
	cost += m.cost()
	if old := repo.manifests[m.digest]; old != nil {
		credit += old.cost()
	}
	added := 0
	for _, t := range tags {
		if _, ok := repo.tags[t]; !ok {
			added++
		}
	}
	if len(repo.tags)+added > r.opts.MaxTags {
		return errFull
	}
	if err := r.charge(cost+int64(added)*itemCost, credit); err != nil {
		return err
	}
	r.repos[name], repo.manifests[m.digest] = repo, m
	for _, t := range tags {
		repo.tags[t] = m.digest
	}
	return nil
}

// dropManifest removes a manifest, and the tags that refer to it, from a
// repository. The referrers list is computed for each request and needs no
// update.
func (r *Registry) dropManifest(repo *repository, m *manifest) {
	delete(repo.manifests, m.digest)
	r.used -= m.cost()
	for t, d := range repo.tags {
		if d == m.digest {
			r.dropTag(repo, t)
		}
	}
}

func (r *Registry) dropTag(repo *repository, tag string) {
	delete(repo.tags, tag)
	r.used -= itemCost
}
