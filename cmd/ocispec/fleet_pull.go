package main

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/ocispec/ocispec/internal/artifact"
)

const fleetPullHelp = `Pull reads the results that fleet run --push has pushed, from a repository, into the
directories that fleet run has. ocispec merge and ocispec site take it from there.`

func newFleetPull() *cobra.Command {
	var from, out string
	var plain bool
	cmd := &cobra.Command{
		Use:     "pull FILE",
		Short:   "Read the results of a fleet from a registry",
		Long:    fleetPullHelp,
		Example: "  ocispec fleet pull fleet.cue --from registry.example.com/results --out results",
		Args:    oneFleet,
		RunE: func(cmd *cobra.Command, args []string) error {
			f, err := loadFleet(args[0])
			if err != nil {
				return err
			}
			if from == "" {
				return usage("%s needs --from, the repository with the results", cmd.CommandPath())
			}
			if err := checkRepository("--from", from); err != nil {
				return err
			}
			missing := 0
			for _, i := range f.Items {
				dir := filepath.Join(out, i.Dir())
				err := os.MkdirAll(dir, 0o777)
				if err == nil {
					err = artifact.Pull(cmd.Context(), from+":"+i.ID(), dir, plain)
				}
				if err != nil {
					missing++
					fmt.Fprintf(cmd.ErrOrStderr(), "ocispec: %s: %v\n", i.ID(), err)
				}
			}
			if missing > 0 {
				return &statusError{statusFault, fmt.Errorf("%d of %s could not be read", missing, plural(len(f.Items), "result"))}
			}
			fmt.Fprintf(cmd.OutOrStdout(), "%s: %s\n", out, plural(len(f.Items), "result"))
			return nil
		},
	}
	fl := cmd.Flags()
	fl.StringVar(&from, "from", "", "`repository` with the results")
	fl.StringVar(&out, "out", "results", "`directory` for the results")
	fl.BoolVar(&plain, "plain-http", false, "read without TLS")
	return cmd
}
