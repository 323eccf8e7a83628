"""A zeus-bso-server of one's own: a child process on a unix socket.

For demonstrations and tests. A server that several trainers share is started by
itself and reached by its address.
"""

import math
import os
import shutil
import socket
import subprocess
import tempfile
import time
from pathlib import Path
from types import TracebackType
from typing import IO, Sequence

import grpc

from zeus_bso.errors import ZeusBsoError

# Waits until its input ends, as it does when this process has, then stops the server
# and removes the directory.
_WATCHER = """
read -r _
kill "$1"
tries=$2
while kill -0 "$1" && [ "$tries" -gt 0 ]; do
  sleep 0.1
  tries=$((tries - 1))
done
kill -KILL "$1"
rm -rf "$3"
"""


def _answers(channel: grpc.Channel) -> bool:
    """Whether the server answers any call, by an error or not, within 50 ms."""
    check = channel.unary_unary("/grpc.health.v1.Health/Check")
    try:
        check(b"", timeout=0.05, wait_for_ready=True)
    except grpc.RpcError as error:
        return error.code() not in (
            grpc.StatusCode.DEADLINE_EXCEEDED,
            grpc.StatusCode.UNAVAILABLE,
        )
    return True


class LocalServerError(ZeusBsoError, RuntimeError):
    """The server did not start; the message holds what it wrote to stderr."""


class LocalServer:
    """A server that lives as long as the `with` block; not safe for threads.

        with LocalServer("build/release/server/zeus-bso-server") as server:
            channel = grpc.insecure_channel(server.address)

    It listens on a unix socket in a temporary directory, so that it needs no free
    port and only this user can reach it. Where this process is killed, the server
    stops and the directory goes too, once the processes that were forked from this one
    have ended.
    """

    def __init__(
        self,
        binary: str | os.PathLike[str],
        data_dir: str | os.PathLike[str] | None = None,
        *,
        listen: Sequence[str] = (),
        flags: Sequence[str] = (),
        start_timeout: float = 30.0,
        stop_timeout: float = 10.0,
    ) -> None:
        """Starts nothing yet: the `with` statement or `start` does.

        Args:
            binary: Path of zeus-bso-server.
            data_dir: Where the server keeps its data; it stays there afterwards.
                None: in the temporary directory, gone with the server.
            listen: More addresses to listen on, such as "127.0.0.1:50051".
            flags: More flags for the server.
            start_timeout: How long the server may take to be ready, in seconds.
            stop_timeout: How long it may take to stop before it is killed, in
                seconds.
        """
        self._binary = os.fspath(binary)
        self._data_dir = data_dir
        self._listen = list(listen)
        self._flags = list(flags)
        self._start_timeout = start_timeout
        self._stop_timeout = stop_timeout
        self._directory: Path | None = None
        self._stderr: IO[bytes] | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self._watcher: subprocess.Popen[bytes] | None = None

    @property
    def address(self) -> str:
        """The target for grpc.insecure_channel. Only while the server runs."""
        if self._directory is None:
            raise RuntimeError("the server is not running")
        return f"unix:{self._directory / 'server.sock'}"

    def start(self) -> None:
        """Starts the server and waits until it accepts calls.

        Raises:
            LocalServerError: It ended early or was not ready in time.
            OSError: The binary cannot be run.
        """
        if self._directory is not None:
            raise RuntimeError("the server is running already")
        self._directory = Path(tempfile.mkdtemp(prefix="zeus-bso-"))
        try:
            self._launch(self._directory)
            self._wait_until_ready()
        except BaseException:
            self.stop()
            raise

    def stop(self) -> int | None:
        """Stops the server and removes its temporary directory.

        Returns:
            The exit status, 0 after a clean stop, negative when a signal ended it.
            None: the server was not running.
        """
        status = self._end_process()
        if self._stderr is not None:
            self._stderr.close()
            self._stderr = None
        if self._directory is not None:
            shutil.rmtree(self._directory, ignore_errors=True)
            self._directory = None
        self._end_watcher()
        return status

    def __enter__(self) -> "LocalServer":
        self.start()
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.stop()

    def _launch(self, directory: Path) -> None:
        data_dir = self._data_dir if self._data_dir is not None else directory / "data"
        self._stderr = open(directory / "stderr", "w+b")
        self._process = subprocess.Popen(
            [
                self._binary,
                f"--listen={','.join([self.address, *self._listen])}",
                f"--storage=rocksdb:{os.fspath(data_dir)}",
                *self._flags,
            ],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=self._stderr,
            # Out of reach of the terminal's Ctrl-C: it ends after its user, not before.
            start_new_session=True,
        )
        tries = math.ceil(self._stop_timeout / 0.1)
        self._watcher = subprocess.Popen(
            ["sh", "-c", _WATCHER, "sh", str(self._process.pid), str(tries), directory],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )

    def _wait_until_ready(self) -> None:
        deadline = time.monotonic() + self._start_timeout
        # A channel that fails to connect waits before it tries again. Ask it only when
        # somebody listens.
        while not self._listens():
            self._check_start(deadline)
            time.sleep(0.005)
        with grpc.insecure_channel(self.address) as channel:
            while not _answers(channel):
                self._check_start(deadline)

    def _listens(self) -> bool:
        with socket.socket(socket.AF_UNIX) as probe:
            return probe.connect_ex(self.address.removeprefix("unix:")) == 0

    def _check_start(self, deadline: float) -> None:
        assert self._process is not None
        status = self._process.poll()
        if status is not None:
            raise self._error(f"ended at its start with exit status {status}")
        if time.monotonic() > deadline:
            raise self._error(f"was not ready in {self._start_timeout:g} s")

    def _error(self, what: str) -> LocalServerError:
        assert self._stderr is not None
        self._stderr.seek(0)
        written = self._stderr.read().decode(errors="replace").strip()
        return LocalServerError(f"{self._binary} {what}; it wrote:\n{written}")

    def _end_process(self) -> int | None:
        process, self._process = self._process, None
        if process is None:
            return None
        process.terminate()
        try:
            return process.wait(self._stop_timeout)
        except subprocess.TimeoutExpired:
            process.kill()
            return process.wait()

    def _end_watcher(self) -> None:
        watcher, self._watcher = self._watcher, None
        if watcher is None:
            return
        watcher.kill()
        watcher.wait()
        assert watcher.stdin is not None
        watcher.stdin.close()
