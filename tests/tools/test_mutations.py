"""The patches of tests/mutations: they keep applying as the code moves, and attack every point."""

from __future__ import annotations

import subprocess
from pathlib import Path

import points

REPO = Path(__file__).resolve().parents[2]
PATCHES = {file.stem: file for file in (REPO / "tests" / "mutations").glob("*.patch")}
# Tests of tools and judges, which have no behaviour of the program to break.
OF_TOOLS = tuple(f"test_{name}::" for name in ("demo", "rgw", "judges", "proxy", "build", "bench"))


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


def judged_by_tests() -> list[dict]:
    return [point for point in points.read() if "tests" in point]


def test_every_acceptance_point_is_attacked() -> None:
    assert len(judged_by_tests()) >= 40
    for point in judged_by_tests():
        name, named = point["name"], point.get("mutations")
        assert named is not None, f"{name}: no line says which patches attack it"
        assert sorted(set(named) - set(PATCHES)) == [], f"{name}: no such patch"
        assert len(set(named)) == len(named), f"{name}: a patch is named twice"
        if named:
            assert "why" not in point, f"{name}: has patches and a reason for having none"
        else:
            assert point.get("why"), f"{name}: no patch, and no reason"
            assert all(test.startswith(OF_TOOLS) for test in point["tests"]), f"{name}: needs a patch"


def test_every_patch_of_an_acceptance_point_is_named_by_one() -> None:
    heads = {name: file.read_text(encoding="utf-8").splitlines()[0] for name, file in PATCHES.items()}
    attackers = {name for name, head in heads.items() if ": acceptance, " in head}
    assert attackers
    assert sorted(attackers - {name for point in judged_by_tests() for name in point["mutations"]}) == []


def test_an_unknown_name_is_refused() -> None:
    done = mutations("no_such_patch")
    assert done.returncode == 1
    assert "no_such_patch" in done.stderr
