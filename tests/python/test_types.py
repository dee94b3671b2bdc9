"""The module's types, in the eyes of a type checker."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
import s3reel

PROGRAMS = Path(__file__).with_name("typed")
PACKAGE = Path(s3reel.__file__).parents[1]


def checked(*files: str | Path, folder: Path) -> tuple[int, list[str]]:
    """The exit code of mypy and its errors, without those of other files."""
    words = ["--strict", "--no-error-summary", "--follow-imports=silent", "--config-file="]
    done = subprocess.run(
        [sys.executable, "-m", "mypy", *words, f"--cache-dir={folder}", *map(str, files)],
        env=os.environ | {"MYPYPATH": str(PACKAGE)},
        cwd=PROGRAMS,
        capture_output=True,
        text=True,
        timeout=600,
    )
    assert done.stderr == ""
    return done.returncode, [line for line in done.stdout.splitlines() if ": error: " in line]


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("mypy")


def test_a_checker_accepts_a_program_that_uses_every_name(cache: Path) -> None:
    assert (PACKAGE / "s3reel" / "py.typed").exists()
    assert checked("program.py", folder=cache) == (0, [])
    text = (PROGRAMS / "program.py").read_text(encoding="utf-8")
    used = set(re.findall(r"\bs3reel\.(\w+)", text))
    assert used == set(s3reel.__all__)


def test_a_checker_refuses_wrong_calls(cache: Path) -> None:
    lines = (PROGRAMS / "wrong_calls.py").read_text(encoding="utf-8").splitlines()
    wrong = {number for number, line in enumerate(lines, 1) if line.endswith("# wrong")}
    code, errors = checked("wrong_calls.py", folder=cache)
    assert code == 1
    assert {int(line.split(":")[1]) for line in errors} == wrong, "\n".join(errors)
