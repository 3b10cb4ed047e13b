#!/bin/sh
# For a build that reaches no npm registry: puts the packages of package-lock.json, as this machine's npm gets them, into
# docker/npm-cache, where the Dockerfile finds them. Run it again when the lock file has changed.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cp "$here/../package.json" "$here/../package-lock.json" "$here/../.npmrc" "$work/"
cd "$work"
npm ci --ignore-scripts --no-audit --no-fund --cache "$here/npm-cache"
