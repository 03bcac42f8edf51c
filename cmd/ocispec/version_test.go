package main

import (
	"runtime/debug"
	"testing"
)

func TestDescribe(t *testing.T) {
	released := debug.BuildInfo{GoVersion: "go1.26.8", Main: debug.Module{Version: "v1.2.3"}, Deps: []*debug.Module{{Path: "cuelang.org/go", Version: "v0.17.1"}}}
	checkout := released
	checkout.Settings = []debug.BuildSetting{{Key: "vcs.revision", Value: "fe318c3"}, {Key: "vcs.time", Value: "2026-11-27T01:41:24Z"}, {Key: "vcs.modified", Value: "false"}}
	edited := checkout
	edited.Settings = append([]debug.BuildSetting{}, checkout.Settings...)
	edited.Settings[2].Value = "true"
	for want, info := range map[string]debug.BuildInfo{
		"v1.2.3 (go1.26.8, cue v0.17.1)":                                                           released,
		"v1.2.3 commit fe318c3 of 2026-11-27T01:41:24Z (go1.26.8, cue v0.17.1)":                    checkout,
		"v1.2.3 commit fe318c3 of 2026-11-27T01:41:24Z with local changes (go1.26.8, cue v0.17.1)": edited,
		"devel (, cue unknown)": {Main: debug.Module{Version: "(devel)"}},
	} {
		if got := describe(&info); got != want {
			t.Errorf("%s; want %s", got, want)
		}
	}
}
