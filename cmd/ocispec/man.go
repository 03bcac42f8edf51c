package main

import (
	"os"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/cobra/doc"
)

// newMan is for packagers, and hidden.
func newMan() *cobra.Command {
	return &cobra.Command{
		Use:     "man DIR",
		Short:   "Write the manual pages",
		Long:    "Man writes a manual page of section 1 for each command to a directory.",
		Example: "  ocispec man /usr/local/share/man/man1",
		Hidden:  true,
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) != 1 {
				return usage("%s needs a directory", cmd.CommandPath())
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := writeMan(cmd.Root(), args[0]); err != nil {
				return &statusError{statusFault, err}
			}
			return nil
		},
	}
}

// writeMan writes the pages. Their date is that of the commit, so that two builds of
// it write the same.
func writeMan(root *cobra.Command, dir string) error {
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return err
	}
	header := &doc.GenManHeader{Section: "1", Source: "ocispec " + version(), Manual: "ocispec"}
	_, date, _ := stamp(buildInfo())
	if at, err := time.Parse(time.RFC3339, date); err == nil {
		header.Date = &at
	}
	root.DisableAutoGenTag = true // it has the date of the build
	return doc.GenManTree(root, header, dir)
}
