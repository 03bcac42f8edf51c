package main

import (
	"github.com/spf13/cobra"

	"github.com/ocispec/ocispec/internal/fleet"
)

const fleetPlanHelp = `Plan prints what tests the registries of a fleet:

github      a workflow of GitHub Actions with a matrix of items, which joins shards
            and uploads a site over all results
kubernetes  a ConfigMap with the file and an Indexed Job, whose index is the item;
            results go to a PersistentVolumeClaim or, with --push, to a registry

Logins are secrets with the names that the file has: of the repository, or keys of
one Secret. The login to push with is in the secrets OCISPEC_PUSH_USERNAME and
OCISPEC_PUSH_PASSWORD, or in a Secret of the type kubernetes.io/dockerconfigjson.`

func newFleetPlan() *cobra.Command {
	var o fleet.Options
	var format string
	cmd := &cobra.Command{
		Use:     "plan FILE",
		Short:   "Print a workflow of GitHub Actions or a Job of Kubernetes",
		Long:    fleetPlanHelp,
		Example: "  ocispec fleet plan fleet.cue --format github >.github/workflows/fleet.yml\n  ocispec fleet plan fleet.cue --format kubernetes | kubectl apply -f -",
		Args:    oneFleet,
		RunE: func(cmd *cobra.Command, args []string) error {
			if o.Parallel < 1 || o.Parallel > 256 {
				return usage("--parallel must be from 1 to 256, not %d", o.Parallel)
			}
			if err := checkRepository("--push", o.Push); err != nil {
				return err
			}
			f, err := loadFleet(args[0])
			if err != nil {
				return err
			}
			if err := f.Plan(cmd.OutOrStdout(), format, o); err != nil {
				return &statusError{statusFault, err}
			}
			return nil
		},
	}
	addFormat(cmd, &format, fleet.Formats...)
	fl := cmd.Flags()
	fl.IntVar(&o.Parallel, "parallel", 8, "largest `number` of items at the same time")
	fl.StringVar(&o.Push, "push", "", "`repository` of a registry that results are pushed to, as registry.example.com/results")
	fl.StringVar(&o.Image, "image", "ghcr.io/ocispec/ocispec:latest", "container `image` of ocispec, for Kubernetes")
	fl.StringVar(&o.Claim, "claim", "ocispec-results", "`name` of the PersistentVolumeClaim for results")
	fl.StringVar(&o.PushSecret, "push-secret", "ocispec-push", "`name` of the Secret with the login for --push, for Kubernetes")
	fl.StringVar(&o.Secret, "secret", "ocispec-fleet", "`name` of the Secret with the logins, for Kubernetes")
	return cmd
}
