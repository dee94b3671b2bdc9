"""One run of a program that is linked with libFuzzer, and what it says of itself."""

from __future__ import annotations

import re
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Mapping, Sequence

import commands

# Generous: an input takes less than a millisecond, and a hang is a bug as well.
SECONDS_FOR_AN_INPUT = 10


@dataclass(frozen=True)
class Outcome:
    executions: int
    per_second: int
    edges: int  # of the control flow that were taken, libFuzzer's `cov`
    features: int  # the same with how often each was taken, its `ft`
    failure: str  # empty: there was none
    reproducer: str  # the file with the input that failed; may be empty


def read(code: int, said: str) -> Outcome:
    """From the exit code and the output of a program run with -print_final_stats=1."""

    def last(pattern: str) -> str:
        return (re.findall(pattern, said, re.MULTILINE) or [""])[-1]

    executions = int(last(r"^stat::number_of_executed_units:\s+(\d+)") or 0)
    failure = ""
    if code:
        words = [last(r"what\(\):\s+(.*)"), last(r"runtime error: (.*)"), last(r"^SUMMARY: (.*)")]
        failure = next(filter(None, words), f"exit code {code}")
    elif not executions:
        failure = "nothing was executed"
    return Outcome(
        executions=executions,
        per_second=int(last(r"^stat::average_exec_per_sec:\s+(\d+)") or 0),
        edges=int(last(r"^#\d+.*\bcov: (\d+)") or 0),
        features=int(last(r"^#\d+.*\bft: (\d+)") or 0),
        failure=failure,
        reproducer=last(r"Test unit written to (\S+)"),
    )


def run(
    program: Path, options: Sequence[str], folders: Sequence[Path], log: Path, environment: Mapping[str, str]
) -> Outcome:
    """`folders` hold inputs to begin with; new ones that reach more go to the first."""
    words = [str(program), "-print_final_stats=1", f"-timeout={SECONDS_FOR_AN_INPUT}", *options]
    with log.open("wb") as output:
        streams = {"stdin": subprocess.DEVNULL, "stdout": output, "stderr": subprocess.STDOUT}
        code = commands.call([*words, *map(str, folders)], environment, **streams)
    return read(code, log.read_text(encoding="utf-8", errors="replace"))


def most_reaching(control: str, most: int) -> list[str]:
    """Names of at most `most` files of a merge, those first that reach most of what neither the
    folder merged into nor a file before reaches. `control` is what -merge_control_file holds: counts
    of all files and of those in the first folder, their names, and the features of each."""
    lines = control.splitlines()
    count, first = int(lines[0]), int(lines[1])
    reached = [set[str]() for _ in range(count)]
    for line in lines[2 + count :]:
        kind, number, *features = line.split()
        if kind == "FT":
            reached[int(number)].update(features)
    known = set().union(*reached[:first])
    rest, chosen = set(range(first, count)), []
    while rest and len(chosen) < most:
        best = max(rest, key=lambda one: (len(reached[one] - known), -one))
        if reached[best] <= known:
            break
        known |= reached[best]
        rest.remove(best)
        chosen.append(lines[2 + best])
    return chosen
