"""Tests of LocalServer, on small scripts and on the real server.

The binary is taken from ZEUS_BSO_SERVER_BINARY; without it those tests are skipped.
"""

import os
import subprocess
import sys
import tempfile
import time
import unittest
from pathlib import Path

import grpc
from zeus_bso.local_server import LocalServer, LocalServerError
from zeus_bso.v1 import batch_size_optimizer_pb2 as api
from zeus_bso.v1 import batch_size_optimizer_pb2_grpc as api_grpc
from zeus_bso.v1 import resources_pb2 as resources

SERVER_BINARY = os.environ.get("ZEUS_BSO_SERVER_BINARY", "")

# Is killed while its server runs.
USER = """
import sys, time
from zeus_bso.local_server import LocalServer
with LocalServer(sys.argv[1]) as server:
    print(server._process.pid, flush=True)
    time.sleep(60)
"""


def process_status(pid: int) -> str:
    """As the kernel says; empty: there is none."""
    try:
        return Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return ""


class FailureTest(unittest.TestCase):
    def setUp(self) -> None:
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        self.directory = Path(directory.name)

    def script(self, body: str) -> Path:
        path = self.directory / "server"
        path.write_text(f"#!/bin/sh\n{body}\n")
        path.chmod(0o755)
        return path

    def test_early_exit_shows_stderr(self) -> None:
        script = self.script("echo 'the disk is on fire' >&2; exit 3")
        start = time.monotonic()
        with self.assertRaises(LocalServerError) as caught, LocalServer(script):
            pass
        self.assertLess(time.monotonic() - start, 10.0)
        self.assertIn("exit status 3", str(caught.exception))
        self.assertIn("the disk is on fire", str(caught.exception))

    def test_never_ready(self) -> None:
        script = self.script("exec sleep 60")
        with self.assertRaises(LocalServerError) as caught:
            LocalServer(script, start_timeout=0.3).start()
        self.assertIn("not ready in 0.3 s", str(caught.exception))

    def test_no_such_binary(self) -> None:
        server = LocalServer(self.directory / "missing")
        with self.assertRaises(OSError):
            server.start()
        self.assertIsNone(server.stop())
        with self.assertRaises(RuntimeError):
            server.address

    def test_is_killed_when_it_does_not_stop(self) -> None:
        pid = self.directory / "pid"
        script = self.script(
            f"trap '' TERM; echo $$ > {pid}; while :; do sleep 1; done"
        )
        with self.assertRaises(LocalServerError):
            LocalServer(script, start_timeout=1.0, stop_timeout=0.3).start()
        with self.assertRaises(ProcessLookupError):
            os.kill(int(pid.read_text()), 0)


@unittest.skipUnless(SERVER_BINARY, "ZEUS_BSO_SERVER_BINARY is not set")
class ServerTest(unittest.TestCase):
    def test_ends_with_a_user_that_is_killed(self) -> None:
        directory = self.enterContext(tempfile.TemporaryDirectory())
        user = subprocess.Popen(
            [sys.executable, "-c", USER, SERVER_BINARY],
            env={**os.environ, "TMPDIR": directory},
            stdout=subprocess.PIPE,
        )
        with user:
            assert user.stdout is not None
            pid = int(user.stdout.readline())
            self.assertEqual(len(os.listdir(directory)), 1)
            user.kill()
        end = time.monotonic() + 30.0
        while os.listdir(directory) and time.monotonic() < end:
            time.sleep(0.05)
        self.assertEqual(os.listdir(directory), [])
        self.assertNotIn("State:\tS", process_status(pid))

    def test_stops_cleanly_and_keeps_its_data(self) -> None:
        spec = resources.JobSpec(
            job_id="kept",
            batch_sizes=[8],
            default_batch_size=8,
            max_power=1.0,
            number_of_gpus=1,
            gpu_model="none",
        )
        with tempfile.TemporaryDirectory() as directory:
            for created in (True, False):
                with LocalServer(SERVER_BINARY, Path(directory) / "data") as server:
                    with grpc.insecure_channel(server.address) as channel:
                        stub = api_grpc.BatchSizeOptimizerStub(channel)
                        answer = stub.RegisterJob(api.RegisterJobRequest(spec=spec))
                        self.assertEqual(answer.created, created)
                    self.assertEqual(server.stop(), 0)


if __name__ == "__main__":
    unittest.main()
