"""How fast one large object is read and thrown away, beside what people use: awscli, rclone, s5cmd.

bench/run reading [--rounds N] [--mib N]

Contestants run one after the other in rounds, every other round in reverse order, and write to
/dev/null; before that, each is seen once to bring every byte. A ratio is made within a round; the
figures are medians, and lie in build/bench/reading.json afterwards. rclone is looked for on the machine;
s5cmd is built from its Go module, into build/bench/bin, where Go is there. One that is missing is named.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import statistics
import subprocess
from dataclasses import dataclass, field
from pathlib import Path

import clips
import measure
from support import store as store_module
from support.store import Store

MIB = 1024 * 1024
BIN = clips.ROOT / "build" / "bench" / "bin"
READER = clips.ROOT / "build" / "release" / "bench" / "reading_bench"
S5CMD = ("github.com/peak/s5cmd/v2", "v2.3.0")
PEERS = ("rclone", "s5cmd")
OURS = "s3reel, 128 MiB ahead"  # what the limit on memory is there for; the others take as much
DEFAULT = "s3reel"
LIMIT_S = 300.0
ROWS = clips.ROOT / "build" / "bench" / "reading.json"


@dataclass
class Contestant:
    name: str
    command: list[str]
    environment: dict[str, str] = field(default_factory=dict)
    seconds: list[float] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)
    peak_mib: list[float] = field(default_factory=list)

    def check(self, size: int) -> None:
        """Not timed: Python at the other end of a pipe would slow down whoever has to write to it."""
        with subprocess.Popen(
            self.command, stdout=subprocess.PIPE, env=os.environ | self.environment
        ) as process:
            if self.name in (OURS, DEFAULT):
                count = json.loads(process.stdout.read())["bytes"]
            else:
                count = sum(len(piece) for piece in iter(lambda: process.stdout.read(MIB), b""))
        if process.returncode or count != size:
            raise RuntimeError(f"{self.name}: exit {process.returncode}, {count} bytes of {size}")

    def run(self) -> None:
        thrown_away = ["sh", "-c", 'exec "$0" "$@" > /dev/null', *self.command]
        program = measure.Program("reader", thrown_away)
        done = measure.run([program], os.environ | self.environment, clips.FOLDER, LIMIT_S)
        if not done.succeeded:
            raise RuntimeError(f"{self.name}: {done.stderr}")
        self.seconds.append(done.wall_s)
        self.cpu.append(done.cpu_s)
        self.peak_mib.append(done.peak_kib / 1024)


def s5cmd() -> str | None:
    """The program, built from its module where it is not there yet."""
    program = BIN / "s5cmd"
    if not program.exists() and shutil.which("go"):
        module = BIN.parent / "s5cmd-module"
        module.mkdir(parents=True, exist_ok=True)
        path, version = S5CMD
        (module / "go.mod").write_text(f"module peers\n\ngo 1.21\n\nrequire {path} {version}\n")
        (module / "tools.go").write_text(f'package peers\n\nimport _ "{path}"\n')
        subprocess.run(
            ["go", "build", "-mod=mod", "-o", str(program), path], cwd=module, check=True
        )
    return str(program) if program.exists() else None


def contestants(store: Store, key: str) -> list[Contestant]:
    url, env = store.url(key), store.environment()
    aws = env | {"AWS_ENDPOINT_URL": store.endpoint}
    found = [
        Contestant(OURS, [str(READER), url, str(128 * MIB)], env),
        Contestant(DEFAULT, [str(READER), url], env),
        Contestant("aws", [str(clips.ROOT / "build/venv/bin/aws"), "s3", "cp", url, "-"], aws),
    ]
    if rclone := shutil.which("rclone"):
        remote = {
            "RCLONE_CONFIG": "/dev/null",
            "RCLONE_CONFIG_R_TYPE": "s3",
            "RCLONE_CONFIG_R_PROVIDER": "Ceph",
            "RCLONE_CONFIG_R_ENDPOINT": store.endpoint,
            "RCLONE_CONFIG_R_ENV_AUTH": "true",
        }
        found.append(
            Contestant("rclone", [rclone, "cat", f"r:{store.bucket}/{key}"], env | remote)
        )
    if program := s5cmd():
        command = [program, "--endpoint-url", store.endpoint, "cat", url]
        found.append(Contestant("s5cmd", command, env))
    return found


def ratio(ours: Contestant, others: list[Contestant]) -> float:
    """How many times as fast as the best of the others, the median over rounds."""
    rounds = zip(ours.seconds, *(other.seconds for other in others), strict=True)
    return statistics.median(min(rest) / own for own, *rest in rounds)


@dataclass(frozen=True)
class Figure:
    key: str
    title: str
    value: float
    limit: float
    unit: str = ""
    at_most: bool = False

    @property
    def row(self) -> dict[str, str]:
        met = self.value <= self.limit if self.at_most else self.value >= self.limit
        digits = 0 if self.unit else 2
        return {
            "figure": f"{self.value:.{digits}f}{self.unit}",
            "limit": f"at {'most' if self.at_most else 'least'} {self.limit}{self.unit}",
            "verdict": "PASS" if met else "MISSED",
        }


def figures(by_name: dict[str, Contestant]) -> list[Figure]:
    ours = by_name[OURS]
    peak = max(ours.peak_mib)
    found = [
        Figure("reading_aws", "times as fast as awscli", ratio(ours, [by_name["aws"]]), 1.5),
        Figure("reading_memory", "peak memory", peak, 350, unit=" MiB", at_most=True),
    ]
    best = [by_name[name] for name in PEERS if name in by_name]
    if len(best) == len(PEERS):
        title = "times as fast as the better of rclone and s5cmd"
        found.append(Figure("reading_best", title, ratio(ours, best), 0.9))
    return found


def report(by_name: dict[str, Contestant], size: int) -> bool:
    print("| | MiB/s | CPU seconds | peak memory, MiB |\n|---|---|---|---|")
    for name, one in by_name.items():
        speed = size / MIB / statistics.median(one.seconds)
        cpu, peak = statistics.median(one.cpu), statistics.median(one.peak_mib)
        print(f"| {name} | {speed:.0f} | {cpu:.2f} | {peak:.0f} |")
    rows = {}
    for figure in figures(by_name):
        rows[figure.key] = figure.row
        print(f"{figure.title}: " + ", ".join(figure.row.values()))
    for name in set(PEERS) - set(by_name):
        print(f"{name}: not on this machine")
    ROWS.write_text(json.dumps(rows, indent=1))
    return len(rows) == 3 and all(row["verdict"] == "PASS" for row in rows.values())


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--mib", type=int, default=1024, help="size of the object")
    options = parser.parse_args()
    size = options.mib * MIB
    ROWS.unlink(missing_ok=True)
    with store_module.serving() as store:
        block = os.urandom(16 * MIB)
        path = clips.FOLDER / "reading.bin"
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("wb") as file:
            for _ in range(0, size, len(block)):
                file.write(block)
        key = store.put(path)
        path.unlink()
        taking_part = contestants(store, key)
        for one in taking_part:
            one.check(size)
        for number in range(options.rounds):
            for one in taking_part if number % 2 == 0 else reversed(taking_part):
                one.run()
    return 0 if report({one.name: one for one in taking_part}, size) else 1


if __name__ == "__main__":
    raise SystemExit(main())
