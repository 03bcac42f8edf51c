package registry

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	v1 "github.com/opencontainers/image-spec/specs-go/v1"
)

func (r *reply) tags() []string {
	r.t.Helper()
	var list struct {
		Name string
		Tags []string
	}
	if err := json.Unmarshal([]byte(r.want(200).body), &list); err != nil || list.Name == "" || list.Tags == nil {
		r.t.Errorf("%s: body %s", r.what, r.body)
	}
	return list.Tags
}

// next returns the target of the Link header.
func (r *reply) next() string {
	r.t.Helper()
	link := r.header.Get("Link")
	if link == "" {
		return ""
	}
	url, ok := strings.CutSuffix(link, `>; rel="next"`)
	if !ok || url[0] != '<' {
		r.t.Fatalf("Link %q", link)
	}
	return url[1:]
}

func TestTags(t *testing.T) {
	folded := []string{"_", "A", "a", "a1", "a10", "a2", "B", "b", "Z"}
	table := []struct {
		query string
		want  []string // in the case-insensitive order
		link  string   // query of the Link target
	}{
		{"", folded, ""},
		{"?n=3", folded[:3], "last=a&n=3"},
		{"?n=9", folded, ""},
		{"?n=100", folded, ""},
		{"?n=99999999999999999999", folded, ""},
		{"?n=0", nil, ""},
		{"?n=0&last=a", nil, ""},
		{"?last=a1", folded[4:], ""},
		{"?last=a1&n=2", folded[4:6], "last=a2&n=2"},
		{"?last=a1&n=5", folded[4:], ""},
		{"?last=a11", folded[5:], ""},
		{"?last=Z", nil, ""},
		{"?last=zz&n=2", nil, ""},
		{"?ns=example.org", folded, ""},
	}
	eachRelease(t, func(t *testing.T, f *fixture, release string) {
		path := "/v2/a/tags/list"
		body := index(nil)
		f.manifest("a", "", indexType, body)
		f.do("GET", path, "").wantBody(`{"name":"a","tags":[]}`+"\n").wantHeader("Content-Type", "application/json")
		for _, bad := range []string{"?n=-1", "?n=x", "?n=", "?n=1.5"} {
			f.do("GET", path+bad, "").want(400, "UNSUPPORTED")
		}
		for _, tag := range []string{"b", "Z", "a1", "A", "a10", "_", "a2", "B", "a"} {
			f.manifest("a", tag, indexType, body)
		}
		if release == "dev" {
			bytewise := slices.Sorted(slices.Values(folded))
			r := f.do("GET", path+"?n=3&last=B", "")
			if got := r.tags(); !slices.Equal(got, bytewise[2:5]) {
				t.Errorf("got %q of %q", got, bytewise)
			}
			r.wantHeader("Link", `</v2/a/tags/list?last=a&n=3>; rel="next"`)
			return
		}
		for _, c := range table {
			r := f.do("GET", path+c.query, "")
			if got := r.tags(); !slices.Equal(got, c.want) {
				t.Errorf("%q: got %q, want %q", c.query, got, c.want)
			}
			link := ""
			if c.link != "" && release != "v1.0" {
				link = "<" + path + "?" + c.link + `>; rel="next"`
			}
			r.wantHeader("Link", link)
		}
	})
}

func TestTagPages(t *testing.T) {
	for _, query := range []string{"", "?n=5", "?n=2"} {
		f := serve(t, Options{Release: "v1.1", TagsPage: 3})
		var want, got []string
		for i := range 10 {
			want = append(want, fmt.Sprint("t", i))
			f.manifest("a", want[i], indexType, index(nil))
		}
		for url := "/v2/a/tags/list" + query; url != ""; {
			r := f.do("GET", url, "")
			page := r.tags()
			if len(page) == 0 || len(page) > 3 {
				t.Fatalf("%s: %d tags", url, len(page))
			}
			got, url = append(got, page...), r.next()
		}
		if !slices.Equal(got, want) {
			t.Errorf("%q: got %q", query, got)
		}
	}
}

func (r *reply) index() v1.Index {
	r.t.Helper()
	var idx v1.Index
	r.want(200).wantHeader("Content-Type", indexType)
	if err := json.Unmarshal([]byte(r.body), &idx); err != nil {
		r.t.Fatal(err)
	}
	if idx.SchemaVersion != 2 || idx.MediaType != indexType || idx.Manifests == nil {
		r.t.Errorf("%s: %s", r.what, r.body)
	}
	return idx
}

func TestReferrers(t *testing.T) {
	eachRelease(t, func(t *testing.T, f *fixture, release string) {
		subject := sha256("subject")
		path := "/v2/a/referrers/"
		if release == "v1.0" {
			f.manifest("a", "t", imageType, f.image("a", m{"subject": descriptor(imageType, "subject")})).
				wantHeader("OCI-Subject", "")
			f.do("GET", path+subject, "").want(404, "UNSUPPORTED")
			return
		}
		for _, bad := range []string{"sha256:abc", "nonsense", "sha256:" + strings.Repeat("z", 64)} {
			f.do("GET", path+bad, "").want(400, "DIGEST_INVALID")
		}
		for _, empty := range []string{subject, "nosuch:abc", sha512("x")} {
			if got := f.do("GET", path+empty, "").index(); len(got.Manifests) != 0 {
				t.Errorf("referrers of an unknown digest: %v", got)
			}
		}
		notes := map[string]string{"org.example": "<a&b>"}
		members := func(more m) m {
			more["subject"] = descriptor(imageType, "subject")
			more["annotations"] = notes
			return more
		}
		table := []struct{ mediaType, body, artifactType string }{
			{imageType, f.image("a", members(m{"artifactType": "application/one"})), "application/one"},
			{imageType, f.image("a", members(m{})), "application/vnd.example.config+json"},
			{imageType, f.image("a", members(m{"artifactType": ""})), "application/vnd.example.config+json"},
			{indexType, index(members(m{"artifactType": "application/one"})), "application/one"},
			{indexType, index(members(m{})), ""},
		}
		for i, c := range table {
			for _, ref := range []string{"", fmt.Sprint("t", i)} {
				f.manifest("a", ref, c.mediaType, c.body).wantHeader("OCI-Subject", subject)
			}
		}
		f.manifest("a", "", indexType, index(m{"subject": descriptor(imageType, "other")}))
		f.manifest("b", "", indexType, index(m{"subject": descriptor(imageType, "subject")}))

		r := f.do("GET", path+subject, "").wantHeader("OCI-Filters-Applied", "").wantHeader("Link", "")
		got := r.index().Manifests
		if len(got) != len(table) {
			t.Fatalf("%d referrers, want %d", len(got), len(table))
		}
		for _, c := range table {
			i := slices.IndexFunc(got, func(d v1.Descriptor) bool { return d.Digest.String() == sha256(c.body) })
			if i < 0 {
				t.Errorf("%s is missing", c.body)
				continue
			}
			d := got[i]
			if d.MediaType != c.mediaType || d.Size != int64(len(c.body)) || d.ArtifactType != c.artifactType ||
				d.Annotations["org.example"] != notes["org.example"] {
				t.Errorf("descriptor %+v of %s", d, c.body)
			}
		}
		if n := strings.Count(r.body, `"artifactType"`); n != 4 {
			t.Errorf("%d artifact types in %s", n, r.body)
		}

		r = f.do("GET", path+subject+"?artifactType=application/one", "").wantHeader("OCI-Filters-Applied", "artifactType")
		if n := len(r.index().Manifests); n != 2 {
			t.Errorf("%d referrers with the filter", n)
		}
		r = f.do("GET", path+subject+"?artifactType=none", "").wantHeader("OCI-Filters-Applied", "artifactType")
		if n := len(r.index().Manifests); n != 0 {
			t.Errorf("%d referrers with an unused artifact type", n)
		}
		f.do("DELETE", "/v2/a/manifests/"+sha256(table[0].body), "").want(202)
		if n := len(f.do("GET", path+subject, "").index().Manifests); n != 4 {
			t.Errorf("%d referrers after a deletion", n)
		}
	})
}

func TestReferrersPages(t *testing.T) {
	table := []struct {
		name         string
		page, count  int
		annotation   string
		query        string
		pages, found int
	}{
		{"count", 4, 10, "", "", 3, 10},
		{"full", 5, 10, "", "", 2, 10},
		{"filter", 2, 10, "", "?artifactType=application/x%2B0", 3, 5},
		{"bytes", 100, 5, strings.Repeat("<", 1<<20), "", 2, 5},
	}
	for _, c := range table {
		t.Run(c.name, func(t *testing.T) {
			f := serve(t, Options{Release: "v1.1", ReferrersPage: c.page})
			for i := range c.count {
				f.manifest("a", "", indexType, index(m{
					"subject":      descriptor(imageType, "subject"),
					"artifactType": fmt.Sprint("application/x+", i%2),
					"annotations":  m{"i": fmt.Sprint(i), "pad": c.annotation},
				}))
			}
			seen, pages := map[string]bool{}, 0
			for url := "/v2/a/referrers/" + sha256("subject") + c.query; url != ""; pages++ {
				r := f.do("GET", url, "")
				for _, d := range r.index().Manifests {
					seen[d.Digest.String()] = true
				}
				if len(r.body) > 4<<20 {
					t.Errorf("response body of %d bytes", len(r.body))
				}
				url = r.next()
			}
			if pages != c.pages || len(seen) != c.found {
				t.Errorf("%d referrers on %d pages, want %d on %d", len(seen), pages, c.found, c.pages)
			}
		})
	}
}
