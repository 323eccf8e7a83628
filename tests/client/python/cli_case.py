"""What the tests of the command line share.

`run_cli` runs the command within the test, which saves the start of an interpreter each
time. `start_cli` and `on_terminal` run it as a process of its own, for what only a
process shows: signals, pipes, terminals.
"""

import contextlib
import fcntl
import io
import json
import os
import pty
import re
import struct
import subprocess
import sys
import tempfile
import termios
import time
from types import TracebackType
from typing import Any, Mapping, Sequence
from unittest import mock

from server_case import ServerCase
from zeus_bso.cli.main import main
from zeus_bso.client import Client
from zeus_bso.types import Trial

_TIMEOUT = 60.0

COMMAND = (sys.executable, "-m", "zeus_bso.cli")


def environment(**changes: str) -> dict[str, str]:
    """Of this process, without what changes how the command behaves."""
    unwanted = re.compile(r"ZEUS_BSO_|_ZEUS_|NO_COLOR$|FORCE_COLOR$|COLUMNS$|LINES$")
    kept = {key: value for key, value in os.environ.items() if not unwanted.match(key)}
    return {**kept, "TERM": "xterm-256color", **changes}


def run_in_process(
    arguments: Sequence[str], stdin: str, env: Mapping[str, str]
) -> subprocess.CompletedProcess[str]:
    """Runs the command line in this process, with streams that are files."""
    with contextlib.ExitStack() as stack:
        files = [stack.enter_context(tempfile.TemporaryFile()) for _ in range(3)]
        files[0].write(stdin.encode())
        files[0].seek(0)
        for name, file in zip(("stdin", "stdout", "stderr"), files):
            stream = io.TextIOWrapper(file, encoding="utf-8", write_through=True)
            stack.enter_context(mock.patch.object(sys, name, stream))
        stack.enter_context(mock.patch.object(sys, "argv", ["zeus-bso", *arguments]))
        stack.enter_context(mock.patch.dict(os.environ, env, clear=True))
        code = main()
        sys.stdout.close()  # The command's own; it shares the file.
        written = []
        for file in files[1:]:
            file.seek(0)
            written.append(file.read().decode())
    return subprocess.CompletedProcess(arguments, int(code), *written)


class CliCase(ServerCase):
    """Each test has a server of its own, at self.address, with a client of it."""

    def setUp(self) -> None:
        self.server = self.start_server()
        self.address = self.server.address
        self.client = self.connect(self.address)

    def run_cli(
        self,
        *arguments: str,
        stdin: str = "",
        env: Mapping[str, str] | None = None,
        code: int = 0,
    ) -> subprocess.CompletedProcess[str]:
        """Runs the command to its end, which must be with this exit code."""
        done = run_in_process(
            arguments,
            stdin,
            environment(**{"ZEUS_BSO_SERVER": self.address, **(env or {})}),
        )
        self.assertEqual(done.returncode, code, f"{arguments}: {done.stderr}")
        self.assertNotIn("\x1b", done.stdout + done.stderr)
        if code == 0:
            self.assertEqual(done.stderr, "")
        return done

    def output(self, *arguments: str) -> str:
        """What it writes for people."""
        return self.run_cli(*arguments).stdout

    def document(self, *arguments: str) -> Any:
        """What it writes as one JSON document."""
        return json.loads(self.run_cli("--json", *arguments).stdout)

    def json_lines(self, *arguments: str) -> list[Any]:
        """What it writes as JSON lines."""
        lines = self.run_cli("--json", *arguments).stdout.splitlines()
        return [json.loads(line) for line in lines]

    def start_cli(self, *arguments: str) -> subprocess.Popen[str]:
        """Starts the command, which writes into pipes; killed at the end of the test."""
        process = subprocess.Popen(
            [*COMMAND, *arguments],
            env=environment(ZEUS_BSO_SERVER=self.address),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            encoding="utf-8",
        )
        self.enterContext(process)
        self.addCleanup(process.kill)
        return process

    def on_terminal(
        self, *arguments: str, columns: int = 100, **changes: str
    ) -> "Terminal":
        """Starts the command on a terminal of its own."""
        env = environment(ZEUS_BSO_SERVER=self.address, **changes)
        return self.enterContext(Terminal([*COMMAND, *arguments], env, columns))

    def train(
        self, job_id: str = "job", *, cost: float = 100.0, converges: bool = True
    ) -> Trial:
        """Runs a trial of a job of make_spec, which costs so much."""
        return train(self.client, job_id, cost=cost, converges=converges)


def train(
    client: Client, job_id: str, *, cost: float = 100.0, converges: bool = True
) -> Trial:
    """As CliCase.train."""
    trial = client.start_trial(job_id)
    client.report_result(
        trial,
        metric=1.0 if converges else 0.0,
        epoch=100,
        time_seconds=cost / 100,
        energy_joules=cost,
    )
    return trial


class Terminal:
    """A process on a pseudo terminal."""

    def __init__(
        self, command: Sequence[str], env: Mapping[str, str], columns: int
    ) -> None:
        self._master, slave = pty.openpty()
        size = struct.pack("HHHH", 50, columns, 0, 0)
        fcntl.ioctl(slave, termios.TIOCSWINSZ, size)
        self._process = subprocess.Popen(
            command,
            env=env,
            stdin=slave,
            stdout=slave,
            stderr=slave,
            start_new_session=True,
            # Ctrl-C reaches it by its terminal.
            preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),
        )
        os.close(slave)
        os.set_blocking(self._master, False)
        self._written = b""

    @property
    def raw(self) -> str:
        """All that was read so far."""
        return self._written.decode(errors="replace")

    @property
    def text(self) -> str:
        """The same without escape codes."""
        return re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", self.raw).replace("\r\n", "\n")

    def lines_from(self, head: str) -> list[str]:
        """Those on it from one that begins with head, after blanks."""
        lines = [
            each.rpartition("\r")[2]
            for each in self.text.removesuffix("\n").split("\n")
        ]
        while lines and not lines[0].lstrip().startswith(head):
            del lines[0]
        return lines

    def read_until(self, text: str) -> None:
        """Waits until it has written this."""
        end = time.monotonic() + _TIMEOUT
        while text not in self.text:
            self._read()
            if time.monotonic() > end:
                raise AssertionError(f"{text!r} is not in {self.text!r}")

    def write(self, text: str) -> None:
        os.write(self._master, text.encode())

    def wait(self) -> int:
        """Reads all that it writes until it ends, and answers its exit code."""
        end = time.monotonic() + _TIMEOUT
        while self._process.poll() is None:
            self._read()
            if time.monotonic() > end:
                raise AssertionError(f"it does not end; it wrote {self.text!r}")
        self._read()
        return self._process.returncode

    def __enter__(self) -> "Terminal":
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._process.kill()
        self._process.wait()
        os.close(self._master)

    def _read(self) -> None:
        """All that is there; waits a moment where there is nothing."""
        got = b""
        while True:
            try:
                chunk = os.read(self._master, 1 << 16)
            except (BlockingIOError, OSError):  # OSError: the other end is closed.
                break
            if not chunk:
                break
            got += chunk
        self._written += got
        if not got:
            time.sleep(0.02)
