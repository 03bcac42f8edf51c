// Package artifact keeps results in a registry, as OCI artifacts that oras and other
// clients of artifacts can read.
package artifact

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"

	ocispec "github.com/opencontainers/image-spec/specs-go/v1"
	"oras.land/oras-go/v2"
	"oras.land/oras-go/v2/content"
	"oras.land/oras-go/v2/content/memory"
	"oras.land/oras-go/v2/registry"
	"oras.land/oras-go/v2/registry/remote"
	"oras.land/oras-go/v2/registry/remote/auth"
	"oras.land/oras-go/v2/registry/remote/credentials"
	"oras.land/oras-go/v2/registry/remote/retry"
)

// Type is the artifactType of results.
const Type = "application/vnd.ocispec.results.v1"

// results is the file that each artifact has.
const results = "results.json"

// files are the files of results that an artifact can have, with their media types.
// Others are neither pushed nor read: their names could lead elsewhere.
var files = map[string]string{
	results:        "application/vnd.ocispec.results.v1+json",
	"shard.jsonl":  "application/vnd.ocispec.shard.v1+jsonl",
	"results.yaml": "application/yaml",
	"junit.xml":    "application/xml",
	"report.html":  "text/html",
}

// maxFile bounds the size of a file that is read, in bytes.
const maxFile = 256 << 20

// maxManifest bounds the size of a manifest that is read, in bytes.
const maxManifest = 1 << 20

// Push pushes the results in a directory to a reference, as in
// registry.example.com/results:zot, with the login of docker. plain is without TLS.
func Push(ctx context.Context, dir, reference string, plain bool) error {
	repo, err := repository(reference, plain)
	if err != nil {
		return err
	}
	store := memory.New()
	var layers []ocispec.Descriptor
	for _, name := range slices.Sorted(maps.Keys(files)) {
		b, err := os.ReadFile(filepath.Join(dir, name))
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return err
		}
		d := content.NewDescriptorFromBytes(files[name], b)
		d.Annotations = map[string]string{ocispec.AnnotationTitle: name}
		if err := store.Push(ctx, d, bytes.NewReader(b)); err != nil {
			return err
		}
		layers = append(layers, d)
	}
	manifest, err := oras.PackManifest(ctx, store, oras.PackManifestVersion1_1, Type, oras.PackManifestOptions{Layers: layers})
	if err != nil {
		return err
	}
	tag := repo.Reference.Reference
	if err := store.Tag(ctx, manifest, tag); err != nil {
		return err
	}
	_, err = oras.Copy(ctx, store, tag, repo, tag, oras.DefaultCopyOptions)
	return err
}

// Pull reads the results at a reference into a directory. Their digests are verified.
func Pull(ctx context.Context, reference, dir string, plain bool) error {
	repo, err := repository(reference, plain)
	if err != nil {
		return err
	}
	d, r, err := repo.FetchReference(ctx, repo.Reference.Reference)
	if err != nil {
		return err
	}
	defer r.Close()
	if d.Size > maxManifest {
		return fmt.Errorf("the manifest has %d bytes, more than %d", d.Size, maxManifest)
	}
	b, err := content.ReadAll(r, d)
	if err != nil {
		return err
	}
	var m ocispec.Manifest
	if err := json.Unmarshal(b, &m); err != nil {
		return err
	}
	if m.ArtifactType != Type {
		return fmt.Errorf("%s has the type %q, not %s", reference, m.ArtifactType, Type)
	}
	if !slices.ContainsFunc(m.Layers, func(d ocispec.Descriptor) bool { return d.Annotations[ocispec.AnnotationTitle] == results }) {
		return fmt.Errorf("%s has no %s", reference, results)
	}
	for _, layer := range m.Layers {
		if name := layer.Annotations[ocispec.AnnotationTitle]; files[name] != "" {
			if err := fetch(ctx, repo, layer, filepath.Join(dir, name)); err != nil {
				return fmt.Errorf("%s: %w", name, err)
			}
		}
	}
	return nil
}

func fetch(ctx context.Context, repo *remote.Repository, d ocispec.Descriptor, file string) error {
	if d.Size > maxFile {
		return fmt.Errorf("%d bytes are more than %d", d.Size, maxFile)
	}
	r, err := repo.Fetch(ctx, d)
	if err != nil {
		return err
	}
	defer r.Close()
	b, err := content.ReadAll(r, d)
	if err != nil {
		return err
	}
	return os.WriteFile(file, b, 0o644)
}

// CheckRepository returns an error unless a text names a repository, without a tag.
func CheckRepository(name string) error {
	r, err := registry.ParseReference(name)
	if err != nil {
		return err
	}
	if r.Reference != "" {
		return fmt.Errorf("%s has the tag or digest %q; want a repository", name, r.Reference)
	}
	return nil
}

// repository returns the repository of a reference, with the login of docker.
func repository(reference string, plain bool) (*remote.Repository, error) {
	repo, err := remote.NewRepository(reference)
	if err != nil {
		return nil, err
	}
	if repo.Reference.Reference == "" {
		return nil, fmt.Errorf("%s has no tag", reference)
	}
	logins, err := credentials.NewStoreFromDocker(credentials.StoreOptions{})
	if err != nil {
		return nil, err
	}
	repo.PlainHTTP = plain
	repo.Client = &auth.Client{Client: retry.DefaultClient, Cache: auth.NewCache(), Credential: credentials.Credential(logins)}
	return repo, nil
}
