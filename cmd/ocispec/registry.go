package main

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"time"

	"github.com/ocispec/ocispec/internal/modelregistry"
	"github.com/ocispec/ocispec/registry"

	"github.com/spf13/cobra"

	"github.com/ocispec/ocispec/engine"
	"github.com/ocispec/ocispec/engine/httpclient"
	"github.com/ocispec/ocispec/engine/release"
	"github.com/ocispec/ocispec/internal/login"
	"github.com/ocispec/ocispec/internal/settings"
)

// scaleBody bounds a body, in bytes, in a run with much content.
const scaleBody = 65 << 20

// registryFlags are the flags for a registry and its repositories. Those that are
// settings have no field: see settingFlags.
type registryFlags struct {
	config        string
	insecure      bool
	passwordStdin bool
}

func (f *registryFlags) add(cmd *cobra.Command) {
	fl := cmd.Flags()
	fl.String("profile", "", "`name` of the profile of a hosted registry")
	cmd.RegisterFlagCompletionFunc("profile", completeProfiles)
	fl.String("registry", "", "`URL` of the registry, with the path that it is below; https if it has no scheme, http on a loopback address")
	fl.String("repo", "", "`repository` to write to (default \""+defaultRepo+"\")")
	fl.String("other", "", "second `repository` to write to (default that of --repo with \"-other\")")
	fl.StringVar(&f.config, "config", "", "configuration `file`")
	fl.Bool("new-repos", true, "push to repositories below --repo that do not exist yet")
	fl.Bool("scale", false, "run also the cases with much content: a blob of 64 MiB, 100 and 1,000 tags")
	fl.Bool("read-only", false, "send no request but GET and HEAD; test content that exists already")
	fl.StringSlice("allow-host", nil, "further `host` with its port that uploads may go to; can be repeated")
	fl.String("rate", "", "largest `number` of requests per second")
	fl.String("max-requests", "", "largest `number` of requests; then the run cleans up and ends")
	fl.String("deadline", "", "longest `time` of the run; then it cleans up and ends")
	fl.String("username", "", "user `name`, with --password-stdin or OCISPEC_PASSWORD")
	fl.BoolVar(&f.passwordStdin, "password-stdin", false, "read the password or token from standard input")
	fl.String("timeout", "", "longest `time` for one request, and for a credential helper (default 30s)")
	fl.BoolVar(&f.insecure, "insecure", false, "do not verify certificates")
	fl.String("ca", "", "`file` with the certificates to trust, in PEM")
	fl.String("cert", "", "`file` with the client certificate, in PEM")
	fl.String("key", "", "`file` with the key of the client certificate (default that of --cert)")
	fl.String("proxy", "", "`URL` of the proxy, or none (default that of HTTP_PROXY, HTTPS_PROXY and NO_PROXY)")
}

const defaultRepo = "ocispec/conformance"

// session is a connection to a registry that can be tested.
type session struct {
	target engine.Target
	client *httpclient.Client
	model  bool // the built-in model registry
	close  func()
	before int // number of requests before the run, one after the other
}

// open connects to the registry of the settings, or starts the model registry,
// and checks that it can be tested. The caller closes the session.
func (f *registryFlags) open(ctx context.Context, rel *release.Release, set *settings.Settings, stderr io.Writer) (*session, error) {
	s := &session{close: func() {}}
	var err error
	if s.target, err = repositories(set); err != nil {
		return nil, err
	}
	if err := checkNames(rel, s.target); err != nil {
		return nil, err
	}
	name := set.Text("registry")
	if name == "" {
		return s, s.startModel(rel, httpclient.Options{UserAgent: userAgent(), Rate: set.Number("rate"), Limits: f.limits(set)}, stderr)
	}
	if s.target.URL, err = registryURL(name, set.Text("tls")); err != nil {
		return nil, err
	}
	opts, err := f.clientOptions(set, s.target.URL, rel)
	if err != nil {
		return nil, err
	}
	s.client = httpclient.New(opts)
	if err := engine.Probe(ctx, rel, s.target, s.client); ctx.Err() != nil {
		return nil, errInterrupted
	} else if err != nil {
		return nil, &statusError{statusRegistry, fmt.Errorf("the registry cannot be used: %w", err)}
	}
	s.before = min(1, s.client.Requests())
	return s, nil
}

// preflight checks that the registry lets a run do what its options ask for. What that
// has started is deleted beside the run if it sends several requests at once, and when
// the function returns that preflight returns.
func (s *session) preflight(ctx context.Context, rel *release.Release, opts engine.Options) (wait func(), err error) {
	if s.model {
		return func() {}, nil
	}
	sent := s.client.Requests()
	cleanup, err := engine.Preflight(ctx, rel, s.target, s.client, opts)
	s.before += min(1, s.client.Requests()-sent)
	var beside sync.WaitGroup
	beside.Go(cleanup)
	if opts.Parallel == 1 || err != nil {
		beside.Wait()
	}
	if err != nil && ctx.Err() == nil {
		return beside.Wait, &statusError{statusRegistry, fmt.Errorf("the registry cannot be used: %w", err)}
	}
	return beside.Wait, nil
}

// checkNames checks the names of the repositories against the grammar of the
// release.
func checkNames(rel *release.Release, t engine.Target) error {
	grammar, err := regexp.Compile(rel.RepositoryName)
	if err != nil {
		return &statusError{statusSpec, fmt.Errorf("repositoryName: %w", err)}
	}
	for _, name := range []string{t.Repo, t.Other} {
		if name != "" && !grammar.MatchString(name) {
			return usage("invalid repository name %q: %s allows only %s", name, rel.Patch, rel.RepositoryName)
		}
	}
	return nil
}

// repositories returns the repositories of a target. Other is empty if the
// settings name no second repository, or the first one again.
func repositories(set *settings.Settings) (engine.Target, error) {
	t := engine.Target{Repo: first(set.Text("repo"), defaultRepo), Other: set.Text("other"), Hosts: set.List("allowHosts")}
	for _, host := range t.Hosts {
		if strings.ContainsAny(host, "/@ ") {
			return t, usage("%s %q: want a host with its port if it has one, as in uploads.example.com:8443", set.Origin("allowHosts"), host)
		}
	}
	if set.Origin("other") == "" {
		t.Other = t.Repo + "-other"
	}
	if t.Other == t.Repo {
		if set.Origin("other") == "--other" {
			return t, usage("--repo and --other have to differ: both are %q", t.Repo)
		}
		t.Other = ""
	}
	return t, nil
}

// startModel serves the model registry to this process alone.
func (s *session) startModel(rel *release.Release, opts httpclient.Options, stderr io.Writer) error {
	reg, err := modelregistry.New(registry.Options{}, rel.Lineage)
	if err != nil {
		return &statusError{statusUsage, err}
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return &statusError{statusFault, err}
	}
	srv := &http.Server{Handler: reg, ReadHeaderTimeout: 10 * time.Second}
	go srv.Serve(l)
	fmt.Fprintf(stderr, "testing the built-in model registry (name another with --registry)\n")
	s.close = func() { srv.Close() }
	s.model = true
	s.target.URL = &url.URL{Scheme: "http", Host: l.Addr().String(), Path: "/"}
	s.client = httpclient.New(opts)
	return nil
}

// limits returns the limits of a client.
func (f *registryFlags) limits(set *settings.Settings) httpclient.Limits {
	l := httpclient.Limits{Timeout: set.Duration("timeout")}
	if on, _ := set.Switch("scale"); on {
		l.Body = scaleBody
	}
	return l
}

// clientOptions returns the credentials, certificates, proxy and limits of a
// client.
func (f *registryFlags) clientOptions(set *settings.Settings, target *url.URL, rel *release.Release) (httpclient.Options, error) {
	opts := httpclient.Options{UserAgent: userAgent(), ReadOnly: set.ReadOnly(), Rate: set.Number("rate"), Limits: f.limits(set)}
	var err error
	if opts.TLS, err = tlsConfig(set); err != nil {
		return opts, err
	}
	if opts.Proxy, err = proxy(set); err != nil {
		return opts, err
	}
	if err := whole(set); err != nil {
		return opts, err
	}
	creds := login.Credentials{Username: set.Text("username"), Password: set.Text("password"), Scope: set.Text("authScope"), HelperTime: set.Duration("timeout")}
	if rel.Repository != "" {
		if creds.Repository, err = regexp.Compile(rel.Repository); err != nil {
			return opts, &statusError{statusSpec, fmt.Errorf("repository: %w", err)}
		}
	}
	l, err := login.New(target, creds)
	if err != nil {
		return opts, usage("%v", err)
	}
	opts.Wrap, opts.Secrets = l.Wrap, append(l.Secrets, proxySecrets(set)...)
	return opts, nil
}

// whole checks that there is no user name without a password, or the reverse.
func whole(set *settings.Settings) error {
	name, password := set.Text("username"), set.Text("password")
	switch {
	case name != "" && password == "":
		return usage("%s: a user name without a password; set OCISPEC_PASSWORD, or use --password-stdin", set.Origin("username"))
	case name == "" && password != "":
		return usage("%s: a password without a user name; set OCISPEC_USERNAME, or use --username", set.Origin("password"))
	}
	return nil
}

func first(values ...string) string {
	for _, v := range values {
		if v != "" {
			return v
		}
	}
	return ""
}

func userAgent() string { return "ocispec/" + version() }
