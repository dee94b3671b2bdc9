"""How fast one large object is read and thrown away, beside what people use: awscli, rclone, s5cmd.

After `tools/setup bench` and `tools/build release reading_bench`:
build/venv/bin/python bench/reading.py [--rounds N] [--mib N]

Contestants run one after the other in rounds, every other round in reverse order. A ratio is made
within a round; the figures are medians. rclone is looked for on the machine; s5cmd is built from its Go
module, into build/bench/bin, where Go is there. One that is missing is named.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import statistics
import subprocess
import time
from dataclasses import dataclass, field
from pathlib import Path

import clips
from support import store as store_module
from support.store import Store

MIB = 1024 * 1024
BIN = clips.ROOT / "build" / "bench" / "bin"
READER = clips.ROOT / "build" / "release" / "bench" / "reading_bench"
S5CMD = ("github.com/peak/s5cmd/v2", "v2.3.0")
LIMITS = {"aws": 1.5, "best": 0.9}  # at least so many times as fast
LIMIT_MIB = 350  # of memory
POLL_S = 0.01


@dataclass
class Contestant:
    name: str
    command: list[str]
    environment: dict[str, str] = field(default_factory=dict)
    seconds: list[float] = field(default_factory=list)
    peak_mib: list[float] = field(default_factory=list)

    def run(self, size: int) -> None:
        begun = time.monotonic()
        process = subprocess.Popen(
            self.command, stdout=subprocess.PIPE, env=os.environ | self.environment
        )
        count = 0
        if self.name != "s3reel":
            while piece := process.stdout.read(MIB):
                count += len(piece)
        said = process.stdout.read()
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.monotonic() - begun
        if self.name == "s3reel":
            count = json.loads(said)["bytes"]
        if status or count != size:
            raise RuntimeError(f"{self.name}: status {status}, {count} bytes of {size}")
        self.seconds.append(seconds)
        self.peak_mib.append(usage.ru_maxrss / 1024)


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
        Contestant("s3reel", [str(READER), url], env),
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


def report(all_of_them: list[Contestant], size: int) -> bool:
    print("| | MiB/s | peak memory, MiB |\n|---|---|---|")
    for one in all_of_them:
        speed = size / MIB / statistics.median(one.seconds)
        print(f"| {one.name} | {speed:.0f} | {statistics.median(one.peak_mib):.0f} |")
    by_name = {one.name: one for one in all_of_them}
    ours = by_name["s3reel"]
    best = [by_name[name] for name in ("rclone", "s5cmd") if name in by_name]
    figures = [
        ("times awscli", ratio(ours, [by_name["aws"]]), LIMITS["aws"]),
        *([("times the better of rclone and s5cmd", ratio(ours, best), LIMITS["best"])] if best else []),
    ]
    peak = max(ours.peak_mib)
    met = [value >= limit for _, value, limit in figures] + [peak <= LIMIT_MIB]
    for (name, value, limit), passed in zip(figures, met, strict=False):
        print(f"{name}: {value:.2f}, at least {limit:.2f}: {'PASS' if passed else 'MISSED'}")
    print(f"peak memory: {peak:.0f} MiB, at most {LIMIT_MIB}: {'PASS' if met[-1] else 'MISSED'}")
    for name in {"rclone", "s5cmd"} - set(by_name):
        print(f"{name}: not on this machine")
    return all(met) and len(best) == 2


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--mib", type=int, default=1024, help="size of the object")
    options = parser.parse_args()
    size = options.mib * MIB
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
        for number in range(options.rounds):
            for one in taking_part if number % 2 == 0 else reversed(taking_part):
                one.run(size)
        return 0 if report(taking_part, size) else 1


if __name__ == "__main__":
    raise SystemExit(main())
