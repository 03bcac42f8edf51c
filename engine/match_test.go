package engine

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/ocispec/ocispec/exchange"
	"github.com/ocispec/ocispec/match"
	"github.com/ocispec/ocispec/model"
)

// noNames resolves nothing.
type noNames struct{}

func (noNames) Lookup(string) (any, error) { panic("no name is used") }

func TestRedirectsAndTotal(t *testing.T) {
	bound := func(op match.Op, n string) *match.Matcher {
		return &match.Matcher{Op: op, Value: json.RawMessage(n)}
	}
	direct := &model.Response{Redirects: bound(match.Equal, "0")}
	short := &model.Response{Header: []model.HeaderRule{{
		Name: "Warning", List: &model.ListRule{Total: bound(match.AtMost, "20")},
	}}}
	for _, test := range []struct {
		name      string
		want      *model.Response
		redirects int
		warnings  []string
		wrong     string
	}{
		{"direct", direct, 0, nil, ""},
		{"redirected", direct, 1, nil, "redirects"},
		{"short", short, 0, []string{`299 - "a"`, `299 - "b"`}, ""},
		{"long", short, 0, []string{`299 - "a"`, `299 - "more"`}, "header Warning"},
	} {
		resp := &exchange.Response{Status: 200, Redirects: test.redirects, Header: http.Header{"Warning": test.warnings}}
		var paths []string
		for _, m := range matchResponse(noNames{}, test.want, newAnswer(resp)) {
			paths = append(paths, m.Path)
		}
		if got := strings.Join(paths, " "); got != test.wrong {
			t.Errorf("%s: wrong is %q, want %q", test.name, got, test.wrong)
		}
	}
}
