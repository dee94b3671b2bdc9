"""Runs the shell blocks of one document, one after the other, as one reader would."""

from __future__ import annotations

import re
import shlex
import subprocess
from dataclasses import dataclass
from pathlib import Path

LIMIT_S = 300
NUMBER = r"\d[\d,._:]*"
MASKS = [
    (re.compile(r"\b(?=[0-9a-f]*\d)(?=[0-9a-f]*[a-f])[0-9a-f]{8,}\b"), "HEX"),
    (re.compile(rf"{NUMBER} ?[kKMG]?i?B(/s)?\b"), "SIZE"),
    (re.compile(rf"\d{{4}}-\d\d-\d\dT{NUMBER}Z?"), "DATE"),
    (re.compile(NUMBER), "N"),
    (re.compile(r"[#=>█▏▎▍▌▋▊▉░.-]{4,}"), "BAR"),
    (re.compile(r"\s+"), " "),
]


@dataclass
class Command:
    text: str
    expected: list[str]


def commands(console: str) -> list[Command]:
    found: list[Command] = []
    continues = False
    for line in console.splitlines():
        if continues:
            found[-1].text += "\n" + line
        elif line.startswith("$ "):
            found.append(Command(line[2:], []))
        elif not found:
            raise ValueError(f"output before the first command: {line}")
        else:
            found[-1].expected.append(line)
            continue
        continues = line.endswith("\\")
    return found


def masked(line: str) -> str:
    for pattern, name in MASKS:
        line = pattern.sub(name, line)
    return line.strip()


def difference(expected: list[str], actual: str) -> str | None:
    """None when the shown output is what was printed, with figures masked."""
    wanted = [line for line in expected if line.strip()]
    if not wanted:
        return None
    pieces = []
    for line in wanted:
        if line.strip() in ("...", "…"):
            pieces.append(r"(?:.*\n)*?")
        else:
            parts = [re.escape(masked(part)) for part in line.split("…")]
            pieces.append(r"[^\n]*".join(parts) + r"\n")
    lines = [masked(line) for line in actual.splitlines() if line.strip()]
    text = "".join(line + "\n" for line in lines)
    if re.fullmatch("".join(pieces), text):
        return None
    return "shown:\n  " + "\n  ".join(map(masked, wanted)) + "\nprinted:\n  " + "\n  ".join(lines)


class Session:
    def __init__(self, folder: Path, environment: dict[str, str]) -> None:
        self._state = folder / ".state"
        self.folder = folder
        self._environment = environment
        self._state.write_text("")

    def run(self, script: str) -> tuple[int, str]:
        """Exit code and output; directory and exported variables stay for the next one."""
        state = shlex.quote(str(self._state))
        keep = f"trap '{{ export -p; printf \"cd %q\\n\" \"$PWD\"; }} >{state}' EXIT"
        done = subprocess.run(
            ["bash", "-c", f"source {state}\n{keep}\nset -eo pipefail\n{script}"],
            cwd=self.folder,
            env=self._environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=LIMIT_S,
        )
        return done.returncode, done.stdout

    def console(self, text: str, last_code: int) -> list[str]:
        """What went differently from what the block shows."""
        problems = []
        steps = commands(text)
        for number, step in enumerate(steps, 1):
            code, output = self.run(step.text)
            wanted = last_code if number == len(steps) else 0
            if code != wanted:
                problems.append(f"$ {step.text}\nexit code {code}, not {wanted}:\n{output}")
            elif found := difference(step.expected, output):
                problems.append(f"$ {step.text}\n{found}")
        return problems
