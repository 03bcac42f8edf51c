package main

import (
	"fmt"
	"regexp"

	"github.com/spf13/cobra"

	"github.com/ocispec/ocispec/internal/site"
)

const siteHelp = `Site writes a static site over the results of many registries and releases: a table
of registries for each release, a page for each registry and each requirement, the
requirements of each release, a comparison of any two registries, and badges.

DIR has a file site.cue or site.yaml that lists the registries and their results.
Without such a file, site takes every results.json and every published folder below
DIR; folders name the registries. --history adds pages of the years 2020 and 2021, in
Markdown, with their badges and links.

The same input makes the same files. An output directory that is not empty is only
replaced if it is a site.`

// siteDate matches the days that ages are counted to.
var siteDate = regexp.MustCompile(`^[0-9]{4}(-[0-9]{2}(-[0-9]{2})?)?$`)

func newSite() *cobra.Command {
	var o site.Options
	var out string
	cmd := &cobra.Command{
		Use:   "site DIR",
		Short: "Write a static site over many results",
		Long:  siteHelp,
		Example: `  ocispec site results --out public
  ocispec site distribution-spec --title 'Registry conformance' --date 2026-01-31
  ocispec site . --history results-summary-2020.md`,
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) != 1 {
				return usage("%s needs one directory with results", cmd.CommandPath())
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			if o.Date != "" && !siteDate.MatchString(o.Date) {
				return usage("--date: %q is not a day as in 2026-01-31", o.Date)
			}
			s, err := site.Load(args[0], o)
			if err != nil {
				return usage("site: %v", err)
			}
			files, err := s.Build()
			if err != nil {
				return &statusError{statusFault, fmt.Errorf("site: %w", err)}
			}
			if err := site.Write(out, files); err != nil {
				return usage("site: %v", err)
			}
			registries := fmt.Sprintf("%d registries", len(s.Registries))
			if len(s.Registries) == 1 {
				registries = "1 registry"
			}
			fmt.Fprintf(cmd.OutOrStdout(), "%s: %s, %s, %d pages and badges\n", out, registries, plural(len(s.Releases), "release"), len(files))
			return nil
		},
	}
	fl := cmd.Flags()
	fl.StringVar(&out, "out", "site", "`directory` to write to")
	fl.StringVar(&o.Title, "title", "", "`title` of the site")
	fl.StringVar(&o.Date, "date", "", "`day` that ages are counted to (default: that of the newest result)")
	fl.StringArrayVar(&o.History, "history", nil, "`file` with a page of the years 2020 or 2021; can be repeated")
	return cmd
}
