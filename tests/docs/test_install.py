"""`make install` puts everything where a system looks for it."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

FILES = [
    "bin/s3reel",
    "include/s3reel/s3reel.h",
    "lib/libs3reel.a",
    "lib/pkgconfig/s3reel.pc",
    "share/bash-completion/completions/s3reel",
    "share/doc/s3reel/LICENSE",
    "share/doc/s3reel/NOTICE",
    "share/fish/vendor_completions.d/s3reel.fish",
    "share/man/man1/s3reel.1",
    "share/zsh/site-functions/_s3reel",
]
PROGRAM = """
#include <iostream>
#include <s3reel/s3reel.h>
int main() {
  s3reel::Job job;
  job.source.url = "in.mp4";
  std::cout << job.source.url << "\\n";
  return &s3reel::process == nullptr;
}
"""


@pytest.mark.parametrize("name", FILES)
def test_file_is_installed(installed: Path, name: str) -> None:
    assert (installed / name).is_file()


def test_installed_program_runs(installed: Path) -> None:
    done = subprocess.run(
        [str(installed / "bin" / "s3reel"), "--version"], capture_output=True, text=True
    )
    assert done.returncode == 0 and done.stdout.startswith("s3reel ")


def test_a_program_of_somebody_else_links_the_library(installed: Path, tmp_path: Path) -> None:
    (tmp_path / "main.cpp").write_text(PROGRAM)
    command = "g++ -std=c++20 main.cpp -o main $(pkg-config --cflags --libs s3reel) && ./main"
    done = subprocess.run(
        ["bash", "-c", command],
        cwd=tmp_path,
        env={"PATH": "/usr/bin:/bin", "PKG_CONFIG_PATH": str(installed / "lib" / "pkgconfig")},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout == "in.mp4\n"


def test_man_page_renders_without_complaint(installed: Path) -> None:
    page = installed / "share" / "man" / "man1" / "s3reel.1"
    done = subprocess.run(
        ["man", "--warnings", "-l", "-E", "UTF-8", str(page)],
        env={"PATH": "/usr/bin:/bin", "MANWIDTH": "80", "LC_ALL": "C.UTF-8"},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0 and done.stderr == ""
    assert "EXIT STATUS" in done.stdout


def test_bash_completion_is_sound(installed: Path) -> None:
    script = installed / "share" / "bash-completion" / "completions" / "s3reel"
    assert subprocess.run(["bash", "-n", str(script)]).returncode == 0
