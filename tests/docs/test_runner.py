"""The tests of the documents are themselves tested: a wrong document must not pass."""

from __future__ import annotations

from pathlib import Path

import pytest

import blocks
import session


def read(tmp_path: Path, text: str) -> list[blocks.Block]:
    document = tmp_path / "page.md"
    document.write_text(text)
    return blocks.read(document)


def test_finds_every_kind_of_block(tmp_path: Path) -> None:
    text = (
        "# Title\n<!-- prepare: touch x -->\n```sh\ntrue\n```\n"
        "```console exit=3\n$ false\n```\n````text\n```\n````\n```sh norun: needs an account\nx\n```\n"
    )
    found = read(tmp_path, text)
    assert [block.language for block in found] == ["prepare", "sh", "console", "text", "sh"]
    assert found[2].options == {"exit": "3"}
    assert found[3].text == "```\n"
    assert found[4].reason == "needs an account"


def test_refuses_norun_without_a_reason(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="reason"):
        read(tmp_path, "```sh norun:\nx\n```\n")


def test_refuses_an_open_fence(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="never closed"):
        read(tmp_path, "```sh\nx\n")


@pytest.mark.parametrize(
    ("shown", "printed", "same"),
    [
        ("took 1.5 s, 3.2 MiB", "took 27 s, 812 KiB\n", True),
        ("took 1.5 s", "lasted 1.5 s\n", False),
        ("first\n...\nlast", "first\nsecond\nthird\nlast\n", True),
        ("first\n...\nlast", "first\nsecond\n", False),
        ("etag 0a1b2c3d4e5f", "etag ffffaaaa0000\n", True),
        ("wrote … bytes", "wrote very many bytes\n", True),
        ("one line", "one line\nand one more\n", False),
    ],
)
def test_compares_with_figures_masked(shown: str, printed: str, same: bool) -> None:
    assert (session.difference(shown.splitlines(), printed) is None) == same


def test_session_keeps_folder_and_variables_and_tells_failures(tmp_path: Path) -> None:
    (tmp_path / "a b").mkdir()
    running = session.Session(tmp_path, {"PATH": "/usr/bin:/bin"})
    assert running.run("cd 'a b'; export GREETING='good day'")[0] == 0
    assert running.run('echo "$GREETING"; basename "$PWD"') == (0, "good day\na b\n")
    assert running.run("false; true")[0] == 1
    assert running.console("$ echo 7 apples\n8 apples\n$ exit 4\n", 4) == []
    assert len(running.console("$ echo pears\napples\n$ true\n", 4)) == 2
