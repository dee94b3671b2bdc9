"""Long commands behind the work: they compute while the tests wait for servers and videos.

One after another, in the order in which they were sent, at the lowest priority, each with its
output in a file. One thread sends and fetches.
"""

from __future__ import annotations

import concurrent.futures
import os
import signal
import subprocess
import threading
from pathlib import Path
from typing import Mapping


class Errands:
    def __init__(self, folder: Path, environment: Mapping[str, str], cwd: Path) -> None:
        self._folder, self._environment, self._cwd = folder, environment, cwd
        self._worker = concurrent.futures.ThreadPoolExecutor(max_workers=1)
        self._sent: dict[str, concurrent.futures.Future[int]] = {}
        self._lock = threading.Lock()
        self._running: subprocess.Popen[bytes] | None = None
        self._over = False

    def send(self, name: str, *command: str) -> None:
        self._sent[name] = self._worker.submit(self._run, self.log(name), command)

    def log(self, name: str) -> Path:
        return self._folder / f"{name}.log"

    def fetch(self, name: str) -> int:
        """Waits for the command's end; its exit code, negative for a signal."""
        return self._sent[name].result()

    def stop(self) -> None:
        """Ends what runs, with all that it has started, and what was to follow."""
        with self._lock:
            self._over = True
            if self._running and self._running.poll() is None:
                os.killpg(self._running.pid, signal.SIGTERM)
        self._worker.shutdown(cancel_futures=True)

    def _run(self, log: Path, command: tuple[str, ...]) -> int:
        log.parent.mkdir(parents=True, exist_ok=True)
        with log.open("wb") as output:
            with self._lock:
                if self._over:
                    return -signal.SIGTERM
                self._running = subprocess.Popen(
                    ["nice", "-n", "19", *command],
                    cwd=self._cwd,
                    env=self._environment,
                    stdin=subprocess.DEVNULL,
                    stdout=output,
                    stderr=subprocess.STDOUT,
                    # Ctrl-C reaches only us; stop() passes it on. A group and not a session: Linux
                    # compares priorities only within a session (sched(7), autogroup).
                    process_group=0,
                )
            return self._running.wait()
