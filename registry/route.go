package registry

import (
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// call is one request on its way through the registry.
type call struct {
	w     http.ResponseWriter
	req   *http.Request
	query url.Values
	named bool   // whether the path has a repository name
	name  string // that name, checked by the release's grammar
	ref   string // last path segment: tag, digest or session id
}

type handler func(*Registry, *call) error

// endpoint is a path pattern with a handler per method. HEAD is answered
// wherever GET is.
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

// dispatch finds the handler and calls it. The method is judged before the
// name, and the name before anything else.
func (r *Registry) dispatch(c *call) error {
	ep := r.route(c)
	if ep == nil {
		return refuse(http.StatusNotFound, unsupported, "no such endpoint")
	}
	h := ep.handler(c.req.Method)
	if h == nil {
		c.w.Header().Set("Allow", ep.allow())
		return refuse(http.StatusMethodNotAllowed, unsupported, "%s is not supported here", c.req.Method)
	}
	if c.named && !r.does.name.MatchString(c.name) {
		return refuse(http.StatusBadRequest, nameInvalid, "%q is not a repository name", c.name)
	}
	return h(r, c)
}

// route tells the endpoint from the end of the path, as the words that mark
// endpoints may also be parts of repository names.
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

// manifestEndpoint depends on the reference, as tags and manifests have
// switches of their own for deletion.
func (r *Registry) manifestEndpoint(ref string) endpoint {
	off := r.opts.NoTagDeletion
	if isDigest(ref) {
		off = r.opts.NoManifestDeletion
	}
	return r.deletion(manifestEndpoint, off)
}

// deletion takes the deletion out of an endpoint if it is off.
func (r *Registry) deletion(e endpoint, off bool) endpoint {
	if !off {
		return e
	}
	e = maps.Clone(e)
	delete(e, http.MethodDelete)
	if status := r.opts.Refusal; status != http.StatusMethodNotAllowed {
		e[http.MethodDelete] = func(*Registry, *call) error {
			return refuse(status, unsupported, "deletion is off")
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

// allow is the value of Allow.
func (e endpoint) allow() string {
	methods := slices.Collect(maps.Keys(e))
	if e["GET"] != nil {
		methods = append(methods, "HEAD")
	}
	slices.Sort(methods)
	return strings.Join(methods, ", ")
}

// getBase tells that this is a registry (end-1).
func (r *Registry) getBase(c *call) error {
	c.json(http.StatusOK, "application/json", struct{}{})
	return nil
}

// location is the URL of something below the call's repository.
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
