"""The patches of tests/mutations: as the code moves, they must keep applying to it."""

from __future__ import annotations

import subprocess
from pathlib import Path

REPO = Path(__file__).resolve().parents[2]


def mutations(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = ["tools/mutations", *arguments]
    return subprocess.run(command, cwd=REPO, capture_output=True, text=True, check=False)


def test_every_patch_applies() -> None:
    done = mutations("--check")
    assert done.returncode == 0, done.stdout + done.stderr


def test_every_promise_is_attacked() -> None:
    listed = mutations("--list").stdout
    for number in range(1, 8):
        assert f"promise {number}, " in listed


def test_an_unknown_name_is_refused() -> None:
    done = mutations("no_such_patch")
    assert done.returncode == 1
    assert "no_such_patch" in done.stderr
