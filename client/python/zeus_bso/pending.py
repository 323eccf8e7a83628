"""Last reports of trainings that did not reach their server: a file for each.

They lie in ZEUS_BSO_PENDING_DIR, else in zeus-bso/pending below XDG_STATE_HOME, which is
~/.local/state by default. `python -m zeus_bso.report_pending` sends them, as does the next
BatchSizeOptimizer of the same server and job. Sending one twice changes nothing.
"""

import contextlib
import enum
import hashlib
import json
import logging
import os
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Iterator

import grpc
from google.protobuf import json_format
from zeus_bso import trial_calls
from zeus_bso.client import Client
from zeus_bso.errors import CallError
from zeus_bso.v1 import batch_size_optimizer_pb2 as api

try:
    import fcntl
except ImportError:  # Where there is none, as on Windows, processes are not kept apart.
    fcntl = None  # type: ignore[assignment]

_LOG = logging.getLogger(__name__)

_VERSION = 1

# After these a later attempt may succeed.
PASSING = frozenset(
    {
        grpc.StatusCode.ABORTED,
        grpc.StatusCode.DEADLINE_EXCEEDED,
        grpc.StatusCode.INTERNAL,
        grpc.StatusCode.PERMISSION_DENIED,
        grpc.StatusCode.RESOURCE_EXHAUSTED,
        grpc.StatusCode.UNAUTHENTICATED,
        grpc.StatusCode.UNAVAILABLE,
    }
)


@dataclass(frozen=True)
class PendingReport:
    """What to send, and where. Has no token."""

    server: str
    """As Client._server."""

    request: Any
    """The message ReportResultRequest."""

    @property
    def file_name(self) -> str:
        """The same for reports on the same trial."""
        trial = (self.request.job_uid, self.request.job_id, self.request.trial_number)
        return hashlib.sha256(repr((self.server, *trial)).encode()).hexdigest()[:32]


class Sent(enum.Enum):
    """What became of a pending report."""

    TAKEN = enum.auto()
    """Its file is gone."""
    REFUSED = enum.auto()
    """For good: its file is renamed to *.rejected, and says why."""
    KEPT = enum.auto()
    """The server is away."""


def folder() -> Path:
    """Where the files lie; it may not exist."""
    given = os.environ.get("ZEUS_BSO_PENDING_DIR")
    if given:
        return Path(given)
    state = os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state"
    return Path(state) / "zeus-bso" / "pending"


def write(pending: PendingReport) -> Path | None:
    """Writes its file, as a whole. None: that failed, and the log has what was to be
    written."""
    report = json_format.MessageToDict(pending.request)
    content = {"version": _VERSION, "server": pending.server, "report": report}
    try:
        folder().mkdir(mode=0o700, parents=True, exist_ok=True)
        path = folder() / f"{pending.file_name}.json"
        _write(path, content)
        return path
    except (OSError, RuntimeError) as error:
        _LOG.error("cannot keep the last report (%s): %s", error, json.dumps(content))
        return None


def send_all(
    client: Client, job_id: str | None = None, within: float | None = None
) -> dict[Path, Sent]:
    """Sends the reports that are pending for the server of this client.

    Args:
        client: Of the server.
        job_id: Only those of this job. None: all.
        within: How long each may take, in seconds. None: as the client has it.

    Returns:
        Of each, by its file. Those that another process is sending are left out.
    """
    outcomes: dict[Path, Sent] = {}
    for path, pending in read_all().items():
        if pending.server != client._server:
            continue
        if job_id is not None and pending.request.job_id != job_id:
            continue
        try:
            with _lock(path) as is_mine:
                if is_mine:
                    outcomes[path] = _send(client, path, pending, within)
        except OSError as error:
            _LOG.error("cannot send the pending report %s: %s", path, error)
            outcomes[path] = Sent.KEPT
    return outcomes


def read_all() -> dict[Path, PendingReport]:
    """Those that are there, by their files. What cannot be read is logged."""
    found: dict[Path, PendingReport] = {}
    try:
        paths = sorted(folder().glob("*.json"))
    except (OSError, RuntimeError) as error:  # Such as for a user without a home.
        _LOG.error("cannot look for pending reports: %s", error)
        return found
    for path in paths:
        try:
            content = json.loads(path.read_text())
            if content["version"] != _VERSION:
                raise ValueError(f"it is of version {content['version']}")
            request = json_format.ParseDict(
                content["report"], api.ReportResultRequest()
            )
            found[path] = PendingReport(str(content["server"]), request)
        except FileNotFoundError:
            pass  # Another process has sent it.
        except (OSError, ValueError, LookupError, TypeError) as error:
            _LOG.error("cannot read the pending report %s: %s", path, error)
        except json_format.ParseError as error:
            _LOG.error("cannot read the pending report %s: %s", path, error)
    return found


def _send(
    client: Client, path: Path, pending: PendingReport, within: float | None
) -> Sent:
    try:
        client._call(trial_calls.report_of(pending.request), within)
    except CallError as error:
        if error.code in PASSING:
            return Sent.KEPT
        _LOG.error("the pending report %s was refused: %s", path, error)
        content = {**json.loads(path.read_text()), "rejected": str(error)}
        _write(path.with_suffix(".rejected"), content)
        path.unlink(missing_ok=True)
        return Sent.REFUSED
    path.unlink(missing_ok=True)
    return Sent.TAKEN


def _write(path: Path, content: dict[str, Any]) -> None:
    # Its mode is 0600.
    with tempfile.NamedTemporaryFile("w", dir=path.parent, delete=False) as file:
        try:
            json.dump(content, file, indent=2)
            file.flush()
            os.fsync(file.fileno())
            os.replace(file.name, path)
        except BaseException:
            os.unlink(file.name)
            raise


@contextlib.contextmanager
def _lock(path: Path) -> Iterator[bool]:
    """Keeps other processes from sending the same file. False: one of them does."""
    try:
        file = open(path, "rb")
    except FileNotFoundError:
        yield False
        return
    with file:
        if fcntl is not None:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                yield False
                return
        yield path.exists()
