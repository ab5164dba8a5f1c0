#!/usr/bin/env bash
# Makes every file of weights/ again: scripts/train-weights.sh DATA OUT
# DATA has dynamics/ and stability/ (weights/README.md); OUT gets the files, logs and checkpoints. About eight hours of one
# core; the same command goes on after a stop.
set -euo pipefail
data=$(realpath "$1") out=$2
mkdir -p "$out"
out=$(realpath "$out")
cd "$(dirname "$0")/.."
cargo build --release --features train
train() { [ -f "${out}/$1" ] || target/release/dynascope train "${@:2}" --data "$data" --out "$out/$1" --seed "${seed:-0}"; }

# Which residue fits: 4780 steps, then 820 more at the falling rate of a longer schedule, with more dropout.
residue=(residue --width 128 --neighbours 24 --batch 1600)
train pretrained.short.safetensors "${residue[@]}" --steps 4780 --evaluate 478
[ -f "$out/pretrained.checkpoint" ] || cp "$out/pretrained.short.checkpoint" "$out/pretrained.checkpoint"
train pretrained.safetensors "${residue[@]}" --steps 5600 --evaluate 205 --dropout 0.2

# Motion: three networks that read its states, then all four together.
noise=(--cache "$out/cache" --coordinate-noise 0.1 --noise 0.05)
motion=(motion --trunk "$out/pretrained.safetensors" "${noise[@]}")
train apart.safetensors "${motion[@]}" --networks 3 --epochs 5 --evaluate 430
train together.safetensors "${motion[@]}" --start "$out/apart.safetensors" --fine-tune 0.3 --naming-weight 1 --rate 7e-4 --epochs 3 --repeat-nmr 2 --evaluate 244
cp "$out/together.residue.safetensors" "$out/residue.safetensors"

# Simulation: the first of the three goes on with simulated domains beside the rest, in three runs; their mean answers for
# simulation, the first two as they were for crystal and solution.
simulated=(motion --trunk "$out/residue.safetensors" "${noise[@]}" --rate 4e-4)
train simulated.0.safetensors "${simulated[@]}" --start "$out/together.safetensors" --limit 120 --repeat-md 2 --repeat-nmr 2 --epochs 3 --evaluate 60
seed=1 train simulated.1.safetensors "${simulated[@]}" --start "$out/together.safetensors" --limit 200 --repeat-md 2 --repeat-nmr 4 --epochs 2 --md-rmsf-weight 0.5 --evaluate 60
seed=3 train simulated.2.safetensors "${simulated[@]}" --start "$out/together.safetensors:0" --limit 120 --repeat-md 3 --repeat-nmr 2 --epochs 4 --md-rmsf-weight 0.25 --evaluate 70
train simulation.safetensors "${simulated[@]}" --repeat-md 1 --blend "$out/simulated.0.safetensors:0" "$out/simulated.1.safetensors:0" "$out/simulated.2.safetensors"
train motion.safetensors "${simulated[@]}" --repeat-md 1 --merge "$out/together.safetensors:0" "$out/together.safetensors:1" "$out/simulation.safetensors"

train stability.safetensors stability --trunk "$out/residue.safetensors" --epochs 15

train dynaprot-marginal.safetensors dynaprot marginal --epochs 3 --batch 1024 --rate 1e-3
train dynaprot-joint.safetensors dynaprot joint --start "$out/dynaprot-marginal.safetensors" --epochs 1 --nmr-epochs 3 --longest 160 --rate 1e-3 --evaluate 150

# As they ship: OUT/NAME.planes belong into weights/, with the configurations of DynaProt beside them.
shipped=()
for name in motion residue stability dynaprot-marginal dynaprot-joint; do shipped+=("$out/$name.safetensors"); done
target/release/dynascope train pack --out "$out" "${shipped[@]}"
