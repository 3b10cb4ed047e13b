#!/bin/sh
# Without arguments, or with options of `peermerge run`: joins once, with what the environment says, and runs the site's node.
# `found DIR OPTIONS…` founds a consortium (docker/found.sh); anything else is a command of peermerge.
set -eu

case "${1:-}" in
  -V | --version | -h | --help) exec peermerge "$1" ;;
  '' | -*) ;;
  found) shift; exec /opt/peermerge/docker/found.sh "$@" ;;
  *) exec peermerge "$@" ;;
esac

# Told to stop while it still joins: the shell has to pass it on.
child=
trap '[ -z "$child" ] || kill -TERM "$child" 2>/dev/null; exit 143' TERM INT
await() {
  "$@" &
  child=$!
  wait "$child"
  child=
}

number_in_name() { # of this container's name, by which others on its network find it: project-north-3.project_north
  node -e '
    // not dns.reverse: that looks into /etc/hosts first, which knows this container by its id only
    const { networkInterfaces } = require("node:os"), { resolvePtr } = require("node:dns").promises
    const own = Object.values(networkInterfaces()).flat().filter(({ internal, family }) => !internal && family === "IPv4")
    const nameOf = ({ address }) => resolvePtr(`${address.split(".").reverse().join(".")}.in-addr.arpa`)
    Promise.allSettled(own.map(nameOf)).then((found) => {
      const names = found.flatMap(({ value = [] }) => value)
      const number = names.map((name) => /[_-](\d+)(?:\.|$)/.exec(name)?.[1]).find(Boolean)
      if (number === undefined) { console.error(`no number in the names of this container: ${names.join(" ") || "none"}`); process.exit(1) }
      console.log(number)
    })'
}

# In PEERMERGE_SITE, _ANNOUNCE and _DEMO_SITE %n stands for the number of this replica; a stack has {{.Task.Slot}} instead.
case "${PEERMERGE_SITE:-}${PEERMERGE_ANNOUNCE:-}${PEERMERGE_DEMO_SITE:-}" in
  *%n*)
    number=$(number_in_name)
    fill() { echo "$1" | sed "s/%n/$number/g"; }
    [ -z "${PEERMERGE_SITE:-}" ] || export PEERMERGE_SITE="$(fill "$PEERMERGE_SITE")"
    [ -z "${PEERMERGE_ANNOUNCE:-}" ] || export PEERMERGE_ANNOUNCE="$(fill "$PEERMERGE_ANNOUNCE")"
    [ -z "${PEERMERGE_DEMO_SITE:-}" ] || export PEERMERGE_DEMO_SITE="$(fill "$PEERMERGE_DEMO_SITE")"
    ;;
esac
[ -n "${PEERMERGE_ANNOUNCE:-}" ] || unset PEERMERGE_ANNOUNCE
[ -n "${PEERMERGE_REACHABLE:-}" ] || unset PEERMERGE_REACHABLE

if [ ! -f "$PEERMERGE_HOME/charter.json" ]; then
  if [ -n "${PEERMERGE_KEY_FILE:-}" ]; then await peermerge identity --key-file "$PEERMERGE_KEY_FILE"; fi
  if [ -n "${PEERMERGE_DEMO_SITE:-}" ] && [ ! -d "$PEERMERGE_DATA" ]; then
    await peermerge demo-data --site "$((PEERMERGE_DEMO_SITE + ${PEERMERGE_DEMO_FIRST:-0}))" --out "$PEERMERGE_DATA" --count "${PEERMERGE_DEMO_COUNT:-200}"
  fi
  # 143 where it was told to stop; otherwise whoever supervises this container tries again, with the same key
  await peermerge join "${PEERMERGE_TICKET:-/run/secrets/ticket}"
fi
exec peermerge run "$@"
