"""The program under test: its settings and policy written out, a key made, the process started, its ledger read."""

import json
import os
import signal
import socket
import sqlite3
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import httpx2
import pytest
from scripted import BACKEND_KEY

HERE = Path(__file__).parent
ROOT = HERE.parent.parent

# Of the example persons who hold keys.
OWNER = "a.martin@departement04.example"
STRANGER = "b.durand@departement04.example"

# Seconds to wait for what must come: a start, a row. Nothing here takes a tenth of it.
PATIENCE = 20


def binary() -> Path:
    """`GARDEFOU_BIN`, else what cargo built last, release first."""
    if named := os.environ.get("GARDEFOU_BIN"):
        return Path(named).resolve()
    target = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target"))
    for profile in ("release", "debug"):
        if (target / profile / "gardefou").exists():
            return target / profile / "gardefou"
    raise RuntimeError("no gardefou binary: build it, or name it in GARDEFOU_BIN")


def free_port() -> int:
    """A port nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Gateway:
    """A running gateway in a folder of its own."""

    def __init__(self, folder: Path, backend: str) -> None:
        self.folder = folder
        self.address = f"http://127.0.0.1:{free_port()}"
        self.database = folder / "data" / "gardefou.db"
        self.settings = folder / "config" / "gardefou.toml"
        self.log = folder / "gardefou.log"
        # Every answer that any SDK received from it.
        self.heard: list[httpx2.Response] = []
        self._process: subprocess.Popen | None = None
        self._write(backend)
        self.key = self.new_key(OWNER, "solidarites")
        self.stranger_key = self.new_key(STRANGER, "routes")

    def _write(self, backend: str) -> None:
        (self.folder / "config").mkdir()
        (self.folder / "data").mkdir()
        values = {"@LISTEN@": self.address.removeprefix("http://"), "@BACKEND@": backend, "@DATA@": str(self.folder / "data")}
        for name in ("gardefou.toml", "policy.toml"):
            text = (HERE / "config" / name).read_text()
            for word, value in values.items():
                text = text.replace(word, value)
            (self.folder / "config" / name).write_text(text)

    @property
    def _environment(self) -> dict[str, str]:
        ours = {name: value for name, value in os.environ.items() if not name.startswith(("GARDEFOU_", "DATABASE_"))}
        return ours | {"SCRIPTED_KEY": BACKEND_KEY, "RUST_BACKTRACE": "1"}

    def command(self, *arguments: str) -> subprocess.CompletedProcess:
        """Runs a command of the program to its end."""
        return subprocess.run(
            [binary(), *arguments, "--config", self.settings],
            cwd=self.folder, env=self._environment, capture_output=True, text=True, timeout=PATIENCE,
        )  # fmt: skip

    def new_key(self, owner: str, group: str) -> str:
        """Makes a key; it is shown once, on standard output."""
        made = self.command("keys", "create", "--owner", owner, "--group", group)
        keys = [word for word in made.stdout.split() if word.startswith("gf_")]
        if made.returncode != 0 or len(keys) != 1:
            raise RuntimeError(f"keys create: status {made.returncode}, {len(keys)} keys\n{made.stderr}")
        return keys[0]

    def key_id(self, owner: str) -> str:
        """The id of the only key of an owner."""
        listed = json.loads(self.command("keys", "list", "--format", "json").stdout)
        (found,) = [each["id"] for each in listed if each["owner"] == owner]
        return found

    def until(self, succeeds: Callable[[], object], seconds: float) -> bool:
        """Whether something that fails now succeeds in time."""
        deadline = time.monotonic() + seconds
        while True:
            try:
                succeeds()
            except (Exception, pytest.fail.Exception):
                if time.monotonic() > deadline:
                    return False
                time.sleep(0.02)
            else:
                return True

    def __enter__(self) -> "Gateway":
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                [binary(), "serve", "--config", self.settings],
                cwd=self.folder, env=self._environment, stdout=log, stderr=log, stdin=subprocess.DEVNULL,
            )  # fmt: skip
        deadline = time.monotonic() + PATIENCE
        while not self._ready():
            if self._process.poll() is not None or time.monotonic() > deadline:
                self.__exit__()
                raise RuntimeError(f"the gateway did not get ready:\n{self.log.read_text()[-4000:]}")
            time.sleep(0.02)
        return self

    def _ready(self) -> bool:
        try:
            return httpx2.get(f"{self.address}/readyz", timeout=2).status_code == 200
        except httpx2.TransportError:
            return False

    def __exit__(self, *_: object) -> None:
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGTERM)
            try:
                self._process.wait(PATIENCE)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()


class Ledger:
    """The table `usage_events`, read beside the running gateway."""

    def __init__(self, database: Path) -> None:
        self._database = database

    def rows(self, ids: set[str]) -> list[dict]:
        """The rows of these requests, once all are there; fewer where some never come."""
        deadline = time.monotonic() + PATIENCE
        while True:
            found = [row for row in self._read() if row["id"] in ids]
            if {row["id"] for row in found} == ids or time.monotonic() > deadline:
                return found
            time.sleep(0.02)

    def row(self, request_id: str) -> dict:
        """The one row of a request."""
        rows = self.rows({request_id})
        assert len(rows) == 1, f"{len(rows)} rows for one request"
        return rows[0]

    def everything(self) -> list[dict]:
        """All rows."""
        return self._read()

    def _read(self) -> list[dict]:
        if not self._database.exists():
            return []
        with sqlite3.connect(f"file:{self._database}?mode=ro", uri=True, timeout=PATIENCE) as connection:
            connection.row_factory = sqlite3.Row
            rows = [dict(row) for row in connection.execute("SELECT * FROM usage_events")]
        connection.close()
        return rows
