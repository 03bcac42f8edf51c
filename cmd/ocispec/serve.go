package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"time"

	"github.com/ocispec/ocispec/internal/modelregistry"
	"github.com/ocispec/ocispec/registry"

	"github.com/spf13/cobra"
)

const serveHelp = `Serve runs the model registry: an in-memory registry that implements a release of
the specification, for authors of clients and of cases. Its content is lost when
it ends.

--variant adds behaviour that the specification allows, --fault a defect: see
ocispec list variants and ocispec list faults. --registry puts them in front of
another registry.`

func newServe() *cobra.Command {
	var f serveFlags
	cmd := &cobra.Command{
		Use:     "serve",
		Short:   "Run the model registry",
		Long:    serveHelp,
		Example: "  ocispec serve --spec v1.1 --addr 127.0.0.1:5000\n  ocispec serve --variant tags.pages-of-2 --fault tags.reversed\n  ocispec serve --registry localhost:5001 --fault blob.head-no-length",
		Args:    noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return f.serve(cmd.Context(), cmd.OutOrStdout())
		},
	}
	f.add(cmd)
	fl := cmd.Flags()
	fl.StringVar(&f.addr, "addr", "127.0.0.1:5000", "`address` to listen on; port 0 for any free one")
	fl.StringVar(&f.registry, "registry", "", "`URL` of a registry to stand in front of, instead of the model registry")
	fl.StringSliceVar(&f.variants, "variant", nil, "`id` of a variant; can be repeated")
	fl.StringSliceVar(&f.faults, "fault", nil, "`id` of a fault; can be repeated")
	cmd.RegisterFlagCompletionFunc("variant", f.completeDeviations("variants"))
	cmd.RegisterFlagCompletionFunc("fault", f.completeDeviations("faults"))
	return cmd
}

// serveFlags are the flags of serve.
type serveFlags struct {
	specFlags
	addr, registry   string
	variants, faults []string
}

// handler returns the handler to serve, and its name.
func (f *serveFlags) handler() (http.Handler, string, error) {
	lib, err := f.releases()
	if err != nil {
		return nil, "", err
	}
	rel, err := lib.find(f.spec)
	if err != nil {
		return nil, "", err
	}
	deviations, err := lib.pickDeviations(f.variants, f.faults)
	if err != nil {
		return nil, "", err
	}
	if f.registry == "" {
		h, err := modelregistry.New(registry.Options{}, rel.Lineage, deviations...)
		if err != nil {
			return nil, "", usage("%v", err)
		}
		return h, rel.Patch, nil
	}
	u, err := registryURL(f.registry, "")
	if err != nil {
		return nil, "", err
	}
	h, err := modelregistry.InFrontOf(u, deviations...)
	if err != nil {
		return nil, "", usage("%v", err)
	}
	return h, u.String(), nil
}

func (f *serveFlags) serve(ctx context.Context, stdout io.Writer) error {
	h, name, err := f.handler()
	if err != nil {
		return err
	}
	l, err := net.Listen("tcp", f.addr)
	if err != nil {
		return usage("--addr: %v", err)
	}
	fmt.Fprintf(stdout, "serving %s on http://%s\n", name, l.Addr())
	srv := &http.Server{Handler: h, ReadHeaderTimeout: 10 * time.Second, IdleTimeout: time.Minute}
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
