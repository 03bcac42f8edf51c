package main

import (
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"

	"github.com/ocispec/ocispec/report"
	"github.com/ocispec/ocispec/result"
)

const reportHelp = `Report renders a results.json, which run writes, in another format; a file
named - is standard input. It reports and does not judge: the exit status is 0
whatever the results are.`

func newReport() *cobra.Command {
	var f runFlags
	cmd := &cobra.Command{
		Use:     "report FILE",
		Short:   "Render results in another format",
		Long:    reportHelp,
		Example: "  ocispec report results/results.json --format markdown\n  ocispec report - --out results <results.json",
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) != 1 {
				return usage("%s takes one results.json (or - for standard input)", cmd.CommandPath())
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			res, err := readResults(args[0], cmd.InOrStdin())
			if err != nil {
				return err
			}
			return f.write(cmd.OutOrStdout(), res)
		},
	}
	addFormat(cmd, &f.format, report.Names()...)
	fl := cmd.Flags()
	fl.StringVar(&f.out, "out", "", "`directory` to write results.json, results.yaml, junit.xml and report.html to")
	fl.BoolVarP(&f.verbose, "verbose", "v", false, "list the cases too")
	return cmd
}

// readResults reads results.json. JSON that is something else is an error: it
// would make a report of nothing.
func readResults(name string, stdin io.Reader) (*result.Run, error) {
	b, err := readFile(name, stdin)
	if err != nil {
		return nil, usage("the results cannot be read: %v", err)
	}
	r, err := result.Parse(b)
	if err != nil {
		return nil, usage("%s is no results.json: %v", name, err)
	}
	for _, f := range []struct{ name, value string }{
		{"tool.name", r.Tool.Name}, {"spec", r.Spec}, {"outcome", string(r.Outcome)},
	} {
		if f.value == "" {
			return nil, usage("%s is no results.json: it has no %s", name, f.name)
		}
	}
	return r, nil
}

func readFile(name string, stdin io.Reader) ([]byte, error) {
	if name == "-" {
		return io.ReadAll(stdin)
	}
	info, err := os.Stat(name)
	if err == nil && info.IsDir() {
		return nil, fmt.Errorf("%s is a directory: give the results.json in it", name)
	}
	return os.ReadFile(name)
}
