"""Plays recorded calls over Zeus' HTTP protocol; the jobs are read back over gRPC."""

import http.client
import json
import socket
from typing import Any
from urllib.parse import quote

import grpc

from player import CALL_TIMEOUT, Answer, Player
from recording import Call

# For each operation: the method, the path, and whether the request is its body.
_ROUTES = {
    "register": ("POST", "/jobs", True),
    "predict": ("GET", "/jobs/batch_size", False),
    "report": ("POST", "/report", True),
    "end_trial": ("PATCH", "/trials", True),
    "delete": ("DELETE", "/jobs", False),
}


class _UnixConnection(http.client.HTTPConnection):
    """HTTP on a unix socket."""

    def __init__(self, path: str) -> None:
        super().__init__("localhost", timeout=CALL_TIMEOUT)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(CALL_TIMEOUT)
        self.sock.connect(self._path)


class HttpPlayer(Player):
    """Plays the calls of one recording, in order; not safe for threads."""

    def __init__(self, channel: grpc.Channel, socket_path: str) -> None:
        """Uses the channel, which stays the caller's, and the socket of the HTTP listener."""
        super().__init__(channel)
        self._connection = _UnixConnection(socket_path)

    def _perform(self, call: Call) -> Answer:
        method, path, has_body = _ROUTES[call.op]
        request = dict(call.request)
        if call.op != "register":
            request["job_id"] = self._actual_name(request["job_id"])
        body = json.dumps(request) if has_body else None
        if not has_body:
            path += f"?job_id={quote(request['job_id'], safe='')}"
        self._connection.request(method, path, body)
        response = self._connection.getresponse()
        answer = json.loads(response.read())
        if response.status >= 400:
            return Answer(response.status, json.dumps(answer))
        return Answer(response.status, decision=self._decision(call, answer))

    def _decision(self, call: Call, answer: Any) -> dict[str, Any]:
        """The answer in the form of the recordings."""
        if call.op == "register":
            return {"job_id": self._recorded_name(call, answer["job_id"])}
        if call.op == "predict":
            return {key: answer[key] for key in ("batch_size", "trial_number")}
        if call.op == "report":
            return {key: answer[key] for key in ("stop_train", "converged")}
        return {}

    def _status_difference(self, call: Call, answer: Answer) -> str | None:
        if answer.code == call.status:
            return None
        return f"status: expected {call.status}, got {answer.code} ({answer.details})"
