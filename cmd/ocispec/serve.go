package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"time"

	"github.com/spf13/cobra"

	"github.com/ocispec/ocispec/selftest"
)

const serveHelp = `Serve runs the model registry: an in-memory registry that does what a release
of the specification says, for authors of clients and of cases. What it holds
is gone when it ends.

With --variant it behaves otherwise, as the specification allows, and with
--fault not as it says: see ocispec list variants and ocispec list faults.`

func newServe() *cobra.Command {
	var specs specFlags
	var addr string
	var variants, faults []string
	cmd := &cobra.Command{
		Use:     "serve",
		Short:   "Run the model registry",
		Long:    serveHelp,
		Example: "  ocispec serve --spec v1.1 --addr 127.0.0.1:5000\n  ocispec serve --variant tags.pages-of-2 --fault tags.reversed",
		Args:    noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return serve(cmd.Context(), cmd.OutOrStdout(), specs, addr, variants, faults)
		},
	}
	specs.add(cmd)
	cmd.Flags().StringVar(&addr, "addr", "127.0.0.1:5000", "`address` to listen on; port 0 for any that is free")
	cmd.Flags().StringSliceVar(&variants, "variant", nil, "behave as a variant, by its `id`; may be given several times")
	cmd.Flags().StringSliceVar(&faults, "fault", nil, "have a fault, by its `id`; may be given several times")
	return cmd
}

func serve(ctx context.Context, stdout io.Writer, specs specFlags, addr string, variants, faults []string) error {
	lib, err := specs.releases()
	if err != nil {
		return err
	}
	rel, err := lib.find(specs.spec)
	if err != nil {
		return err
	}
	altered, err := lib.pickAltered(variants, faults)
	if err != nil {
		return err
	}
	reg, err := selftest.Registry(rel, altered...)
	if err != nil {
		return &statusError{statusUsage, err}
	}
	l, err := net.Listen("tcp", addr)
	if err != nil {
		return usage("--addr: %v", err)
	}
	fmt.Fprintf(stdout, "serving %s on http://%s\n", rel.Patch, l.Addr())
	srv := &http.Server{Handler: reg, ReadHeaderTimeout: 10 * time.Second, IdleTimeout: time.Minute}
	defer context.AfterFunc(ctx, func() {
		end, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
		defer cancel()
		if srv.Shutdown(end) != nil {
			srv.Close()
		}
	})()
	if err := srv.Serve(l); !errors.Is(err, http.ErrServerClosed) {
		return &statusError{statusFault, err}
	}
	return nil
}
