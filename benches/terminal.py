"""The program on a pseudo-terminal, timed from outside: python3 benches/terminal.py [PROGRAM] [FILE].

Prints the first frame, the delay from a key to its picture, at rest and while a job runs, bytes per move of the
cursor, bytes a second while the structure turns, and bytes written when nothing happens.
"""
import fcntl
import os
import pty
import select
import statistics
import struct
import sys
import tempfile
import termios
import time

HERE = os.path.dirname(os.path.abspath(__file__))
PROGRAM = sys.argv[1] if len(sys.argv) > 1 else os.path.join(HERE, "../target/release/dynascope")
FILE = sys.argv[2] if len(sys.argv) > 2 else os.path.join(HERE, "../tests/structures/1ubi.pdb")


class Session:
    """One run of the program, and what it writes."""

    def __init__(self, columns, rows, *arguments):
        self.home = tempfile.TemporaryDirectory()
        self.began = time.perf_counter()
        self.pid, self.terminal = pty.fork()
        if self.pid == 0:
            environment = {"HOME": self.home.name, "TERM": "xterm-256color", "COLORTERM": "truecolor",
                           "COLORFGBG": "15;0", "LANG": "C.UTF-8", "PATH": os.environ["PATH"]}
            fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
            os.execve(PROGRAM, [PROGRAM, *arguments], environment)
        fcntl.ioctl(self.terminal, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def read(self, wait):
        """What comes within `wait` seconds, at most one piece."""
        if not select.select([self.terminal], [], [], wait)[0]:
            return b""
        try:
            return os.read(self.terminal, 1 << 16)
        except OSError:
            return b""

    def until(self, wanted, limit=60.0):
        """Seconds since the start until the text appears."""
        seen = b""
        while wanted not in seen:
            if time.perf_counter() - self.began > limit:
                raise SystemExit(f"{wanted!r} never came")
            seen += self.read(0.1)
        return time.perf_counter() - self.began

    def waited(self):
        """Milliseconds for which the main thread could have run and had no processor; Linux alone tells."""
        try:
            with open(f"/proc/{self.pid}/schedstat") as file:
                return int(file.read().split()[1]) / 1e6
        except OSError:
            return 0.0

    def settle(self, quiet=1.0):
        """Reads until nothing came for `quiet` seconds."""
        while self.read(quiet):
            pass

    def key(self, key):
        """Milliseconds until the first and the last byte of the answer, and its bytes."""
        began = time.perf_counter()
        os.write(self.terminal, key)
        first, last, size = None, began, 0
        while piece := self.read(0.08 if first else 1.0):
            last = time.perf_counter()
            first = first or last
            size += len(piece)
        return (1e3 * ((first or last) - began), 1e3 * (last - began), size)

    def bytes_over(self, seconds):
        end, size = time.perf_counter() + seconds, 0
        while (left := end - time.perf_counter()) > 0:
            size += len(self.read(left))
        return size

    def close(self):
        os.write(self.terminal, b"\x03")
        try:
            while os.read(self.terminal, 1 << 16):
                pass
        except OSError:
            pass
        os.waitpid(self.pid, 0)
        os.close(self.terminal)


def row(name, value):
    print(f"{name:<52} {value}")


def first_frame():
    times, waits = [], []
    for _ in range(15):
        session = Session(120, 40, FILE)
        times.append(1e3 * session.until(b"MET"))
        waits.append(session.waited())
        session.settle(0.5)
        session.close()
    row("first frame with the sequence", f"fastest {min(times):.0f} ms, median {statistics.median(times):.0f} ms, worst {max(times):.0f} ms")
    row("the same less waiting for a processor", f"median {statistics.median(t - w for t, w in zip(times, waits)):.0f} ms")


def moves():
    session = Session(120, 40, FILE)
    session.until(b"RMSF")
    session.settle()
    answers = [session.key(b"l") for _ in range(20)]
    row("a key at rest, to the first byte",
        f"median {statistics.median(a[0] for a in answers):.1f} ms, worst {max(a[0] for a in answers):.1f} ms")
    row("bytes a move of the cursor, 120 x 40", f"median {statistics.median(a[2] for a in answers):.0f}")
    session.settle()
    row("bytes in 10 s at rest", session.bytes_over(10.0))
    session.close()


def copies(path, count=26):
    """Copies of the file's first chain side by side, a chain each."""
    with open(FILE) as file:
        atoms = [line for line in file if line.startswith("ATOM") and line[21] == "A"]
    with open(path, "w") as out:
        for copy in range(count):
            for line in atoms:
                x = float(line[30:38]) + 40 * (copy % 6)
                y = float(line[38:46]) + 40 * (copy // 6)
                out.write(f"{line[:21]}{chr(ord('A') + copy)}{line[22:30]}{x:8.3f}{y:8.3f}{line[46:]}")
        out.write("END\n")


def keys_in_a_job():
    """The list of commands is opened and closed, time and again, until the dynamics of some 2 000 residues are there."""
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "copies.pdb")
        copies(path)
        session = Session(120, 40, path, "--chain", "all")
        session.until(b"MET")
        answers, done = [], False
        while not done and len(answers) < 100:
            began, seen = time.perf_counter(), b""
            os.write(session.terminal, b"?")
            while b"every command" not in seen and time.perf_counter() - began < 10:
                seen += session.read(0.05)
            answers.append(1e3 * (time.perf_counter() - began))
            os.write(session.terminal, b"\x1b")
            # A terminal that does not read would hold the program up.
            end = time.perf_counter() + 0.15
            while (left := end - time.perf_counter()) > 0:
                seen += session.read(left)
            done = b"RMSF" in seen
        row(f"a key while dynamics are computed ({len(answers)} keys)",
            f"median {statistics.median(answers):.1f} ms, 19 of 20 within {statistics.quantiles(answers, n=20)[-1]:.1f} ms, "
            f"worst {max(answers):.1f} ms")
        session.close()


def turning():
    session = Session(80, 24, FILE)
    session.until(b"RMSF")
    session.settle()
    os.write(session.terminal, b"4e")
    session.settle()
    size, began = 0, time.perf_counter()
    for _ in range(60):
        os.write(session.terminal, b"l")
        end = time.perf_counter() + 1 / 30
        while (left := end - time.perf_counter()) > 0:
            size += len(session.read(left))
    took = time.perf_counter() - began
    row("turning the structure 30 times a second, 80 x 24", f"{size / took / 1024:.0f} KB/s")
    session.close()


if __name__ == "__main__":
    first_frame()
    moves()
    keys_in_a_job()
    turning()
