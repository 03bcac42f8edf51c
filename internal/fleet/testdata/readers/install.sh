#!/bin/sh
# install.sh DIR: builds the reader of plans that the tests of package fleet use, into
# DIR. Tests find DIR in OCISPEC_TOOLS.
set -eu

if [ $# -ne 1 ]; then
	echo "usage: install.sh DIR" >&2
	exit 2
fi
mkdir -p "$1"
dir=$(cd "$1" && pwd)
cd "$(dirname "$0")"
go build -o "$dir/planread" .
