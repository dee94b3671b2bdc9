"""The smallest memory cgroups in which jobs finish, for docs/memory.md. As root, after `tools/setup
bench` and `tools/build release s3reel`: build/venv/bin/python bench/limits.py [PROGRAM]

Each job runs with the smallest budget that it takes, first in a large cgroup for its peak, then in
ever smaller ones, 16 MiB apart, until the kernel kills it.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

import clips
from support import store as store_module
from support.store import Store

MIB = 1024 * 1024
STEP = 16 * MIB
SIZES = {"720p": "1280x720", "1080p": "1920x1080", "4K": "3840x2160"}
PRESETS = ("veryfast", "medium")
ROOMY = 8 * 1024 * MIB
PROGRAM = sys.argv[1] if len(sys.argv) > 1 else str(clips.ROOT / "build/release/s3reel")
FACTS = Path(tempfile.gettempdir()) / f"s3reel-limits-{os.getpid()}.json"


def clip(size: str) -> Path:
    path = clips.FOLDER / f"limits-{size}.mp4"
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        beside = path.with_suffix(".part.mp4")
        clips.ffmpeg(
            *["-f", "lavfi", "-i", f"testsrc2=size={size}:rate=24:duration=5"],
            *["-vf", "noise=alls=12:allf=t", "-c:v", "libx264", "-preset", "veryfast"],
            *["-pix_fmt", "yuv420p", "-bf", "3", beside],
        )
        beside.rename(path)
    return path


def job(store: Store, source: str, preset: str, *options: str) -> list[str]:
    destination = store.url(store.key("out.mp4"))
    codec = ["--video-codec", "libx264", "--preset", preset, "--threads", "2", "--progress", "none"]
    return [PROGRAM, "process", source, destination, "--op", "grayscale", *codec, *options]


def smallest_budget(store: Store, source: str, preset: str) -> str:
    command = job(store, source, preset, "--memory", "1M")
    done = subprocess.run(command, capture_output=True, text=True, env=environment(store))
    return re.search(r"--memory (\d+M)", done.stderr)[1]


def environment(store: Store) -> dict[str, str]:
    return dict(os.environ) | store.environment()


def run_in(limit: int, store: Store, command: list[str]) -> tuple[bool, int]:
    """Whether it was done, and its peak."""
    script = clips.ROOT / "tests" / "support" / "in_cgroup.py"
    wrapper = ["unshare", "-m", "python3", str(script), str(limit), "0", "0", str(FACTS)]
    done = subprocess.run(
        [*wrapper, *command], capture_output=True, text=True, env=environment(store)
    )
    if done.returncode not in (0, 128 + 9):
        raise RuntimeError(f"{' '.join(command)}: exit {done.returncode}: {done.stderr}")
    return done.returncode == 0, json.loads(FACTS.read_text())["peak"]


def main() -> None:
    print("| picture | preset | smallest --memory | peak in a large cgroup | smallest cgroup |")
    print("|---|---|---|---|---|")
    with store_module.serving() as store:
        for name, size in SIZES.items():
            source = store.url(store.put(clip(size)))
            for preset in PRESETS:
                budget = smallest_budget(store, source, preset)
                command = job(store, source, preset, "--memory", budget)
                _, peak = run_in(ROOMY, store, command)
                limit = peak // STEP * STEP + STEP
                while run_in(limit - STEP, store, command)[0]:
                    limit -= STEP
                row = (name, preset, budget, f"{peak // MIB} MiB", f"{limit // MIB} MiB")
                print("| " + " | ".join(row) + " |", flush=True)
    FACTS.unlink()


if __name__ == "__main__":
    main()
