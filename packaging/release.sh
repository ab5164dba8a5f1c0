#!/usr/bin/env bash
# Makes everything of a version into one folder, and checks what it made.
#
#   packaging/release.sh [--cuda] [FOLDER]      (FOLDER: target/release-VERSION)
#
# Needs Rust, a C compiler, objdump and Python with pip; what else it needs (maturin and Zig, from PyPI) is kept in
# target/release-tools. Makes for this architecture:
#
#   dynascope-VERSION-*.whl            pip install, uvx, pipx; the program, and `import dynascope`
#   dynascope-VERSION-TARGET.tar.gz    program, man page, completions, README, licences, those of what is built in too
#   dynascope-VERSION-TARGET-cuda.tar.gz, dynascope_cuda-VERSION-*.whl    with --cuda: for NVIDIA GPUs as well
#   dynascope-VERSION.crate            for Rust's registry
#   dynascope-VERSION.cdx.json         software bill of materials (CycloneDX)
#   SHA256SUMS
set -euo pipefail
cd "$(dirname "$0")/.."

cuda=
if [ "${1:-}" = --cuda ]; then cuda=yes; shift; fi
version=$(sed -n 's/^version = "\(.*\)"/\1/p' Cargo.toml | head -1)
targets=$(realpath -m "${CARGO_TARGET_DIR:-target}")
folder=${1:-$targets/release-$version}
target=$(rustc -vV | sed -n 's/^host: //p')
tools=$targets/release-tools
floor=2.17
limit=10485760 # Rust's registry takes no larger crate
mkdir -p "$folder"
folder=$(realpath "$folder")
work=$(mktemp -d)
# maturin packs the licences that lie beside pyproject.toml.
beside=(packaging/LICENSE-MIT packaging/LICENSE-APACHE packaging/NOTICE-THIRD-PARTY.txt)
trap 'rm -rf "$work" "${beside[@]}"' EXIT

fail() { echo "release: $*" >&2; exit 1; }
step() { echo "== $*" >&2; }

[ -z "$(git status --porcelain)" ] || echo "release: the work tree differs from its commit" >&2
DYNASCOPE_COMMIT=$(git rev-parse HEAD)
export DYNASCOPE_COMMIT

step "tools"
[ -x "$tools/bin/maturin" ] || python3 -m venv "$tools"
"$tools/bin/pip" install -q "maturin>=1.9,<2" ziglang cargo-zigbuild
PATH=$tools/bin:$PATH
# The highest version of glibc that a program asks for.
glibc_of() { objdump -T "$1" | grep -o 'GLIBC_[0-9.]*' | sed 's/GLIBC_//' | sort -uV | tail -1; }

check_floor() {
  local asks; asks=$(glibc_of "$1")
  echo "   $(basename "$1") asks for glibc $asks" >&2
  [ "$(printf '%s\n' "$asks" "$floor" | sort -V | tail -1)" = "$floor" ] || fail "$1 asks for glibc $asks, more than $floor"
}

# archive NAME PROGRAM NOTICES: packs a program with what belongs beside it.
archive() {
  local name=$1 program=$2 notices=$3 root=$work/$1
  mkdir -p "$root/man" "$root/completions"
  cp "$program" "$root/dynascope"
  "$root/dynascope" man >"$root/man/dynascope.1"
  for shell in bash zsh fish; do "$root/dynascope" completions $shell >"$root/completions/dynascope.$shell"; done
  cp README.md CHANGELOG.md CITATION.cff LICENSE-MIT LICENSE-APACHE "$root/"
  cp "$notices" "$root/NOTICE-THIRD-PARTY.txt"
  tar --sort=name --owner=0 --group=0 --numeric-owner --mtime="@$(git log -1 --format=%ct)" \
    -C "$work" -czf "$folder/$name.tar.gz" "$name"
}

step "wheel"
cp LICENSE-MIT LICENSE-APACHE packaging/
packaging/notices.py "$target" >packaging/NOTICE-THIRD-PARTY.txt
(cd packaging && maturin build -q --release --zig --compatibility manylinux2014 --out "$folder")
wheel=$(ls -t "$folder"/dynascope-"$version"-*.whl | head -1)
[ "$(stat -c %s "$wheel")" -lt 25000000 ] || fail "$wheel is larger than 25 MB"
python3 -m zipfile -e "$wheel" "$work/wheel"
program=$work/wheel/dynascope-$version.data/scripts/dynascope
chmod +x "$program"
check_floor "$program"
cp "$work/wheel/dynascope-$version.dist-info/sboms"/*.json "$folder/dynascope-$version.cdx.json"

step "archive"
archive "dynascope-$version-$target" "$program" packaging/NOTICE-THIRD-PARTY.txt

if [ -n "$cuda" ]; then
  step "CUDA"
  CARGO_BUILD="cargo zigbuild --target $target.$floor" scripts/build-cuda.sh --release --bin dynascope
  program_cuda=$work/dynascope
  objcopy --strip-all "$targets/$target/release/dynascope" "$program_cuda"
  check_floor "$program_cuda"
  packaging/notices.py "$target" cuda >"$work/notices"
  archive "dynascope-$version-$target-cuda" "$program_cuda" "$work/notices"
  packaging/wheel-of.py "$wheel" "$program_cuda" dynascope_cuda "$folder"
fi

step "crate"
cargo package -q --locked
crate=$targets/package/dynascope-$version.crate
[ "$(stat -c %s "$crate")" -lt $limit ] || fail "$crate is larger than $limit bytes"
cp "$crate" "$folder/"

step "try what was made"
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install -q "$wheel" pytest numpy py-rattler-build
"$work/venv/bin/dynascope" --version
(cd packaging && "$work/venv/bin/python" -m pytest -q -p no:cacheprovider)
"$work/dynascope-$version-$target/dynascope" selftest >/dev/null

(cd "$folder" && rm -f SHA256SUMS && sha256sum -- * >SHA256SUMS.part && mv SHA256SUMS.part SHA256SUMS)
step "made in $folder"
(cd "$folder" && ls -l >&2)
