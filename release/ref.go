package release

import "strings"

// Ref is what a placeholder stands for.
type Ref struct {
	// Step is the step whose response is meant, if it is one.
	Step string
	// Part says what of the response: status, header, body or capture.
	Part string
	// Key is the name of a header or of a capture, and for "data.NAME.FIELD"
	// or a name of the run what comes after "data." or the name itself.
	Key string
}

// IsData reports whether the placeholder stands for generated content.
func (r Ref) IsData() bool { return r.Part == "data" }

// DataName is the name of the content and the field of it that is meant.
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
	for _, part := range []string{"status", "body"} {
		if step, ok := strings.CutSuffix(name, "."+part); ok {
			return Ref{step, part, ""}
		}
	}
	return Ref{Part: "name", Key: name}
}

// Names are the placeholders that stand for what a run sets.
var Names = []string{"repo", "other", "missing", "tag"}

// ContentNames are the placeholders that stand for something within content.
var ContentNames = []string{"fill", "unique"}

// DataFields are the fields of generated content that placeholders can name.
var DataFields = []string{"bytes", "digest", "digests", "other", "length", "last", "base64", "mediaType"}
