#!/usr/bin/env bash
# Measures on an NVIDIA GPU, in one run, what this program promises there, beside PyTorch on the same card.
#
#   scripts/bench-gpu.sh [FOLDER]        results go to FOLDER (default: target/bench-gpu)
#
# Needs python3 with torch (CUDA), transformers and safetensors, and a Rust toolchain. In order:
#   1. the build, what `doctor` says, and whether `selftest` passes in f32, bf16 and f16;
#   2. 650M, L = 300: masked marginals of all residues;  bar: under 1 s
#   3. 35M, L = 300: dynamics scan of all 5 700 mutants, against one by one with the pair head;  bar: under 10 s
#   4. 35M and 650M at L = 76, 250, 500, 1000: wild-type and masked marginals, dynamics scan;
#   5. cost against length and against batch, and the share of what a plain product reaches.
set -euo pipefail
cd "$(dirname "$0")/.."
out=${1:-target/bench-gpu}
mkdir -p "$out"

# pip's copies of cuBLAS and cuRAND are on no default path.
wheels=$(python3 -c 'import glob, os, torch; root = os.path.join(os.path.dirname(torch.__path__[0]), "nvidia"); print(":".join(glob.glob(root + "/*/lib")))')
export LD_LIBRARY_PATH="$wheels${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}"

scripts/build-cuda.sh --release
scripts/build-cuda.sh --release --bench language
program=target/release/dynascope
nvidia-smi --query-gpu=name,driver_version,memory.total --format=csv | tee "$out/machine.txt"
"$program" doctor --device cuda | tee "$out/doctor.txt"
for dtype in f32 bf16 f16; do "$program" selftest --device cuda --dtype "$dtype" | tee -a "$out/selftest.txt"; done

bench() {
  local name=$1; shift
  python3 benches/language.py --device cuda --skip-build --json "$out/$name.json" "$@" | tee "$out/$name.txt"
}
bench bar-masked --models 650M --lengths 300 --jobs masked --dtype bf16
bench bar-scan --models 35M --lengths 300 --jobs scan --dtype bf16 --repetitions 3
bench bar-scan-f32 --models 35M --lengths 300 --jobs scan --dtype f32 --repetitions 3
bench table-bf16 --models 35M 650M --dtype bf16 --repetitions 3
bench table-f32 --models 35M 650M --dtype f32 --repetitions 3
bench curves --models 35M 650M --lengths 76 --jobs marginals masked --dtype bf16 --curve --roofline
echo "results are in $out"
