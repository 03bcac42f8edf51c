package faultproxy

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// TestAlters records exchanges and asks which alterations would apply to them.
func TestAlters(t *testing.T) {
	var recorded []*Exchange
	next := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		b, _ := io.ReadAll(r.Body)
		w.Header().Set("X-Size", itoa(len(b)))
		w.WriteHeader(http.StatusCreated)
		w.Write(b)
	})
	h := Record(next, func(x *Exchange) { recorded = append(recorded, x) })
	for _, path := range []string{"/a?x=1", "/b", "/b"} {
		w := httptest.NewRecorder()
		h.ServeHTTP(w, httptest.NewRequest("PUT", path, strings.NewReader("content")))
		if w.Code != http.StatusCreated || w.Body.String() != "content" || w.Header().Get("X-Size") != "7" {
			t.Errorf("%s: response %d %q %v", path, w.Code, w.Body, w.Header())
		}
	}
	for _, c := range []struct {
		on   string
		want bool
	}{
		{`{"method": "PUT"}`, true},
		{`{"method": "GET"}`, false},
		{`{"path": "^/a$", "query": {"x": "1"}}`, true},
		{`{"path": "^/b$", "query": {"x": "1"}}`, false},
		{`{"body": "tent$"}`, true},
		{`{"response": {"status": 201, "header": {"X-Size": "7"}, "body": "^con"}}`, true},
		{`{"response": {"status": 200}}`, false},
		{`{"path": "^/b$", "nth": 2}`, true},
		{`{"path": "^/b$", "nth": 3}`, false},
		{`{"path": "^/b$", "after": {"path": "^/a$"}}`, true},
		{`{"path": "^/a$", "after": {"path": "^/b$"}}`, true},
		{`{"path": "^/a$", "after": {"path": "^/c$"}}`, false},
		{`{"path": "^/b$", "after": {"path": "^/a$", "same": "${path}"}}`, false},
		{`{"path": "^/b$", "until": {"path": "^/a$"}}`, true},
	} {
		var a Alteration
		if err := json.Unmarshal([]byte(`{"on": `+c.on+`, "response": {"status": 299}}`), &a); err != nil {
			t.Fatal(err)
		}
		p, err := New(next, []Alteration{a})
		if err != nil {
			t.Fatal(err)
		}
		for range 2 { // a proxy keeps nothing of recorded exchanges
			if got := p.Alters(recorded); got != c.want {
				t.Errorf("on %s: got %v", c.on, got)
			}
		}
	}
}
