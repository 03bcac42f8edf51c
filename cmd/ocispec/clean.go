package main

import (
	"context"
	"fmt"
	"io"
	"net/http"

	"github.com/spf13/cobra"

	"github.com/ocispec/ocispec/engine"
	"github.com/ocispec/ocispec/internal/settings"
	"github.com/ocispec/ocispec/result"
)

const cleanHelp = `Clean removes what a run has left in the registry that was killed, or could not
clean up in time. DIR is the directory that the run had as --out. The registry, the
repositories and the release are those of the run; credentials and the other
settings are read as for run.

It sends the cleanup requests of the cases that were started: nothing else is
deleted. The exit status is 6 if the registry rejected one of them.`

func newClean() *cobra.Command {
	var f runFlags
	cmd := &cobra.Command{
		Use:     "clean DIR",
		Short:   "Remove what a killed run has left in the registry",
		Long:    cleanHelp,
		Example: "  ocispec run --registry localhost:5000 --out results\n  ocispec clean results",
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) != 1 {
				return usage("%s needs the directory of one run", cmd.CommandPath())
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			h, past, err := readJournal(args[0])
			if err != nil {
				return err
			}
			if h.Registry == "" {
				return usage("the run in %s tested the built-in model registry: nothing is left of it", args[0])
			}
			set, err := f.settingsWith(cmd, h.entries(args[0]))
			if err != nil {
				return err
			}
			return f.clean(cmd.Context(), args[0], h, past, set, cmd.OutOrStdout(), cmd.ErrOrStderr())
		},
	}
	f.addDir(cmd)
	f.registryFlags.add(cmd)
	return cmd
}

func (f *runFlags) clean(ctx context.Context, dir string, h *head, past []engine.Event, set *settings.Settings, stdout, stderr io.Writer) error {
	lib, err := f.releases()
	if err != nil {
		return err
	}
	rel, err := lib.find(h.Spec)
	if err != nil {
		return err
	}
	opts, err := h.options(rel, past)
	if err != nil {
		return err
	}
	session, err := f.open(ctx, rel, set, stderr)
	if err != nil {
		return err
	}
	defer session.close()
	log := newJournal(dir, *h, past)
	opts.Journal = log.add
	sent, err := engine.Clean(ctx, rel, session.target, session.client, opts)
	if err != nil {
		return &statusError{statusFault, err}
	}
	if err := log.close(false); err != nil {
		return &statusError{statusFault, err}
	}
	failed := cleaned(stdout, sent)
	switch {
	case ctx.Err() != nil:
		return errInterrupted
	case failed > 0:
		return &statusError{status: statusInconclusive}
	}
	return nil
}

// cleaned prints what became of cleanup requests, and returns how many failed.
func cleaned(w io.Writer, sent []result.Exchange) (failed int) {
	done, gone := 0, 0
	for _, x := range sent {
		switch {
		case x.Response != nil && x.Response.Status/100 == 2:
			done++
		case x.Response != nil && (x.Response.Status == http.StatusNotFound || x.Response.Status == http.StatusBadRequest):
			gone++ // also what has an illegal name
		default:
			failed++
			why := x.Error
			if x.Response != nil {
				why = fmt.Sprint(x.Response.Status)
			}
			fmt.Fprintf(w, "%s %s: %s\n", x.Request.Method, x.Request.URL, why)
		}
	}
	fmt.Fprintf(w, "%s: %d deleted, %d not there, %d failed\n", plural(len(sent), "request"), done, gone, failed)
	return failed
}
