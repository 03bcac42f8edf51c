package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/ocispec/ocispec/report"
	"github.com/ocispec/ocispec/result"
)

// outputFlags are the flags for what becomes of results.
type outputFlags struct {
	out     string
	format  string
	outputs []string // FORMAT=FILE
	verbose int
	quiet   bool
}

func (f *outputFlags) add(cmd *cobra.Command) {
	fl := cmd.Flags()
	fl.StringVar(&f.out, "out", "", "`directory` for results.json, results.yaml, junit.xml and report.html")
	fl.StringVar(&f.format, "format", "text", "`format` of standard output: "+join(report.Names()))
	fl.StringArrayVarP(&f.outputs, "output", "o", nil, "write `format=file`, as in -o junit=junit.xml; the file - is standard output; can be repeated")
	fl.CountVarP(&f.verbose, "verbose", "v", "list the cases; -vv lists the requests and responses too")
	fl.BoolVarP(&f.quiet, "quiet", "q", false, "print the findings and the verdict only, and no progress")
	complete(cmd, "format", report.Names()...)
}

// output is a file to write in a format.
type output struct {
	format, file string
}

// check checks the formats, and that the files can be written. It sets the format
// of standard output if one of the outputs does.
func (f *outputFlags) check() error {
	if _, ok := report.Lookup(f.format); !ok {
		return unknownFormat(f.format, report.Names())
	}
	if f.quiet && f.verbose > 0 {
		return usage("--quiet and --verbose exclude each other")
	}
	for _, text := range f.outputs {
		o, err := parseOutput(text)
		if err != nil {
			return err
		}
		if o.file == "-" {
			f.format = o.format
			continue
		}
		if err := writable("-o "+text, filepath.Dir(o.file)); err != nil {
			return err
		}
	}
	return nil
}

func parseOutput(text string) (output, error) {
	format, file, ok := strings.Cut(text, "=")
	if !ok || file == "" {
		return output{}, usage("-o %s: want FORMAT=FILE, as in -o junit=junit.xml", text)
	}
	if _, ok := report.Lookup(format); !ok {
		return output{}, unknownFormat(format, report.Names())
	}
	return output{format, file}, nil
}

// write stores the results and prints them, even if they cannot be stored.
func (f *outputFlags) write(stdout io.Writer, res *result.Run) error {
	var errs []error
	if f.out != "" {
		errs = append(errs, report.Write(f.out, res))
	}
	for _, text := range f.outputs {
		o, err := parseOutput(text)
		if err == nil && o.file != "-" {
			err = o.write(res)
		}
		errs = append(errs, err)
	}
	errs = append(errs, f.print(stdout, res))
	if err := errors.Join(errs...); err != nil {
		return &statusError{statusFault, fmt.Errorf("write results: %w", err)}
	}
	return nil
}

func (o output) write(res *result.Run) (err error) {
	f, err := os.Create(o.file)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	w := bufio.NewWriter(f)
	format, _ := report.Lookup(o.format)
	return errors.Join(format.Render(w, res), w.Flush())
}

// print prints results in the format of standard output.
func (f *outputFlags) print(w io.Writer, res *result.Run) error {
	if f.format == "text" {
		return report.Text(w, res, report.TextOptions{Color: colorful(w), Width: width(w), Detail: f.detail()})
	}
	format, _ := report.Lookup(f.format)
	return format.Render(w, res)
}

// detail returns how much the text has.
func (f *outputFlags) detail() report.Detail {
	if f.quiet {
		return report.Quiet
	}
	return min(report.Detail(f.verbose), report.Exchanges)
}
