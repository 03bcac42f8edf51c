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
	files   []output // outputs, and format
	max     int      // of findings to print; 0 means all
	verbose int
	quiet   bool
	// hideDisabled is a setting: the HTML report is without what is disabled.
	hideDisabled bool
}

func (f *outputFlags) add(cmd *cobra.Command) {
	fl := cmd.Flags()
	fl.StringVar(&f.out, "out", "", "`directory` for results.json, results.yaml, junit.xml and report.html")
	fl.StringVar(&f.format, "format", "text", "`format` of standard output: "+join(report.Names()))
	fl.StringArrayVarP(&f.outputs, "output", "o", nil, "write `format=file`, as in -o junit=junit.xml; the file - is standard output; can be repeated")
	fl.IntVar(&f.max, "max-findings", 0, "largest `number` of findings in text and Markdown, which say how many are left out (default all)")
	fl.CountVarP(&f.verbose, "verbose", "v", "list the cases; -vv lists the requests and responses too")
	fl.BoolVarP(&f.quiet, "quiet", "q", false, "print the findings and the verdict only, and no progress")
	complete(cmd, "format", report.Names()...)
}

// output is a file to write in a format.
type output struct {
	format, file string
}

// check checks the formats, and that the files can be written. Standard output has
// the formats of --format and of the outputs to it; the text, which is the default,
// only if there are none.
func (f *outputFlags) check() error {
	if _, ok := report.Lookup(f.format); !ok {
		return unknownFormat(f.format, report.Names())
	}
	if f.quiet && f.verbose > 0 {
		return usage("--quiet and --verbose exclude each other")
	}
	if f.max < 0 {
		return usage("--max-findings must not be negative, not %d", f.max)
	}
	f.files = nil
	stdout := f.format != "text"
	if stdout {
		f.files = append(f.files, output{f.format, "-"})
	}
	for _, text := range f.outputs {
		o, err := parseOutput(text)
		if err != nil {
			return err
		}
		f.files = append(f.files, o)
		if o.file == "-" {
			stdout = true
		} else if err := writable("-o "+text, filepath.Dir(o.file)); err != nil {
			return err
		}
	}
	if !stdout {
		f.files = append(f.files, output{"text", "-"})
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
		errs = append(errs, report.Write(f.out, res, f.page(res)))
	}
	for _, o := range f.files {
		if o.file == "-" {
			errs = append(errs, f.render(stdout, o.format, res))
		} else {
			errs = append(errs, f.store(o, os.O_TRUNC, res))
		}
		if summary := os.Getenv("GITHUB_STEP_SUMMARY"); o.format == "github" && summary != "" {
			errs = append(errs, f.store(output{"summary", summary}, os.O_APPEND, res))
		}
	}
	if err := errors.Join(errs...); err != nil {
		return &statusError{statusFault, fmt.Errorf("write results: %w", err)}
	}
	return nil
}

// store writes a format to a file, which it truncates or appends to.
func (f *outputFlags) store(o output, how int, res *result.Run) (err error) {
	file, err := os.OpenFile(o.file, os.O_CREATE|os.O_WRONLY|how, 0o666)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	w := bufio.NewWriter(file)
	return errors.Join(f.render(w, o.format, res), w.Flush())
}

// render writes results in a format. The format "summary" is Markdown of the size
// that the summary of a GitHub Actions step can have.
func (f *outputFlags) render(w io.Writer, format string, res *result.Run) error {
	switch format {
	case "text":
		return report.Text(w, res, report.TextOptions{Color: colorful(w), Width: width(w), Detail: f.detail(), MaxFindings: f.max})
	case "markdown":
		return report.Markdown(w, res, report.MarkdownOptions{MaxFindings: f.max, MaxBytes: report.IssueBytes})
	case "summary":
		return report.Markdown(w, res, report.MarkdownOptions{MaxFindings: f.max, MaxBytes: report.SummaryBytes})
	case "html":
		return report.HTML(w, f.page(res))
	}
	to, _ := report.Lookup(format)
	return to.Render(w, res)
}

// page returns what the HTML report has of results.
func (f *outputFlags) page(res *result.Run) *result.Run {
	if f.hideDisabled {
		return report.WithoutDisabled(res)
	}
	return res
}

// detail returns how much the text has.
func (f *outputFlags) detail() report.Detail {
	if f.quiet {
		return report.Quiet
	}
	return min(report.Detail(f.verbose), report.Exchanges)
}
