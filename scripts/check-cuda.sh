#!/usr/bin/env bash
# Lints the CUDA build on a machine without CUDA: a stand-in for nvcc makes empty kernels, and nothing is linked.
# What `scripts/build-cuda.sh` compiles is the same Rust, so that a change that breaks it is seen here.
set -euo pipefail
cd "$(dirname "$0")/.."
stub=$PWD/target/cuda-stub
if [ ! -x "$stub/bin/nvcc" ]; then # kept, so that candle's kernels count as unchanged
  mkdir -p "$stub/bin" "$stub/include" "$stub/lib64"
  cat >"$stub/bin/nvcc" <<'NVCC'
#!/usr/bin/env bash
folder=. output= sources=()
case "$*" in *--version*) echo "Cuda compilation tools, release 13.0, V13.0.88"; exit ;; esac
while [ $# -gt 0 ]; do
  case $1 in
    --output-directory) folder=$2; shift ;;
    -o) output=$2; shift ;;
    *.cu) sources+=("$1") ;;
  esac
  shift
done
if [ -n "$output" ]; then : >"$output"; exit; fi
for source in "${sources[@]}"; do : >"$folder/$(basename "$source" .cu).ptx"; done
NVCC
  chmod +x "$stub/bin/nvcc"
fi
export CUDA_HOME=$stub NVCC=$stub/bin/nvcc PATH=$stub/bin:$PATH CUDA_COMPUTE_CAP=80 CUDARC_CUDA_VERSION=13000
cargo clippy --lib --bins --features cuda -- -D warnings
