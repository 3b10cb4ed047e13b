#!/bin/sh
# Founds a consortium for containers:  found DIR [options of `peermerge create`…]
# PEERMERGE_FOUNDERS="NAME=HOST:PORT …" lists its founding members and where others dial them; the first one founds and signs the ticket.
# Writes into DIR, unless they are there: NAME.key of each, charter.json, a ticket for PEERMERGE_USES sites, metrics-token.
set -eu

out=${1:?found: expected a directory to write to}
shift
[ ! -f "$out/ticket" ] || { echo "found: $out holds a consortium already"; exit 0; }
: "${PEERMERGE_FOUNDERS:=founder=founder:4001}" "${PEERMERGE_USES:=1000}" "${PEERMERGE_EXPIRES:=52w}" "${PEERMERGE_CONSORTIUM:=demo}"

work=$(mktemp -d "$out/.founding.XXXXXX")
trap 'rm -rf "$work"' EXIT
first= members= addresses=
for founder in $PEERMERGE_FOUNDERS; do
  name=${founder%%=*} address=${founder#*=}
  peer=$(peermerge identity --home "$work/$name")
  addresses="$addresses --address /dns/${address%:*}/tcp/${address##*:}/p2p/$peer"
  if [ -z "$first" ]; then first=$name; else members="$members --member $peer=$name"; fi
  cp "$work/$name/identity.key" "$work/$name.key"
done
# shellcheck disable=SC2086 # each address and member is a word of its own
peermerge create --home "$work/$first" --name "$PEERMERGE_CONSORTIUM" --site "$first" --join ticket \
  --classes "${PEERMERGE_CLASSES:-good,scratch,crack,pits,stain,dent}" $members "$@"
# shellcheck disable=SC2086
peermerge invite --home "$work/$first" --uses "$PEERMERGE_USES" --expires "$PEERMERGE_EXPIRES" $addresses | head -n 1 > "$work/ticket"
grep -q '^pm1' "$work/ticket"
node -p "require('node:crypto').randomBytes(32).toString('hex')" > "$work/metrics-token"
cp "$work/$first/charter.json" "$work"/*.key "$work/metrics-token" "$out/"
chmod 400 "$out"/*.key "$out/metrics-token"
mv "$work/ticket" "$out/ticket" # last: with it all is there
