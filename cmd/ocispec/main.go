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
	"strings"
	"syscall"
	"time"

	"github.com/ocispec/ocispec/internal/spectree"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/ocispec/ocispec/internal/nearest"
)

func main() { os.Exit(Main()) }

// Main runs the command and returns the exit status.
func Main() int {
	ctx, stop := interruptible(context.Background())
	defer stop()
	// net/http logs what a registry sends unasked for.
	log.SetOutput(io.Discard)
	return run(ctx, os.Args[1:], os.Stdout, os.Stderr)
}

// patience is the time after a signal in which further ones change nothing: some
// terminals and supervisors send several.
const patience = 2 * time.Second

// interruptible returns a context that ends with SIGINT or SIGTERM, so that a run
// cleans up and writes its results. A signal that comes later than patience after
// the first ends the program at once.
func interruptible(parent context.Context) (context.Context, context.CancelFunc) {
	ctx, stop := signal.NotifyContext(parent, os.Interrupt, syscall.SIGTERM)
	later := make(chan os.Signal, 1)
	context.AfterFunc(ctx, func() {
		signal.Notify(later, os.Interrupt, syscall.SIGTERM)
		time.Sleep(patience)
		signal.Reset(os.Interrupt, syscall.SIGTERM)
	})
	return ctx, stop
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

// run executes a command line and returns the exit status.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	root := newRoot()
	root.SetArgs(args)
	root.SetOut(stdout)
	root.SetErr(stderr)
	err := unknownCommand(root, args)
	if err == nil {
		err = root.ExecuteContext(ctx)
	}
	return explain(err, stderr)
}

// explain prints an error and returns its exit status. It is the only place that
// prints errors.
func explain(err error, stderr io.Writer) int {
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
data, written in CUE for each release. Without a registry, run tests the
built-in model registry, which implements the release.

Exit status: 0 no failure, 1 the registry does not conform, 2 wrong usage or
configuration or an empty selection, 3 spec files do not load, 4 the registry
cannot be used, 5 a fault of ocispec, 6 inconclusive results only, 130
interrupted.`

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
	root.SetFlagErrorFunc(flagError)
	root.AddCommand(
		newRun(), newMerge(), newReport(), newClean(), newBaseline(), newImport(), newCompare(), newPublish(), newSite(), newFleet(),
		newList(), newShow(), newDiff(), newConfig(), newCoverage(), newData(), newVet(),
		newSelftest(), newServe(), newVersion(), newMan(),
	)
	root.InitDefaultHelpCmd()
	root.InitDefaultCompletionCmd()
	if c, _, err := root.Find([]string{completion}); err == nil {
		// Without this a shell that is not known would succeed.
		c.Args, c.RunE = noCommand, root.RunE
	}
	return root
}

// completion is the name of cobra's command.
const completion = "completion"

// unknownCommand rejects an unknown command, also with --help, for which cobra
// prints the help of the command above it.
func unknownCommand(root *cobra.Command, args []string) error {
	cmd, rest, err := root.Find(args)
	if err != nil || cmd != root || len(args) > 0 && strings.HasPrefix(args[0], cobra.ShellCompRequestCmd) {
		return nil // cobra deals with commands and with completion
	}
	for _, a := range rest {
		if !strings.HasPrefix(a, "-") {
			return noCommand(root, []string{a})
		}
	}
	return nil
}

// flagError adds the nearest flag to the error of an unknown one.
func flagError(cmd *cobra.Command, err error) error {
	var unknown *pflag.NotExistError
	if !errors.As(err, &unknown) {
		return usage("%v (see %s --help)", err, cmd.CommandPath())
	}
	var names []string
	cmd.Flags().VisitAll(func(f *pflag.Flag) { names = append(names, f.Name) })
	name, hint := unknown.GetSpecifiedName(), ""
	if near := nearest.Name(name, names); near != "" {
		hint = "; did you mean --" + near + "?"
	}
	dashes := "--"
	if unknown.GetSpecifiedShortnames() != "" {
		dashes = "-"
	}
	return usage("unknown flag %s%s%s (see %s --help)", dashes, name, hint, cmd.CommandPath())
}

// noCommand rejects the name of an unknown command.
func noCommand(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	var names []string
	for _, c := range cmd.Commands() {
		names = append(names, c.Name())
	}
	return usage("unknown command %q%s (see %s --help)", args[0], nearest.DidYouMean(args[0], names), cmd.CommandPath())
}

// newHelp is cobra's help command with an error for an unknown command.
func newHelp() *cobra.Command {
	return &cobra.Command{
		Use:   "help [command]",
		Short: "Print the help of a command",
		Long:  "Help prints the description, flags and examples of a command.",
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
