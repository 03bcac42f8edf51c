package registry

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// layout is an OCI image layout on disk, from which clients push.
type layout struct {
	t   *testing.T
	dir string
}

// newLayout writes a layout whose only index entry has the tag "v".
func newLayout(t *testing.T, entry func(l *layout) (body string, desc m)) (l *layout, body string) {
	l = &layout{t, t.TempDir()}
	body, desc := entry(l)
	desc["annotations"] = m{"org.opencontainers.image.ref.name": "v"}
	l.write("oci-layout", `{"imageLayoutVersion":"1.0.0"}`)
	l.write("index.json", index(nil, desc))
	return l, body
}

func (l *layout) write(name, content string) {
	l.t.Helper()
	path := filepath.Join(l.dir, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
		l.t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(content), 0o666); err != nil {
		l.t.Fatal(err)
	}
}

func (l *layout) blob(mediaType, content string) m {
	l.write("blobs/"+strings.Replace(sha256(content), ":", "/", 1), content)
	return descriptor(mediaType, content)
}

// image adds a single-layer image for an architecture.
func (l *layout) image(arch string) (string, m) {
	plain, packed := layerOf(l.t, "content for "+arch)
	config := toJSON(m{
		"architecture": arch, "os": "linux", "config": m{},
		"rootfs": m{"type": "layers", "diff_ids": []string{sha256(plain)}},
	})
	body := toJSON(m{
		"schemaVersion": 2, "mediaType": imageType,
		"config": l.blob("application/vnd.oci.image.config.v1+json", config),
		"layers": []m{l.blob("application/vnd.oci.image.layer.v1.tar+gzip", packed)},
	})
	desc := l.blob(imageType, body)
	desc["platform"] = m{"architecture": arch, "os": "linux"}
	return body, desc
}

// index adds an index of two images.
func (l *layout) index() (string, m) {
	_, one := l.image("amd64")
	_, two := l.image("arm64")
	body := index(nil, one, two)
	return body, l.blob(indexType, body)
}

// layerOf returns a tar archive, uncompressed and compressed.
func layerOf(t *testing.T, content string) (plain, packed string) {
	t.Helper()
	var archive, zipped bytes.Buffer
	tw := tar.NewWriter(&archive)
	if err := tw.WriteHeader(&tar.Header{Name: "file", Mode: 0o644, Size: int64(len(content))}); err != nil {
		t.Fatal(err)
	}
	if _, err := tw.Write([]byte(content)); err != nil {
		t.Fatal(err)
	}
	if err := tw.Close(); err != nil {
		t.Fatal(err)
	}
	zw := gzip.NewWriter(&zipped)
	if _, err := zw.Write(archive.Bytes()); err != nil {
		t.Fatal(err)
	}
	if err := zw.Close(); err != nil {
		t.Fatal(err)
	}
	return archive.String(), zipped.String()
}
