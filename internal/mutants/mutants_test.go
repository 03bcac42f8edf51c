// Package mutants measures what the cases see with defects that nobody has chosen:
// it changes one property of the responses of one kind, at random, and reports what
// a run finds.
//
//	go test ./internal/mutants -run TestMutants -mutants 200 -seed 7 -v
//
// A change that nothing finds is allowed by the specification, or is a blind spot.
package mutants

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/ocispec/ocispec/engine"
	"github.com/ocispec/ocispec/engine/httpclient"
	"github.com/ocispec/ocispec/registry"
	"github.com/ocispec/ocispec/release"
	"github.com/ocispec/ocispec/result"
)

var (
	spec   = flag.String("spec", "v1.1", "the release")
	number = flag.Int("mutants", 0, "the number of changes to try")
	seed   = flag.Uint64("seed", 1, "determines which changes are tried")
	only   = flag.String("only", "", "a regular expression for the changes to try")
)

// exch is an exchange, with its kind: method, endpoint, parameters and status code.
type exch struct {
	kind   string
	header http.Header // response
	body   []byte
	req    *http.Request
}

// mutant is a change of exchanges of a kind: always, only the first time for a URL,
// or only later.
type mutant struct {
	kind, when, name string
	req              func(*http.Request, *[]byte)
	resp             func(*httptest.ResponseRecorder)
}

var route = regexp.MustCompile(`^/v2/(.+)/(blobs|manifests|tags|referrers)/(.*)$`)

func kindOf(r *http.Request, status int) string {
	m := route.FindStringSubmatch(r.URL.Path)
	if m == nil {
		return fmt.Sprintf("%s %s %d", r.Method, r.URL.Path, status)
	}
	ref := m[3]
	switch {
	case strings.HasPrefix(ref, "uploads"):
		if len(ref) > 8 {
			ref = "session"
		} else {
			ref = "uploads"
		}
	case strings.HasPrefix(ref, "sha256:"):
		ref = "sha256"
	case strings.HasPrefix(ref, "sha512:"):
		ref = "sha512"
	case m[2] == "manifests":
		ref = "tag"
	}
	s := fmt.Sprintf("%s %s/%s", r.Method, m[2], ref)
	var keys []string
	for k := range r.URL.Query() {
		if !strings.HasPrefix(k, "_") && k != "state" {
			keys = append(keys, k)
		}
	}
	slices.Sort(keys)
	if len(keys) > 0 {
		s += "?" + strings.Join(keys, "&")
	}
	for _, h := range []string{"Range", "Content-Range", "If-None-Match"} {
		if r.Header.Get(h) != "" {
			s += " +" + h
		}
	}
	if m[2] == "manifests" && r.Method == "PUT" {
		s += " " + r.Header.Get("Content-Type")[strings.LastIndex(r.Header.Get("Content-Type"), "/")+1:]
	}
	return fmt.Sprintf("%s %d", s, status)
}

// proxy is a registry with a mutant.
type proxy struct {
	next http.Handler
	m    *mutant
	mu   sync.Mutex
	seen map[string]int
	hits int
	rec  func(exch)
}

func (p *proxy) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	r2 := r.Clone(r.Context())
	r2.RequestURI = ""
	n := 0
	key := r.Method + r.URL.Path
	p.mu.Lock()
	n = p.seen[key]
	p.seen[key]++
	p.mu.Unlock()
	on := func(status int) bool {
		if p.m == nil {
			return false
		}
		k := kindOf(r, status)
		if p.m.kind != k {
			// request edits do not know the status
			if status != 0 || p.m.kind[:strings.LastIndex(p.m.kind, " ")] != k[:strings.LastIndex(k, " ")] {
				return false
			}
		}
		return p.m.when == "always" || (p.m.when == "first") == (n == 0)
	}
	if p.m != nil && p.m.req != nil && on(0) {
		p.m.req(r2, &body)
		p.hits++
	}
	r2.Body = io.NopCloser(bytes.NewReader(body))
	if r2.ContentLength >= 0 {
		r2.ContentLength = int64(len(body))
	}
	rec := httptest.NewRecorder()
	p.next.ServeHTTP(rec, r2)
	if p.rec != nil {
		p.rec(exch{kindOf(r, rec.Code), rec.Header().Clone(), rec.Body.Bytes(), r})
	}
	if p.m != nil && p.m.resp != nil && on(rec.Code) {
		p.m.resp(rec)
		p.mu.Lock()
		p.hits++
		p.mu.Unlock()
	}
	for k, v := range rec.Header() {
		w.Header()[k] = v
	}
	w.WriteHeader(rec.Code)
	if r.Method != "HEAD" {
		w.Write(rec.Body.Bytes())
	}
}

func run(t *testing.T, m *mutant, rec func(exch)) (*result.Run, int) {
	reg, err := registry.New(registry.Options{})
	if err != nil {
		t.Fatal(err)
	}
	p := &proxy{next: reg, m: m, seen: map[string]int{}, rec: rec}
	srv := httptest.NewServer(p)
	defer srv.Close()
	rel, err := release.Open(*spec)
	if err != nil {
		t.Fatal(err)
	}
	u, _ := url.Parse(srv.URL + "/")
	c := httpclient.New(httpclient.Options{})
	defer c.Close()
	res, err := engine.Run(t.Context(), rel, engine.Target{URL: u, Repo: "a/b", Other: "a/c"}, c, engine.Options{Seed: "x", Parallel: 4, Select: func(id string) bool {
		return id != "manifest-size-limit" && id != "blob-large"
	}})
	if err != nil {
		t.Fatal(err)
	}
	return res, p.hits
}

func fixLength(rec *httptest.ResponseRecorder) {
	if rec.Header().Get("Content-Length") != "" {
		rec.Header().Set("Content-Length", strconv.Itoa(rec.Body.Len()))
	}
}

// mutants returns the changes of a kind of exchange.
func mutants(k string, e exch) []mutant {
	var out []mutant
	add := func(name string, f func(*httptest.ResponseRecorder)) {
		out = append(out, mutant{kind: k, name: name, resp: f})
	}
	addReq := func(name string, f func(*http.Request, *[]byte)) {
		out = append(out, mutant{kind: k, name: name, req: f})
	}
	status, _ := strconv.Atoi(k[strings.LastIndex(k, " ")+1:])
	for _, s := range []int{200, 201, 202, 204, 400, 403, 404, 405, 409, 500} {
		if s != status {
			add(fmt.Sprintf("status %d", s), func(r *httptest.ResponseRecorder) { r.Code = s })
			if s >= 400 {
				add(fmt.Sprintf("status %d, no body", s), func(r *httptest.ResponseRecorder) {
					r.Code = s
					r.Body.Reset()
					for h := range r.Header() {
						delete(r.Header(), h)
					}
				})
			}
		}
	}
	for h := range e.header {
		if h == "Date" || h == "X-Content-Type-Options" {
			continue
		}
		if h != "Content-Length" {
			add("no "+h, func(r *httptest.ResponseRecorder) { r.Header().Del(h) })
			add("other "+h, func(r *httptest.ResponseRecorder) {
				v := r.Header().Get(h)
				if i := strings.LastIndexAny(v, "0123456789abcdef"); i >= 0 {
					c := byte('1')
					if v[i] == '1' {
						c = '2'
					}
					v = v[:i] + string(c) + v[i+1:]
				} else {
					v += "x"
				}
				r.Header().Set(h, v)
			})
			add("empty "+h, func(r *httptest.ResponseRecorder) { r.Header().Set(h, "") })
		} else if strings.HasPrefix(k, "HEAD") {
			add("other Content-Length", func(r *httptest.ResponseRecorder) {
				n, _ := strconv.Atoi(r.Header().Get(h))
				r.Header().Set(h, strconv.Itoa(n+1))
			})
			add("no Content-Length", func(r *httptest.ResponseRecorder) { r.Header().Del(h) })
		}
	}
	if len(e.body) > 0 {
		add("body empty", func(r *httptest.ResponseRecorder) { r.Body.Reset(); fixLength(r) })
		add("body last byte dropped", func(r *httptest.ResponseRecorder) { r.Body.Truncate(max(0, r.Body.Len()-1)); fixLength(r) })
		add("body byte changed", func(r *httptest.ResponseRecorder) {
			if b := r.Body.Bytes(); len(b) > 0 {
				b[len(b)/2] ^= 1
			}
		})
		add("body and newline", func(r *httptest.ResponseRecorder) { r.Body.WriteString("\n"); fixLength(r) })
	}
	var v any
	if json.Unmarshal(e.body, &v) == nil {
		for _, path := range paths(v, nil) {
			for _, how := range []string{"drop", "alter", "twice", "null"} {
				add(fmt.Sprintf("json %s %v", how, path), func(r *httptest.ResponseRecorder) {
					var v any
					if json.Unmarshal(r.Body.Bytes(), &v) != nil {
						return
					}
					v = edit(v, path, how)
					b, _ := json.Marshal(v)
					r.Body.Reset()
					r.Body.Write(b)
					fixLength(r)
				})
			}
		}
	}
	for h := range e.req.Header {
		if h == "User-Agent" || h == "Accept-Encoding" {
			continue
		}
		addReq("ignores "+h, func(r *http.Request, _ *[]byte) { r.Header.Del(h) })
	}
	for q := range e.req.URL.Query() {
		addReq("ignores ?"+q, func(r *http.Request, _ *[]byte) {
			v := r.URL.Query()
			v.Del(q)
			r.URL.RawQuery = v.Encode()
		})
	}
	return out
}

func paths(v any, at []string) [][]string {
	var out [][]string
	switch v := v.(type) {
	case map[string]any:
		for k, x := range v {
			p := append(slices.Clone(at), k)
			out = append(out, p)
			if len(at) < 5 {
				out = append(out, paths(x, p)...)
			}
		}
	case []any:
		if len(v) > 0 {
			out = append(out, append(slices.Clone(at), "-1"))
			out = append(out, paths(v[0], append(slices.Clone(at), "*"))...)
		}
	}
	return out
}

func edit(v any, path []string, how string) any {
	if len(path) == 0 {
		return v
	}
	last := len(path) == 1
	switch x := v.(type) {
	case map[string]any:
		y, ok := x[path[0]]
		if !ok {
			return v
		}
		if !last {
			x[path[0]] = edit(y, path[1:], how)
			return x
		}
		switch how {
		case "drop":
			delete(x, path[0])
		case "null":
			x[path[0]] = nil
		default:
			x[path[0]] = scalar(y)
		}
		return x
	case []any:
		if path[0] == "*" {
			for i := range x {
				x[i] = edit(x[i], path[1:], how)
			}
			return x
		}
		if len(x) == 0 {
			return x
		}
		switch how {
		case "drop":
			return x[:len(x)-1]
		case "twice":
			return append(x, x[len(x)-1])
		case "null":
			return append(x, nil)
		default:
			x[len(x)-1] = scalar(x[len(x)-1])
			return x
		}
	}
	return v
}

func scalar(v any) any {
	switch v := v.(type) {
	case string:
		if v == "" {
			return "x"
		}
		c := byte('1')
		if v[len(v)-1] == '1' {
			c = '2'
		}
		return v[:len(v)-1] + string(c)
	case float64:
		return v + 1
	}
	return "x"
}

func TestMutants(t *testing.T) {
	if *number == 0 {
		t.Skip("give -mutants N to measure")
	}
	var mu sync.Mutex
	kinds := map[string]exch{}
	count := map[string]int{}
	base, _ := run(t, nil, func(e exch) {
		mu.Lock()
		defer mu.Unlock()
		count[e.kind]++
		if old, ok := kinds[e.kind]; !ok || len(e.body) > 0 && len(old.body) == 0 {
			kinds[e.kind] = e
		}
	})
	t.Logf("%s, %d kinds", base.Outcome, len(kinds))
	var all []mutant
	names := make([]string, 0, len(kinds))
	for k := range kinds {
		names = append(names, k)
	}
	slices.Sort(names)
	for _, k := range names {
		ms := mutants(k, kinds[k])
		slices.SortFunc(ms, func(a, b mutant) int { return strings.Compare(a.name, b.name) })
		for _, m := range ms {
			for _, when := range []string{"always", "first", "later"} {
				m.when = when
				all = append(all, m)
			}
		}
	}
	t.Logf("%d mutants", len(all))
	r := rand.New(rand.NewPCG(*seed, 0))
	r.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
	if *only != "" {
		re := regexp.MustCompile(*only)
		all = slices.DeleteFunc(all, func(m mutant) bool { return !re.MatchString(m.kind + " | " + m.when + " | " + m.name) })
	}
	outcomes := map[string]int{}
	n := 0
	for _, m := range all {
		if n == *number {
			break
		}
		res, hits := run(t, &m, nil)
		if hits == 0 {
			continue
		}
		n++
		var fails, warns []string
		for _, f := range res.Findings {
			if f.Outcome == result.Fail {
				fails = append(fails, f.Requirement)
			} else {
				warns = append(warns, string(f.Outcome)+" "+f.Requirement)
			}
		}
		o := "nothing"
		switch {
		case len(fails) == 1:
			o = "one"
		case len(fails) > 1:
			o = "several"
		case len(warns) > 0:
			o = "warned"
		case res.Outcome != result.Pass:
			o = string(res.Outcome)
		}
		outcomes[o]++
		fmt.Fprintf(os.Stderr, "%-10s %4d | %s | %s | %s | %v %v\n", o, hits, m.kind, m.when, m.name, fails, warns)
	}
	t.Log(outcomes)
}
