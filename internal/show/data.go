package show

import (
	"fmt"
	"strings"

	"github.com/ocispec/ocispec/engine/release"
)

// Defaults of content.
const (
	defaultType      = "application/octet-stream"
	defaultAlgorithm = "sha256"
)

// Content describes a piece of content.
func Content(d *release.Data) string {
	s := made(d)
	if d.Size > 0 {
		s += fmt.Sprintf(", padded to %d bytes", d.Size)
	}
	if d.Gzip {
		s += ", compressed with gzip"
	}
	if d.MediaType != "" && d.MediaType != defaultType {
		s += ", of type " + d.MediaType
	}
	if d.Algorithm != "" && d.Algorithm != defaultAlgorithm {
		s += ", with a " + d.Algorithm + " digest"
	}
	if d.Scope != "" {
		s += ", shared by the set " + d.Scope
	}
	return s
}

// made describes the bytes.
func made(d *release.Data) string {
	switch {
	case d.Random != nil:
		return fmt.Sprintf("%d random bytes", *d.Random)
	case d.Text != nil:
		return fmt.Sprintf("the text %q", Template(*d.Text))
	case d.JSON != nil:
		return "the JSON " + text(string(d.JSON))
	case len(d.Tar) > 0:
		var files []string
		for _, f := range d.Tar {
			files = append(files, fmt.Sprintf("%s (%d random bytes)", f.Name, f.Size))
		}
		return "a tar archive of " + strings.Join(files, ", ")
	case len(d.Concat) > 0:
		var parts []string
		for _, t := range d.Concat {
			parts = append(parts, Template(t))
		}
		return strings.Join(parts, " followed by ")
	}
	return "nothing"
}
