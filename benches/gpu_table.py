"""Writes what scripts/bench-gpu.sh left in a folder into docs/performance.md, between two marks."""

import glob
import json
import os
import sys

BEGIN, END = "<!-- written by scripts/bench-gpu.sh: begin -->", "<!-- end -->"


def read(folder, name):
    try:
        with open(os.path.join(folder, name)) as file:
            return file.read().strip()
    except OSError:
        return ""


def rows_of(folder):
    for path in sorted(glob.glob(os.path.join(folder, "*.json"))):
        with open(path) as file:
            for row in json.load(file):
                yield os.path.basename(path)[:-5], row


def section(folder):
    machine = read(folder, "machine.txt").splitlines()[-1:]
    lines = [BEGIN, f"`scripts/bench-gpu.sh`, {read(folder, 'date.txt')}; {machine[0] if machine else 'no card'}.", ""]
    steps = [line.split("\t") for line in read(folder, "steps.tsv").splitlines()]
    latest = {name: outcome for name, outcome in steps}
    failed = [f"{name}: {outcome}" for name, outcome in latest.items() if outcome != "done"]
    lines += ["Steps without a result: " + "; ".join(failed) + ".", ""] if failed else []
    lines += ["| | PyTorch ms | dynascope ms | ratio (least – most) |", "|---|--:|--:|--:|"]
    notes = []
    for step, row in rows_of(folder):
        if "wall" in row:
            wall = row["wall"]
            lines.append(f"| {row['name']} ({step}) | {wall['pytorch_ms']:.1f} | {wall['dynascope_ms']:.1f} | {wall['ratio']:.3f} ({wall['least']:.3f} – {wall['most']:.3f}) |")
        else:
            facts = ", ".join(f"{k} {v:.4g}" if isinstance(v, float) else f"{k} {v}" for k, v in row.items() if k != "name")
            notes.append(f"- {row['name']} ({step}): {facts}")
    lines += [""] + notes + ([""] if notes else [])
    selftest = read(folder, "selftest.txt")
    lines += ["```", selftest, "```"] if selftest else []
    return "\n".join(lines + [END])


def main():
    folder, page = sys.argv[1], sys.argv[2]
    with open(page) as file:
        text = file.read()
    new = section(folder)
    if BEGIN in text:
        start, rest = text.split(BEGIN, 1)
        text = start + new + rest.split(END, 1)[1]
    else:
        text = text.rstrip() + "\n\n## On a GPU beside PyTorch\n\n" + new + "\n"
    with open(page, "w") as file:
        file.write(text)


main()
