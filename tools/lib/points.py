"""The acceptance points: the tables of tests/acceptance, whose README says what each key holds."""

from __future__ import annotations

import tomllib
from typing import Any

import tree

FOLDER = tree.ROOT / "tests" / "acceptance"


def read() -> list[dict[str, Any]]:
    """In the order of the files' names, and within a file as it has them."""
    tables = [tomllib.loads(file.read_text(encoding="utf-8")) for file in sorted(FOLDER.glob("*.toml"))]
    return [point for table in tables for point in table["point"]]
