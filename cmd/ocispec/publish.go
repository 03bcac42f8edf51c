package main

import (
	"fmt"
	"io"
	"os"
	"slices"

	"github.com/opencontainers/go-digest"
	"github.com/spf13/cobra"

	"github.com/ocispec/ocispec/internal/publish"
	"github.com/ocispec/ocispec/result"
)

const publishHelp = `Publish writes a submission to the public results repository: README.md,
PRODUCT.yaml, results.yaml, report.html and junit.xml in a folder
distribution-spec/vX.Y/NAME, and ocispec-results.json. --template prints the file
of --submission, with what only the author knows.

The folder is checked as by --check, which repeats offline what the page generator
and the reviewers of that repository require. Exit status: 1 if there is an error.

The results name ocispec as the tool. They do not replace the official suite for a
certification.`

// publishFlags are the flags of publish.
type publishFlags struct {
	results    string
	submission string
	check      bool
	template   bool
	format     string
}

func newPublish() *cobra.Command {
	var f publishFlags
	cmd := &cobra.Command{
		Use:   "publish DIR",
		Short: "Write or check a submission of results",
		Long:  publishHelp,
		Example: `  ocispec publish --template >submission.yaml
  ocispec publish --results results/results.json --submission submission.yaml distribution-spec/v1.1/NAME
  ocispec publish --check distribution-spec/v1.1/NAME`,
		Args: func(cmd *cobra.Command, args []string) error {
			if f.template && len(args) == 0 || !f.template && len(args) == 1 {
				return nil
			}
			return usage("%s needs the folder of the submission (or --template)", cmd.CommandPath())
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			if f.template {
				_, err := io.WriteString(cmd.OutOrStdout(), publish.Template)
				return err
			}
			if !f.check {
				if err := f.write(cmd, args[0]); err != nil {
					return err
				}
			}
			return f.checkFolder(cmd.OutOrStdout(), args[0])
		},
	}
	fl := cmd.Flags()
	fl.StringVar(&f.results, "results", "results/results.json", "`file` with the results")
	fl.StringVar(&f.submission, "submission", "submission.yaml", "`file` with the product and how to start it")
	fl.BoolVar(&f.check, "check", false, "check a folder, and write nothing")
	fl.BoolVar(&f.template, "template", false, "print a submission file to fill in")
	addFormat(cmd, &f.format, "text", "json")
	return cmd
}

func (f *publishFlags) write(cmd *cobra.Command, dir string) error {
	r, err := readResults(f.results, cmd.InOrStdin())
	if err != nil {
		return err
	}
	if err := completeRun(r); err != nil {
		return usage("%s: %v", f.results, err)
	}
	b, err := os.ReadFile(f.submission)
	if err != nil {
		return usage("--submission: %v (see --template)", err)
	}
	s, err := publish.ParseSubmission(b)
	if err != nil {
		return usage("%s: %v", f.submission, err)
	}
	w, err := writer()
	if err != nil {
		return &statusError{statusFault, err}
	}
	if err := publish.Write(dir, r, s, w); err != nil {
		return usage("publish: %v", err)
	}
	return nil
}

// builtinModel is what run calls the registry of a run without one.
const builtinModel = "the built-in model registry"

// completeRun returns an error for results that lack cases of their release, or
// that are not of a registry which others can run.
func completeRun(r *result.Run) error {
	if r.Registry == builtinModel {
		return fmt.Errorf("the results are of %s; test a registry with --registry", r.Registry)
	}
	var specs specFlags
	lib, err := specs.releases()
	if err != nil {
		return err
	}
	rel, err := lib.find(r.Spec)
	if err != nil {
		return err
	}
	missing := 0
	for _, c := range rel.Cases {
		if !slices.ContainsFunc(r.Cases, func(k result.Case) bool { return k.ID == c.ID }) {
			missing++
		}
	}
	if missing > 0 {
		return fmt.Errorf("%d of %d cases of %s are missing; run without --run", missing, len(rel.Cases), r.Spec)
	}
	return nil
}

// writer returns the version of this program and the digest of its executable.
func writer() (string, error) {
	name, err := os.Executable()
	if err != nil {
		return "", err
	}
	file, err := os.Open(name)
	if err != nil {
		return "", err
	}
	defer file.Close()
	d, err := digest.FromReader(file)
	return fmt.Sprintf("ocispec %s, executable %s", version(), d), err
}

// checkFolder prints the problems of a folder.
func (f *publishFlags) checkFolder(w io.Writer, dir string) error {
	problems, err := publish.Check(dir)
	if err != nil {
		return usage("publish: %v", err)
	}
	failed := slices.ContainsFunc(problems, func(p publish.Problem) bool { return p.Level == publish.LevelError })
	if f.format == "json" {
		err = writeJSON(w, problems)
	} else {
		for _, p := range problems {
			fmt.Fprintln(w, p)
		}
		if !failed {
			fmt.Fprintf(w, "%s can be submitted\n", dir)
		}
	}
	if err == nil && failed {
		err = &statusError{status: statusFailed}
	}
	return err
}
