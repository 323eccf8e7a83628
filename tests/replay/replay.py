#!/usr/bin/env python3
"""Replays recordings of another server and compares every answer and every state.

Exits with 0 when nothing differs, 1 when something does, 2 when a recording cannot be
read or the server cannot be reached.
"""

import argparse
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Sequence

import grpc
from zeus_bso.local_server import LocalServer, LocalServerError

from http_player import HttpPlayer
from player import Player
from recording import Call, UnreadableRecording, read_recording

DEFAULT_SERVER = "127.0.0.1:50051"
CONNECT_TIMEOUT = 10.0  # Seconds.


class ServerUnreachable(Exception):
    """There is no server to replay against."""


@dataclass(frozen=True)
class Outcome:
    """How the replay of one recording went.

    Attributes:
        compared: How many calls were compared, the one that differs included.
        line: The line of the first difference.
        difference: What differs there; None: nothing does.
    """

    compared: int
    line: int = 0
    difference: str | None = None

    def describe(self, name: str) -> str:
        """One line for people."""
        if self.difference is None:
            return f"{name}: {self.compared} calls compared, no difference"
        return (
            f"{name}: {self.compared} calls compared, "
            f"first difference at line {self.line}: {self.difference}"
        )


def play(player: Player, calls: Sequence[Call]) -> Outcome:
    """Plays calls up to the first difference."""
    for compared, call in enumerate(calls, start=1):
        difference = player.play(call)
        if difference is not None:
            return Outcome(compared, call.line, difference)
    return Outcome(len(calls))


def replay_on_shared_server(address: str, calls: Sequence[Call]) -> Outcome:
    """Replays on a running server, without the recording's jobs before and after.

    Raises:
        ServerUnreachable: It does not accept connections, or does not answer.
    """
    with grpc.insecure_channel(address) as channel:
        try:
            grpc.channel_ready_future(channel).result(timeout=CONNECT_TIMEOUT)
        except grpc.FutureTimeoutError:
            raise ServerUnreachable(f"no server at {address}") from None
        player = Player(channel)
        try:
            player.delete_jobs(calls)
        except grpc.RpcError as error:
            raise ServerUnreachable(f"{address}: {error.details()}") from error
        outcome = play(player, calls)
        try:
            player.delete_jobs(calls)
        except grpc.RpcError as error:
            if outcome.difference is None:
                difference = f"the jobs cannot be deleted: {error.details()}"
                return Outcome(len(calls), calls[-1].line, difference)
        return outcome


def replay_on_own_server(
    binary: Path, calls: Sequence[Call], over_http: bool = False
) -> Outcome:
    """Replays on a server started for this recording, which must also end well.

    Args:
        binary: Path of zeus-bso-server.
        calls: The recorded calls.
        over_http: Whether they are made over Zeus' HTTP protocol.

    Raises:
        ServerUnreachable: It does not start.
    """
    try:
        with tempfile.TemporaryDirectory() as directory:
            http_socket = f"{directory}/http.sock"
            flags = [f"--http_listen=unix:{http_socket}", "--zeus_policy=zeus"]
            with LocalServer(binary, flags=flags if over_http else ()) as server:
                with grpc.insecure_channel(server.address) as channel:
                    player = (
                        HttpPlayer(channel, http_socket)
                        if over_http
                        else Player(channel)
                    )
                    outcome = play(player, calls)
                status = server.stop()
    except (LocalServerError, OSError) as error:
        raise ServerUnreachable(str(error)) from error
    if outcome.difference is None and status != 0:
        difference = f"the server ended with exit status {status}, expected 0"
        return Outcome(len(calls), calls[-1].line, difference)
    return outcome


def parse_arguments(arguments: Sequence[str] | None) -> argparse.Namespace:
    """Parses the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    server = parser.add_mutually_exclusive_group()
    server.add_argument(
        "--server",
        default=DEFAULT_SERVER,
        metavar="ADDRESS",
        help="a running server, whose jobs of the same names are deleted "
        "(default: %(default)s)",
    )
    server.add_argument(
        "--server_binary",
        type=Path,
        metavar="PATH",
        help="a zeus-bso-server to start afresh for each recording",
    )
    parser.add_argument(
        "--http",
        action="store_true",
        help="make the calls over Zeus' HTTP protocol (with --server_binary)",
    )
    parser.add_argument(
        "recordings",
        nargs="+",
        type=Path,
        metavar="FILE",
        help="a recording, .jsonl or .jsonl.gz",
    )
    options = parser.parse_args(arguments)
    if options.http and options.server_binary is None:
        parser.error("--http needs --server_binary")
    return options


def replay_all(options: argparse.Namespace) -> int:
    """Replays all recordings and prints how each went.

    Returns:
        How many of them differ.

    Raises:
        UnreadableRecording: One cannot be read; none was replayed then.
        ServerUnreachable: There is no server.
    """
    recordings = []
    for path in options.recordings:
        try:
            recordings.append((path.name, read_recording(path)))
        except UnreadableRecording as error:
            raise UnreadableRecording(f"{path}: {error}") from error
    failed = 0
    for name, calls in recordings:
        if options.server_binary is not None:
            outcome = replay_on_own_server(options.server_binary, calls, options.http)
        else:
            outcome = replay_on_shared_server(options.server, calls)
        failed += outcome.difference is not None
        print(outcome.describe(name), flush=True)
    print(f"{len(recordings) - failed} passed, {failed} failed")
    return failed


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the program; returns its exit status."""
    try:
        return 1 if replay_all(parse_arguments(arguments)) else 0
    except (UnreadableRecording, ServerUnreachable) as error:
        print(f"replay: {error}", file=sys.stderr)
        return 2


if __name__ == "__main__":
    sys.exit(main())
