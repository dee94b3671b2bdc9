"""One mon, one mgr, one memory-backed OSD and one radosgw on loopback, all in one folder.

Never touches the system's Ceph paths: every command is told `-c FOLDER/ceph.conf`. What was started
is written down at once, so that an interrupted start can be stopped by the next command.
"""

from __future__ import annotations

import json
import os
import secrets
import shutil
import socket
import subprocess
import tempfile
import time
import uuid
from dataclasses import asdict
from pathlib import Path
from typing import Callable

import ceph_config
import private_ca
import processes
import sigv4

BUCKET = "s3reel-test"
REGION = "us-east-1"
PATIENCE = 120.0  # seconds; a loaded machine is slow, a broken one says so in its log


class ClusterError(Exception):
    pass


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def _wait(what: str, log: Path, alive: Callable[[], bool], ready: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not ready():
        if not alive():
            raise ClusterError(f"{what} ended while starting; see {log}")
        if time.monotonic() > deadline:
            raise ClusterError(f"{what} was not ready after {PATIENCE:.0f} s; see {log}")
        time.sleep(0.05)


def _accepts(port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(1.0)
        return probe.connect_ex(("127.0.0.1", port)) == 0


class Cluster:
    def __init__(self, folder: Path, *, tls: bool = False, tied_to_parent: bool = False) -> None:
        self.folder = folder.resolve()
        self._tls = tls
        self._tied = tied_to_parent
        self._record = self.folder / "state.json"
        self._conf = self.folder / "ceph.conf"
        self.state: dict = json.loads(self._record.read_text()) if self._record.exists() else {}

    # What is there.

    def processes(self) -> list[processes.Process]:
        return [processes.Process(**entry) for entry in self.state.get("processes", [])]

    def is_running(self) -> bool:
        found = self.processes()
        return bool(self.state.get("ready")) and all(map(processes.is_alive, found))

    def settings(self) -> dict[str, str]:
        """What a client needs, by environment variable."""
        state = self.state
        found = {
            "AWS_ENDPOINT_URL_S3": f"http://127.0.0.1:{state['http_port']}",
            "AWS_ACCESS_KEY_ID": state["access_key"],
            "AWS_SECRET_ACCESS_KEY": state["secret_key"],
            "AWS_REGION": REGION,
            "AWS_DEFAULT_REGION": REGION,
            "S3REEL_TEST_BUCKET": BUCKET,
        }
        if state.get("https_port"):
            found["S3REEL_TEST_HTTPS_ENDPOINT"] = f"https://localhost:{state['https_port']}"
            found["S3REEL_TEST_CA"] = state["ca"]
        return found

    # Start.

    def start(self) -> None:
        self.stop()
        for name in ("mon", "mgr", "osd", "rgw", "log", "crash", "tls"):
            shutil.rmtree(self.folder / name, ignore_errors=True)
            (self.folder / name).mkdir(parents=True, mode=0o700)
        layout = self._plan()
        self._conf.write_text(ceph_config.text(layout))
        try:
            self._start_mon(layout)
            self._start_mgr()
            self._start_osd()
            self._create_user()
            self._start_gateway(layout)
        except BaseException:
            self.stop()
            raise
        self._save(ready=True)

    def _plan(self) -> ceph_config.Layout:
        sockets = Path(tempfile.mkdtemp(prefix="rgw."))
        self._save(
            sockets=str(sockets),
            processes=[],
            ready=False,
            http_port=_free_port(),
            https_port=_free_port() if self._tls else None,
            access_key=secrets.token_hex(10).upper(),
            secret_key=secrets.token_urlsafe(30),
        )
        cert = key = None
        if self._tls:
            ca, cert, key = private_ca.make(self.folder / "tls", [BUCKET])
            self._save(ca=str(ca))
        return ceph_config.Layout(
            folder=self.folder,
            sockets=sockets,
            fsid=str(uuid.uuid4()),
            mon_port=_free_port(),
            http_port=self.state["http_port"],
            https_port=self.state["https_port"],
            certificate=cert,
            certificate_key=key,
        )

    def _start_mon(self, layout: ceph_config.Layout) -> None:
        monmap = self.folder / "monmap"
        address = f"[v1:127.0.0.1:{layout.mon_port}]"
        create = ["monmaptool", "--create", "--clobber", "--fsid", layout.fsid]
        self._call([*create, "--addv", "a", address, str(monmap)])
        shutil.rmtree(self.folder / "mon")  # ceph-mon makes it itself
        self._ceph("ceph-mon", "-i", "a", "--mkfs", "--monmap", str(monmap))
        mon = self._spawn("mon", "ceph-mon", "-i", "a", "-f")
        self._ready("mon", mon, lambda: _accepts(layout.mon_port))

    def _start_mgr(self) -> None:
        self._spawn("mgr", "ceph-mgr", "-i", "a", "-f")

    def _start_osd(self) -> None:
        identity = str(uuid.uuid4())
        ask = ["ceph", "--connect-timeout", "60", "osd"]
        number = self._insist(*ask, "new", identity).strip()
        self._insist(*ask, "crush", "add", f"osd.{number}", "1.0", "root=default", "host=local")
        self._ceph("ceph-osd", "-i", number, "--mkfs", "--osd-uuid", identity)
        self._spawn("osd", "ceph-osd", "-i", number, "-f")

    def _create_user(self) -> None:
        """Also makes the zone and its pools, so radosgw finds them ready."""
        keys = ["--access-key", self.state["access_key"], "--secret-key", self.state["secret_key"]]
        name = ["--uid", "s3reel-test", "--display-name", "s3reel test"]
        self._ceph("radosgw-admin", "user", "create", *name, *keys)

    def _start_gateway(self, layout: ceph_config.Layout) -> None:
        gateway = self._spawn("rgw", "radosgw", "-n", "client.rgw", "-f")
        self._ready("radosgw", gateway, lambda: _accepts(layout.http_port))
        settings = self.settings()
        status, body = sigv4.request(
            "PUT",
            f"{settings['AWS_ENDPOINT_URL_S3']}/{BUCKET}",
            settings["AWS_ACCESS_KEY_ID"],
            settings["AWS_SECRET_ACCESS_KEY"],
            REGION,
        )
        if status != 200:
            raise ClusterError(f"creating bucket {BUCKET} was answered with {status}: {body!r}")

    # Stop.

    def stop(self) -> None:
        """Ends what the record names, newest first; gentle to what is already gone."""
        for process in reversed(self.processes()):
            processes.stop(process)
        if sockets := self.state.get("sockets"):
            shutil.rmtree(sockets, ignore_errors=True)
        self._record.unlink(missing_ok=True)
        self.state = {}

    # Helpers.

    def _save(self, **changes: object) -> None:
        self.state.update(changes)
        self.folder.mkdir(parents=True, exist_ok=True)
        draft = self._record.with_suffix(".new")
        draft.touch(mode=0o600)
        draft.write_text(json.dumps(self.state, indent=1))
        draft.replace(self._record)

    def _log(self, name: str) -> Path:
        return self.folder / "log" / f"{name}.out"

    def _spawn(self, name: str, *command: str) -> processes.Process:
        full = [_find(command[0]), "-c", str(self._conf), *command[1:]]
        with processes.signals_held():
            started = processes.spawn(name, full, self._log(name), tied_to_parent=self._tied)
            self._save(processes=[*self.state["processes"], asdict(started)])
        return started

    def _ready(self, what: str, process: processes.Process, ready: Callable[[], bool]) -> None:
        _wait(what, self._log(process.name), lambda: processes.is_alive(process), ready)

    def _ceph(self, command: str, *arguments: str) -> str:
        return self._call([_find(command), "-c", str(self._conf), *arguments])

    def _insist(self, command: str, *arguments: str) -> str:
        """A young monitor may refuse commands for moments (EPERM), also after it took one.
        Those that are asked here may be asked again: they give the same answer."""
        deadline = time.monotonic() + PATIENCE
        while True:
            try:
                return self._ceph(command, *arguments)
            except ClusterError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.5)

    def _call(self, command: list[str]) -> str:
        """Output of a command that must succeed; in a session of its own, as Ctrl-C is ours."""
        environment = {**os.environ, "CEPH_ARGS": "", "PATH": _path()}
        child = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=environment,
            start_new_session=True,
        )
        try:
            output, errors = child.communicate(timeout=PATIENCE)
        except subprocess.TimeoutExpired:
            raise ClusterError(f"{command[0]} did not end within {PATIENCE:.0f} s") from None
        finally:
            if child.poll() is None:
                child.kill()
                child.wait()
        if child.returncode != 0:
            raise ClusterError(f"{' '.join(command)} failed: {(errors or output).strip()}")
        return output


def _path() -> str:
    return f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin:/usr/bin"


def _find(command: str) -> str:
    found = shutil.which(command, path=_path())
    if not found:
        raise ClusterError(f"{command} is not installed; tools/setup test installs it")
    return found
