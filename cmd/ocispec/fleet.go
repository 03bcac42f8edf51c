package main

import (
	"github.com/spf13/cobra"

	"github.com/ocispec/ocispec/internal/fleet"
)

const fleetHelp = `Fleet tests many registries. A file fleet.cue or fleet.yaml lists them, with the
releases and the settings of each; an item is a release of a registry, or a shard of
it. The work is done by what schedules work already: plan prints a workflow of GitHub
Actions or a Job of Kubernetes, whose jobs call run with one item each.`

func newFleet() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "fleet",
		Short: "Test many registries",
		Long:  fleetHelp,
	}
	cmd.AddCommand(newFleetPlan(), newFleetRun(), newFleetPull())
	return cmd
}

// oneFleet is for the arguments of a command that takes the file of a fleet.
func oneFleet(cmd *cobra.Command, args []string) error {
	if len(args) != 1 {
		return usage("%s needs one file, as fleet.cue", cmd.CommandPath())
	}
	return nil
}

func loadFleet(name string) (*fleet.Fleet, error) {
	f, err := fleet.Load(name)
	if err != nil {
		return nil, usage("%v", err)
	}
	return f, nil
}
