#!/usr/bin/env bash
# old-systems.sh FOLDER [RELEASE …]: tries a release (from release.sh) in the userlands of old systems.
#
# For each Debian release (bullseye: glibc 2.31, bookworm: 2.36) a bare userland is unpacked by debootstrap, kept under
# target/userlands (USERLANDS names another folder); in it, without a network, as a user without a home or a locale: the
# archive's program runs, passes selftest and opens its screen; the wheel is installed by pip and gives the same bytes.
# The way from file to first result must take less than a minute each. Needs root and debootstrap.
set -euo pipefail
cd "$(dirname "$0")/.."
folder=$(realpath "${1:?the folder that release.sh made}"); shift
[ $# -gt 0 ] || set -- bullseye bookworm
mirror=${DEBIAN_MIRROR:-http://deb.debian.org/debian}
kept=$(realpath -m "${USERLANDS:-${CARGO_TARGET_DIR:-target}/userlands}")

for release in "$@"; do
  root=$kept/$release
  if [ ! -e "$root/complete" ]; then
    rm -rf "$root"; mkdir -p "$kept"
    debootstrap --variant=minbase --include=python3-venv,ca-certificates "$release" "$root" "$mirror" >"$root.log" 2>&1 ||
      { tail -5 "$root.log" >&2; exit 1; }
    touch "$root/complete"
  fi
  rm -rf "$root/try"; mkdir "$root/try"
  cp "$folder"/dynascope-*-linux-gnu.tar.gz "$folder"/dynascope-*.whl "$root/try/"
  chown -R 65534:65534 "$root/try"
  # Mounts and the lack of a network end with this shell.
  unshare --mount --net bash -euo pipefail -s "$root" "$release" <<'INSIDE'
root=$1 release=$2
mount -t proc proc "$root/proc"; mount --rbind /dev "$root/dev"
inside() { chroot --userspec=65534:65534 "$root" /usr/bin/env -i PATH=/usr/bin:/bin TERM=xterm-256color HOME=/nonexistent "$@"; }
# timed WHAT COMMAND …: in less than a minute.
timed() {
  local what=$1 start=$EPOCHREALTIME; shift
  inside sh -c "$*" >"$root/try/said" 2>&1 || { cat "$root/try/said" >&2; echo "$release: $what failed" >&2; exit 1; }
  awk -v a="$start" -v b="$EPOCHREALTIME" -v what="$what" -v on="$release" \
    'BEGIN { printf "   %s, %s: %.1f s\n", on, what, b - a; exit b - a >= 60 }' >&2
}
program='/try/archive/dynascope'
inside ldd --version | sed -n "1s/^/$release: /p" >&2
timed "archive: unpacked, first result" "mkdir /try/archive && tar xzf /try/dynascope-*-linux-gnu.tar.gz -C /try/archive --strip-components 1 &&
  $program dynamics example:1ubi.pdb --csv /try/archive.csv"
timed selftest "$program selftest"
# The screen: opened in a terminal of its own, left by q.
timed "screen opened and left (2 s of them waited)" \
  "{ trap \"\" PIPE; sleep 2; while printf q 2>/dev/null; do sleep 1; done; } | script -qec 'stty rows 40 cols 120; $program example:1ubi.pdb' /try/screen"
{ grep -aq 1ubi "$root/try/screen" && [ "$(stat -c %s "$root/try/screen")" -gt 5000 ]; } || { echo "$release: the screen did not open" >&2; exit 1; }
timed "wheel: environment, pip install, first result" "python3 -m venv /try/venv && /try/venv/bin/pip install -q --no-index /try/dynascope-*.whl &&
  /try/venv/bin/dynascope dynamics example:1ubi.pdb --csv /try/wheel.csv"
cmp "$root/try/archive.csv" "$root/try/wheel.csv"
timed "import dynascope" "/try/venv/bin/python -c 'import dynascope; assert len(dynascope.dynamics(\"example:1ubi.pdb\").rmsf) == 76'"
inside $program doctor --no-speed | sed -n '1,5p' >&2
INSIDE
  echo "$release: holds" >&2
done
