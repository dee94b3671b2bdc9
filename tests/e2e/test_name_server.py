"""A name server that never answers: no look-up may outlast the promises about the end of a job."""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from support.runner import Runner, Running

# The look-up itself goes on for minutes.
SETTINGS = "nameserver 127.0.0.1\noptions timeout:30 attempts:5\n"
# Run in a network of its own, where anybody may have port 53. The program inherits the socket, so
# that what is asked can be received and nothing answers.
WORLD = """
import fcntl, os, socket, struct, subprocess, sys
server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
SIOCSIFFLAGS, IFF_UP = 0x8914, 1
fcntl.ioctl(server, SIOCSIFFLAGS, struct.pack("16sh14x", b"lo", IFF_UP))
server.bind(("127.0.0.1", 53))
server.set_inheritable(True)
subprocess.run(["mount", "--bind", sys.argv[1], os.path.realpath("/etc/resolv.conf")], check=True)
os.execv(sys.argv[2], sys.argv[2:])
"""
START_LIMIT_S = 60.0
# Both from the question on, whose answer the program awaits for 8 s; left to itself, it takes minutes.
LOOK_UP_LIMIT_S = 30.0
STOP_LIMIT_S = 10.0
JOB = ("process", "s3://bucket/in.mp4", "s3://bucket/out.mp4", "--op", "grayscale")
ENVIRONMENT = {
    "AWS_ENDPOINT_URL_S3": "http://store.example:9000",
    "AWS_ACCESS_KEY_ID": "nobody",
    "AWS_SECRET_ACCESS_KEY": "nothing",
    "AWS_REGION": "us-east-1",
}


def was_asked(pid: int) -> bool:
    """Whether anything waits at port 53 of the process's network."""
    lines = Path(f"/proc/{pid}/net/udp").read_text(encoding="ascii").splitlines()[1:]
    fields = (line.split() for line in lines)
    return any(f[1].endswith(":0035") and not f[4].endswith(":00000000") for f in fields)


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[[], Running]]:
    """Starts a job in a world where only that server knows names, and waits for its question."""
    settings = tmp_path / "resolv.conf"
    settings.write_text(SETTINGS)
    unshare = ("unshare", "-mn" if os.geteuid() == 0 else "-rmn")
    runner = Runner(env=ENVIRONMENT, folder=tmp_path)
    children: list[Running] = []

    def started() -> Running:
        wrapper = (*unshare, sys.executable, "-c", WORLD, str(settings))
        running = runner.start(*JOB, wrapper=wrapper)
        children.append(running)
        limit = time.monotonic() + START_LIMIT_S
        while not was_asked(running.process.pid):
            assert running.process.poll() is None and time.monotonic() < limit
            time.sleep(0.02)
        return running

    yield started
    for child in children:
        child.process.kill()
        child.process.wait()


@pytest.mark.asan
def test_a_look_up_without_answer_ends_the_job(start: Callable[[], Running]) -> None:
    result = start().wait(LOOK_UP_LIMIT_S)
    assert result.code == 5, str(result)
    assert "store.example" in result.stderr, str(result)
    assert "Sanitizer" not in result.stderr, str(result)


@pytest.mark.asan
def test_a_stop_does_not_wait_for_a_look_up(start: Callable[[], Running]) -> None:
    running = start()
    running.send(signal.SIGTERM)
    result = running.wait(STOP_LIMIT_S)
    assert result.code == 128 + signal.SIGTERM, str(result)
    assert "Sanitizer" not in result.stderr, str(result)
