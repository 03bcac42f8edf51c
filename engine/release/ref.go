package release

import "strings"

// Ref is a parsed placeholder.
type Ref struct {
	// Step is the step whose response the placeholder refers to, or "".
	Step string
	// Part is the part of the response: status, header, body or capture.
	// Without a step it is data or name.
	Part string
	// Key is the name of the header or capture; for data, NAME.FIELD; for a
	// name defined by the run, that name.
	Key string
}

// IsData reports whether the placeholder refers to generated content.
func (r Ref) IsData() bool { return r.Part == "data" }

// DataName returns the name of the content and its field.
func (r Ref) DataName() (name, field string) {
	i := strings.LastIndexByte(r.Key, '.')
	if i < 0 {
		return r.Key, ""
	}
	return r.Key[:i], r.Key[i+1:]
}

// ParseRef parses the text between "${" and "}".
func ParseRef(name string) Ref {
	if key, ok := strings.CutPrefix(name, "data."); ok {
		return Ref{Part: "data", Key: key}
	}
	for _, part := range []string{"header", "capture"} {
		if step, key, ok := strings.Cut(name, "."+part+"."); ok {
			return Ref{step, part, key}
		}
	}
	for _, part := range []string{"status", "body", "digest", "digests", "length"} {
		if step, ok := strings.CutSuffix(name, "."+part); ok {
			return Ref{step, part, ""}
		}
	}
	return Ref{Part: "name", Key: name}
}

// Names are the placeholders defined by a run.
var Names = []string{"repo", "other", "missing", "tag", "given", "n"}

// ContentNames are the placeholders that are valid only within content.
var ContentNames = []string{"fill", "unique"}

// DataFields are the fields of generated content that placeholders can refer
// to.
var DataFields = []string{"bytes", "digest", "digests", "canonical", "other", "length", "last", "base64", "mediaType"}
