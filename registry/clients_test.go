package registry

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// client is a real client program, run in its own home directory against its
// own registry.
type client struct {
	*fixture
	bin   string
	home  string
	host  string
	image *layout
	index *layout
	// imageBody and indexBody are the manifests of these layouts.
	imageBody, indexBody string
	hasReferrers         bool
}

// TestClients runs typical commands of real clients. It searches them in
// OCISPEC_TOOLS and PATH, and skips a missing client unless
// OCISPEC_REQUIRE_CLIENTS is 1.
func TestClients(t *testing.T) {
	for name, test := range map[string]func(*client){
		"crane": testCrane, "skopeo": testSkopeo, "regctl": testRegctl, "oras": testOras,
	} {
		t.Run(name, func(t *testing.T) {
			bin := findClient(t, name)
			for _, release := range allReleases {
				t.Run(release, func(t *testing.T) {
					t.Parallel()
					test(newClient(t, bin, release))
				})
			}
		})
	}
}

func findClient(t *testing.T, name string) string {
	t.Helper()
	if bin, err := exec.LookPath(name); err == nil {
		return bin
	}
	if dir := os.Getenv("OCISPEC_TOOLS"); dir != "" {
		if bin, err := exec.LookPath(filepath.Join(dir, name)); err == nil {
			return bin
		}
	}
	const hint = "%s is absent; run registry/testdata/clients/install.sh DIR and set OCISPEC_TOOLS=DIR"
	if os.Getenv("OCISPEC_REQUIRE_CLIENTS") == "1" {
		t.Fatalf(hint, name)
	}
	t.Skipf(hint, name)
	return ""
}

func newClient(t *testing.T, bin, release string) *client {
	f := serve(t, Options{Release: release})
	c := &client{fixture: f, bin: bin, home: t.TempDir(), hasReferrers: release != "v1.0"}
	c.host = strings.TrimPrefix(f.url, "http://")
	c.image, c.imageBody = newLayout(t, func(l *layout) (string, m) { return l.image("amd64") })
	c.index, c.indexBody = newLayout(t, (*layout).index)
	return c
}

// run runs the client and returns its standard output.
func (c *client) run(args ...string) string {
	c.t.Helper()
	cmd := exec.CommandContext(c.t.Context(), c.bin, args...)
	cmd.Dir = c.home
	cmd.Env = []string{
		"PATH=" + os.Getenv("PATH"), "HOME=" + c.home, "TMPDIR=" + c.home,
		"DOCKER_CONFIG=" + c.home, "XDG_CONFIG_HOME=" + c.home, "XDG_RUNTIME_DIR=" + c.home,
		"REGCTL_CONFIG=" + filepath.Join(c.home, "regctl.json"),
	}
	var errs strings.Builder
	cmd.Stderr = &errs
	out, err := cmd.Output()
	if err != nil {
		c.t.Fatalf("%s %q: %v\n%s%s", filepath.Base(c.bin), args, err, out, &errs)
	}
	return string(out)
}

// file writes a file for a client to push.
func (c *client) file(name, content string) string {
	c.t.Helper()
	if err := os.WriteFile(filepath.Join(c.home, name), []byte(content), 0o666); err != nil {
		c.t.Fatal(err)
	}
	return name
}

// ref returns the name of an image in the registry.
func (c *client) ref(name string) string { return c.host + "/" + name }

// has checks that a tag refers to a manifest or, if the manifest is empty, that
// the tag does not exist.
func (c *client) has(repo, ref, body string) {
	c.t.Helper()
	r := c.do("GET", "/v2/"+repo+"/manifests/"+ref, "")
	if body == "" {
		r.want(404)
		return
	}
	r.want(200).wantBody(body)
}

// lists checks the lines of a client's list output.
func (c *client) lists(out string, want ...string) {
	c.t.Helper()
	if got := strings.Fields(out); !slices.Equal(got, want) {
		c.t.Errorf("%s lists %q, want %q", filepath.Base(c.bin), got, want)
	}
}

// referrer returns the only referrer of the image, from the referrers API or,
// without it, from the referrers tag schema.
func (c *client) referrer(repo string) string {
	c.t.Helper()
	subject := sha256(c.imageBody)
	path := "/v2/" + repo + "/referrers/" + subject
	if !c.hasReferrers {
		path = "/v2/" + repo + "/manifests/" + strings.Replace(subject, ":", "-", 1)
	}
	list := c.do("GET", path, "").index().Manifests
	if len(list) != 1 || list[0].ArtifactType != "application/x-note" {
		c.t.Fatalf("referrers in %s: %+v", repo, list)
	}
	return list[0].Digest.String()
}

// pushArtifact pushes an artifact with a subject, for clients that cannot do
// so.
func (c *client) pushArtifact(repo, tag string) string {
	body := c.fixture.image(repo, m{
		"artifactType": "application/x-note", "subject": descriptor(imageType, c.imageBody),
	})
	c.manifest(repo, tag, imageType, body)
	return body
}

func testCrane(c *client) {
	c.run("push", "--insecure", c.image.dir, c.ref("a/crane:image"))
	c.has("a/crane", "image", c.imageBody)
	c.run("push", "--insecure", "--index", c.index.dir, c.ref("a/crane:index"))
	c.has("a/crane", sha256(c.indexBody), c.indexBody)
	artifact := c.pushArtifact("a/crane", "artifact")
	c.lists(c.run("ls", "--insecure", c.ref("a/crane")), "artifact", "image", "index")

	c.run("pull", "--insecure", "--format=oci", c.ref("a/crane:image"), "pulled")
	c.run("pull", "--insecure", "--format=oci", c.ref("a/crane:index"), "pulled-index")
	c.run("validate", "--insecure", "--remote", c.ref("a/crane:image"))
	c.lists(c.run("digest", "--insecure", c.ref("a/crane:artifact")), sha256(artifact))

	for _, tag := range []string{"image", "index", "artifact"} {
		c.run("copy", "--insecure", c.ref("a/crane:"+tag), c.ref("b:"+tag))
	}
	c.has("b", "image", c.imageBody)
	c.has("b", sha256(c.indexBody), c.indexBody)
	c.has("b", "artifact", artifact)
	c.run("append", "--insecure", "-b", c.ref("b:image"), "-f", c.layerFile(), "-t", c.ref("b:more"))

	c.run("delete", "--insecure", c.ref("b:image"))
	c.has("b", "image", "")
	c.run("delete", "--insecure", c.ref("b@"+sha256(artifact)))
	c.has("b", "artifact", "")
}

// layerFile writes a layer file for a client to add to an image.
func (c *client) layerFile() string {
	plain, _ := layerOf(c.t, "more")
	return c.file("more.tar", plain)
}

func testSkopeo(c *client) {
	push := func(src, dst string, more ...string) {
		args := append([]string{"--insecure-policy", "copy", "--src-tls-verify=false", "--dest-tls-verify=false"}, more...)
		c.run(append(args, src, dst)...)
	}
	docker := func(name string) string { return "docker://" + c.ref(name) }
	push("oci:"+c.image.dir+":v", docker("a:image"))
	c.has("a", "image", c.imageBody)
	push("oci:"+c.index.dir+":v", docker("a:index"), "--all")
	c.has("a", "index", c.indexBody)
	artifact := c.pushArtifact("a", "artifact")

	list := c.run("list-tags", "--tls-verify=false", docker("a"))
	for _, tag := range []string{"artifact", "image", "index"} {
		if !strings.Contains(list, `"`+tag+`"`) {
			c.t.Errorf("skopeo lists %s", list)
		}
	}
	if got := c.run("inspect", "--raw", "--tls-verify=false", docker("a:artifact")); got != artifact {
		c.t.Errorf("skopeo inspects %s", got)
	}
	c.run("inspect", "--tls-verify=false", docker("a@"+sha256(c.imageBody)))
	push(docker("a:image"), "oci:pulled:v")
	push(docker("a:index"), "oci:pulled:index", "--all")

	push(docker("a:image"), docker("b:image"))
	c.has("b", "image", c.imageBody)
	push(docker("a:index"), docker("b:index"), "--all")
	c.has("b", sha256(c.indexBody), c.indexBody)

	c.run("delete", "--tls-verify=false", docker("b:image"))
	c.has("b", "image", "")
	c.run("delete", "--tls-verify=false", docker("b:index"))
	c.has("b", "index", "")
}

func testRegctl(c *client) {
	c.run("registry", "set", "--tls", "disabled", c.host)
	c.run("image", "copy", "ocidir://"+c.image.dir+":v", c.ref("a:image"))
	c.has("a", "image", c.imageBody)
	c.run("image", "copy", "ocidir://"+c.index.dir+":v", c.ref("a:index"))
	c.has("a", "index", c.indexBody)
	c.run("artifact", "put", "--artifact-type", "application/x-note", "-f", c.file("note", "a note"),
		"--subject", c.ref("a:image"))
	artifact := c.referrer("a")
	if out := c.run("artifact", "list", c.ref("a:image"), "--format", "{{json .}}"); !strings.Contains(out, artifact) {
		c.t.Errorf("regctl lists %s", out)
	}
	if got := c.run("artifact", "get", "--subject", c.ref("a:image")); got != "a note" {
		c.t.Errorf("regctl gets %q", got)
	}
	if c.hasReferrers {
		c.lists(c.run("tag", "ls", c.ref("a")), "image", "index")
	}

	c.run("image", "copy", c.ref("a:image"), "ocidir://"+filepath.Join(c.home, "pulled")+":v")
	c.run("image", "copy", "--referrers", c.ref("a:image"), c.ref("b:image"))
	c.has("b", "image", c.imageBody)
	if got := c.referrer("b"); got != artifact {
		c.t.Errorf("regctl copied the artifact as %s", got)
	}
	c.run("image", "copy", c.ref("a:index"), c.ref("b:index"))
	c.has("b", "index", c.indexBody)

	c.run("tag", "rm", c.ref("b:index"))
	c.has("b", "index", "")
	c.has("b", sha256(c.indexBody), c.indexBody)
	c.run("manifest", "delete", c.ref("b@"+sha256(c.indexBody)))
	c.has("b", sha256(c.indexBody), "")
	c.run("manifest", "delete", "--referrers", c.ref("b@"+artifact))
	c.has("b", artifact, "")
	c.run("blob", "delete", c.ref("b"), sha256("a note"))
	c.do("GET", "/v2/b/blobs/"+sha256("a note"), "").want(404)
}

func testOras(c *client) {
	copyFrom := []string{"cp", "--from-oci-layout", "--to-plain-http"}
	c.run(append(copyFrom, c.image.dir+":v", c.ref("a:image"))...)
	c.has("a", "image", c.imageBody)
	c.run(append(copyFrom, c.index.dir+":v", c.ref("a:index"))...)
	c.has("a", "index", c.indexBody)
	c.run("push", "--plain-http", "--artifact-type", "application/x-note", c.ref("a:file"), c.file("note", "a note"))
	c.run("attach", "--plain-http", "--artifact-type", "application/x-note", c.ref("a:image"), "note")
	artifact := c.referrer("a")
	if out := c.run("discover", "--plain-http", "--format", "json", c.ref("a:image")); !strings.Contains(out, artifact) {
		c.t.Errorf("oras discovers %s", out)
	}
	if c.hasReferrers {
		c.lists(c.run("repo", "tags", "--plain-http", c.ref("a")), "file", "image", "index")
	}

	c.run("pull", "--plain-http", "-o", "pulled", c.ref("a:file"))
	if got, err := os.ReadFile(filepath.Join(c.home, "pulled", "note")); err != nil || string(got) != "a note" {
		c.t.Errorf("oras pulled %q, %v", got, err)
	}
	c.run("cp", "--to-oci-layout", "--from-plain-http", c.ref("a:index"), "layout:index")
	c.run("cp", "-r", "--from-plain-http", "--to-plain-http", c.ref("a:image"), c.ref("b:image"))
	c.has("b", "image", c.imageBody)
	if got := c.referrer("b"); got != artifact {
		c.t.Errorf("oras copied the artifact as %s", got)
	}
	c.run("cp", "--from-plain-http", "--to-plain-http", c.ref("a:index"), c.ref("b:index"))
	c.has("b", "index", c.indexBody)

	c.run("manifest", "delete", "--plain-http", "-f", c.ref("b@"+artifact))
	c.has("b", artifact, "")
	c.run("manifest", "delete", "--plain-http", "-f", c.ref("b:index"))
	c.has("b", sha256(c.indexBody), "")
	c.run("blob", "delete", "--plain-http", "-f", c.ref("b@"+sha256("a note")))
	c.do("GET", "/v2/b/blobs/"+sha256("a note"), "").want(404)
}
