// Command planread reads a plan of a fleet as what runs it does: a workflow with
// actionlint, a Job with the API types of Kubernetes, strictly. It prints what it found
// wrong, and the number of jobs.
package main

import (
	"bytes"
	"fmt"
	"io"
	"log"
	"os"

	"github.com/rhysd/actionlint"
	batch "k8s.io/api/batch/v1"
	core "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/validation"
	"sigs.k8s.io/yaml"
)

func main() {
	log.SetFlags(0)
	if len(os.Args) != 3 {
		log.Fatal("usage: planread github|kubernetes FILE")
	}
	b, err := os.ReadFile(os.Args[2])
	if err != nil {
		log.Fatal(err)
	}
	read := map[string]func([]byte) error{"github": workflow, "kubernetes": job}[os.Args[1]]
	if err := read(b); err != nil {
		log.Fatal(err)
	}
}

func workflow(b []byte) error {
	l, err := actionlint.NewLinter(io.Discard, &actionlint.LinterOptions{})
	if err != nil {
		return err
	}
	errs, err := l.Lint("workflow.yml", b, nil)
	for _, e := range errs {
		fmt.Println(e)
	}
	if err == nil && len(errs) > 0 {
		err = fmt.Errorf("%d errors", len(errs))
	}
	return err
}

func job(b []byte) error {
	parts := bytes.Split(b, []byte("\n---\n"))
	if len(parts) != 2 {
		return fmt.Errorf("%d documents, want a ConfigMap and a Job", len(parts))
	}
	var m core.ConfigMap
	var j batch.Job
	if err := yaml.UnmarshalStrict(parts[0], &m); err != nil {
		return err
	}
	if err := yaml.UnmarshalStrict(parts[1], &j); err != nil {
		return err
	}
	if m.Kind != "ConfigMap" || j.Kind != "Job" || *j.Spec.CompletionMode != batch.IndexedCompletion {
		return fmt.Errorf("%s, %s, %s", m.Kind, j.Kind, *j.Spec.CompletionMode)
	}
	for _, e := range j.Spec.Template.Spec.Containers[0].Env {
		if e.Name == "" || e.ValueFrom != nil && e.ValueFrom.SecretKeyRef != nil && e.ValueFrom.SecretKeyRef.Key == "" {
			return fmt.Errorf("a variable without a name: %v", e)
		}
	}
	for key := range m.Data {
		if errs := validation.IsConfigMapKey(key); len(errs) > 0 {
			return fmt.Errorf("key %q: %v", key, errs)
		}
	}
	fmt.Println(*j.Spec.Completions)
	return nil
}
