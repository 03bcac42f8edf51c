package main

import (
	"slices"

	"github.com/spf13/cobra"

	"github.com/ocispec/ocispec/internal/settings"
)

// completer is the type of cobra's completion functions.
type completer = func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective)

const noFiles = cobra.ShellCompDirectiveNoFileComp

// complete completes a flag with fixed words.
func complete(cmd *cobra.Command, flag string, words ...string) {
	// An error is about a flag that the command does not have.
	if err := cmd.RegisterFlagCompletionFunc(flag, cobra.FixedCompletions(words, noFiles)); err != nil {
		panic(err)
	}
}

// completeReleases completes with the releases and their patch releases.
func (f *specFlags) completeReleases(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
	lib, err := f.releases()
	if err != nil {
		return nil, cobra.ShellCompDirectiveError
	}
	var names []string
	for _, v := range lib.Versions() {
		c, err := lib.Get(v)
		if err != nil {
			return nil, cobra.ShellCompDirectiveError
		}
		names = append(names, v)
		names = append(names, c.Release.Patches...)
	}
	return slices.Compact(names), noFiles
}

// completeProfiles completes with the profiles of hosted registries.
func completeProfiles(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
	profiles, err := settings.Profiles()
	if err != nil {
		return nil, cobra.ShellCompDirectiveError
	}
	var names []string
	for _, p := range profiles {
		names = append(names, cobra.CompletionWithDesc(p.Name, p.Title))
	}
	return names, noFiles
}

// ids lists what a release has, of the kinds of ocispec list.
func (f *specFlags) ids(kinds ...string) ([]string, cobra.ShellCompDirective) {
	var ids []string
	for _, k := range kinds {
		items, err := listing(f, k)
		if err != nil {
			return nil, cobra.ShellCompDirectiveError
		}
		for _, x := range items {
			ids = append(ids, cobra.CompletionWithDesc(x.ID, x.Title))
		}
	}
	return ids, noFiles
}

// completeCases completes with the ids of cases.
func (f *specFlags) completeCases(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
	return f.ids("cases")
}

// completeIDs completes with everything that show explains.
func (f *specFlags) completeIDs(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
	return f.ids("cases", "requirements", "data", "rows", "variants", "faults")
}

// completeDeviations completes with the ids of variants or faults.
func (f *specFlags) completeDeviations(kinds ...string) completer {
	return func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) { return f.ids(kinds...) }
}

// completeData completes with a case, then with a name in its data.
func (f *specFlags) completeData(_ *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
	if len(args) == 0 {
		return f.ids("cases")
	}
	rel, err := f.release()
	if err != nil || len(args) > 1 {
		return nil, noFiles
	}
	var names []string
	if c := rel.Case(args[0]); c != nil {
		for _, d := range c.Data {
			names = append(names, d.Name)
		}
	}
	return names, noFiles
}
