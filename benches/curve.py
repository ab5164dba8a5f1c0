"""Draws what `language.py --curve --json FILE` measured: cost against length, and cost of a row against batch.

    pip install matplotlib
    python3 benches/curve.py 35M.json 650M.json docs/pictures/cost.svg
"""
import json
import sys

import matplotlib.pyplot as plt

PANELS = {"length": ("residues", "wild-type marginals, ms", [50, 100, 200, 400, 700, 1000]),
          "batch": ("rows of 250 residues at once", "a masked row, ms", [1, 2, 4, 8, 16, 32])}


def main(*files):
    *measured, out = files
    rows = [row for file in measured for row in json.load(open(file)) if "curve" in row]
    plt.rcParams.update({"svg.hashsalt": "dynascope", "svg.fonttype": "none"})
    figure, axes = plt.subplots(1, 2, figsize=(9, 3.6), sharey=True, layout="constrained")
    for axis, (curve, (x, y, ticks)) in zip(axes, PANELS.items()):
        for model in dict.fromkeys(row["model"] for row in rows):
            points = [(row["x"], row["wall_ms"]) for row in rows if (row["curve"], row["model"]) == (curve, model)]
            axis.plot(*zip(*points), marker="o", label=model)
        axis.set(xscale="log", yscale="log", xlabel=x, title=y)
        axis.set_xticks(ticks, ticks)
        axis.minorticks_off()
        axis.grid(alpha=0.3)
        axis.legend()
    figure.savefig(out, metadata={"Date": None})


main(*sys.argv[1:])
