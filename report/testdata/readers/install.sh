#!/bin/sh
# install.sh DIR: installs the readers of report formats that the tests of package
# report use, from npm, into DIR/readers. Tests find DIR in OCISPEC_TOOLS.
set -eu

if [ $# -ne 1 ]; then
	echo "usage: install.sh DIR" >&2
	exit 2
fi
here=$(cd "$(dirname "$0")" && pwd)
mkdir -p "$1/readers"
cd "$1/readers"

# What was installed is remembered, so that a later run needs no network.
if cmp -s "$here/package-lock.json" .installed && [ -d node_modules ]; then
	cp "$here/read.mjs" .
	exit
fi
cp "$here/package.json" "$here/package-lock.json" "$here/read.mjs" .
npm ci --ignore-scripts --no-audit --no-fund --loglevel=error
cp package-lock.json .installed
