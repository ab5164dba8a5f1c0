#!/usr/bin/env bash
# Builds one binary that runs on an NVIDIA GPU where there is one and on the CPU where there is none.
#
#   scripts/build-cuda.sh [--toolkit DIR] [--wheels DIR] [cargo build arguments …]
#
# Needs an nvcc of CUDA 12 or 13. One is looked for in --toolkit DIR, $CUDA_HOME, /usr/local/cuda and the
# PATH; where there is none, CUDA 13.0's compiler is taken from NVIDIA's wheels (102 MB, 277 MB unpacked) into
# target/cuda-toolkit: from --wheels DIR where they lie there, else from PyPI, and then kept. With that and
# with the crates in cargo's folder nothing is downloaded. No GPU, driver or CUDA library is needed to build.
#
# The binary needs a driver that knows the compiler's PTX: 525 or newer for CUDA 12.0, 580 for 13.0.
# CUDA_COMPUTE_CAP (default 80) is the oldest GPU the kernels are written for; the driver compiles them for
# newer ones (8.x, 9.0, 10.x, 12.x). 90 makes kernels of 9.0a, which run on Hopper only.
#
# This is the one way that is supported: candle as it is links CUDA's libraries, so that the program does not
# start without them. Here they are loaded when the program looks for a GPU, and candle's kernels for quantised
# mixture-of-experts models, which are not used, are left out; this repository stays untouched.
set -euo pipefail
cd "$(dirname "$0")/.."

toolkit=${CUDA_HOME:-} wheels= targets=$(realpath -m "${CARGO_TARGET_DIR:-target}")
while true; do
  case ${1:-} in
    --toolkit) toolkit=${2:?--toolkit needs a folder}; shift 2 ;;
    --wheels) wheels=$(realpath "${2:?--wheels needs a folder}"); shift 2 ;;
    *) break ;;
  esac
done

from_wheels() {
  local to=$targets/cuda-toolkit
  if [ ! -x "$to/bin/nvcc" ]; then
    echo "no nvcc found: taking CUDA 13.0's from ${wheels:-PyPI}" >&2
    python3 -m pip install -q --no-deps ${wheels:+--no-index --find-links "$wheels"} --target "$to/wheels" nvidia-cuda-nvcc==13.0.88 nvidia-cuda-crt==13.0.88 \
      nvidia-nvvm==13.0.88 nvidia-cuda-runtime==13.0.96 nvidia-cuda-cccl==13.0.85
    local root=$to/wheels/nvidia/cu13
    ln -sfn "$root/bin" "$to/bin"; ln -sfn "$root/include" "$to/include"; ln -sfn "$root/nvvm" "$to/nvvm"
    mkdir -p "$to/lib64"; cp "$root"/lib/libcuda*rt*.a "$to/lib64/"; ln -sfn lib64 "$to/lib"
  fi
  echo "$to"
}

if [ -z "$toolkit" ]; then
  for candidate in /usr/local/cuda "$(dirname "$(dirname "$(command -v nvcc || echo /none/bin/nvcc)")")"; do
    if [ -x "$candidate/bin/nvcc" ]; then toolkit=$candidate; break; fi
  done
fi
[ -n "$toolkit" ] || toolkit=$(from_wheels)
[ -x "$toolkit/bin/nvcc" ] || { echo "no nvcc in $toolkit/bin" >&2; exit 2; }
toolkit=$(realpath "$toolkit")
release=$("$toolkit/bin/nvcc" --version | sed -n 's/.*release \([0-9]*\)\.\([0-9]*\).*/\1 \2/p')
read -r major minor <<<"$release"

export CUDA_HOME=$toolkit NVCC=$toolkit/bin/nvcc PATH="$toolkit/bin:$PATH"
export CUDA_COMPUTE_CAP=${CUDA_COMPUTE_CAP:-80}
export CUDARC_CUDA_VERSION=${CUDARC_CUDA_VERSION:-$(printf '%d%03d' "$major" $((minor * 10)))}

version=$(sed -n '/^name = "candle-core"$/{n;s/version = "\(.*\)"/\1/p;}' Cargo.lock)
sources() { find "${CARGO_HOME:-$HOME/.cargo}"/registry/src -maxdepth 2 -name "$1-$version" 2>/dev/null | head -1; }
if [ -z "$(sources candle-core)" ] || [ -z "$(sources candle-kernels)" ]; then cargo fetch -q; fi
registry=$(dirname "$(sources candle-core)")
[ -n "$(sources candle-kernels)" ] || { echo "the sources of candle-kernels $version are in no registry folder of cargo" >&2; exit 2; }
patch=$targets/cuda-patch
if [ ! -e "$patch/complete-$version" ]; then # kept between builds, so that candle is compiled once
  rm -rf "$patch"; mkdir -p "$patch"
  cp -r "$registry/candle-core-$version" "$patch/candle-core"
  cp -r "$registry/candle-kernels-$version" "$patch/candle-kernels"
  sed -i 's/"dynamic-linking"/"dynamic-loading"/' "$patch/candle-core/Cargo.toml"
  grep -q '"dynamic-loading"' "$patch/candle-core/Cargo.toml" || { echo "candle-core $version is laid out otherwise" >&2; exit 2; }
  python3 - "$patch/candle-kernels/build.rs" <<'PY'
import sys
path = sys.argv[1]
text = open(path).read()
start, end = text.index('    let mut moe_sources'), text.rindex('    Ok(())')
open(path, 'w').write(text[:start] + text[end:])
PY
  touch "$patch/complete-$version"
fi

# Cargo notes the patches in Cargo.lock: put the committed one back whatever happens.
cp Cargo.lock "$patch/Cargo.lock.keep"
trap 'cp "$patch/Cargo.lock.keep" Cargo.lock' EXIT
# CARGO_BUILD="cargo zigbuild --target …" builds for an older C library (packaging/release.sh).
read -ra build <<<"${CARGO_BUILD:-cargo build}"
"${build[@]}" --features cuda \
  --config "patch.crates-io.candle-core.path='$patch/candle-core'" \
  --config "patch.crates-io.candle-kernels.path='$patch/candle-kernels'" "$@"

# Say which file is the newest program, whatever the arguments were.
newest=$(find "$targets" -maxdepth 3 -type f -name dynascope -perm -u+x -newer "$patch/Cargo.lock.keep" 2>/dev/null | head -1)
[ -z "$newest" ] || echo "built $newest for compute capability ${CUDA_COMPUTE_CAP:0:1}.${CUDA_COMPUTE_CAP:1} and newer, by CUDA $major.$minor" >&2
