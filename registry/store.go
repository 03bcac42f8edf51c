package registry

import (
	"net/http"

	"github.com/opencontainers/go-digest"
)

// repository comes into being with the first blob or manifest stored in it,
// not with the first upload session, and stays when it is emptied.
type repository struct {
	blobs     map[digest.Digest]*content
	manifests map[digest.Digest]*manifest
	tags      map[string]digest.Digest
}

// content is a blob, shared by the repositories that hold it.
type content struct {
	data []byte
	refs int
}

// itemCost is the charge for the bookkeeping of anything that is kept.
const itemCost = 512

// The methods below want the lock held.

// find returns a repository or the error for its absence.
func (r *Registry) find(name string) (*repository, error) {
	if repo := r.repos[name]; repo != nil {
		return repo, nil
	}
	return nil, refuse(http.StatusNotFound, nameUnknown, "repository %q is not known", name)
}

// charge replaces credit bytes that are already counted by cost bytes.
func (r *Registry) charge(cost, credit int64) error {
	if cost > credit && r.used-credit+cost > r.opts.MaxBytes {
		return errFull
	}
	r.used += cost - credit
	return nil
}

// open returns a repository for a push and what creating it costs. It is
// not entered yet, as the push may still fail.
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

// putBlob stores a verified blob. The caller has counted credit bytes for it
// already, which on success are no longer the caller's.
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

// dropBlob takes a blob out of a repository.
func (r *Registry) dropBlob(repo *repository, d digest.Digest) {
	c := repo.blobs[d]
	delete(repo.blobs, d)
	r.used -= itemCost
	if c.refs--; c.refs == 0 {
		delete(r.contents, d)
		r.used -= int64(len(c.data))
	}
}

// putManifestTags stores a manifest and the tags that shall point to it.
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

// dropManifest takes a manifest and the tags that point to it out of a
// repository. The referrers list needs no care: it is made when asked for.
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
