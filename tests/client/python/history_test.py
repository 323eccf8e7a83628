"""Tests of a server that keeps a bounded number of trials: how clients and commands say so."""

import tempfile
import time
import unittest
from pathlib import Path

from cli_case import CliCase
from server_case import make_spec
from zeus_bso import errors
from zeus_bso.types import Policy, TrialHistory

BEGIN = "begins with trial 6: the server has deleted 5 older trials, and keeps what they taught"


class HistoryTest(CliCase):
    def setUp(self) -> None:
        self.server = self.start_server(flags=["--max_trials_per_job=3"])
        self.address = self.server.address
        self.client = self.connect(self.address)
        self.client.register_job(make_spec(policy=Policy.CURVES))
        self.first = self.train()
        for _ in range(7):
            self.train()
        while len(list(self.client.list_trials("job"))) > 3:
            time.sleep(0.01)

    def test_client(self) -> None:
        job = self.client.get_job("job")
        assert job is not None
        self.assertEqual(job.history, TrialHistory(begin=6, num_collected=5))
        numbers = [each.trial_number for each in self.client.list_trials("job")]
        self.assertEqual(numbers, [6, 7, 8])
        with self.assertRaisesRegex(errors.TrialNotFoundError, "has deleted 5"):
            self.client.void_trial(self.first, "odd")

    def test_lists(self) -> None:
        lines = self.output("trials", "job").splitlines()
        self.assertEqual(len(lines), 1 + 3 + 1)
        self.assertEqual(lines[-1], f"The history {BEGIN}.")
        self.assertEqual(len(self.json_lines("trials", "job")), 3)

    def test_job(self) -> None:
        self.assertIn(BEGIN, self.output("job", "job"))
        history = self.document("job", "job")["history"]
        self.assertEqual(history, {"begin": 6, "num_collected": 5})

    def test_void(self) -> None:
        done = self.run_cli("void", "job", "1", "--reason", "odd", code=4)
        self.assertIn(f"no trial 1; its history {BEGIN}", done.stderr)

    def test_report(self) -> None:
        path = Path(self.enterContext(tempfile.TemporaryDirectory())) / "job.html"
        self.output("report", "job", "-o", str(path))
        self.assertIn(
            "Not shown, as the server has deleted them: 5 older trials.",
            path.read_text(),
        )

    def test_export_and_import(self) -> None:
        path = Path(self.enterContext(tempfile.TemporaryDirectory())) / "job"
        self.output("export", "job", "-o", str(path))
        self.client.delete_job("job")
        self.output("import", str(path))
        job = self.client.get_job("job")
        assert job is not None
        self.assertEqual(job.history, TrialHistory(begin=6, num_collected=5))


if __name__ == "__main__":
    unittest.main()
