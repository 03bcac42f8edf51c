// Ocispec tests whether an OCI registry conforms to the OCI Distribution Spec.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"os"
	"os/signal"
	"syscall"

	"github.com/ocispec/ocispec/internal/spectree"

	"github.com/spf13/cobra"

	"github.com/ocispec/ocispec/internal/nearest"
)

func main() { os.Exit(Main()) }

// Main runs the command and returns the exit status.
func Main() int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	// A second signal ends the program at once.
	context.AfterFunc(ctx, stop)
	// net/http logs what a registry sends unasked for.
	log.SetOutput(io.Discard)
	return run(ctx, os.Args[1:], os.Stdout, os.Stderr)
}

// The exit statuses.
const (
	statusOK           = 0
	statusFailed       = 1   // the registry does not conform
	statusUsage        = 2   // a wrong flag, configuration or selection
	statusSpec         = 3   // spec files do not load
	statusRegistry     = 4   // the registry cannot be used
	statusFault        = 5   // ocispec's own fault
	statusInconclusive = 6   // nothing failed, but not everything could be tested
	statusInterrupted  = 130 // by a signal
)

// statusError is an error with the exit status that it leads to. Without an
// error all has been said.
type statusError struct {
	status int
	err    error
}

func (e *statusError) Error() string {
	if e.err == nil {
		return fmt.Sprintf("exit status %d", e.status)
	}
	return e.err.Error()
}

func (e *statusError) Unwrap() error { return e.err }

func usage(format string, args ...any) error {
	return &statusError{statusUsage, fmt.Errorf(format, args...)}
}

// run executes a command line and returns the exit status. It is the only
// place that prints errors.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	root := newRoot()
	root.SetArgs(args)
	root.SetOut(stdout)
	root.SetErr(stderr)
	err := root.ExecuteContext(ctx)
	if err == nil {
		return statusOK
	}
	var se *statusError
	var spec spectree.Errors
	switch {
	case errors.As(err, &se):
		if se.err != nil {
			fmt.Fprintf(stderr, "ocispec: %v\n", se.err)
		}
		return se.status
	case errors.As(err, &spec):
		fmt.Fprintf(stderr, "%v\n", spec)
		return statusSpec
	}
	// All that cobra says is about usage.
	fmt.Fprintf(stderr, "ocispec: %v\n", err)
	return statusUsage
}

const rootHelp = `Ocispec tests whether an OCI registry conforms to the OCI Distribution Spec.

Test cases, expected responses and the requirements of the specification are
data, written in CUE for each release. Without a registry, run tests the model
registry that is built in, which does what the release says.

Exit status: 0 nothing failed, 1 the registry does not conform, 2 wrong usage
or configuration or an empty selection, 3 spec files do not load, 4 the
registry cannot be used, 5 ocispec's own fault, 6 only inconclusive results,
130 interrupted.`

func newRoot() *cobra.Command {
	root := &cobra.Command{
		Use:           "ocispec",
		Short:         "Test whether an OCI registry conforms to the OCI Distribution Spec",
		Long:          rootHelp,
		SilenceUsage:  true,
		SilenceErrors: true,
		Args:          noCommand,
		RunE:          func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	root.SetHelpCommand(newHelp())
	root.AddCommand(
		newRun(), newReport(),
		newList(), newShow(), newDiff(), newCoverage(), newVet(),
		newSelftest(), newServe(), newVersion(),
	)
	root.InitDefaultCompletionCmd()
	if c, _, err := root.Find([]string{completion}); err == nil {
		// Without this a shell that is not known would succeed.
		c.Args, c.RunE = noCommand, root.RunE
	}
	return root
}

// completion is the name of cobra's command.
const completion = "completion"

// noCommand rejects the name of a command that there is not.
func noCommand(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	var names []string
	for _, c := range cmd.Commands() {
		names = append(names, c.Name())
	}
	return usage("no command %q%s (see %s --help)", args[0], nearest.DidYouMean(args[0], names), cmd.CommandPath())
}

// newHelp is cobra's help with an error for a command that there is not.
func newHelp() *cobra.Command {
	return &cobra.Command{
		Use:   "help [command]",
		Short: "Help about any command",
		Long:  "Help prints what a command does, its flags and examples.",
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) > 1 && args[0] != completion {
				return usage("%s takes the name of one command, not %d", cmd.CommandPath(), len(args))
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			c, rest, err := cmd.Root().Find(args)
			if err != nil || len(rest) > 0 && c == cmd.Root() {
				return noCommand(cmd.Root(), args)
			}
			c.InitDefaultHelpFlag()
			return c.Help()
		},
	}
}

// noArgs is cobra.NoArgs with a message that says what was wrong.
func noArgs(cmd *cobra.Command, args []string) error {
	if len(args) > 0 {
		return usage("%s takes no argument %q (see %s --help)", cmd.CommandPath(), args[0], cmd.CommandPath())
	}
	return nil
}
