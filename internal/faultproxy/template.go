package faultproxy

import (
	"crypto/sha256"
	"crypto/sha512"
	"encoding/hex"
	"net/http"
	"regexp"
	"strconv"
	"strings"
)

var placeholder = regexp.MustCompile(`\$?\$\{([^{}]*)\}`)

// expand replaces the placeholders of a template; an unknown one becomes empty.
// $${ is a literal ${.
func expand(t string, vars map[string]string) string {
	if !strings.Contains(t, "${") {
		return t
	}
	return placeholder.ReplaceAllStringFunc(t, func(s string) string {
		if strings.HasPrefix(s, "$$") {
			return s[1:]
		}
		name := s[2 : len(s)-1]
		if v, ok := vars[name]; ok {
			return v
		}
		if part, field, ok := strings.Cut(name, "."); ok {
			return vars[part+"."+http.CanonicalHeaderKey(field)]
		}
		return ""
	})
}

func (k *pick) expand(t string) string { return expand(t, k.vars) }

func (k *pick) expandAll(ts []string) []string {
	out := make([]string, len(ts))
	for i, t := range ts {
		out[i] = k.expand(t)
	}
	return out
}

// builtins are the placeholders that are available to every alteration.
var builtins = []string{"method", "path", "query", "host", "status", "length", "sha256", "sha512", "n"}

// vars returns the values of the placeholders that depend only on the request.
func (x *exchange) vars() map[string]string {
	vars := map[string]string{
		"method": x.in.Method, "path": x.path, "query": x.in.URL.RawQuery, "host": x.in.Host,
	}
	for name, vs := range x.in.Header {
		vars["header."+name] = strings.Join(vs, ", ")
	}
	return vars
}

// describe adds the values of the placeholders that depend on the response.
func (r *response) describe(vars map[string]string) {
	vars["status"] = strconv.Itoa(r.status)
	vars["length"] = strconv.Itoa(len(r.body))
	s256, s512 := sha256.Sum256(r.body), sha512.Sum512(r.body)
	vars["sha256"], vars["sha512"] = hex.EncodeToString(s256[:]), hex.EncodeToString(s512[:])
	for name, vs := range r.header {
		vars["response."+http.CanonicalHeaderKey(name)] = strings.Join(vs, ", ")
	}
}
