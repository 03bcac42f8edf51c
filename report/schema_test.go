package report

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"reflect"
	"strings"
	"testing"
	"time"

	"cuelang.org/go/cue"
	"cuelang.org/go/cue/cuecontext"
	"cuelang.org/go/cue/errors"
	cuejson "cuelang.org/go/encoding/json"
	"cuelang.org/go/encoding/jsonschema"

	"github.com/google/go-cmp/cmp"

	"github.com/ocispec/ocispec/result"
)

// definition returns #Results.
func definition(t *testing.T) (*cue.Context, cue.Value) {
	t.Helper()
	src, err := os.ReadFile("../schemas/results.cue")
	if err != nil {
		t.Fatal(err)
	}
	ctx := cuecontext.New()
	def := ctx.CompileBytes(src, cue.Filename("results.cue")).LookupPath(cue.ParsePath("#Results"))
	if err := def.Err(); err != nil {
		t.Fatal(errors.Details(err, nil))
	}
	return ctx, def
}

// schema returns a function that validates results.json.
func schema(t *testing.T) func([]byte) error {
	t.Helper()
	ctx, def := definition(t)
	return func(b []byte) error {
		x, err := cuejson.Extract("results.json", b)
		if err != nil {
			return err
		}
		return def.Unify(ctx.BuildExpr(x)).Validate(cue.Concrete(true))
	}
}

func TestJSONHasTheSchema(t *testing.T) {
	valid := schema(t)
	nilCase := sample()
	nilCase.Findings, nilCase.Categories, nilCase.Counts = nil, nil, result.Counts{}
	for name, r := range map[string]*result.Run{"sample": sample(), "little": {Outcome: result.Pass}, "nil": nilCase} {
		if err := valid([]byte(render(t, JSON, r))); err != nil {
			t.Errorf("%s: %s", name, errors.Details(err, nil))
		}
	}
}

// TestJSONSchema compares the published JSON Schema with the one of #Results.
func TestJSONSchema(t *testing.T) {
	ctx, def := definition(t)
	expr, err := jsonschema.Generate(def, nil)
	if err != nil {
		t.Fatal(err)
	}
	text, err := ctx.BuildExpr(expr).MarshalJSON()
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if err := json.Indent(&out, text, "", "  "); err != nil {
		t.Fatal(err)
	}
	golden(t, "../"+jsonSchema, strings.Replace(out.String(), "{", schemaHead, 1)+"\n")
}

// jsonSchema is the JSON Schema, and schemaHead its beginning.
const (
	jsonSchema = "../schemas/results.schema.json"
	schemaHead = `{
  "$id": "https://raw.githubusercontent.com/ocispec/ocispec/main/schemas/results.schema.json",
  "title": "The results of a run of ocispec (results.json)",`
)

// TestVersion reads results of an older and of a newer version.
func TestVersion(t *testing.T) {
	for version, want := range map[string]string{
		`{}`: "", `{"version": 1, "later": true}`: "",
		`{"version": 2}`: "version 2 was written by a newer ocispec; this one reads up to version 1",
	} {
		_, err := result.Parse([]byte(version))
		if got := fmt.Sprint(err); err == nil && want != "" || err != nil && got != want {
			t.Errorf("%s: %v; want %q", version, err, want)
		}
	}
}

// TestSchemaRejects checks that the schema is closed.
func TestSchemaRejects(t *testing.T) {
	valid := schema(t)
	good := render(t, JSON, sample())
	for _, tt := range []struct{ old, new string }{
		{`"outcome": "fail"`, `"outcome": "failed"`},
		{`"outcome": "blocked"`, `"outcome": "skipped"`},
		{`"Tag delete": "Skip"`, `"Tag delete": "SKIP"`},
		{`"level": "SHOULD"`, `"level": "should"`},
		{`"support": "positive"`, `"support": "yes"`},
		{`"version": 1`, `"version": 2`},
		{`"seed": "0123"`, `"seed": 123`},
		{`"seed": "0123",`, ``},
		{`"spec":`, `"release":`},
		{`"requests": 1234`, `"requests": -1`},
		{`"findings": [`, `"more": 1, "findings": [`},
		{`"method": "PUT",`, `"method": "PUT", "verb": "PUT",`},
		{`"2026-03-04T05:06:07Z"`, `"yesterday"`},
	} {
		bad := strings.Replace(good, tt.old, tt.new, 1)
		if bad == good {
			t.Errorf("the sample has no %s", tt.old)
		}
		if valid([]byte(bad)) == nil {
			t.Errorf("%s in place of %s is valid", tt.new, tt.old)
		}
	}
}

// TestJSONParsesBack checks that result.Parse reads the output of JSON without
// loss, except for invalid UTF-8.
func TestJSONParsesBack(t *testing.T) {
	first, err := result.Parse([]byte(render(t, JSON, sample())))
	if err != nil {
		t.Fatal(err)
	}
	second, err := result.Parse([]byte(render(t, JSON, first)))
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(first, second); d != "" {
		t.Error(d)
	}
	valid := cmp.Transformer("utf8", func(s string) string { return strings.ReplaceAll(s, "\xff\xfe", "\ufffd\ufffd") })
	if d := cmp.Diff(complete(sample()), first, valid); d != "" {
		t.Error(d)
	}
}

// TestSampleIsRich checks that the sample uses every field, so that the schema
// is tested for each.
func TestSampleIsRich(t *testing.T) {
	used := map[string]bool{}
	var walk func(v reflect.Value)
	walk = func(v reflect.Value) {
		switch v.Kind() {
		case reflect.Pointer:
			if !v.IsNil() {
				walk(v.Elem())
			}
		case reflect.Slice:
			for i := range v.Len() {
				walk(v.Index(i))
			}
		case reflect.Map:
			for _, e := range v.Seq2() {
				walk(e)
			}
		case reflect.Struct:
			if v.Type() == reflect.TypeFor[time.Time]() {
				return
			}
			for i := range v.NumField() {
				k := fmt.Sprintf("%s.%s", v.Type(), v.Type().Field(i).Name)
				used[k] = used[k] || !v.Field(i).IsZero()
				walk(v.Field(i))
			}
		}
	}
	walk(reflect.ValueOf(sample()))
	for k, ok := range used {
		if !ok {
			t.Errorf("the sample has no %s", k)
		}
	}
}
