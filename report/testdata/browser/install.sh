#!/bin/sh
# install.sh DIR: installs what the tests of the HTML report use. Chromium comes from
# Debian's packages, unless it or Chrome is there. axe.min.js, which checks
# accessibility, goes into DIR, from the version of axe-core in package-lock.json next
# to this file. Tests find DIR in OCISPEC_TOOLS.
set -eu

if [ $# -ne 1 ]; then
	echo "usage: install.sh DIR" >&2
	exit 2
fi
mkdir -p "$1"
dir=$(cd "$1" && pwd)
here=$(cd "$(dirname "$0")" && pwd)

missing=
command -v chromium >/dev/null || command -v chromium-browser >/dev/null ||
	command -v google-chrome >/dev/null || missing="chromium"
command -v npm >/dev/null || missing="$missing npm"
if [ -n "$missing" ]; then
	sudo=
	[ "$(id -u)" -eq 0 ] || sudo=sudo
	$sudo apt-get update -q
	$sudo apt-get install -qy --no-install-recommends $missing
fi

if ! [ -e "$dir/axe.min.js" ]; then
	work=$(mktemp -d)
	trap 'rm -rf "$work"' EXIT
	cp "$here/package.json" "$here/package-lock.json" "$work"
	npm ci --prefix "$work" --ignore-scripts --no-audit --no-fund
	cp "$work/node_modules/axe-core/axe.min.js" "$dir"
fi
