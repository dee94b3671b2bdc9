"""auditwheel's repair that takes X11, GLib, expat and zlib along as well.

  wheel_libraries.py WHEEL OUT_FOLDER

auditwheel's policies leave these to the system, as every desktop has them. A server has not, and
without them FFmpeg's libraries do not load.
"""

from __future__ import annotations

import json
import re
import sys
import tempfile
from pathlib import Path

# Those of the C library and of the compiler: every system has its own and must use that.
SYSTEM = frozenset(
    [f"lib{name}.so.6" for name in ("c", "m", "stdc++")]
    + [f"lib{name}.so.1" for name in ("anl", "gcc_s", "mvec", "rt", "util")]
    + ["libdl.so.2", "libpthread.so.0", "libresolv.so.2"]
)
# `    libc.so.6 => /lib/x86_64-linux-gnu/libc.so.6 (0x00007f…)`, or `=> not found`
RESOLVED = re.compile(r"^\s+(\S+) => (not found|\S+)", re.MULTILINE)


def narrowed(policies: list[dict]) -> list[dict]:
    """Policies of auditwheel that leave nothing to the system but SYSTEM."""
    return [
        policy | {"lib_whitelist": [name for name in policy["lib_whitelist"] if name in SYSTEM]}
        for policy in policies
    ]


def outside(ldd: str, folder: Path) -> list[str]:
    """Of what ldd prints: the libraries that are neither in the folder nor the system's."""
    found = RESOLVED.findall(ldd)
    return sorted(
        f"{name} => {place}"
        for name, place in found
        if place == "not found" or (name not in SYSTEM and not Path(place).resolve().is_relative_to(folder))
    )


def repair(wheel: str, folder: str) -> int:
    # Here only: the tests of this file do without auditwheel.
    import auditwheel.main
    from auditwheel import policy
    from auditwheel.libc import Libc

    files = policy._POLICY_JSON_MAP
    with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
        json.dump(narrowed(json.loads(files[Libc.GLIBC].read_text(encoding="utf-8"))), file)
        file.flush()
        files[Libc.GLIBC] = Path(file.name)
        sys.argv = ["auditwheel", "repair", "-w", folder, wheel]
        return auditwheel.main.main() or 0


if __name__ == "__main__":
    sys.exit(repair(*sys.argv[1:]))
