#!/usr/bin/env bash
# Makes everything of a version into one folder, and checks what it made.
#
#   packaging/release.sh [--cuda] [--without-notices] [FOLDER]      (FOLDER: target/release-VERSION)
#
# Needs Rust, a C compiler and Python with pip; what else it needs (maturin and Zig from PyPI; cargo-cyclonedx
# and cargo-about from Rust's registry) is kept in target/release-tools. Makes for this architecture:
#
#   dynascope-VERSION-*.whl            pip install, uvx, pipx; the program, and `import dynascope`
#   dynascope-VERSION-TARGET.tar.gz    program, man page, completions, licences, README
#   dynascope-VERSION-TARGET-cuda.tar.gz, dynascope_cuda-VERSION-*.whl    with --cuda: for NVIDIA GPUs as well
#   dynascope-VERSION.crate            for Rust's registry
#   dynascope-VERSION.cdx.json         software bill of materials (CycloneDX)
#   SHA256SUMS
set -euo pipefail
cd "$(dirname "$0")/.."

cuda= notices=yes
while true; do
  case ${1:-} in
    --cuda) cuda=yes; shift ;;
    --without-notices) notices=; shift ;;
    *) break ;;
  esac
done
version=$(sed -n 's/^version = "\(.*\)"/\1/p' Cargo.toml | head -1)
folder=${1:-target/release-$version}
target=$(rustc -vV | sed -n 's/^host: //p')
tools=$PWD/target/release-tools
floor=2.17
limit=10485760 # Rust's registry takes no larger crate
mkdir -p "$folder"
folder=$(realpath "$folder")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

fail() { echo "release: $*" >&2; exit 1; }
step() { echo "== $*" >&2; }

[ -z "$(git status --porcelain)" ] || echo "release: the work tree differs from its commit" >&2
DYNASCOPE_COMMIT=$(git rev-parse HEAD)
export DYNASCOPE_COMMIT

step "tools"
[ -x "$tools/bin/maturin" ] || python3 -m venv "$tools"
"$tools/bin/pip" install -q "maturin>=1.9,<2" ziglang cargo-zigbuild
PATH=$tools/bin:$PATH
if [ -n "$notices" ]; then
  for tool in cargo-cyclonedx cargo-about; do
    [ -x "$tools/bin/$tool" ] || CARGO_TARGET_DIR="$tools/target" cargo install -q --locked --root "$tools" "$tool"
  done
fi

# The highest version of glibc that a program asks for.
glibc_of() { objdump -T "$1" | grep -o 'GLIBC_[0-9.]*' | sed 's/GLIBC_//' | sort -uV | tail -1; }

check_floor() {
  local asks; asks=$(glibc_of "$1")
  echo "   $(basename "$1") asks for glibc $asks" >&2
  [ "$(printf '%s\n' "$asks" "$floor" | sort -V | tail -1)" = "$floor" ] || fail "$1 asks for glibc $asks, more than $floor"
}

# archive NAME PROGRAM: packs a program with what belongs beside it.
archive() {
  local name=$1 program=$2 root=$work/$1
  mkdir -p "$root/man" "$root/completions"
  cp "$program" "$root/dynascope"
  "$root/dynascope" man >"$root/man/dynascope.1"
  for shell in bash zsh fish; do "$root/dynascope" completions $shell >"$root/completions/dynascope.$shell"; done
  cp README.md CHANGELOG.md CITATION.cff LICENSE-MIT LICENSE-APACHE "$root/"
  [ ! -e "$work/THIRD-PARTY.html" ] || cp "$work/THIRD-PARTY.html" "$root/"
  tar --sort=name --owner=0 --group=0 --numeric-owner --mtime="@$(git log -1 --format=%ct)" \
    -C "$work" -czf "$folder/$name.tar.gz" "$name"
}

step "licences of what is built in"
if [ -n "$notices" ]; then
  cargo about generate --locked -c packaging/about.toml -o "$work/THIRD-PARTY.html" packaging/about.hbs
  cargo cyclonedx --format json --override-filename "dynascope-$version.cdx"
  mv "dynascope-$version.cdx.json" "$folder/"
fi

step "wheel"
(cd packaging && maturin build -q --release --zig --compatibility manylinux2014 --out "$folder")
wheel=$(ls -t "$folder"/dynascope-"$version"-*.whl | head -1)
[ "$(stat -c %s "$wheel")" -lt 25000000 ] || fail "$wheel is larger than 25 MB"
python3 -m zipfile -e "$wheel" "$work/wheel"
program=$work/wheel/dynascope-$version.data/scripts/dynascope
chmod +x "$program"
check_floor "$program"

step "archive"
archive "dynascope-$version-$target" "$program"

if [ -n "$cuda" ]; then
  step "CUDA"
  CARGO_BUILD="cargo zigbuild --target $target.$floor" scripts/build-cuda.sh --release
  program_cuda=target/$target/release/dynascope
  check_floor "$program_cuda"
  archive "dynascope-$version-$target-cuda" "$program_cuda"
  packaging/wheel-of.py "$wheel" "$program_cuda" dynascope_cuda "$folder"
fi

step "crate"
cargo package -q --locked
crate=target/package/dynascope-$version.crate
[ "$(stat -c %s "$crate")" -lt $limit ] || fail "$crate is larger than $limit bytes"
cp "$crate" "$folder/"

step "try what was made"
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install -q "$wheel" pytest numpy
"$work/venv/bin/dynascope" --version
(cd packaging && "$work/venv/bin/python" -m pytest -q -p no:cacheprovider)
"$work/dynascope-$version-$target/dynascope" selftest >/dev/null

(cd "$folder" && rm -f SHA256SUMS && sha256sum -- * >SHA256SUMS.part && mv SHA256SUMS.part SHA256SUMS)
step "made in $folder"
(cd "$folder" && ls -l >&2)
