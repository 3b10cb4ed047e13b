#!/bin/sh
# Where no image registry is reachable: makes the base image of docker/Dockerfile from Debian's packages and this machine's node and npm.
#   sudo apt-get install debootstrap && sudo docker/base-image.sh [NAME]      # default name: peermerge-base
# Then: docker build --build-arg BASE_IMAGE=peermerge-base -f docker/Dockerfile -t peermerge .
set -eu
name=${1:-peermerge-base}
root=$(mktemp -d)
trap 'rm -rf "$root"' EXIT
debootstrap --variant=minbase --include=ca-certificates,libstdc++6 bookworm "$root" > "$root.log" || { tail -n 20 "$root.log" >&2; exit 1; }
rm -rf "$root.log" "$root"/var/cache/apt/* "$root"/var/lib/apt/lists/* "$root"/usr/share/doc/* "$root"/usr/share/man/* "$root"/usr/share/locale/*
mkdir -p "$root/usr/local/lib/node_modules"
cp -L "$(command -v node)" "$root/usr/local/bin/node"
cp -a "$(npm root --global 2>/dev/null)/npm" "$root/usr/local/lib/node_modules/"
ln -s ../lib/node_modules/npm/bin/npm-cli.js "$root/usr/local/bin/npm"
ln -s ../lib/node_modules/npm/bin/npx-cli.js "$root/usr/local/bin/npx"
tar -C "$root" -c . | docker import -c 'ENV PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin' - "$name"
