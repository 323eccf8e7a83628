"""Whether the benchmarks work: every row and every goal is measured, and no call fails."""

import json
import os
import subprocess
import tempfile
import unittest
from pathlib import Path


class SmokeTest(unittest.TestCase):
    def test_every_row_and_goal_is_measured(self) -> None:
        with tempfile.TemporaryDirectory() as directory:
            report = Path(directory) / "report.json"
            command = [
                os.environ["ZEUS_BSO_BENCH_BINARY"],
                "--smoke",
                f"--data_dir={directory}",
                f"--json={report}",
            ]
            run = subprocess.run(command, capture_output=True, text=True)
            self.assertEqual(run.returncode, 0, run.stderr)
            measured = json.loads(report.read_text())
        for row in measured["rows"]:
            with self.subTest(row=row["operation"], jobs=row["jobs"], via=row["via"]):
                self.assertEqual(row["failures"], 0)
                self.assertGreater(row["per_second"]["median"], 0)
                self.assertIn(row["operation"], run.stdout)
        for goal in measured["goals"]:
            with self.subTest(goal=goal["goal"]):
                self.assertTrue(goal["measured"]["values"])
                self.assertIn(goal["goal"], run.stdout)
        # 2 stores, over 3 transports, with 1 and 8 in flight: 12 operations, the empty call and
        # the engine; and the 12 in open loops.
        self.assertEqual(len(measured["rows"]), 2 * 3 * (2 * 14 + 12))


if __name__ == "__main__":
    unittest.main()
