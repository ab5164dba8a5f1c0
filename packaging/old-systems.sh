#!/usr/bin/env bash
# old-systems.sh FOLDER [RELEASE …]: tries a release (from release.sh) in the userlands of old systems.
#
# For each Debian release (bullseye: glibc 2.31, bookworm: 2.36) a bare userland is unpacked by debootstrap, kept under
# target/userlands; in it, as a user without a home: the archive's program runs, passes selftest and opens
# its screen; the wheel is installed by pip. Needs root and debootstrap.
set -euo pipefail
cd "$(dirname "$0")/.."
folder=$(realpath "${1:?the folder that release.sh made}"); shift
[ $# -gt 0 ] || set -- bullseye bookworm
mirror=${DEBIAN_MIRROR:-http://deb.debian.org/debian}

inside() { chroot "$root" /usr/bin/env -i PATH=/usr/bin:/bin TERM=xterm-256color HOME=/nonexistent "$@"; }
timed() { local start; start=$(date +%s); "$@"; echo "   $(( $(date +%s) - start )) s: ${*: -3}" >&2; }

for release in "$@"; do
  root=$PWD/target/userlands/$release
  if [ ! -e "$root/complete" ]; then
    rm -rf "$root"
    debootstrap --variant=minbase --include=python3-venv,ca-certificates "$release" "$root" "$mirror" >"$root.log" 2>&1 ||
      { tail -5 "$root.log" >&2; exit 1; }
    touch "$root/complete"
  fi
  rm -rf "$root/try"; mkdir -p "$root/try"
  cp "$folder"/dynascope-*-linux-gnu.tar.gz "$folder"/dynascope-*.whl "$root/try/"
  inside ldd --version | head -1 >&2
  inside sh -c 'cd /try && tar xzf dynascope-*-linux-gnu.tar.gz && ln -s dynascope-*-linux-gnu program'
  timed inside /try/program/dynascope dynamics example:1ubi.pdb --csv /try/archive.csv
  timed inside /try/program/dynascope selftest
  # The screen: opened in a terminal of its own, left by q.
  (sleep 3; printf q) | timed inside script -qec "/try/program/dynascope example:1ubi.pdb" /try/screen >/dev/null
  grep -aq ubiquitin "$root/try/screen" || { echo "$release: the screen did not open" >&2; exit 1; }
  timed inside sh -c 'python3 -m venv /try/venv && /try/venv/bin/pip install -q --no-index /try/dynascope-*.whl'
  timed inside /try/venv/bin/dynascope dynamics example:1ubi.pdb --csv /try/wheel.csv
  cmp "$root/try/archive.csv" "$root/try/wheel.csv"
  inside /try/venv/bin/python -c 'import dynascope; print(len(dynascope.dynamics("example:1ubi.pdb").rmsf), "residues")'
  echo "$release: holds" >&2
done
