#!/bin/sh
# install.sh DIR: installs the registries that this package tests. distribution,
# go-containerregistry's and ocimem go into DIR, built from the versions in
# go.mod with the hashes in go.sum next to this file; docker-registry, and nginx, which
# stands in front of registries, come from the distribution's packages. Tests find DIR in OCISPEC_TOOLS.
set -eu

if [ $# -ne 1 ]; then
	echo "usage: install.sh DIR" >&2
	exit 2
fi
mkdir -p "$1"
dir=$(cd "$1" && pwd)
here=$(cd "$(dirname "$0")" && pwd)

PATH=$PATH:/usr/sbin
if ! command -v docker-registry >/dev/null || ! command -v nginx >/dev/null; then
	sudo=
	[ "$(id -u)" -eq 0 ] || sudo=sudo
	$sudo apt-get update -q
	$sudo apt-get install -qy --no-install-recommends docker-registry nginx-light
fi

# The script records what it has built, so that a directory kept from an earlier run
# needs neither the network nor a compiler.
built="$dir/.registries.sum"
for registry in registry ggcr ocimem; do
	[ -x "$dir/$registry" ] || rm -f "$built"
done
if ! cat "$here/go.mod" "$here/go.sum" "$here"/*/main.go | cmp -s - "$built"; then
	(cd "$here" && GOBIN="$dir" go install tool ./ggcr ./ocimem)
	cat "$here/go.mod" "$here/go.sum" "$here"/*/main.go >"$built"
fi
