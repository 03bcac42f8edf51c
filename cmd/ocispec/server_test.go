package main

import (
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"strings"
	"sync"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/ocispec/ocispec/registry"
)

type serverKey struct{}

// server is what a script's server tells its commands.
type server struct {
	waiting chan struct{} // closed by the first request without a response
}

// servers are the servers that scripts can start, by name:
//
//	model     the model registry
//	wrong     the model registry, with 200 for 201 and no JSON
//	posts-405 no blob can be pushed, as the server says
//	locked    401 to everything
//	garbage   a response that is not HTTP
//	busy      429 to all but the root
//	hanging   no response to a POST
//	hanging-root  no response at all
//	closed    nobody listens
//	no-login, no-push, no-delete, no-delete-405, two-repos, two-parts
//	          the model registry, which rejects some requests: see rejections
var servers = map[string]func(*server) http.Handler{
	"model":        func(*server) http.Handler { return modelRegistry() },
	"wrong":        func(*server) http.Handler { return http.HandlerFunc(wrong) },
	"posts-405":    func(*server) http.Handler { return except(http.MethodPost, http.StatusMethodNotAllowed) },
	"locked":       func(*server) http.Handler { return statuses(http.StatusUnauthorized, http.StatusUnauthorized) },
	"busy":         func(*server) http.Handler { return statuses(http.StatusOK, http.StatusTooManyRequests) },
	"garbage":      func(*server) http.Handler { return http.HandlerFunc(garbage) },
	"hanging":      func(s *server) http.Handler { return s.hanging(http.MethodPost) },
	"hanging-root": func(s *server) http.Handler { return s.hanging(http.MethodPost, http.MethodGet) },
}

func init() {
	for name, rejects := range rejections {
		servers[name] = func(*server) http.Handler {
			reg := modelRegistry()
			return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if status, code := rejects(r); status != 0 {
					w.Header().Set("Content-Type", "application/json")
					w.Header().Set("WWW-Authenticate", `Basic realm="r"`)
					w.WriteHeader(status)
					fmt.Fprintf(w, `{"errors": [{"code": %q, "message": "it is so"}]}`, code)
					return
				}
				reg.ServeHTTP(w, r)
			})
		}
	}
}

// rejections are what registries reject, with the status and the error code.
var rejections = map[string]func(*http.Request) (int, string){
	"no-login": func(r *http.Request) (int, string) {
		if _, _, ok := r.BasicAuth(); r.Method != http.MethodGet && r.Method != http.MethodHead && !ok {
			return http.StatusUnauthorized, "UNAUTHORIZED"
		}
		return 0, ""
	},
	"no-push": func(r *http.Request) (int, string) {
		if r.Method == http.MethodPost {
			return http.StatusForbidden, "DENIED"
		}
		return 0, ""
	},
	"no-delete": func(r *http.Request) (int, string) {
		if r.Method == http.MethodDelete && !strings.Contains(r.URL.Path, "/blobs/") {
			return http.StatusForbidden, "DENIED"
		}
		return 0, ""
	},
	"no-delete-405": func(r *http.Request) (int, string) {
		if r.Method == http.MethodDelete {
			return http.StatusMethodNotAllowed, "UNSUPPORTED"
		}
		return 0, ""
	},
	"two-repos": func(r *http.Request) (int, string) {
		m := repositoryPath.FindStringSubmatch(r.URL.Path)
		writes := r.Method != http.MethodGet && r.Method != http.MethodHead
		if m != nil && writes && m[1] != "team/a" && m[1] != "team/b" {
			return http.StatusNotFound, "NAME_UNKNOWN"
		}
		return 0, ""
	},
	"two-parts": func(r *http.Request) (int, string) {
		m := repositoryPath.FindStringSubmatch(r.URL.Path)
		if m != nil && strings.Count(m[1], "/") != 1 {
			return http.StatusBadRequest, "NAME_INVALID"
		}
		return 0, ""
	},
}

var repositoryPath = regexp.MustCompile("^/v2/(.+)/(?:blobs|manifests|tags|referrers)/")

func serverCommand(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: server NAME")
	}
	if args[0] == "closed" {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		ts.Check(err)
		ts.Check(l.Close())
		ts.Setenv("REGISTRY", l.Addr().String())
		return
	}
	handler, ok := servers[args[0]]
	if !ok {
		ts.Fatalf("no server %q", args[0])
	}
	s := ts.Value(serverKey{}).(*server)
	s.waiting = make(chan struct{})
	srv := httptest.NewServer(handler(s))
	ts.Defer(func() {
		srv.CloseClientConnections()
		srv.Close()
	})
	ts.Setenv("REGISTRY", strings.TrimPrefix(srv.URL, "http://"))
}

func modelRegistry() http.Handler {
	reg, err := registry.New(registry.Options{Release: "v1.1"})
	if err != nil {
		panic(err)
	}
	return reg
}

// except is the model registry but for one method.
func except(method string, code int) http.Handler {
	reg := modelRegistry()
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == method {
			w.WriteHeader(code)
			return
		}
		reg.ServeHTTP(w, r)
	})
}

var wrongRegistry = sync.OnceValue(modelRegistry)

// wrong returns 200 instead of 201, and 404 without JSON.
func wrong(w http.ResponseWriter, r *http.Request) {
	rec := httptest.NewRecorder()
	wrongRegistry().ServeHTTP(rec, r)
	for name, values := range rec.Header() {
		w.Header()[name] = values
	}
	if rec.Code == http.StatusCreated {
		rec.Code = http.StatusOK
	}
	w.WriteHeader(rec.Code)
	_, _ = w.Write(rec.Body.Bytes())
}

// statuses returns one status code at the root and another elsewhere.
func statuses(root, elsewhere int) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		code := elsewhere
		if r.URL.Path == "/v2/" {
			code = root
		}
		w.Header().Set("Retry-After", "0")
		w.WriteHeader(code)
	})
}

func garbage(w http.ResponseWriter, _ *http.Request) {
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		return
	}
	_, _ = conn.Write([]byte("this is not HTTP\r\n\r\n"))
	conn.Close()
}

// hanging does not respond to some methods, and signals the first such request.
func (s *server) hanging(methods ...string) http.Handler {
	reg := modelRegistry()
	var once sync.Once
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if slices.Contains(methods, r.Method) {
			once.Do(func() { close(s.waiting) })
			<-r.Context().Done()
			return
		}
		reg.ServeHTTP(w, r)
	})
}
