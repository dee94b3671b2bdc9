"""tools/rgw: serves, and leaves nothing behind however it is ended."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import boto3
import clean_env
import processes
import pytest

RGW = Path(__file__).resolve().parents[2] / "tools" / "rgw"
LIMIT_S = 120


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    yield tmp_path / "rgw"
    subprocess.run([str(RGW), "stop", "--dir", str(tmp_path / "rgw")], capture_output=True)
    shutil.rmtree(tmp_path / "rgw", ignore_errors=True)


def rgw(action: str, folder: Path, *more: str) -> subprocess.CompletedProcess[str]:
    command = [str(RGW), action, "--dir", str(folder), *more]
    environment = clean_env.clean()
    return subprocess.run(
        command, capture_output=True, text=True, env=environment, timeout=LIMIT_S
    )


def begin(folder: Path, *command: str) -> subprocess.Popen[bytes]:
    """`rgw run` in a session of its own; returns once the command runs."""
    mark = folder.parent / "mark"
    script = f"touch {mark}; exec {' '.join(command)}"
    started = subprocess.Popen(
        [str(RGW), "run", "--dir", str(folder), "--", "sh", "-c", script],
        env=clean_env.clean(),
        start_new_session=True,
    )
    until(mark.exists)
    return started


def until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + LIMIT_S
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.05)


def state(folder: Path) -> dict:
    return json.loads((folder / "state.json").read_text())


def servers(facts: dict) -> list[processes.Process]:
    return [processes.Process(**entry) for entry in facts["processes"]]


def test_start_serves_and_stop_ends_everything(folder: Path) -> None:
    assert rgw("status", folder).returncode == 3
    assert "serving" in rgw("start", folder, "--tls").stdout
    assert "already running" in rgw("start", folder).stdout
    facts = state(folder)
    assert [server.name for server in servers(facts)] == ["mon", "mgr", "osd", "rgw"]
    settings = json.loads(rgw("env", folder, "--json").stdout)
    client = boto3.client(
        "s3",
        endpoint_url=settings["AWS_ENDPOINT_URL_S3"],
        aws_access_key_id=settings["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=settings["AWS_SECRET_ACCESS_KEY"],
        region_name=settings["AWS_REGION"],
    )
    bucket = settings["S3REEL_TEST_BUCKET"]
    client.create_multipart_upload(Bucket=bucket, Key="a b")
    assert [u["Key"] for u in client.list_multipart_uploads(Bucket=bucket)["Uploads"]] == ["a b"]
    assert rgw("stop", folder).returncode == 0
    assert not any(map(processes.is_alive, servers(facts)))
    assert not Path(facts["sockets"]).exists()
    assert rgw("env", folder).returncode == 3


def test_two_servers_run_side_by_side(folder: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    try:
        assert rgw("start", folder).returncode == 0
        assert rgw("start", other).returncode == 0
        assert rgw("status", folder).returncode == rgw("status", other).returncode == 0
    finally:
        rgw("stop", other)


def test_env_can_be_read_by_a_shell(folder: Path) -> None:
    rgw("start", folder)
    script = f'eval "$({RGW} env --dir {folder})"; env'
    foreign = {"PATH": os.environ["PATH"], "AWS_PROFILE": "mine", "AWS_SESSION_TOKEN": "x"}
    seen = subprocess.run(["bash", "-c", script], env=foreign, capture_output=True, text=True)
    names = {line.partition("=")[0] for line in seen.stdout.splitlines()}
    assert {"AWS_ENDPOINT_URL_S3", "AWS_ACCESS_KEY_ID", "S3REEL_TEST_BUCKET"} <= names
    assert not {"AWS_PROFILE", "AWS_SESSION_TOKEN"} & names


def test_run_gives_the_exit_code_of_the_command(folder: Path) -> None:
    assert rgw("run", folder, "--", "sh", "-c", "exit 7").returncode == 7
    assert not (folder / "state.json").exists()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_nothing_survives_a_signal(folder: Path, number: signal.Signals) -> None:
    running = begin(folder, "sleep", "1000")
    facts = state(folder)
    os.killpg(running.pid, number)
    assert running.wait(LIMIT_S) == 128 + number
    assert not any(map(processes.is_alive, servers(facts)))
    assert not Path(facts["sockets"]).exists()


def test_no_server_survives_a_killed_run(folder: Path) -> None:
    running = begin(folder, "sleep", "1000")
    facts = state(folder)
    os.killpg(running.pid, signal.SIGKILL)
    running.wait(LIMIT_S)
    until(lambda: not any(map(processes.is_alive, servers(facts))))
    # The next command clears away what a killed one could not.
    assert rgw("stop", folder).returncode == 0
    assert not Path(facts["sockets"]).exists()


def test_a_start_that_is_interrupted_leaves_nothing(folder: Path) -> None:
    starting = subprocess.Popen([str(RGW), "start", "--dir", str(folder)], env=clean_env.clean())
    until(lambda: (folder / "state.json").exists() and len(state(folder)["processes"]) >= 2)
    facts = state(folder)
    starting.send_signal(signal.SIGTERM)
    assert starting.wait(LIMIT_S) in (0, 128 + signal.SIGTERM)
    if starting.returncode:
        assert not any(map(processes.is_alive, servers(facts)))
        assert not (folder / "state.json").exists()


def test_stop_spares_a_stranger_with_a_pid_of_ours(folder: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as stranger:
        began = processes.start_time(stranger.pid)
        assert began is not None
        folder.mkdir()
        wrong = {"name": "osd", "pid": stranger.pid, "start_time": began - 1}
        (folder / "state.json").write_text(json.dumps({"processes": [wrong], "ready": True}))
        assert rgw("stop", folder).returncode == 0
        assert stranger.poll() is None
        stranger.kill()
