"""The pages as a reader uses them: what README has, where links lead, what is listed and where."""

from __future__ import annotations

import ast
import os
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote

import pytest

import tree
from support import paths
from support.runner import report_schema

README = paths.REPO / "README.md"
PAGES = [
    README,
    paths.REPO / "CONTRIBUTING.md",
    *sorted((paths.REPO / "docs").rglob("*.md")),
    *sorted((paths.REPO / "bench").rglob("*.md")),
]
FENCED = re.compile(r"^ {0,3}(`{3,}|~{3,}).*?^ {0,3}\1\s*?$", re.MULTILINE | re.DOTALL)
CODE = re.compile(r"(`+)(?!`).+?(?<!`)\1(?!`)")
LINK = re.compile(r"\]\(\s*<?([^()\s>]+)>?(?:\s+\"[^\"]*\")?\s*\)|^\[[^\]]+\]:\s*(\S+)", re.MULTILINE)
HEADING = re.compile(r"^(#{1,6}) +(.+?)(?: +#+)?$", re.MULTILINE)
SCHEME = re.compile(r"^[a-z][a-z0-9+.-]*:", re.IGNORECASE)
# Names of packages in prose, where those of the import differ.
CALLED = {"av": "PyAV"}


def prose(page: Path) -> str:
    """The page without its fenced blocks."""
    return FENCED.sub("", page.read_text(encoding="utf-8"))


def links(page: Path) -> list[str]:
    """Where the page's relative links lead, as written."""
    found = [first or second for first, second in LINK.findall(CODE.sub("", prose(page)))]
    return [target for target in found if not SCHEME.match(target)]


def anchors(page: Path) -> set[str]:
    """The fragments that a reader's renderer makes of headings: small letters, words joined by -."""
    found: list[str] = []
    for _, title in HEADING.findall(prose(page)):
        plain = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", title)
        name = re.sub(r"[^\w\- ]", "", plain.lower()).replace(" ", "-")
        found.append(f"{name}-{found.count(name)}" if name in found else name)
    return set(found)


def section(page: Path, heading: str) -> str:
    """What stands below a heading, up to the next one of its rank."""
    text = page.read_text(encoding="utf-8")
    found = re.search(
        rf"^(?P<rank>#+) {re.escape(heading)}\n(?P<text>.*?)(?=^(?P=rank) |\Z)", text, re.M | re.S
    )
    assert found, f"{page.name} has no section '{heading}'"
    return found["text"]


def first_column(table: str) -> list[str]:
    rows = [line for line in table.splitlines() if line.startswith("|")]
    return [row.split("|")[1].strip() for row in rows[2:]]


def test_readme_shows_the_picture() -> None:
    pictures = re.findall(r"!\[[^\]]+\]\(([^)]+)\)", README.read_text(encoding="utf-8"))
    assert "docs/pipeline.svg" in pictures
    assert "<svg" in (paths.REPO / "docs" / "pipeline.svg").read_text(encoding="utf-8")


def test_readme_makes_its_promises() -> None:
    promises = re.findall(r"^(\d+)\. \*\*", section(README, "What you can rely on"), re.MULTILINE)
    assert promises == [str(number) for number in range(1, 8)]


def test_readme_lists_options() -> None:
    rows = " ".join(first_column(section(README, "Options")))
    for option in ("--op", "--video-codec", "--crf", "--format", "--no-clobber", "--report"):
        assert f"`{option}" in rows, option


def test_readme_tells_every_exit_code() -> None:
    told = re.search(r"^Exit codes: .*?\n\n", section(README, "Options"), re.MULTILINE | re.DOTALL)
    assert told, "README does not tell the exit codes"
    codes = [c for c in first_column((paths.REPO / "docs" / "exit-codes.md").read_text()) if c.isdigit()]
    assert len(codes) >= 8
    assert set(codes) <= set(re.findall(r"\b\d+\b", told[0]))


def test_readme_tells_its_limits() -> None:
    assert len(re.findall(r"^- ", section(README, "Limits"), re.MULTILINE)) >= 5


def table_rows(text: str) -> list[tuple[str, ...]]:
    """The first four cells of each row, without heading and rule."""
    rows = [line.strip("|").split("|") for line in text.splitlines() if line.startswith("|")]
    return [tuple(cell.strip() for cell in row[:4]) for row in rows[2:]]


def test_readme_shows_the_published_figures() -> None:
    report = (paths.REPO / "bench" / "results" / "report.md").read_text(encoding="utf-8")
    measured = table_rows(report.split("\n\n")[1])
    assert len(measured) >= 10
    assert table_rows(section(README, "Beside what people do today")) == measured


def test_readme_shows_how_to_begin() -> None:
    assert "make demo" in section(README, "Try it") and "make test" in section(README, "Try it")
    assert "s3reel process s3://" in section(README, "An example")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(paths.REPO)))
def test_links_lead_somewhere(page: Path) -> None:
    for target in links(page):
        name, _, fragment = target.partition("#")
        place = (page.parent / unquote(name)).resolve() if name else page
        assert place.is_relative_to(paths.REPO), f"{target} leads out of the tree"
        assert place.exists(), f"{target} leads nowhere"
        if fragment:
            assert unquote(fragment) in anchors(place), f"{place.name} has no heading #{fragment}"


def test_pages_have_links() -> None:
    assert len(links(README)) >= 10
    assert sum(bool(links(page)) for page in PAGES) >= 5


def test_the_report_page_names_every_fate_and_field() -> None:
    page = (paths.REPO / "docs" / "report.md").read_text(encoding="utf-8")
    shapes = report_schema()["$defs"]
    row = next(line for line in page.splitlines() if "`streams[].fate`" in line)
    assert [f for f in shapes["stream"]["properties"]["fate"]["enum"] if f"`{f}`" not in row] == []
    told = dict(re.findall(r"^- \*\*(\w+)\*\*(.*?)(?=^- |^$)", page, re.MULTILINE | re.DOTALL))
    for shape in ("done", "failed", "plan"):
        missing = [f for f in shapes[shape]["required"] if f"`{f}`" not in told[shape]]
        assert missing == [], f"{shape}: the page does not name them"


def dependencies() -> str:
    return (paths.REPO / "docs" / "dependencies.md").read_text(encoding="utf-8")


def test_every_debian_package_is_accounted_for() -> None:
    lines = (paths.REPO / "tools" / "packages.txt").read_text(encoding="utf-8").splitlines()
    packages = [line.split()[1] for line in lines if line and not line.startswith("#")]
    assert len(packages) >= 20
    page = dependencies()
    assert [package for package in packages if f"`{package}`" not in page] == []


def imports(script: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(script.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module.partition(".")[0]


def foreign_imports() -> set[str]:
    """What the scripts of the tree import that is neither Python's nor the tree's own."""
    scripts = [p for p in tree.files("tests", "tools", "bench", "python")]
    scripts = [p for p in scripts if tree.language(p) == "python"]
    own = {part for script in scripts for part in (script.stem, script.parent.name)}
    found = {name for script in scripts for name in imports(script)}
    return found - own - set(sys.stdlib_module_names)


def pinned() -> dict[str, str]:
    """Versions by package, of all requirements files and of the module's build."""
    files = sorted((paths.REPO / "tools").glob("requirements*.txt"))
    lines = [line for file in files for line in file.read_text(encoding="utf-8").splitlines()]
    build = (paths.REPO / "pyproject.toml").read_text(encoding="utf-8")
    lines += tomllib.loads(build)["build-system"]["requires"]
    return dict(line.split("==") for line in lines if "==" in line)


def python_rows() -> dict[str, str]:
    """Versions by package, as docs/dependencies.md has them."""
    found: dict[str, str] = {}
    for names, versions in re.findall(r"^\| ([^|]+) \| PyPI, ([^|]+) \|", dependencies(), re.M):
        found |= zip(names.split(", "), versions.split(", "), strict=True)
    return found


def test_every_python_package_is_accounted_for() -> None:
    imported = foreign_imports()
    assert {"boto3", "pytest"} <= imported
    assert sorted(imported - set(pinned())) == [], "imported and not in tools/requirements*.txt"
    assert sorted({CALLED.get(name, name) for name in imported} - set(python_rows())) == []


def test_python_packages_have_the_versions_that_are_installed() -> None:
    installed = {CALLED.get(name, name): version for name, version in pinned().items()}
    rows = python_rows()
    assert rows and rows == {name: installed.get(name, "not pinned") for name in rows}


def test_ci_runs_make_test(tmp_path: Path) -> None:
    """With a make that only notes what it is asked for, and fails."""
    stand_in = tmp_path / "make"
    stand_in.write_text(f'#!/bin/sh\necho "$(pwd) $*" >> "{tmp_path}/asked"\nexit 3\n')
    stand_in.chmod(0o755)
    environment = os.environ | {"PATH": f"{tmp_path}:{os.environ['PATH']}"}
    done = subprocess.run([paths.REPO / ".ci" / "run"], cwd="/", env=environment, check=False)
    assert done.returncode == 3
    assert (tmp_path / "asked").read_text() == f"{paths.REPO} test\n"


def test_the_overview_names_every_folder() -> None:
    named = first_column(section(paths.REPO / "docs" / "overview.md", "The folders"))
    folders = [folder.name for folder in (paths.REPO / "src").iterdir() if folder.is_dir()]
    assert len(folders) >= 5
    assert sorted({f"`src/{name}/`" for name in folders} - set(named)) == []
