"""Tests of last reports that did not reach their server."""

import fcntl
import json
import math
import os
import stat
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path
from unittest import mock

from server_case import SERVER_BINARY, ServerCase, free_port, make_spec
from zeus_bso import pending
from zeus_bso.client import Client
from zeus_bso.local_server import LocalServer
from zeus_bso.monitor import FixedPowerMonitor
from zeus_bso.optimizer.batch_size import BatchSizeOptimizer
from zeus_bso.retry import RetryPolicy
from zeus_bso.types import Trial

NO_RETRIES = RetryPolicy(total=0.0)


class PendingTest(ServerCase):
    def setUp(self) -> None:
        directory = Path(self.enterContext(tempfile.TemporaryDirectory()))
        self.data, self.folder = directory / "data", directory / "state" / "pending"
        self.address = f"127.0.0.1:{free_port()}"
        self.variables = {"ZEUS_BSO_PENDING_DIR": str(self.folder)}
        self.enterContext(mock.patch.dict(os.environ, self.variables))

    def serve(self) -> LocalServer:
        """A server with the same store each time."""
        return LocalServer(SERVER_BINARY, self.data, listen=[self.address])

    def train(self, metric: float = 0.9, max_epochs: int = 50) -> None:
        """A training whose server goes away before its only report."""
        with self.serve():
            client = self.connect(
                self.address, token="secret", retry=NO_RETRIES, timeout=1.0
            )
            optimizer = BatchSizeOptimizer(
                FixedPowerMonitor(watts=100.0),
                client,
                make_spec(max_epochs=max_epochs),
                finish_timeout=0.1,
            )
            optimizer.get_batch_size()
            optimizer.on_train_begin()
        with self.assertLogs("zeus_bso", "ERROR"):
            optimizer.on_evaluate(metric)
        self.assertTrue(optimizer.training_finished)

    def trial(self) -> Trial:
        (trial,) = self.connect(self.address).list_trials("job")
        return trial

    def report_pending(self, code: int, *command: str) -> str:
        done = subprocess.run(
            [sys.executable, "-m", *(command or ("zeus_bso.report_pending",))],
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        self.assertEqual(done.returncode, code, done.stderr)
        return done.stdout

    def test_a_file_keeps_it(self) -> None:
        self.train()
        (path,) = self.folder.iterdir()
        self.assertEqual(stat.S_IMODE(path.stat().st_mode), 0o600)
        self.assertEqual(stat.S_IMODE(self.folder.stat().st_mode), 0o700)
        text = path.read_text()
        self.assertNotIn("secret", text)
        content = json.loads(text)
        self.assertEqual((content["version"], content["server"]), (1, self.address))
        self.assertEqual(content["report"]["jobId"], "job")

    def test_it_is_sent_by_the_command(self) -> None:
        self.train()
        self.assertIn("kept", self.report_pending(3))
        (path,) = self.folder.glob("*.json")
        with self.serve():
            said = self.report_pending(0)
            self.assertEqual(said, f"{self.address}: {path.name}: taken\n")
            self.assertTrue(self.trial().converged)
            self.assertEqual(list(self.folder.glob("*.json")), [])
            self.assertEqual(self.report_pending(0), "")

    def test_it_is_sent_by_the_command_line(self) -> None:
        self.train()
        with self.serve():
            said = self.report_pending(0, "zeus_bso.cli", "report-pending")
            self.assertIn("taken", said)
            self.assertTrue(self.trial().converged)

    def test_it_is_sent_by_the_next_optimizer(self) -> None:
        self.train()
        with self.serve():
            monitor = FixedPowerMonitor(watts=100.0)
            url = f"http://{self.address}/"
            with BatchSizeOptimizer(monitor, url, make_spec("other")):
                self.assertIsNone(self.trial().converged)
            spec = make_spec(max_epochs=50)
            with BatchSizeOptimizer(monitor, url, spec):
                self.assertTrue(self.trial().converged)
        self.assertEqual(list(self.folder.glob("*.json")), [])

    def test_a_training_that_did_not_converge(self) -> None:
        self.train(math.nan, max_epochs=1)
        with self.serve():
            self.report_pending(0)
            self.assertIs(self.trial().converged, False)

    def test_one_that_is_refused_is_kept_with_the_reason(self) -> None:
        self.train()
        with self.serve():
            self.connect(self.address).delete_job("job")
            self.assertIn("refused", self.report_pending(1))
            self.assertEqual(self.report_pending(0), "")
        (path,) = self.folder.glob("*.rejected")
        self.assertIn("JOB_NOT_FOUND", json.loads(path.read_text())["rejected"])

    def test_one_that_cannot_be_read_hinders_no_other(self) -> None:
        self.train()
        for name, text in (("a", "{"), ("b", '{"version": 2}'), ("c", "[]")):
            (self.folder / f"{name}.json").write_text(text)
        with self.serve(), self.assertLogs("zeus_bso.pending", "ERROR") as logs:
            with Client(self.address) as client:
                outcomes = pending.send_all(client)
            self.assertEqual(list(outcomes.values()), [pending.Sent.TAKEN])
        self.assertEqual(len(logs.records), 3)

    def test_one_that_another_process_sends_is_left_to_it(self) -> None:
        self.train()
        (path,) = self.folder.glob("*.json")
        with open(path, "rb") as file, self.serve():
            fcntl.flock(file, fcntl.LOCK_EX)
            self.assertEqual(self.report_pending(0), "")
            self.assertTrue(path.exists())

    def test_a_folder_that_cannot_be_looked_into_stops_no_training(self) -> None:
        with mock.patch.dict(os.environ, {"ZEUS_BSO_PENDING_DIR": ""}):
            with mock.patch.object(Path, "home", side_effect=RuntimeError("no home")):
                with self.serve(), self.assertLogs("zeus_bso.pending", "ERROR"):
                    spec, monitor = make_spec(), FixedPowerMonitor(watts=100.0)
                    with mock.patch.dict(os.environ, {"XDG_STATE_HOME": ""}):
                        BatchSizeOptimizer(monitor, self.address, spec).close()

    def test_where_no_file_can_be_written_the_log_has_it(self) -> None:
        self.folder.parent.write_text("no folder")
        with self.assertLogs("zeus_bso.pending", "ERROR") as logs:
            self.train()
        self.assertIn('"jobId": "job"', logs.output[0])


class FolderTest(unittest.TestCase):
    def test_it_follows_the_variables(self) -> None:
        with mock.patch.dict(os.environ, {"HOME": "/home/a"}, clear=True):
            default = Path("/home/a/.local/state/zeus-bso/pending")
            self.assertEqual(pending.folder(), default)
            os.environ["XDG_STATE_HOME"] = "/b"
            self.assertEqual(pending.folder(), Path("/b/zeus-bso/pending"))
            os.environ["ZEUS_BSO_PENDING_DIR"] = "/c"
            self.assertEqual(pending.folder(), Path("/c"))


if __name__ == "__main__":
    unittest.main()
