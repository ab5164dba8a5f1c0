#!/usr/bin/env bash
# Measures on an NVIDIA GPU what this program promises there, beside PyTorch on the same card.
#
#   scripts/bench-gpu.sh [--dry-run] [--only STEP[,STEP…]] [--page FILE] [FOLDER]
#
# Results go to FOLDER (default: target/bench-gpu) as they come. A step that fails or takes more than LIMIT
# seconds (default 570) is noted in steps.tsv and the next one goes on; what is done is not done again, so that
# a run of a few minutes at a time gets through; a step asked for by --only is done anew. The last step writes
# the table of docs/performance.md (or of FILE). In order:
#
#   doctor, selftest-DTYPE     does the card compute, in every number type
#   repeat, repeat-blocking    twenty times the same numbers, and once more with every kernel waited for
#   bar-masked                 650M, L = 300: masked marginals of all residues;  bar: under 1 s
#   bar-scan, bar-scan-f32     35M, L = 300: dynamics scan of all 5 700 mutants;  bar: under 10 s
#   structures                 N = 100 … 1500: motion, DynaProt, both maps, ANM;  bar: DynaProt at 500 under 50 ms
#   dynaprot                   beside the authors' PyTorch code, where REFERENCE names a checkout of it
#   table-…                    35M and 650M at L = 76, 250, 500, 1000, half precision and f32
#   curves-…                   cost against length and batch, and the share of what a plain product reaches
#   page                       the table
#
# PROGRAM and SIDE_BY_SIDE name binaries built elsewhere (scripts/build-cuda.sh --release [--bench side_by_side]);
# without them both are built here. Steps beside PyTorch need python3 with torch, transformers, safetensors and
# prody; WHEELS names a folder of wheels to take missing ones from, without a network. Without them these steps
# are left out. --dry-run goes the same way in small on the CPU: its figures mean nothing.
set -uo pipefail
cd "$(dirname "$0")/.." || exit 2
device=cuda dtypes="f32 bf16 f16" half=bf16 speed=() only="" page=docs/performance.md repetitions=20
while true; do
  case ${1:-} in
    --dry-run) device=cpu dtypes=f32 half=f32 speed=(--no-speed) repetitions=2; shift ;;
    --only) only=",${2:?--only needs steps},"; shift 2 ;;
    --page) page=${2:?--page needs a file}; shift 2 ;;
    *) break ;;
  esac
done
out=${1:-target/bench-gpu}
mkdir -p "$out" || exit 2
limit=${LIMIT:-570}

if [ -z "${PROGRAM:-}" ]; then
  build=(scripts/build-cuda.sh --release)
  [ $device = cuda ] || build=(cargo build --release)
  "${build[@]}" && "${build[@]}" --bench side_by_side || exit 2
fi
program=${PROGRAM:-target/release/dynascope}
date -I >"$out/date.txt"

if [ -n "${WHEELS:-}" ]; then
  python3 -m pip install -q --no-index --no-deps --target "$out/site" "$WHEELS"/*.whl && export PYTHONPATH=$out/site
fi
has_python() { python3 -c "import $1" 2>/dev/null; }
if [ $device = cuda ]; then
  # pip's copies of cuBLAS and cuRAND are on no default path.
  wheels=$(python3 -c 'import glob, os, sys; print(":".join(p for s in sys.path for p in glob.glob(os.path.join(s, "nvidia", "*", "lib"))))' 2>/dev/null)
  export LD_LIBRARY_PATH="${wheels:+$wheels:}${LD_LIBRARY_PATH:-}"
  nvidia-smi --query-gpu=name,driver_version,memory.total --format=csv >"$out/machine.txt" 2>&1
fi

note() { printf '%s\t%s\n' "$1" "$2" >>"$out/steps.tsv"; }
step() {
  local name=$1; shift
  if [ -n "$only" ]; then
    case $only in *",$name,"*) ;; *) return ;; esac
  elif [ -e "$out/$name.done" ]; then
    return
  fi
  echo "== $name"
  local code=0
  timeout "$limit" "$@" >"$out/$name.txt" 2>"$out/$name.err" || code=$?
  cat "$out/$name.txt"
  case $code in
    0) touch "$out/$name.done"; note "$name" done ;;
    124) note "$name" "stopped after $limit s" ;;
    *) note "$name" "failed ($code): $(tail -1 "$out/$name.err" | tr '\t' ' ' | cut -c1-200)"; tail -3 "$out/$name.err" >&2 ;;
  esac
}
bench() {
  local script=$1 name=$2 needs=$3; shift 3
  for package in torch $needs; do
    if ! has_python "$package"; then note "$name" "left out: no python3 package $package"; return; fi
  done
  if [ $device = cpu ]; then
    case $script in
      language) set -- "$@" --models 8M --lengths 20 --tokens 44 ;;
      structures | dynaprot) set -- "$@" --lengths 40 ;;
    esac
    set -- "$@" --repetitions 1
  fi
  step "$name" python3 "benches/$script.py" --device $device --skip-build ${SIDE_BY_SIDE:+--binary "$SIDE_BY_SIDE"} --json "$out/$name.json" "$@"
}

step doctor "$program" doctor --device $device "${speed[@]}"
for dtype in $dtypes; do step "selftest-$dtype" "$program" selftest --device $device --dtype "$dtype" "${speed[@]}"; done
step repeat "$program" selftest --device $device --dtype f32 --no-speed --repeat $repetitions
step repeat-blocking env CUDA_LAUNCH_BLOCKING=1 "$program" selftest --device $device --dtype f32 --no-speed
cat "$out"/selftest-*.txt "$out/repeat.txt" "$out/repeat-blocking.txt" >"$out/selftest.txt" 2>/dev/null
language="transformers safetensors"
bench language bar-masked "$language" --models 650M --lengths 300 --jobs masked --dtype $half
bench language bar-scan "$language" --models 35M --lengths 300 --jobs scan --dtype $half --repetitions 3
bench language bar-scan-f32 "$language" --models 35M --lengths 300 --jobs scan --dtype f32 --repetitions 3
bench structures structures prody --repetitions 5
[ -z "${REFERENCE:-}" ] || bench dynaprot dynaprot einops --reference "$REFERENCE" --repetitions 5
for model in 35M 650M; do
  bench language "table-half-$model" "$language" --models $model --dtype $half --repetitions 3
  bench language "table-f32-$model" "$language" --models $model --dtype f32 --repetitions 3
  bench language "curves-$model" "$language" --models $model --lengths 76 --jobs marginals masked --dtype $half --curve --roofline
done
rm -f "$out/page.done"
if compgen -G "$out/*.json" >/dev/null; then
  step page python3 benches/gpu_table.py "$out" "$page"
else
  note page "left out: nothing was measured"
fi
echo "results are in $out:"
awk -F'\t' '{ last[$1] = $2 } END { for (s in last) { print "  " s ": " last[s]; if (last[s] ~ /^(failed|stopped)/) bad = 1 } exit bad }' "$out/steps.tsv"
