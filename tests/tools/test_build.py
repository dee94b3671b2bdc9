"""`make` and the presets behind it."""

from __future__ import annotations

import subprocess
from pathlib import Path

REPO = Path(__file__).resolve().parents[2]


def output(*command: str) -> str:
    return subprocess.run(command, cwd=REPO, check=True, capture_output=True, text=True).stdout


def test_make_builds_the_release_program() -> None:
    output("make")
    assert output("build/release/s3reel", "--version").startswith("s3reel ")
    assert "CMAKE_BUILD_TYPE:STRING=Release" in (REPO / "build/release/CMakeCache.txt").read_text()


def test_there_are_presets_for_release_and_sanitizers() -> None:
    listed = output("cmake", "--list-presets=configure")
    assert all(f'"{name}"' in listed for name in ("release", "asan", "tsan"))


def test_ninja_and_ccache_build() -> None:
    cache = (REPO / "build/release/CMakeCache.txt").read_text()
    assert "CMAKE_GENERATOR:INTERNAL=Ninja" in cache
    assert "/ccache\n" in cache
