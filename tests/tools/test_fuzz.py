"""`make fuzz`: what is read of libFuzzer's words, and that the corpus stays small and whole."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import libfuzzer
import pytest

REPO = Path(__file__).resolve().parents[2]
CORPUS = REPO / "tests" / "fuzz" / "corpus"
TARGETS = sorted(file.stem for file in (REPO / "tests" / "fuzz" / "targets").glob("*.cpp"))

QUIET = """#2\tINITED cov: 10 ft: 11 corp: 1/1b exec/s: 0 rss: 27Mb
#7\tNEW    cov: 20 ft: 22 corp: 2/3b lim: 4 exec/s: 0 rss: 28Mb L: 2/2 MS: 1 CopyPart-
stat::number_of_executed_units: 1000
stat::average_exec_per_sec:     500
"""
BROKEN = """#7\tNEW    cov: 20 ft: 22 corp: 2/3b lim: 4 exec/s: 0 rss: 28Mb L: 2/2 MS: 1 CopyPart-
terminate called after throwing an instance of 'std::logic_error'
  what():  broken: a box lies inside the bytes
SUMMARY: libFuzzer: deadly signal
artifact_prefix='out/boxes-'; Test unit written to out/boxes-crash-0a
stat::number_of_executed_units: 8
"""


def test_figures_are_read() -> None:
    expected = libfuzzer.Outcome(
        executions=1000, per_second=500, edges=20, features=22, failure="", reproducer=""
    )
    assert libfuzzer.read(0, QUIET) == expected


def test_a_broken_promise_is_named_with_its_input() -> None:
    found = libfuzzer.read(77, BROKEN)
    assert found.failure == "broken: a box lies inside the bytes"
    assert found.reproducer == "out/boxes-crash-0a"
    assert (found.executions, found.edges) == (8, 20)


@pytest.mark.parametrize(("code", "words"), [(0, "nothing was executed"), (127, "exit code 127")])
def test_a_program_that_does_not_run_has_failed(code: int, words: str) -> None:
    assert libfuzzer.read(code, "").failure == words


def test_a_run_gets_its_folders_and_leaves_a_log(tmp_path: Path) -> None:
    program = tmp_path / "fuzz_echo"
    program.write_text('#!/bin/sh\necho "$@"\necho "stat::number_of_executed_units: 3"\n')
    program.chmod(0o755)
    log = tmp_path / "log"
    found = libfuzzer.run(program, ["-max_total_time=1"], [tmp_path / "a", tmp_path / "b"], log, os.environ)
    assert found.executions == 3 and not found.failure
    assert f"-max_total_time=1 {tmp_path}/a {tmp_path}/b\n" in log.read_text()


def test_what_reaches_most_is_kept_first() -> None:
    control = "4\n1\nold\na\nb\nc\nSTARTED 0 9\nFT 0 1 2\nFT 1 2 3\nFT 2 3 4 5\nFT 3 1 6\nCOV 3 6\n"
    assert libfuzzer.most_reaching(control, 5) == ["b", "c"]
    assert libfuzzer.most_reaching(control, 1) == ["b"]


def test_an_unknown_target_is_refused() -> None:
    done = subprocess.run(["tools/fuzz", "no_such"], cwd=REPO, capture_output=True, text=True, check=False)
    assert done.returncode == 2 and "no_such" in done.stderr


def test_seconds_are_a_number() -> None:
    chosen = {"cwd": REPO, "env": os.environ | {"FUZZ_SECONDS": "1m"}}
    done = subprocess.run(["tools/fuzz"], **chosen, capture_output=True, text=True, check=False)
    assert done.returncode == 2 and "FUZZ_SECONDS" in done.stderr


def test_every_target_is_built_and_described() -> None:
    listed = (REPO / "tests" / "fuzz" / "CMakeLists.txt").read_text(encoding="utf-8")
    page = (REPO / "tests" / "fuzz" / "README.md").read_text(encoding="utf-8")
    assert len(TARGETS) >= 8
    assert [name for name in TARGETS if f"s3reel_fuzz_target({name} " not in listed] == []
    assert [name for name in TARGETS if f"| `{name}` |" not in page] == []


def test_the_corpus_is_small_and_belongs_to_targets() -> None:
    assert sorted(folder.name for folder in CORPUS.iterdir()) == TARGETS
    for folder in CORPUS.iterdir():
        assert 1 <= len(list(folder.glob("*.bin"))) == len(list(folder.iterdir())) <= 25
    assert sum(file.stat().st_size for file in CORPUS.rglob("*.bin")) < 300_000
