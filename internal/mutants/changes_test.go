package mutants

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/ocispec/ocispec/internal/faultproxy"
)

// change is an alteration of the exchanges of a kind.
type change struct {
	name       string
	alteration faultproxy.Alteration
}

// kind is a class of exchanges, with an example: those with the same method,
// endpoint, parameters, header fields that matter, and status code.
type kind struct {
	name   string
	on     faultproxy.Traits
	status int
	fields []string // header fields of the requests
	params []string // query parameters of the requests
	header http.Header
	body   []byte
	urls   map[string]int // the number of exchanges by URL
}

// recorder notes the kinds of exchanges.
type recorder struct {
	next  http.Handler
	mu    sync.Mutex
	kinds map[string]*kind
}

// ServeHTTP implements http.Handler.
func (rec *recorder) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	resp := httptest.NewRecorder()
	rec.next.ServeHTTP(resp, r)
	rec.note(r, resp)
	maps.Copy(w.Header(), resp.Header())
	w.WriteHeader(resp.Code)
	_, _ = w.Write(resp.Body.Bytes())
}

func (rec *recorder) note(r *http.Request, resp *httptest.ResponseRecorder) {
	k := newKind(r, resp)
	if k.on.Path == "" {
		return
	}
	rec.mu.Lock()
	defer rec.mu.Unlock()
	if old := rec.kinds[k.name]; old != nil {
		k.urls = old.urls
		if len(k.body) == 0 {
			k.body, k.header = old.body, old.header
		}
	}
	k.urls[r.URL.Path]++
	rec.kinds[k.name] = k
}

// endpoints are the paths of requests. Requests with other paths are not changed.
var endpoints = []struct {
	name string
	path *regexp.Regexp
}{
	{"blobs/uploads", regexp.MustCompile("/blobs/uploads/$")},
	{"blobs/session", regexp.MustCompile("/blobs/uploads/.")},
	{"blobs/sha256", regexp.MustCompile("/blobs/sha256:")},
	{"blobs/sha512", regexp.MustCompile("/blobs/sha512:")},
	{"manifests/sha256", regexp.MustCompile("/manifests/sha256:")},
	{"manifests/sha512", regexp.MustCompile("/manifests/sha512:")},
	{"manifests/tag", regexp.MustCompile("/manifests/[^:]+$")},
	{"referrers/sha256", regexp.MustCompile("/referrers/sha256:")},
	{"referrers/sha512", regexp.MustCompile("/referrers/sha512:")},
	{"tags", regexp.MustCompile("/tags/list$")},
	{"blobs/nosuch", regexp.MustCompile("/blobs/nosuch:")},
	{"referrers/word", regexp.MustCompile("/referrers/[^:]+$")},
	{"extensions", regexp.MustCompile("/_oci/ext/discover$")},
	{"base", regexp.MustCompile("^/v2/?$")},
}

// params are the query parameters, and fields the header fields, by which kinds
// differ.
var (
	params = []string{"artifactType", "digest", "digest-algorithm", "from", "last", "mount", "n", "ns", "tag"}
	fields = []string{"Content-Range", "If-None-Match", "Range"}
)

func newKind(r *http.Request, resp *httptest.ResponseRecorder) *kind {
	k := &kind{status: resp.Code, header: resp.Header(), body: resp.Body.Bytes(), urls: map[string]int{}}
	k.on.Method, k.on.Query, k.on.Header = faultproxy.Strings{r.Method}, faultproxy.Criteria{}, faultproxy.Criteria{}
	k.on.Response = &faultproxy.ResponseTraits{Status: faultproxy.Statuses{strconv.Itoa(resp.Code)}}
	name := []string{r.Method}
	for _, e := range endpoints {
		if e.path.MatchString(r.URL.Path) {
			name, k.on.Path = append(name, e.name), e.path.String()
			break
		}
	}
	for _, p := range params {
		k.on.Query[p] = faultproxy.Criterion{Absent: !r.URL.Query().Has(p)}
		if r.URL.Query().Has(p) {
			name, k.params = append(name, "?"+p), append(k.params, p)
		}
	}
	for _, f := range fields {
		k.on.Header[f] = faultproxy.Criterion{Absent: r.Header.Get(f) == ""}
		if r.Header.Get(f) != "" {
			name = append(name, "+"+f)
		}
	}
	switch kind := r.Header.Get("Content-Type"); {
	case r.Method != http.MethodPut || strings.Contains(kind, "octet-stream"):
	case kind == "":
		k.on.Header["Content-Type"] = faultproxy.Criterion{Absent: true}
		name = append(name, "without type")
	default:
		k.on.Header["Content-Type"] = faultproxy.Criterion{Regexp: "^" + regexp.QuoteMeta(kind) + "$"}
		name = append(name, kind[strings.LastIndexAny(kind, "./")+1:])
	}
	k.fields = slices.Sorted(maps.Keys(r.Header))
	k.name = strings.Join(append(name, strconv.Itoa(resp.Code)), " ")
	return k
}

// changes returns the changes of all kinds: always, the first time for a path, and
// later.
func (rec *recorder) changes() []change {
	var all []change
	for _, name := range slices.Sorted(maps.Keys(rec.kinds)) {
		k := rec.kinds[name]
		for _, c := range k.changes() {
			all = append(all, k.when(c, "always", nil, 0), k.when(c, "first", faultproxy.Ints{1}, 0))
			if slices.Max(slices.Collect(maps.Values(k.urls))) > 1 {
				all = append(all, k.when(c, "later", nil, 2))
			}
		}
	}
	return all
}

// when returns a change that is made at the nth times for a path, or from a number on.
func (k *kind) when(c change, when string, nth faultproxy.Ints, from int) change {
	c.name = k.name + " | " + when + " | " + c.name
	c.alteration.On = faultproxy.On{Traits: k.on, Nth: nth, From: from, Per: "${path}"}
	if c.alteration.Request != nil {
		c.alteration.On.Response = nil // the request is changed before the response is there
	}
	return c
}

func (k *kind) changes() []change {
	return slices.Concat(k.statuses(), k.headers(), k.bodies(), k.members(), k.requests())
}

func response(name string, e faultproxy.ResponseEdit) change {
	return change{name, faultproxy.Alteration{Response: &e}}
}

func body(name string, e faultproxy.BodyEdit) change {
	return response("body "+name, faultproxy.ResponseEdit{Body: &e})
}

func header(name string, e faultproxy.HeaderEdit) change {
	return response(name, faultproxy.ResponseEdit{Header: &e})
}

// statuses returns the changes of the status code, with the body and without.
func (k *kind) statuses() []change {
	var all []change
	for _, s := range []int{200, 201, 202, 204, 400, 403, 404, 405, 409, 500} {
		if s == k.status {
			continue
		}
		all = append(all, response(fmt.Sprintf("status %d", s), faultproxy.ResponseEdit{Status: s}))
		if s >= 400 {
			bare := &faultproxy.HeaderEdit{Remove: slices.Sorted(maps.Keys(k.header))}
			all = append(all, response(fmt.Sprintf("status %d, no body", s), faultproxy.ResponseEdit{Status: s, Header: bare, Body: &faultproxy.BodyEdit{Text: new(string)}}))
		}
	}
	return all
}

// headers returns the changes of header fields. A value has another end: eight other
// hexadecimal digits, or another last character.
func (k *kind) headers() []change {
	var all []change
	for _, h := range slices.Sorted(maps.Keys(k.header)) {
		end := faultproxy.Rewrite{From: ".$", To: "~"}
		switch {
		case h == "Date" || h == "X-Content-Type-Options" || h == "Content-Length" && k.on.Method[0] != http.MethodHead:
			continue
		case h == "Content-Length":
			end = faultproxy.Rewrite{From: "^", To: "1"}
		case hexEnd.MatchString(k.header.Get(h)):
			end = faultproxy.Rewrite{From: hexEnd.String(), To: "00000000"}
		}
		all = append(all,
			header("no "+h, faultproxy.HeaderEdit{Remove: []string{h}}),
			header("other "+h, faultproxy.HeaderEdit{Rewrite: map[string]faultproxy.Rewrite{h: end}}))
		if h != "Content-Length" {
			all = append(all, header("empty "+h, faultproxy.HeaderEdit{Set: map[string]faultproxy.Strings{h: {""}}}))
		}
	}
	return all
}

var hexEnd = regexp.MustCompile("[0-9a-f]{8}$")

// bodies returns the changes of the bytes of the body.
func (k *kind) bodies() []change {
	if len(k.body) == 0 {
		return nil
	}
	first, last := 0, -1
	return []change{
		body("empty", faultproxy.BodyEdit{Text: new(string)}),
		body("byte changed", faultproxy.BodyEdit{Flip: &first}),
		body("last byte dropped", faultproxy.BodyEdit{Truncate: &last}),
		body("and newline", faultproxy.BodyEdit{Append: "\n"}),
	}
}

// members returns the changes of the members and elements of a JSON body.
func (k *kind) members() []change {
	var v any
	if json.Unmarshal(k.body, &v) != nil {
		return nil
	}
	var all []change
	for _, at := range pointers(v, "") {
		edits := map[string]faultproxy.JSONEdit{
			"removed": {Remove: true}, "null": {Null: true}, "text": {Set: "other"}, "number": {Set: 1},
		}
		if array, ok := strings.CutSuffix(at, "/-1"); ok {
			last := -1
			all = append(all, body("json twice "+at, faultproxy.BodyEdit{JSON: []faultproxy.JSONEdit{{At: array, Duplicate: &last}}}))
		}
		for _, how := range slices.Sorted(maps.Keys(edits)) {
			e := edits[how]
			e.At = at
			all = append(all, body("json "+how+" "+at, faultproxy.BodyEdit{JSON: []faultproxy.JSONEdit{e}}))
		}
	}
	return all
}

// pointers returns the JSON pointers of all members, of all elements of an array
// together, and of its last element.
func pointers(v any, at string) []string {
	var all []string
	switch v := v.(type) {
	case map[string]any:
		for _, name := range slices.Sorted(maps.Keys(v)) {
			p := at + "/" + escape.Replace(name)
			all = append(append(all, p), pointers(v[name], p)...)
		}
	case []any:
		if len(v) > 0 {
			all = append(append(all, at+"/-1"), pointers(v[0], at+"/*")...)
		}
	}
	return all
}

// escape escapes a name in a JSON pointer (RFC 6901, section 3).
var escape = strings.NewReplacer("~", "~0", "/", "~1")

// requests returns changes by which the registry ignores a part of the request.
func (k *kind) requests() []change {
	var all []change
	ignores := func(name string, e faultproxy.RequestEdit) {
		all = append(all, change{"ignores " + name, faultproxy.Alteration{Request: &e}})
	}
	for _, f := range k.fields {
		if f != "User-Agent" && f != "Accept-Encoding" {
			ignores(f, faultproxy.RequestEdit{Header: &faultproxy.HeaderEdit{Remove: []string{f}}})
		}
	}
	for _, p := range k.params {
		ignores("?"+p, faultproxy.RequestEdit{Query: &faultproxy.QueryEdit{Remove: []string{p}}})
	}
	return all
}
