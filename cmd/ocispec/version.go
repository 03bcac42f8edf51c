package main

import (
	"fmt"
	"runtime/debug"
	"strings"

	"github.com/spf13/cobra"
)

func newVersion() *cobra.Command {
	return &cobra.Command{
		Use:   "version",
		Short: "Print the version",
		Long: `Version prints the version of ocispec, the commit and its date if it was built from a
checkout, and the versions of Go and of CUE that it was built with.`,
		Args: noArgs,
		Run: func(cmd *cobra.Command, _ []string) {
			fmt.Fprintln(cmd.OutOrStdout(), "ocispec", describe(buildInfo()))
		},
	}
}

// buildInfo is what the linker recorded; it is empty in a build without that information.
func buildInfo() *debug.BuildInfo {
	if info, ok := debug.ReadBuildInfo(); ok {
		return info
	}
	return &debug.BuildInfo{}
}

// describe returns the version of a program, and what it was built from and with.
func describe(info *debug.BuildInfo) string {
	commit, date, modified := stamp(info)
	parts := []string{moduleVersion(info)}
	if commit != "" {
		parts = append(parts, "commit "+commit)
	}
	if date != "" {
		parts = append(parts, "of "+date)
	}
	if modified {
		parts = append(parts, "with local changes")
	}
	cue := "unknown"
	for _, m := range info.Deps {
		if m.Path == "cuelang.org/go" {
			cue = m.Version
		}
	}
	return fmt.Sprintf("%s (%s, cue %s)", strings.Join(parts, " "), info.GoVersion, cue)
}

// stamp returns the commit that a program was built from and its date in RFC 3339,
// which are empty if the build was not in a checkout, and whether files differed
// from it.
func stamp(info *debug.BuildInfo) (commit, date string, modified bool) {
	for _, s := range info.Settings {
		switch s.Key {
		case "vcs.revision":
			commit = s.Value
		case "vcs.time":
			date = s.Value
		case "vcs.modified":
			modified = s.Value == "true"
		}
	}
	return commit, date, modified
}

// version is that of the main module; "devel" if it has none.
func version() string { return moduleVersion(buildInfo()) }

func moduleVersion(info *debug.BuildInfo) string {
	if info.Main.Version == "" || info.Main.Version == "(devel)" {
		return "devel"
	}
	return info.Main.Version
}
