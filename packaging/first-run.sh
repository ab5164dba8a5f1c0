#!/usr/bin/env bash
# first-run.sh PROGRAM: the program where little is there: no network, home folder, locale or room on the disk.
#
# In every place a command, `doctor` and the screen (in a terminal of its own, left by q) must work; a result that cannot be
# written must be one line and exit code 2. Needs root, for the mounts, all of which end with the script.
set -euo pipefail
[ -n "${INSIDE:-}" ] || INSIDE=yes exec unshare --mount --net "$0" "$(realpath "${1:?the program}")"
work=$(mktemp -d); chmod 755 "$work"
trap 'umount -q "$work"/*/ || true; rm -rf "$work"; exit $bad' EXIT
bad=0
install -m 755 "$1" "$work/program"
program=$work/program
for place in kept read-only full; do mkdir "$work/$place"; mount -t tmpfs -o size=1m,mode=1777 tmpfs "$work/$place"; done
mkdir "$work/out"; chmod 777 "$work/out"
head -c 4M /dev/zero >"$work/full/zeros" 2>/dev/null || true
mount -o remount,ro "$work/read-only"
as_nobody=(setpriv --reuid 65534 --regid 65534 --clear-groups)

# Presses q until the program has gone: what comes while it asks the terminal for its colours is no key.
leave() { trap '' PIPE; sleep 2; while printf q 2>/dev/null; do sleep 1; done; }

# place NAME VARIABLE=VALUE … [-- PREFIX …]: what works there.
place() {
  local name=$1 verdict=works code; shift
  local variables=() prefix=()
  while [ $# -gt 0 ]; do
    if [ "$1" = -- ]; then shift; prefix=("$@"); break; fi
    variables+=("$1"); shift
  done
  local run=("${prefix[@]}" env -i PATH=/usr/bin:/bin "${variables[@]}")
  for words in "dynamics example:1ubi.pdb" "scan example:1ubi.pdb --method stability --csv $work/out/scan.csv --force" "doctor --no-speed"; do
    code=0
    (cd / && "${run[@]}" timeout 60 "$program" $words) >"$work/out/said" 2>"$work/out/error" </dev/null || code=$?
    if [ $code -ne 0 ] || [ "$(wc -l <"$work/out/error")" -gt 3 ]; then
      verdict="$words: exit code $code: $(head -3 "$work/out/error")"; bad=1
    fi
  done
  rm -f "$work/out/screen" "$work/out/scan.csv"
  code=0
  (cd / && leave | "${run[@]}" timeout 60 script -qec "stty rows 40 cols 120; $program example:1ubi.pdb" "$work/out/screen") \
    >/dev/null 2>"$work/out/error" || code=$?
  if [ $code -ne 0 ] || ! grep -aq 1ubi "$work/out/screen" || [ "$(stat -c %s "$work/out/screen")" -lt 5000 ]; then
    verdict="the screen: exit code $code: $(tail -c 300 "$work/out/screen" | tr -d '\033')"; bad=1
  fi
  rm -f "$work/out"/*
  echo "$name: $verdict"
}

# refused NAME WHAT COMMAND …: must end with exit code 2 and one line that says WHAT.
refused() {
  local name=$1 what=$2 code=0; shift 2
  timeout 60 "$@" >/dev/null 2>"$work/out/error" </dev/null || code=$?
  if [ $code -ne 2 ] || [ "$(wc -l <"$work/out/error")" -ne 1 ] || ! grep -qi "$what" "$work/out/error"; then
    echo "$name: exit code $code: $(cat "$work/out/error")"; bad=1
  else
    echo "$name: $(cat "$work/out/error")"
  fi
}

screen=TERM=xterm-256color
place "no network" HOME="$work/kept" $screen LANG=C.UTF-8
place "no HOME, as root" $screen
place "no HOME, as nobody" $screen -- "${as_nobody[@]}"
place "a home that is not there, as nobody" HOME=/nonexistent $screen -- "${as_nobody[@]}"
place "a home that cannot be written" HOME="$work/read-only" $screen LANG=C.UTF-8
place "a home on a full disk" HOME="$work/full" $screen LANG=C.UTF-8
place "home and temporary files on a full disk" HOME="$work/full" TMPDIR="$work/full" $screen
place "no temporary files either, as nobody" HOME=/nonexistent TMPDIR=/nonexistent $screen -- "${as_nobody[@]}"
place "no locale" HOME="$work/kept" $screen
place "LANG=C" HOME="$work/kept" $screen LANG=C
place "a locale that is not there" HOME="$work/kept" $screen LANG=xx_YY.UTF-8
place "TERM not set" HOME="$work/kept"
refused "a result on a full disk" "space" "$program" dynamics example:1ubi.pdb --csv "$work/full/a.csv"
refused "a result where nothing can be written" "read-only" "$program" dynamics example:1ubi.pdb --csv "$work/read-only/a.csv"
refused "a result in another's folder" "permission" "${as_nobody[@]}" "$program" dynamics example:1ubi.pdb --csv /root/a.csv
refused "an entry without a network" "name resolution" env HOME="$work/kept" "$program" dynamics 1ake --fetch
refused "weights without a network" "name resolution" env HOME="$work/kept" "$program" weights fetch esm2-8m
refused "no terminal" "terminal" env HOME="$work/kept" "$program" example:1ubi.pdb
