"""The fenced blocks of README.md and docs/: what the tests of this folder run.

How to write an example that is tested:

```sh       commands that must succeed, run by bash
```console  lines that begin with `$ ` are commands (a trailing backslash continues them); the lines
            below are what they print. Compared with figures masked: any number equals any other,
            as do sizes with a unit, hexadecimal names and dates. A line `...` stands for any lines,
            `…` for any text within a line.
```json     must be JSON
```py       must succeed, run by Python with the module s3reel; what earlier ones of the document import
            is there
```cpp      must compile against an installed s3reel; a program with main() is also linked and run
```text, ```mermaid, ```ini, ```python: shown only

After the language: `exit=N`, the exit code of the last command; `args="…"`, the arguments of a C++
program; `norun reason` for what cannot run here, the reason is printed. A block without a language
is an error. Hidden preparation stands in the document as <!-- prepare: command -->.

The blocks of one document run in order and share the folder, the environment and the store: bucket
`videos` with `in.mp4` (two seconds with sound), which also lies in the folder. s3reel is on PATH.
"""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass
from pathlib import Path

RUN = ("sh", "console", "json", "py", "cpp", "prepare")
SHOWN = ("text", "mermaid", "ini", "python")
FENCE = re.compile(r"^ {0,3}(`{3,}|~{3,})\s*(.*?)\s*$")
PREPARE = re.compile(r"^<!-- prepare: (.*) -->$")


@dataclass(frozen=True)
class Block:
    document: Path
    line: int
    language: str
    options: dict[str, str]
    reason: str  # why it is not run; empty if it is
    text: str

    @property
    def name(self) -> str:
        return f"{self.document.name}:{self.line}:{self.language}"


def _options(info: str) -> tuple[str, dict[str, str], str]:
    head, mark, reason = info.partition("norun")
    reason = reason.lstrip(":")
    words = shlex.split(head)
    if mark and not reason.strip():
        raise ValueError("norun without a reason")
    options = dict(word.split("=", 1) for word in words[1:])
    return (words[0] if words else ""), options, reason.strip()


def script(block: Block, document: list[Block]) -> str:
    """A block of Python with the imports of those before it."""
    earlier = [one for one in document if one.language == "py" and one.line < block.line]
    lines = [line for one in earlier for line in one.text.splitlines()]
    imports = [line for line in lines if re.match(r"(import|from) ", line)]
    return "\n".join([*imports, block.text])


def read(document: Path) -> list[Block]:
    blocks: list[Block] = []
    fence, began, info, body = "", 0, "", []
    for number, line in enumerate(document.read_text(encoding="utf-8").splitlines(), 1):
        match = FENCE.match(line)
        if fence:
            if match and match.group(1).startswith(fence) and not match.group(2):
                language, options, reason = _options(info)
                text = "\n".join(body) + "\n"
                blocks.append(Block(document, began, language, options, reason, text))
                fence = ""
            else:
                body.append(line)
        elif match:
            fence, info, began, body = match.group(1), match.group(2), number, []
        elif prepare := PREPARE.match(line):
            blocks.append(Block(document, number, "prepare", {}, "", prepare.group(1) + "\n"))
    if fence:
        raise ValueError(f"{document}:{began}: a fence that is never closed")
    return blocks
