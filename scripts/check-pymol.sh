#!/usr/bin/env bash
# Runs the PyMOL scripts that dynascope writes in PyMOL itself, and counts the residues that they colour.
# usage: scripts/check-pymol.sh [DYNASCOPE]; PYMOL names the program where it is not `pymol`.
set -euo pipefail
cd "$(dirname "$0")/.."
dynascope=$(realpath "${1:-target/release/dynascope}")
# Debian's wrapper takes the first python3 of the path, which may not be the one that has PyMOL.
pymol=${PYMOL:-env PATH=/usr/bin:$PATH pymol}
if ! $pymol -cq -d quit >/dev/null 2>&1; then
  echo "skipped: no PyMOL (apt-get install pymol, or set PYMOL)"
  exit 0
fi
here=$PWD
work=$(mktemp -d)
trap 'rm -r "$work"' EXIT
cd "$work"
cp "$here/tests/structures/1ubi.pdb" 'we, ird "name"; it'\''s.pdb'
cp "$here/tests/structures/1ubi.pdb" all.pdb
cp "$here/tests/structures/1ubi.pdb" chain
gzip -dc "$here/tests/cases/structures/tleap.pdb.gz" >tleap.pdb
cat >count.py <<'END'
from pymol import cmd
shown = '%' + protein
print('coloured', cmd.count_atoms(shown + ' and name CA and b > -0.5'), 'of', cmd.count_atoms(shown + ' and name CA'))
END
failed=0
check() {
  local name=$1 input=$2
  shift 2
  local expected said
  "$dynascope" dynamics "$input" "$@" --source pfanm --csv - --pml "$name.pml" >"$name.csv" 2>/dev/null </dev/stdin
  expected=$(awk -F, 'NR > 1 && $6 != ""' "$name.csv" | wc -l)
  said=$($pymol -cq "$name.pml" count.py 2>&1 || true)
  if grep -qiE 'error|traceback|exception' <<<"$said" || ! grep -q "^coloured $expected of" <<<"$said"; then
    echo "FAILED $input: $expected residues"
    grep -iE -A3 'error|traceback|exception|^coloured' <<<"$said" | head -20
    failed=1
  else
    echo "ok $input: $(grep '^coloured' <<<"$said")"
  fi
}
check odd 'we, ird "name"; it'\''s.pdb'
check keyword all.pdb
check ending chain
check t tleap.pdb --chain all
check renamed tleap.pdb --chain B,D
check stdin - --chain all <"$here/tests/structures/4hhb.pdb"
check example example:1ake.pdb
check mmcif "$here/tests/structures/1ubq.cif"
check packed "$here/tests/cases/structures/two-blocks.cif.gz" --chain all
check joined "$here/tests/cases/structures/joined.pdb.gz" --chain all
check models "$here/tests/structures/2k39.pdb"
check second "$here/tests/structures/2k39.pdb" --model 2
check insertions "$here/tests/structures/insertion_codes.pdb" --chain all
check one-chain "$here/tests/structures/4hhb.pdb" --chain B
exit $failed
