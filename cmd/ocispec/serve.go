package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"github.com/ocispec/ocispec/model"
	"github.com/ocispec/ocispec/registry"
)

const serveHelp = `Serve runs the model registry: an in-memory registry that does what a release
of the specification says, for authors of clients and of cases. What it holds
is gone when it ends.`

func newServe() *cobra.Command {
	var specs specFlags
	var addr string
	cmd := &cobra.Command{
		Use:     "serve",
		Short:   "Run the model registry",
		Long:    serveHelp,
		Example: "  ocispec serve --spec v1.1 --addr 127.0.0.1:5000",
		Args:    noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return serve(cmd.Context(), cmd.OutOrStdout(), specs, addr)
		},
	}
	specs.add(cmd)
	cmd.Flags().StringVar(&addr, "addr", "127.0.0.1:5000", "`address` to listen on; port 0 for any that is free")
	return cmd
}

func serve(ctx context.Context, stdout io.Writer, specs specFlags, addr string) error {
	rel, err := specs.release()
	if err != nil {
		return err
	}
	reg, err := newModel(rel)
	if err != nil {
		return err
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

// newModel makes the model registry of a release, or of the nearest one that
// it extends.
func newModel(rel *model.Release) (*registry.Registry, error) {
	for _, v := range slices.Backward(rel.Lineage) {
		if reg, err := registry.New(registry.Options{Release: v}); err == nil {
			return reg, nil
		}
	}
	return nil, usage("there is no model registry for %s", rel.Version)
}
