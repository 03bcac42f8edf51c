#!/bin/sh
# install.sh DIR: installs the clients that the tests of package registry run
# against the model registry. crane, regctl and oras go into DIR, built from
# the versions in go.mod with the hashes in go.sum next to this file; skopeo
# comes from the distribution's packages. Tests find DIR in OCISPEC_TOOLS.
#
# The hashes of oras.land/oras were recorded once with GONOSUMDB=oras.land, as
# the checksum database could not be asked about it. Building needs no such
# setting: what go.sum has is not looked up.
set -eu

if [ $# -ne 1 ]; then
	echo "usage: install.sh DIR" >&2
	exit 2
fi
mkdir -p "$1"
dir=$(cd "$1" && pwd)
here=$(cd "$(dirname "$0")" && pwd)

if ! command -v skopeo >/dev/null; then
	sudo=
	[ "$(id -u)" -eq 0 ] || sudo=sudo
	$sudo apt-get update -q
	$sudo apt-get install -qy --no-install-recommends skopeo
fi

# What was built is remembered, so that a directory kept from an earlier run
# needs neither the network nor a compiler.
built="$dir/.clients.sum"
for client in crane regctl oras; do
	[ -x "$dir/$client" ] || rm -f "$built"
done
if ! cat "$here/go.mod" "$here/go.sum" | cmp -s - "$built"; then
	go build -C "$here" -o "$dir" tool
	cat "$here/go.mod" "$here/go.sum" >"$built"
fi
