"""The files of the repository as its checks see them: tracked, or new and not ignored."""

from __future__ import annotations

import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def files(*folders: str) -> list[Path]:
    listed = subprocess.run(
        ["git", "-C", str(ROOT), "-c", "safe.directory=*", "ls-files", "-z"]
        + ["--cached", "--others", "--exclude-standard", "--", *folders],
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    found = {ROOT / name for name in listed.split("\0") if name}
    return sorted(path for path in found if path.is_file())


def language(path: Path) -> str:
    """'c++', 'python', 'shell' or ''; scripts without an ending tell by their first line."""
    by_ending = {".cpp": "c++", ".h": "c++", ".py": "python", ".sh": "shell"}
    if path.suffix in by_ending:
        return by_ending[path.suffix]
    if path.suffix:
        return ""
    with path.open("rb") as file:
        first = file.readline(100)
    if not first.startswith(b"#!"):
        return ""
    return "python" if b"python" in first else "shell" if b"sh" in first else ""
