package engine

import (
	"net/url"
	"testing"
)

// TestNamesAgain checks that a case that is run again has names and content of its own,
// but for the content of sets, and that Content makes it from the seed of that run.
func TestNamesAgain(t *testing.T) {
	rel := releaseOf(testCase("a", random("shared", 8), scoped("set"), random("own", 8), step("PUT /x", query("tag", "${tag}"), query("own", "${data.own.digest}"),
		query("shared", "${data.shared.digest}"), sends("${data.own.bytes}"), expect("must.put", is(201)))))
	for seed, again := range map[string]string{"s": "s//again-1", "s/1": "s/1/again-1", "s/1/2": "s/1/2/again-1"} {
		s := serve(t, map[string]any{"PUT /x": []any{500, 201}})
		run(t, rel, s, Options{Seed: seed, Parallel: 2})
		sent := s.requests()
		if len(sent) != 2 {
			t.Fatalf("%s: %d requests", seed, len(sent))
		}
		first, second := queryOf(t, sent[0].URL), queryOf(t, sent[1].URL)
		for name, same := range map[string]bool{"tag": false, "own": false, "shared": true} {
			if a, b := first.Get(name), second.Get(name); a == "" || (a == b) != same {
				t.Errorf("%s: %s is %q, and then %q", seed, name, a, b)
			}
		}
		for i, of := range []string{seed, again} {
			if b, err := Content(rel, target(s), of, "a", "own"); err != nil || string(b) != sent[i].Body {
				t.Errorf("%s has %q, %v, but %q was sent", of, b, err, sent[i].Body)
			}
		}
	}
}

func queryOf(t *testing.T, rawURL string) url.Values {
	u, err := url.Parse(rawURL)
	if err != nil {
		t.Fatal(err)
	}
	return u.Query()
}
