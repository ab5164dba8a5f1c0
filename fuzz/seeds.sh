#!/usr/bin/env bash
# Copies what the tests read, unpacked, to where the fuzzers begin.
set -euo pipefail
cd "$(dirname "$0")"
tests=../tests
fill() {
  mkdir -p "corpus/$1"
  local target=$1 file name
  shift
  for file in "$@"; do
    name=$(basename "$file")
    case $file in
      # `head` leaves before the end, which is no fault.
      *.gz) { gzip -dc "$file" || true; } | head -c 60000 >"corpus/$target/${name%.gz}" ;;
      *) head -c 60000 "$file" >"corpus/$target/$name" ;;
    esac
  done
}
fill structure $tests/structures/*.pdb $tests/cases/structures/*.p*
fill mmcif $tests/structures/*.cif* $tests/cases/structures/*.cif*
fill variants $(find $tests/cases/mutations -name '*.csv' -o -name '*.tsv')
fill fasta ../assets/examples/*.fasta $(find $tests/cases/mutations -name '*.fasta')
fill safetensors $(find $tests/golden $tests/cases -name '*.safetensors' -size -200k)
mkdir -p corpus/journal corpus/keymap
printf 'mark A:M1W\nnote A:M1W loose\ngo 42\nfilter ddg < 1\nsort rmsf\nexport x.csv\ncolor chain\n' >corpus/journal/one
printf '"color chain" = "f5"\nmark = ["m", "ctrl-m"]\n' >corpus/keymap/one
