package httpclient

import (
	"net/http"
	"slices"
	"strings"

	"github.com/ocispec/ocispec/result"
)

// maxInline is the size in bytes of the largest body that is part of the
// command line.
const maxInline = 512

// curl returns a curl command line for a POSIX shell that sends the same
// request as Do, without following redirects, and prints the response with its
// head.
//
// Credentials are shell variables: $AUTH for Authorization; for other secret
// headers the name in upper case, such as $COOKIE. Signatures in the URL are
// replaced by "…". A body that is large, binary or secret is read from a file
// named "body-" plus the first 12 hexadecimal digits of its SHA-256 digest; body
// has that digest, if it is known.
func curl(req *Request, body *result.Body, secrets *redactor) string {
	args := []string{"curl"}
	hasBody := req.payload().size() > 0 || req.Chunked || hasContent(req.Method)
	switch {
	case req.Method == http.MethodHead && !hasBody:
		args = append(args, "-I")
	case req.Method == http.MethodGet && !hasBody:
		args = append(args, "-i")
	default:
		args = append(args, "-i", "-X", quote(req.Method))
	}
	where := secrets.text(target(req.URL))
	if strings.ContainsAny(where, "[]{}") {
		args = append(args, "-g")
	}
	path := strings.ToLower(req.URL.EscapedPath())
	if strings.Contains(path, "/.") || strings.Contains(path, "/%2e") {
		args = append(args, "--path-as-is")
	}
	args = append(args, curlHeaders(req, hasBody, secrets)...)
	if hasBody {
		args = append(args, curlBody(req.payload(), body, secrets)...)
	}
	return strings.Join(append(args, quote(where)), " ")
}

func curlHeaders(req *Request, hasBody bool, secrets *redactor) []string {
	var (
		args  []string
		names []string
		given = map[string]bool{}
	)
	for name, values := range req.Header {
		if len(values) > 0 {
			names = append(names, name)
			given[http.CanonicalHeaderKey(name)] = true
		}
	}
	slices.Sort(names)
	for _, name := range names {
		if http.CanonicalHeaderKey(name) == "Content-Length" {
			continue // curl computes it
		}
		for _, v := range req.Header[name] {
			args = append(args, "-H", curlHeader(name, v, secrets))
		}
	}
	if req.Chunked {
		args = append(args, "-H", quote("Transfer-Encoding: chunked"))
	}
	// curl sends these by default; an empty value suppresses them.
	if !given["Accept"] {
		args = append(args, "-H", quote("Accept:"))
	}
	if hasBody && !given["Content-Type"] {
		args = append(args, "-H", quote("Content-Type:"))
	}
	if !given["User-Agent"] {
		args = append(args, "-H", quote("User-Agent:"))
	}
	return args
}

func curlHeader(name, value string, secrets *redactor) string {
	switch {
	case secrets.headers(name):
		if strings.ContainsFunc(name, notPlain) {
			return quote(name+": ") + `"$` + variable(name) + `"`
		}
		return `"` + name + ": $" + variable(name) + `"`
	case strings.Trim(value, " \t") == "":
		return quote(name + ";") // curl syntax for an empty value
	}
	return quote(name + ": " + secrets.text(value))
}

// variable returns the name of the shell variable for a secret header.
func variable(name string) string {
	if strings.EqualFold(name, "Authorization") {
		return "AUTH"
	}
	v := strings.Map(func(r rune) rune {
		if r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' {
			return r
		}
		return '_'
	}, strings.ToUpper(name))
	if v[0] >= '0' && v[0] <= '9' {
		v = "_" + v
	}
	return v
}

func curlBody(p payload, rec *result.Body, secrets *redactor) []string {
	b := p.beginning(maxInline + 1)
	text, ok := printable(b, maxInline)
	if ok = ok && len(text) == len(b); ok {
		ok = string(secrets.body(b)) == text
	}
	if !ok {
		sum := ""
		if rec != nil {
			sum = rec.Digest
		}
		if sum == "" {
			sum = p.digest()
		}
		hex := strings.TrimPrefix(sum, "sha256:")
		return []string{"--data-binary", "@body-" + hex[:12]}
	}
	if strings.HasPrefix(text, "@") {
		return []string{"--data-raw", quote(text)} // does not read a file
	}
	return []string{"--data-binary", quote(text)}
}

// quote quotes a word for a POSIX shell if necessary.
func quote(s string) string {
	if s != "" && !strings.ContainsFunc(s, notPlain) {
		return s
	}
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}

// notPlain reports whether a character may have a meaning for a shell.
func notPlain(r rune) bool {
	return !('a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9' || strings.ContainsRune("-_./:@%+,", r))
}
