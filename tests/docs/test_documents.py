"""Every fenced block of README.md and docs/ does what it says. blocks.py says how to write them."""

from __future__ import annotations

import json
import os
import shlex
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

import blocks
import conftest
from session import Session
from support import paths

DOCUMENTS = [paths.REPO / "README.md", *sorted((paths.REPO / "docs").rglob("*.md"))]
BLOCKS = [block for document in DOCUMENTS if document.exists() for block in blocks.read(document)]


def test_documents_hold_examples() -> None:
    assert [block for block in BLOCKS if block.language in blocks.RUN]


@pytest.mark.parametrize("block", BLOCKS, ids=lambda block: block.name)
def test_block(
    block: blocks.Block, session_of: Callable[[Path], Session], request: pytest.FixtureRequest
) -> None:
    assert block.language, "a fence needs a language; blocks.py lists them"
    if block.reason:
        conftest.counts["not run"] += 1
        conftest.reasons.append(f"{block.name}: {block.reason}")
        return
    assert block.language in blocks.RUN + blocks.SHOWN, f"nobody runs ```{block.language}"
    conftest.counts[block.language] += 1
    session = session_of(block.document)
    if block.language in ("sh", "prepare"):
        code, output = session.run(block.text)
        assert code == int(block.options.get("exit", 0)), output
    elif block.language == "console":
        problems = session.console(block.text, int(block.options.get("exit", 0)))
        assert not problems, "\n\n".join(problems)
    elif block.language == "json":
        json.loads(block.text)
    elif block.language == "cpp":
        program = build(block, request.getfixturevalue("installed"), session.folder)
        if program:
            code, output = session.run(shlex.join([str(program)]) + " " + block.options.get("args", ""))
            assert code == int(block.options.get("exit", 0)), output


def build(block: blocks.Block, installed: Path, folder: Path) -> Path | None:
    """The program, or None for a piece of code without main()."""
    source, program = folder / f"block{block.line}.cpp", folder / f"block{block.line}"
    source.write_text(block.text)
    flags = subprocess.run(
        ["pkg-config", "--cflags", "--libs", "s3reel"],
        env=os.environ | {"PKG_CONFIG_PATH": str(installed / "lib" / "pkgconfig")},
        check=True,
        capture_output=True,
        text=True,
    ).stdout.split()
    whole = "int main(" in block.text
    output = ["-o", str(program)] if whole else ["-fsyntax-only"]
    command = ["g++", "-std=c++20", "-Wall", "-Wextra", "-Werror", str(source), *output, *flags]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return program if whole else None
