"""A name server that never answers: no look-up may outlast the promises about the end of a job."""

from __future__ import annotations

import os
import signal
import socket
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from support.runner import Runner, Running

SERVER = "127.53.53.53"
# The look-up itself goes on for minutes.
SETTINGS = f"nameserver {SERVER}\noptions timeout:30 attempts:5\n"
MOUNTED = 'mount --bind "$0" "$(readlink -f /etc/resolv.conf)" && exec "$@"'
WITHIN_S = 10.0
LIMIT_S = 60.0
JOB = ("process", "s3://bucket/in.mp4", "s3://bucket/out.mp4", "--op", "grayscale")
ENVIRONMENT = {
    "AWS_ENDPOINT_URL_S3": "http://store.example:9000",
    "AWS_ACCESS_KEY_ID": "nobody",
    "AWS_SECRET_ACCESS_KEY": "nothing",
    "AWS_REGION": "us-east-1",
}


@pytest.fixture
def silent_server() -> Iterator[socket.socket]:
    """What is asked can be received; nothing answers."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
        try:
            server.bind((SERVER, 53))
        except PermissionError:
            pytest.skip("port 53 takes a right that this user lacks")
        server.settimeout(LIMIT_S)
        yield server


@pytest.fixture
def start(silent_server: socket.socket, tmp_path: Path) -> Callable[[], Running]:
    """Starts a job, in a world where only that server knows names, and waits for its question."""
    settings = tmp_path / "resolv.conf"
    settings.write_text(SETTINGS)
    wrapper = ("unshare", "-m" if os.geteuid() == 0 else "-rm", "sh", "-c", MOUNTED, str(settings))
    runner = Runner(env=ENVIRONMENT, folder=tmp_path)

    def started() -> Running:
        running = runner.start(*JOB, wrapper=wrapper)
        assert b"store" in silent_server.recv(512)
        return running

    return started


@pytest.mark.asan
def test_a_look_up_without_answer_ends_the_job(start: Callable[[], Running]) -> None:
    result = start().wait(LIMIT_S)
    assert result.code == 5, str(result)
    assert "store.example" in result.stderr, str(result)
    assert "Sanitizer" not in result.stderr, str(result)
    assert result.seconds < WITHIN_S, str(result)


@pytest.mark.asan
def test_a_stop_does_not_wait_for_a_look_up(start: Callable[[], Running]) -> None:
    running = start()
    running.send(signal.SIGTERM)
    result = running.wait(LIMIT_S)
    assert result.code == 128 + signal.SIGTERM, str(result)
    assert "Sanitizer" not in result.stderr, str(result)
    assert result.seconds < WITHIN_S, str(result)
