"""The example of a plugin is built and tested as its page says, by somebody who has installed s3reel."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import blocks
from support import paths


def test_a_copy_elsewhere_builds_against_the_installed_headers(
    installed: Path, tmp_path: Path
) -> None:
    shutil.copytree(paths.REPO / "examples" / "plugin", tmp_path / "examples" / "plugin")
    page = blocks.read(paths.REPO / "docs" / "plugins.md")
    [block] = [block for block in page if "ctest" in block.text]
    environment = os.environ | {
        "PATH": f"{installed / 'bin'}:{os.environ['PATH']}",
        "CMAKE_PREFIX_PATH": str(installed),
    }
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", block.text],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    cache = (tmp_path / "build" / "plugin" / "CMakeCache.txt").read_text()
    assert f"S3REEL_INCLUDE:PATH={installed / 'include'}" in cache
    assert "100% tests passed, 0 tests failed out of 2" in done.stdout
    assert done.stdout.rstrip().endswith("ok")
