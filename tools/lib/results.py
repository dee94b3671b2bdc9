"""Counts of tests, summed over the JUnit files of CTest and pytest."""

from __future__ import annotations

import xml.etree.ElementTree as ElementTree
from dataclasses import dataclass, field
from pathlib import Path


@dataclass
class Results:
    passed: list[str] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)
    skipped: list[str] = field(default_factory=list)

    def add(self, other: Results) -> None:
        self.passed += other.passed
        self.failed += other.failed
        self.skipped += other.skipped

    def one(self, name: str, good: bool) -> None:
        (self.passed if good else self.failed).append(name)

    def total(self) -> int:
        return len(self.passed) + len(self.failed) + len(self.skipped)


def _name(step: str, case: ElementTree.Element) -> str:
    """Of pytest: file::test; of CTest: the test's own name."""
    group, name = case.get("classname", ""), case.get("name", "")
    return f"{step}: {name}" if group in ("", name) else f"{step}: {group}::{name}"


def read(step: str, file: Path) -> Results:
    """The results of one step. A step without tests, or without a file, has failed."""
    found = Results()
    if not file.exists():
        found.failed.append(f"{step}: no result file")
        return found
    for case in ElementTree.parse(file).getroot().iter("testcase"):
        name = _name(step, case)
        if case.find("failure") is not None or case.find("error") is not None:
            found.failed.append(name)
        elif case.find("skipped") is not None:
            found.skipped.append(name)
        else:
            found.passed.append(name)
    if not found.total():
        found.failed.append(f"{step}: not one test was found")
    return found


def outputs_of_failures(file: Path, lines: int = 60) -> str:
    """What the failed tests of a CTest file printed, the last lines of each."""
    parts = []
    for case in ElementTree.parse(file).getroot().iter("testcase"):
        if case.find("failure") is not None:
            printed = (case.findtext("system-out") or "").strip().splitlines()
            parts.append("\n".join([f"FAILED {case.get('name')}", *printed[-lines:], ""]))
    return "\n".join(parts)
