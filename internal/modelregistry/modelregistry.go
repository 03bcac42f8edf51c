// Package modelregistry puts planted faults and allowed variants in front of a
// registry: the model registry, or one at a URL.
package modelregistry

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/ocispec/ocispec/internal/faultproxy"
	"github.com/ocispec/ocispec/registry"
)

// New returns the model registry with the registry options and the alterations
// of all deviations, in order. lineage lists release versions from the oldest
// to the selected one; New uses the last version that package registry knows.
// opts holds the options that the deviations do not set. New returns an error
// if it knows no version of lineage, or if a deviation has an unknown registry
// option.
func New(opts registry.Options, lineage []string, deviations ...*faultproxy.Deviation) (http.Handler, error) {
	for _, d := range deviations {
		if err := apply(&opts, d); err != nil {
			return nil, fmt.Errorf("%s: registry options: %w", d.ID, err)
		}
	}
	for _, v := range slices.Backward(lineage) {
		opts.Release = v
		if reg, err := registry.New(opts); err == nil {
			return inFrontOf(reg, deviations)
		}
	}
	return nil, fmt.Errorf("no model registry for release %s", strings.Join(lineage, ", "))
}

// apply sets the registry options of a deviation.
func apply(opts *registry.Options, d *faultproxy.Deviation) error {
	if len(d.Registry) == 0 {
		return nil
	}
	dec := json.NewDecoder(bytes.NewReader(d.Registry))
	dec.DisallowUnknownFields()
	return dec.Decode(opts)
}

// InFrontOf returns a handler that forwards requests to the registry at a URL
// and applies the alterations of all deviations. It returns an error if a
// deviation depends on an option of the model registry, which other registries
// do not have.
func InFrontOf(reg *url.URL, deviations ...*faultproxy.Deviation) (http.Handler, error) {
	for _, d := range deviations {
		if len(d.Registry) > 0 {
			return nil, fmt.Errorf("%s depends on an option of the model registry and cannot be put in front of another registry", d.ID)
		}
	}
	rt := http.DefaultTransport.(*http.Transport).Clone()
	rt.DisableCompression = true
	return faultproxy.New(faultproxy.Forward(reg, rt), alterations(deviations))
}

func inFrontOf(reg http.Handler, deviations []*faultproxy.Deviation) (http.Handler, error) {
	list := alterations(deviations)
	if len(list) == 0 {
		return reg, nil
	}
	return faultproxy.New(reg, list)
}

func alterations(deviations []*faultproxy.Deviation) []faultproxy.Alteration {
	var list []faultproxy.Alteration
	for _, d := range deviations {
		list = append(list, d.Alter...)
	}
	return list
}
