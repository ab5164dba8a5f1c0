#!/usr/bin/env bash
# Measures on an NVIDIA GPU, in one run, what this program promises there, beside PyTorch on the same card.
#
#   scripts/bench-gpu.sh [--dry-run] [FOLDER]        results go to FOLDER (default: target/bench-gpu)
#
# Needs python3 with torch (CUDA), transformers, safetensors and prody, and a Rust toolchain. In order:
#   1. the build, what `doctor` says, and whether `selftest` passes in f32, bf16 and f16;
#   2. 650M, L = 300: masked marginals of all residues;  bar: under 1 s
#   3. 35M, L = 300: dynamics scan of all 5 700 mutants, against one by one with the pair head;  bar: under 10 s
#   4. N = 100 … 1500: motion, DynaProt with 100 samples, both maps, ANM beside ProDy;  bar: DynaProt at 500 under 50 ms;
#      where REFERENCE names a checkout of the authors' repository, DynaProt beside their PyTorch code (needs einops)
#   5. 35M and 650M at L = 76, 250, 500, 1000: wild-type and masked marginals, dynamics scan;
#   6. cost against length and against batch, and the share of what a plain product reaches.
#
# --dry-run goes the same way in small on the CPU, to see that every step works: its figures mean nothing.
# PROGRAM and SIDE_BY_SIDE name binaries built elsewhere; then nothing is built.
set -euo pipefail
cd "$(dirname "$0")/.."
device=cuda dtypes="f32 bf16 f16" half=bf16 speed=
if [ "${1:-}" = --dry-run ]; then device=cpu dtypes=f32 half=f32 speed=--no-speed; shift; fi
out=${1:-target/bench-gpu}
mkdir -p "$out"

if [ -z "${PROGRAM:-}" ]; then
  build=(scripts/build-cuda.sh --release)
  [ $device = cuda ] || build=(cargo build --release)
  "${build[@]}"
  "${build[@]}" --bench side_by_side
fi
program=${PROGRAM:-target/release/dynascope}

if [ $device = cuda ]; then
  # pip's copies of cuBLAS and cuRAND are on no default path.
  wheels=$(python3 -c 'import glob, os, torch; root = os.path.join(os.path.dirname(torch.__path__[0]), "nvidia"); print(":".join(glob.glob(root + "/*/lib")))')
  export LD_LIBRARY_PATH="$wheels${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}"
  nvidia-smi --query-gpu=name,driver_version,memory.total --format=csv | tee "$out/machine.txt"
fi
"$program" doctor --device $device $speed | tee "$out/doctor.txt"
for dtype in $dtypes; do "$program" selftest --device $device --dtype "$dtype" $speed | tee -a "$out/selftest.txt"; done

bench() {
  local script=$1 name=$2; shift 2
  if [ $device = cpu ]; then
    case $script in
      language) set -- "$@" --models 8M --lengths 20 --tokens 44 ;;
      structures | dynaprot) set -- "$@" --lengths 40 ;;
    esac
    set -- "$@" --repetitions 1
  fi
  python3 "benches/$script.py" --device $device --skip-build ${SIDE_BY_SIDE:+--binary "$SIDE_BY_SIDE"} --json "$out/$name.json" "$@" |
    tee "$out/$name.txt"
}
bench language bar-masked --models 650M --lengths 300 --jobs masked --dtype $half
bench language bar-scan --models 35M --lengths 300 --jobs scan --dtype $half --repetitions 3
bench language bar-scan-f32 --models 35M --lengths 300 --jobs scan --dtype f32 --repetitions 3
bench structures structures --repetitions 5
[ -z "${REFERENCE:-}" ] || bench dynaprot dynaprot --reference "$REFERENCE" --repetitions 5
bench language table-half --models 35M 650M --dtype $half --repetitions 3
bench language table-f32 --models 35M 650M --dtype f32 --repetitions 3
bench language curves --models 35M 650M --lengths 76 --jobs marginals masked --dtype $half --curve --roofline
echo "results are in $out"
