package registry

import (
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// call is one request and the response to it.
type call struct {
	w     http.ResponseWriter
	req   *http.Request
	query url.Values
	named bool   // whether the path contains a repository name
	name  string // repository name; dispatch checks its grammar
	ref   string // last path segment: a tag, a digest or an upload session id
}

type handler func(*Registry, *call) error

// endpoint maps each method of a path pattern to its handler. An endpoint that
// supports GET supports HEAD as well.
type endpoint map[string]handler

var (
	baseEndpoint      = endpoint{"GET": (*Registry).getBase}
	tagsEndpoint      = endpoint{"GET": (*Registry).listTags}
	referrersEndpoint = endpoint{"GET": (*Registry).listReferrers}
	uploadsEndpoint   = endpoint{"POST": (*Registry).postUpload}
	sessionEndpoint   = endpoint{
		"GET":    (*Registry).getSession,
		"PATCH":  (*Registry).patchSession,
		"PUT":    (*Registry).putSession,
		"DELETE": (*Registry).deleteSession,
	}
	blobEndpoint = endpoint{
		"GET":    (*Registry).getBlob,
		"DELETE": (*Registry).deleteBlob,
	}
	manifestEndpoint = endpoint{
		"GET":    (*Registry).getManifest,
		"PUT":    (*Registry).putManifest,
		"DELETE": (*Registry).deleteManifest,
	}
)

// dispatch calls the handler of a request. It checks the method first, then the
// repository name.
func (r *Registry) dispatch(c *call) error {
	ep := r.route(c)
	if ep == nil {
		return reject(http.StatusNotFound, unsupported, "unknown endpoint")
	}
	h := ep.handler(c.req.Method)
	if h == nil {
		c.w.Header().Set("Allow", ep.allow())
		return reject(http.StatusMethodNotAllowed, unsupported, "method %s is not allowed", c.req.Method)
	}
	if c.named && !r.does.name.MatchString(c.name) {
		return reject(http.StatusBadRequest, nameInvalid, "malformed repository name %q", c.name)
	}
	return h(r, c)
}

// route returns the endpoint of a request, nil if unknown, and sets the name
// and reference. It parses the path from its end, since a repository name may
// contain components such as "manifests".
func (r *Registry) route(c *call) endpoint {
	path, ok := strings.CutPrefix(c.req.URL.Path, "/v2/")
	if c.req.URL.Path == "/v2" || ok && path == "" {
		return baseEndpoint
	}
	seg := strings.Split(path, "/")
	if !ok || len(seg) < 3 {
		return nil
	}
	kind, last := seg[len(seg)-2], seg[len(seg)-1]
	c.named, c.name, c.ref = true, strings.Join(seg[:len(seg)-2], "/"), last
	switch {
	case kind == "tags" && last == "list":
		return tagsEndpoint
	case kind == "manifests" && last != "":
		return r.manifestEndpoint(last)
	case kind == "blobs" && last == "uploads":
		return uploadsEndpoint
	case kind == "blobs" && last != "":
		return r.deletion(blobEndpoint, r.opts.NoBlobDeletion)
	case kind == "referrers" && last != "" && r.does.referrers:
		return referrersEndpoint
	case kind == "uploads" && len(seg) > 3 && seg[len(seg)-3] == "blobs":
		c.name = strings.Join(seg[:len(seg)-3], "/")
		if last == "" {
			return uploadsEndpoint
		}
		return sessionEndpoint
	}
	return nil
}

// manifestEndpoint returns the endpoint for a reference: deletion of tags and
// of manifests can be disabled separately.
func (r *Registry) manifestEndpoint(ref string) endpoint {
	off := r.opts.NoTagDeletion
	if isDigest(ref) {
		off = r.opts.NoManifestDeletion
	}
	return r.deletion(manifestEndpoint, off)
}

// deletion returns e, without DELETE if deletion is disabled.
func (r *Registry) deletion(e endpoint, off bool) endpoint {
	if !off {
		return e
	}
	e = maps.Clone(e)
	delete(e, http.MethodDelete)
	if status := r.opts.Refusal; status != http.StatusMethodNotAllowed {
		e[http.MethodDelete] = func(*Registry, *call) error {
			return reject(status, unsupported, "deletion is disabled")
		}
	}
	return e
}

func (e endpoint) handler(method string) handler {
	if method == http.MethodHead {
		method = http.MethodGet
	}
	return e[method]
}

// allow returns the value of the Allow header (RFC 9110, section 10.2.1).
func (e endpoint) allow() string {
	methods := slices.Collect(maps.Keys(e))
	if e["GET"] != nil {
		methods = append(methods, "HEAD")
	}
	slices.Sort(methods)
	return strings.Join(methods, ", ")
}

// getBase responds to the API version check (end-1).
func (r *Registry) getBase(c *call) error {
	c.json(http.StatusOK, "application/json", struct{}{})
	return nil
}

// location returns the URL of a path below the repository of the request, for a
// Location header.
func (r *Registry) location(c *call, parts ...string) string {
	path := "/v2/" + c.name + "/" + strings.Join(parts, "/")
	if !r.opts.AbsoluteLocations || c.req.Host == "" {
		return path
	}
	scheme := "http://"
	if c.req.TLS != nil {
		scheme = "https://"
	}
	return scheme + c.req.Host + path
}
