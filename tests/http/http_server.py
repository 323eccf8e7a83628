"""A zeus-bso-server as a process, and HTTP requests to it."""

import contextlib
import http.client
import json
import os
import re
import signal
import socket
import ssl
import subprocess
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Mapping

BINARY = os.environ.get("ZEUS_BSO_SERVER_BINARY", "")
TIMEOUT = 30.0  # Seconds, of a start or a request.


@dataclass(frozen=True)
class Answer:
    """What the server answered."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> Any:
        """The body, which is JSON."""
        return json.loads(self.body)


class HttpServer:
    """A server that lives as long as the `with` block, in a directory of its own."""

    def __init__(self, *flags: str, listen: str = "unix:{directory}/grpc.sock") -> None:
        """Starts nothing yet; `{directory}` in flags stands for the directory."""
        self._flags = [f"--listen={listen}", *flags]
        self._directory = tempfile.TemporaryDirectory()
        self.path = Path(self._directory.name)
        self._log = self.path / "log"
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> "HttpServer":
        flags = [each.replace("{directory}", str(self.path)) for each in self._flags]
        with open(self._log, "wb") as log:
            self._process = subprocess.Popen(
                [BINARY, f"--storage=rocksdb:{self.path}/data", *flags],
                stdin=subprocess.DEVNULL,
                stderr=log,
            )
        deadline = time.monotonic() + TIMEOUT
        while "listening on " not in self.log() and self._process.poll() is None:
            if time.monotonic() > deadline:
                raise TimeoutError(self.log())
            time.sleep(0.01)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        assert self._process is not None
        self._process.kill()
        self._process.wait()
        self._directory.cleanup()

    def log(self) -> str:
        """All that it has logged."""
        return self._log.read_text()

    def wait(self) -> int:
        """Waits until the process has ended; its exit status."""
        assert self._process is not None
        return self._process.wait(timeout=TIMEOUT)

    def terminate(self) -> None:
        """Sends SIGTERM."""
        assert self._process is not None
        self._process.send_signal(signal.SIGTERM)

    def addresses(self) -> list[str]:
        """Where it listens for HTTP."""
        return re.findall(r"info HTTP on (\S+)", self.log())

    def connect(
        self, address: str | None = None, tls: ssl.SSLContext | None = None
    ) -> http.client.HTTPConnection:
        """A connection to an address; the first one, if none is given."""
        address = address or self.addresses()[0]
        if address.startswith("unix:"):
            connection = http.client.HTTPConnection("localhost", timeout=TIMEOUT)
            connection.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
            connection.sock.settimeout(TIMEOUT)
            connection.sock.connect(address.removeprefix("unix:"))
            return connection
        port = int(address.rpartition(":")[2])
        if tls is not None:
            return http.client.HTTPSConnection(
                "localhost", port, timeout=TIMEOUT, context=tls
            )
        return http.client.HTTPConnection("127.0.0.1", port, timeout=TIMEOUT)

    def ask(
        self,
        method: str,
        target: str,
        body: object = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """Sends a request on a connection of its own; a body is sent as JSON."""
        text = None if body is None else json.dumps(body)
        with contextlib.closing(self.connect()) as connection:
            return send(connection, method, target, text, headers)

    def call(self, method: str, message: object, **headers: str) -> Answer:
        """Calls a method of BatchSizeOptimizer over the Connect protocol."""
        return self.ask(
            "POST",
            f"/zeus.bso.v1.BatchSizeOptimizer/{method}",
            message,
            {"Content-Type": "application/json", **headers},
        )


def send(
    connection: http.client.HTTPConnection,
    method: str,
    target: str,
    body: str | bytes | None = None,
    headers: Mapping[str, str] | None = None,
) -> Answer:
    """Sends a request, and reads the answer whole."""
    connection.request(method, target, body, dict(headers or {}))
    response = connection.getresponse()
    return Answer(
        response.status,
        {name.lower(): value for name, value in response.getheaders()},
        response.read(),
    )


def spec(job_id: str = "job", **fields: object) -> dict[str, object]:
    """A job as Zeus' clients register it."""
    return {
        "job_id": job_id,
        "job_id_prefix": job_id[:1],
        "batch_sizes": [16, 32, 64],
        "default_batch_size": 32,
        "max_power": 300,
        "number_of_gpus": 1,
        "gpu_model": "V100",
        **fields,
    }
