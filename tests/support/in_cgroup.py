#!/usr/bin/env python3
"""Runs a command in a memory cgroup of its own: in_cgroup.py BYTES UID GID FACTS COMMAND…

As root, in a mount namespace of its own (`unshare -m`), so that it can mount the memory controller
where the machine shows none. The command runs as UID and GID. FACTS becomes a JSON file: version,
limit, peak and oom_kills, as the kernel counted them. The exit code is the command's.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

MOUNTED = Path("/sys/fs/cgroup")
V1 = MOUNTED / "memory"
NAME = f"s3reel-test-{os.getpid()}"


def mount(kind: str, target: Path, options: str) -> bool:
    command = ["mount", "-t", kind, "-o", options, "none", str(target)]
    return subprocess.run(command, check=False, capture_output=True).returncode == 0


def find_controller() -> int:
    """The version of the memory controller, which is mounted first where it is not."""
    if not MOUNTED.is_dir():
        if not mount("tmpfs", MOUNTED.parents[1], "mode=755"):
            sys.exit("in_cgroup: /sys cannot be mounted")
        V1.mkdir(parents=True)
    if (V1 / "memory.limit_in_bytes").exists() or (V1.is_dir() and mount("cgroup", V1, "memory")):
        return 1
    if not (MOUNTED / "cgroup.controllers").exists() and not mount("cgroup2", MOUNTED, "rw"):
        sys.exit("in_cgroup: this kernel has no memory controller to mount")
    (MOUNTED / "cgroup.subtree_control").write_text("+memory")
    return 2


def limit(group: Path, version: int, size: int) -> None:
    """Swap is no way out."""
    names = {
        1: ("memory.limit_in_bytes", "memory.memsw.limit_in_bytes", str(size)),
        2: ("memory.max", "memory.swap.max", "0"),
    }
    memory, swap, swap_limit = names[version]
    (group / memory).write_text(str(size))
    if (group / swap).exists():
        (group / swap).write_text(swap_limit)


def facts(group: Path, version: int, size: int) -> dict[str, int]:
    peak = group / ("memory.max_usage_in_bytes" if version == 1 else "memory.peak")
    events = group / ("memory.oom_control" if version == 1 else "memory.events")
    counts = dict(line.split() for line in events.read_text().splitlines())
    return {
        "version": version,
        "limit": size,
        "peak": int(peak.read_text()) if peak.exists() else -1,  # version 2: since Linux 5.19
        "oom_kills": int(counts["oom_kill"]),
    }


def main() -> int:
    size, user, group_id, target, *command = sys.argv[1:]
    version = find_controller()
    group = (V1 if version == 1 else MOUNTED) / NAME
    group.mkdir()
    try:
        limit(group, version, int(size))

        def enter() -> None:
            (group / "cgroup.procs").write_text(str(os.getpid()))
            os.setgroups([])
            os.setgid(int(group_id))
            os.setuid(int(user))

        code = subprocess.run(command, preexec_fn=enter, check=False).returncode
        Path(target).write_text(json.dumps(facts(group, version, int(size))))
    finally:
        group.rmdir()
    return 128 - code if code < 0 else code


if __name__ == "__main__":
    sys.exit(main())
