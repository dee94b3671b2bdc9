"""What a figure depends on: the machine, the versions, and who else was busy."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from importlib import metadata
from pathlib import Path

OURS = ("src", "include", "python")
TICKS = os.sysconf("SC_CLK_TCK")


def _output(*command: str) -> str:
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def facts() -> list[str]:
    model = next(
        line.split(":", 1)[1].strip()
        for line in Path("/proc/cpuinfo").read_text().splitlines()
        if line.startswith("model name")
    )
    memory = int(Path("/proc/meminfo").read_text().split()[1]) / (1 << 20)
    kernel = os.uname().release
    return [f"{model}, {os.cpu_count()} cores, {memory:.0f} GiB, Linux {kernel}"]


def versions(program: Path) -> list[str]:
    """One line for each program and library that takes part."""
    import av  # only a benchmark's set-up installs it; the tests of this folder do without

    ours = _output(str(program), "--version").strip().splitlines()
    ffmpeg = _output("ffmpeg", "-version").splitlines()[0].split(" Copyright")[0]
    inside = ", ".join(
        f"{name} {'.'.join(map(str, version))}" for name, version in av.library_versions.items()
    )
    packages = " ".join(
        f"{name} {metadata.version(name)}"
        for name in ("awscli", "botocore", "av", "smart_open", "numpy")
    )
    x264 = _output("dpkg-query", "-W", "-f", "${Package} ${Version}", "libx264-164")
    store = _output("radosgw", "--version").strip()
    python = f"Python {sys.version.split()[0]}: {packages}"
    return [*ours, ffmpeg, x264, python, f"in the av package: {inside}", store]


def modules(package: Path) -> list[Path]:
    """What a figure of the Python package depends on, beside what it imports."""
    return sorted(path for kind in ("*.py", "*.so") for path in package.rglob(kind))


def fingerprint(*files: Path) -> str:
    content = b"".join(file.read_bytes() for file in files)
    return hashlib.sha256(content).hexdigest()[:12]


def commit(root: Path) -> str:
    """With a plus where the tree differs from it."""
    git = ["git", "-C", str(root), "-c", "safe.directory=*"]
    name = _output(*git, "rev-parse", "--short=12", "HEAD").strip()
    changed = _output(*git, "status", "--porcelain", "--untracked-files=no", "--", *OURS)
    return name + ("+" if changed.strip() else "")


def busy_seconds() -> float:
    """CPU seconds of the whole machine that were not idle, or that a hypervisor took."""
    user, nice, system, _idle, _wait, irq, softirq, steal = map(
        int, Path("/proc/stat").read_text().split("\n", 1)[0].split()[1:9]
    )
    return (user + nice + system + irq + softirq + steal) / TICKS


def process_seconds(pids: list[int]) -> float:
    """CPU seconds of living processes, their reaped children included."""
    total = 0
    for pid in pids:
        try:
            text = Path(f"/proc/{pid}/stat").read_text()
        except OSError:
            continue  # ended; what it used is then counted as foreign, on the safe side
        total += sum(map(int, text[text.rindex(")") + 2 :].split()[11:15]))
    return total / TICKS
