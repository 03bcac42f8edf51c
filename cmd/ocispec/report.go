package main

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/ocispec/ocispec/result"
)

const reportHelp = `Report renders the results.json of a run in another format; the file - is standard
input. For a directory it takes the results.json in it or, of a run that was killed,
the events so far. The exit status is 0 whatever the results are.`

func newReport() *cobra.Command {
	var f runFlags
	cmd := &cobra.Command{
		Use:     "report FILE|DIR",
		Short:   "Render results in another format",
		Long:    reportHelp,
		Example: "  ocispec report results/results.json --format markdown\n  ocispec report - --out results <results.json",
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) != 1 {
				return usage("%s needs one results.json (or - for standard input), or a directory with one", cmd.CommandPath())
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := f.outputFlags.check(); err != nil {
				return err
			}
			res, err := f.readResults(args[0], cmd.InOrStdin())
			if err != nil {
				return err
			}
			return f.write(cmd.OutOrStdout(), res)
		},
	}
	f.addDir(cmd)
	f.outputFlags.add(cmd)
	return cmd
}

// readResults reads a results.json, or what is in a directory.
func (f *specFlags) readResults(name string, stdin io.Reader) (*result.Run, error) {
	info, err := os.Stat(name)
	if err != nil || !info.IsDir() {
		return readResults(name, stdin)
	}
	file := filepath.Join(name, "results.json")
	stored, err := os.Stat(file)
	log, logErr := os.Stat(filepath.Join(name, journalName))
	if errors.Is(err, fs.ErrNotExist) || err == nil && logErr == nil && log.ModTime().After(stored.ModTime()) {
		return f.reported(name)
	}
	return readResults(file, stdin)
}

// readResults reads results.json. Other JSON is an error, since it would make an
// empty report.
func readResults(name string, stdin io.Reader) (*result.Run, error) {
	b, err := readFile(name, stdin)
	if err != nil {
		return nil, usage("read results: %v", err)
	}
	r, err := result.Parse(b)
	if err != nil {
		return nil, usage("%s is not a results.json: %v", name, err)
	}
	for _, f := range []struct{ name, value string }{
		{"tool.name", r.Tool.Name}, {"spec", r.Spec}, {"outcome", string(r.Outcome)},
	} {
		if f.value == "" {
			return nil, usage("%s is not a results.json: %s is missing", name, f.name)
		}
	}
	return r, nil
}

func readFile(name string, stdin io.Reader) ([]byte, error) {
	if name == "-" {
		return io.ReadAll(stdin)
	}
	return os.ReadFile(name)
}
