"""The checks of the tree find what they are there to find."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A small repository with our checks and one good file in it."""
    shutil.copytree(ROOT / "tools", tmp_path / "tools")
    for name in ("src/CMakeLists.txt", ".clang-format", ".gitignore"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        shutil.copy(ROOT / name, tmp_path / name)
    put(tmp_path, "src/base/good.h", "#pragma once\n\n#include <vector>\n")
    subprocess.run(["git", "init", "-q", str(tmp_path)], check=True)
    return tmp_path


def put(tree: Path, name: str, text: str) -> None:
    (tree / name).parent.mkdir(parents=True, exist_ok=True)
    (tree / name).write_text(text)


def check(tree: Path, name: str) -> tuple[int, str]:
    done = subprocess.run([str(tree / "tools" / name)], capture_output=True, text=True)
    return done.returncode, done.stdout + done.stderr


@pytest.mark.parametrize("name", ["check-includes", "check-sizes", "check-format"])
def test_a_good_tree_passes(tree: Path, name: str) -> None:
    assert check(tree, name)[0] == 0


@pytest.mark.parametrize(
    ("file", "include"),
    [
        ("src/base/bad.h", '"io/byte_source.h"'),
        ("src/s3/bad.cpp", '"media/demuxer.h"'),
        ("src/io/bad.cpp", "<curl/curl.h>"),
        ("src/app/bad.cpp", "<libavformat/avformat.h>"),
        ("src/http/bad.cpp", "<openssl/evp.h>"),
        ("src/io/bad.cpp", "<boost/any.hpp>"),
        ("src/io/bad.cpp", '"byte_source.h"'),
        ("src/stray/bad.cpp", "<vector>"),
        ("include/s3reel/bad.h", "<fmt/format.h>"),
        ("python/bad.cpp", '"ops/frame_access.h"'),
        ("src/app/bad.cpp", "<nanobind/nanobind.h>"),
    ],
)
def test_check_includes_finds(tree: Path, file: str, include: str) -> None:
    put(tree, file, f"#include {include}\n")
    code, said = check(tree, "check-includes")
    assert code == 1 and file in said


@pytest.mark.parametrize(
    ("text", "problems"),
    [
        ("const AVFrame* frame;\n", 1),
        ("int format = AV_PIX_FMT_NONE;\n", 1),
        ("auto* frame = av_frame_alloc();\n", 1),
        ('// AVFrame\nconst char* name = "AV_TIME_BASE";\nint av_error = 0;\n', 0),
    ],
)
def test_check_includes_finds_names_of_libav(tree: Path, text: str, problems: int) -> None:
    put(tree, "src/pipeline/bad.cpp", text)
    put(tree, "src/ops/good.cpp", text)
    code, said = check(tree, "check-includes")
    assert code == bool(problems) and f"{problems} problems" in said


def test_check_includes_finds_a_forbidden_link(tree: Path) -> None:
    put(tree, "src/CMakeLists.txt", "s3reel_folder(base USES media)\n")
    code, said = check(tree, "check-includes")
    assert code == 1 and "base may not link media" in said


@pytest.mark.parametrize(
    ("file", "text"),
    [
        ("src/base/long.cpp", "// a line\n" * 601),
        ("tests/long.py", "def f() -> None:\n" + "    print()\n" * 80),
        ("tools/long", "#!/bin/bash\nf() {\n" + "  true\n" * 80 + "}\n"),
    ],
)
def test_check_sizes_finds(tree: Path, file: str, text: str) -> None:
    put(tree, file, text)
    code, said = check(tree, "check-sizes")
    assert code == 1 and file in said


def test_check_sizes_does_not_read_pictures(tree: Path) -> None:
    put(tree, "bench/good.py", "")
    (tree / "bench/plot.png").write_bytes(b"\x89PNG\r\n" * 601)
    assert check(tree, "check-sizes")[0] == 0


def test_check_format_finds(tree: Path) -> None:
    put(tree, "src/base/bad.cpp", "int   f( );\n")
    assert check(tree, "check-format")[0] != 0


@pytest.mark.parametrize("name", ["check-includes", "check-format"])
def test_a_check_of_nothing_fails(tree: Path, name: str) -> None:
    shutil.rmtree(tree / "src")
    assert check(tree, name)[0] != 0
