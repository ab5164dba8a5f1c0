"""What the benches have in common: the bench binary as a process, clocks, alternation, tables."""
import glob
import json
import os
import platform
import statistics
import subprocess
import sys
import time
from datetime import date

import torch


def build(features=""):
    """Builds side_by_side.rs in release, with a cargo feature or without."""
    command = ["cargo", "build", "--release", "--bench", "side_by_side"]
    if features == "cuda":
        command = ["scripts/build-cuda.sh", "--release", "--bench", "side_by_side"]
    subprocess.run(command, check=True)


def start(parser, repetitions):
    """The options that every comparison has, beside those of `parser`; sets PyTorch's threads and builds our side."""
    parser.add_argument("--device", default="cpu", help="cpu or cuda")
    parser.add_argument("--repetitions", type=int, default=repetitions)
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    parser.add_argument("--json", help="write the figures there")
    parser.add_argument("--skip-build", action="store_true")
    parser.add_argument("--binary", help="a side_by_side.rs built elsewhere")
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    if not (options.skip_build or options.binary):
        build("cuda" if options.device != "cpu" else "")
    return options


class Ours:
    """side_by_side.rs as a process: a call sends a command and gives back its check value and times."""

    def __init__(self, threads, device="cpu", dtype="auto", binary=None):
        built = glob.glob("target/release/deps/side_by_side-*")
        built = [p for p in built if os.access(p, os.X_OK) and not p.endswith(".d")]
        if not binary and not built:
            sys.exit("no bench binary: leave out --skip-build")
        binary = binary or max(built, key=os.path.getmtime)
        environment = dict(os.environ, RAYON_NUM_THREADS=str(threads), CANDLE_NUM_THREADS=str(threads))
        self.process = subprocess.Popen([binary, device, dtype], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment)
        # The clock of the CPU time of another process, as clock_getcpuclockid(3) makes it.
        self.clock = (~self.process.pid << 3) | 2

    def __call__(self, *words):
        """(check value, wall-clock ms, CPU ms of all threads)."""
        before = time.clock_gettime(self.clock)
        self.process.stdin.write(" ".join(map(str, words)) + "\n")
        self.process.stdin.flush()
        answer = self.process.stdout.readline().split()
        if not answer:
            sys.exit("the bench binary stopped at: " + " ".join(map(str, words))[:200])
        return float(answer[1]), float(answer[0]), (time.clock_gettime(self.clock) - before) * 1e3

    def peak_gigabytes(self):
        with open(f"/proc/{self.process.pid}/status") as status:
            return next(int(line.split()[1]) for line in status if line.startswith("VmHWM")) / 1e6

    def close(self):
        self.process.stdin.close()
        self.process.wait()


def timed(work, device="cpu"):
    """(value, wall-clock ms, CPU ms of all threads) of one call on PyTorch's side, which gives a number."""
    wall, cpu = time.perf_counter(), time.process_time()
    with torch.inference_mode():
        value = work()
    if device != "cpu":
        torch.cuda.synchronize()
    return value, (time.perf_counter() - wall) * 1e3, (time.process_time() - cpu) * 1e3


class Table:
    """Rows of a comparison, each printed when it is measured and kept for JSON."""

    def __init__(self, threads, device, heading, path=None):
        self.rows, self.threads, self.path = [], threads, path
        print(f"{heading}; {threads} threads, {machine(device)}, {date.today()}")
        print(f"{'':44} {'PyTorch':>10} {'dynascope':>10} {'ratio of times':>24} {'of CPU times':>24}")

    def compare(self, name, theirs, ours, repetitions, shares=(1, 1), close=1e-3, device="cpu", **facts):
        """Alternates both sides; a share is how many units of work one call does."""
        wall, cpu = ([], []), ([], [])
        for repetition in range(repetitions + 1):
            their_value, *their_times = timed(theirs, device)
            our_value, *our_times = ours()
            if abs(their_value - our_value) > close * max(1.0, abs(their_value)):
                sys.exit(f"{name}: values differ, {their_value} and {our_value}")
            if repetition > 0:
                for kept, their, our in zip((wall, cpu), their_times, our_times):
                    kept[0].append(their / shares[0])
                    kept[1].append(our / shares[1])
        row = dict(name=name, device=device, **facts)
        for kind, (their, our) in (("wall", wall), ("cpu", cpu)):
            ratios = [b / a for a, b in zip(their, our)]
            row[kind] = dict(pytorch_ms=statistics.median(their), dynascope_ms=statistics.median(our),
                             ratio=statistics.median(ratios), least=min(ratios), most=max(ratios))
        self.keep(row)
        spread = " ".join(f"{r['ratio']:8.3f} ({r['least']:.3f} – {r['most']:.3f})" for r in (row["wall"], row["cpu"]))
        print(f"{name:44} {row['wall']['pytorch_ms']:10.1f} {row['wall']['dynascope_ms']:10.1f} {spread}", flush=True)
        return row

    def note(self, name, **facts):
        """Something that has no counterpart."""
        self.keep(dict(name=name, **facts))
        print(f"{name:44} " + ", ".join(f"{k} {v:.4g}" if isinstance(v, float) else f"{k} {v}" for k, v in facts.items()), flush=True)

    def keep(self, row):
        """At once, so that a run that is stopped leaves what it has."""
        self.rows.append(row)
        if self.path:
            with open(self.path, "w") as file:
                json.dump(self.rows, file, indent=1)


def machine(device):
    if device != "cpu":
        return f"{torch.cuda.get_device_name()}, torch {torch.__version__} CUDA {torch.version.cuda}"
    name = platform.processor() or platform.machine()
    try:
        with open("/proc/cpuinfo") as info:
            name = next(line.split(":")[1].strip() for line in info if line.startswith("model name"))
    except (OSError, StopIteration):
        pass
    return f"{name}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}, torch {torch.__version__}"
