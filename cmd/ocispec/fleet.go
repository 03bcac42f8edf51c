package main

import (
	"github.com/spf13/cobra"

	"github.com/ocispec/ocispec/internal/artifact"
	"github.com/ocispec/ocispec/internal/fleet"
	"github.com/ocispec/ocispec/internal/settings"
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

// loadFleet reads a fleet whose releases exist and whose settings name registries.
func loadFleet(name string) (*fleet.Fleet, error) {
	f, err := fleet.Load(name)
	if err != nil {
		return nil, usage("%v", err)
	}
	var lib specFlags
	releases, err := lib.releases()
	if err != nil {
		return nil, err
	}
	for _, i := range f.Runs() {
		if _, _, err := releases.Find(i.Release); err != nil {
			return nil, usage("%s: registry %s: %v", name, i.Registry, err)
		}
		set, err := fixedSettings(i.Settings, nil)
		if err != nil {
			return nil, err
		}
		if set.Text("registry") == "" {
			return nil, usage("%s: registry %s: settings.registry is missing, and no profile has it", name, i.Registry)
		}
	}
	return f, nil
}

// fixedSettings returns settings that neither a file nor a variable of the user changes.
func fixedSettings(entries map[string]settings.Entry, env []string) (*settings.Settings, error) {
	set, _, err := settings.Load(settings.Input{Flags: entries, Environ: env, NoFile: true})
	if err != nil {
		return nil, usage("%v", err)
	}
	return set, nil
}

// checkRepository checks the value of a flag that names a repository for results, if it
// is not empty.
func checkRepository(flag, name string) error {
	if name == "" {
		return nil
	}
	if err := artifact.CheckRepository(name); err != nil {
		return usage("%s: %v", flag, err)
	}
	return nil
}
