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
    elif block.language == "py":
        document = [one for one in BLOCKS if one.document == block.document]
        script = session.folder / f"block{block.line}.py"
        script.write_text(blocks.script(block, document))
        package = request.getfixturevalue("package")
        code, output = session.run(f"PYTHONPATH={package} python3 {script}")
        assert code == int(block.options.get("exit", 0)), output
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


def test_the_readme_replaces_a_loop_in_ten_lines(
    session_of: Callable[[Path], Session], request: pytest.FixtureRequest
) -> None:
    """The loop over PyAV and smart_open that users have: every frame, sound and all."""
    readme = [block for block in BLOCKS if block.document.name == "README.md"]
    [block] = [block for block in readme if block.language == "py"]
    assert len(block.text.strip().splitlines()) <= 10
    session = session_of(block.document)
    script = session.folder / "loop.py"
    script.write_text(blocks.script(block, readme))
    code, output = session.run(f"PYTHONPATH={request.getfixturevalue('package')} python3 {script}")
    assert code == 0, output
    count = "ffprobe -v error -count_packets -show_entries stream=codec_type,nb_read_packets -of csv=p=0"
    for name in ("in", "from_python"):
        code, output = session.run(f'{count} "$(s3reel presign s3://videos/{name}.mp4)" > {name}.csv')
        assert code == 0, output
    streams = [(session.folder / f"{name}.csv").read_text().split() for name in ("in", "from_python")]
    assert sorted(line.split(",")[0] for line in streams[0]) == ["audio", "video"]
    assert streams[0] == streams[1]
    top = "ffmpeg -v error -i {} -frames:v 1 -vf crop=iw:8:0:0,format=gray -f rawvideo -y top.gray"
    code, output = session.run(top.format('"$(s3reel presign s3://videos/from_python.mp4)"'))
    assert code == 0, output
    assert max((session.folder / "top.gray").read_bytes()) <= 24  # black, as an encoder has it
