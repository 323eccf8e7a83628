"""Tests of the command line: void trials, batch sizes that are reset, late results; and how
the other commands show them.
"""

import io
import tempfile
import time
import unittest
from datetime import timedelta
from pathlib import Path
from typing import Any

from cli_case import CliCase
from rich.console import Console
from server_case import make_spec
from zeus_bso import convert, events
from zeus_bso.cli.output import Output
from zeus_bso.cli.text import outcome
from zeus_bso.cli.watch_lines import WatchLines
from zeus_bso.cli.watch_table import WatchTable
from zeus_bso.types import Job, Policy, Trial, TrialFailure, TrialStatus
from zeus_bso.v1 import resources_pb2 as resources

REASON = "the power meter was broken"


class VoidTest(CliCase):
    def setUp(self) -> None:
        super().setUp()
        self.client.register_job(make_spec())
        self.first = self.train(cost=100)
        self.second = self.train(cost=150)

    def test_a_trial(self) -> None:
        costs = (
            "Least cost before: 100 J, of batch size 16. Least cost after: 150 J, of "
            f"batch size {self.second.batch_size}."
        )
        void = ("void", "job", "1", "--reason", REASON)
        trial = "Trial 1 of job, batch size 16, converged,"
        said = self.output(*void, "--dry-run").splitlines()
        self.assertEqual(said[0], f"{trial} would not count any more: {REASON}")
        self.assertEqual(said[1], costs)
        self.assertEqual(said[-1], "Nothing was changed: this is a dry run.")
        said = self.output(*void).splitlines()
        self.assertEqual(said[0], f"{trial} does not count any more: {REASON}")
        self.assertEqual(said[1], costs)
        said = self.output("void", "job", "1", "--reason", "again").splitlines()
        self.assertEqual(said[0], f"{trial} was void before: {REASON}")

    def test_how_it_is_shown(self) -> None:
        answer = self.document("void", "job", "1", "--reason", REASON)
        self.assertEqual(answer["trial"]["voided"]["reason"], REASON)
        self.assertTrue(answer["trial"]["voided"]["time"].endswith("Z"))
        self.assertEqual(answer["job"]["min_cost"], 150.0)
        rows = self.output("trials", "job").splitlines()
        self.assertIn(f"converged (void: {REASON})", rows[1])
        self.assertNotIn("void", rows[2])
        first, second = self.json_lines("trials", "job")
        self.assertEqual(first["voided"], answer["trial"]["voided"])
        self.assertIs(second["voided"], None)
        self.assertEqual(first["job_uid"], str(self.first.job_uid))
        self.assertRegex(self.output("job", "job"), r"(?m)^corrections +1 *$")
        self.client.void_trial(self.second, REASON)
        self.assertIn("nothing has converged that counts", self.output("job", "job"))

    def test_refused(self) -> None:
        self.client.start_trial("job")
        cases: list[tuple[int, list[str], str]] = [
            (1, ["3", "--reason=x"], "Error: TRIAL_RUNNING: "),
            (1, ["1", "--reason="], "Error: INVALID_FIELD: "),
            (1, ["1", f"--reason={'x' * 1025}"], "Error: INVALID_FIELD: "),
            (2, ["1"], "Missing option '--reason'"),
            (2, ["0", "--reason=x"], "0 is not in the range"),
            (4, ["4", "--reason=x"], "TRIAL_NOT_FOUND"),
        ]
        before = list(self.client.list_trials("job"))
        for code, options, says in cases:
            with self.subTest(options):
                said = self.run_cli("void", "job", *options, code=code).stderr
                self.assertIn(says, said)
        self.run_cli("void", "none", "1", "--reason=x", code=4)
        self.assertEqual(list(self.client.list_trials("job")), before)


class ResetTest(CliCase):
    def test_failures(self) -> None:
        self.client.register_job(make_spec())
        self.client.end_trial(self.client.start_trial("job"), TrialFailure.FAILED)
        before = self.client.get_job("job")
        self.assertEqual(
            self.output("reset", "job", "16", "--dry-run"),
            "job would forget how these batch sizes failed: 16.\n"
            "Nothing was changed: this is a dry run.\n",
        )
        self.assertEqual(self.client.get_job("job"), before)
        self.assertEqual(
            self.output("reset", "job", "16"),
            "job has forgotten how these batch sizes failed: 16.\n",
        )
        self.assertIn("no failures to forget", self.output("reset", "job", "16"))
        answer = self.document("reset", "job", "16")
        self.assertEqual(answer["batch_sizes"], [])
        self.assertEqual(answer["job"]["failures"], [])

    def test_refused(self) -> None:
        self.client.register_job(make_spec())
        for code, arguments, says in (
            (1, ("job", "9"), "Error: BATCH_SIZE_NOT_IN_JOB: "),
            (2, ("job", "all"), "'all' is not a valid integer"),
            (2, ("job",), "Missing argument 'BATCH_SIZE'"),
            (4, ("none", "16"), "Error: JOB_NOT_FOUND: "),
        ):
            self.assertIn(says, self.run_cli("reset", *arguments, code=code).stderr)


class LateTest(CliCase):
    def test_a_result_after_the_timeout(self) -> None:
        timeout = timedelta(milliseconds=1)
        self.client.register_job(make_spec(trial_timeout=timeout))
        trial = self.client.start_trial("job")
        end = time.monotonic() + 60
        while self.trial(trial).status is TrialStatus.DISPATCHED:
            self.assertLess(time.monotonic(), end)
            time.sleep(0.05)
        self.assertIn("failed: TIMED_OUT", self.output("trials", "job"))
        self.client.report_result(
            trial, metric=1.0, epoch=3, time_seconds=1, energy_joules=100
        )
        self.assertIn("converged (late) ", self.output("trials", "job"))
        self.assertIs(self.json_lines("trials", "job")[0]["late"], True)

    def trial(self, trial: Trial) -> Trial:
        found = self.client.get_trial("job", trial.batch_size, trial.trial_number)
        assert found is not None
        return found


class WatchTest(CliCase):
    def test_corrections(self) -> None:
        self.client.register_job(make_spec(policy=Policy.CURVES))
        trial = self.train()
        process = self.start_cli("watch", "job")
        assert process.stdout is not None
        self.assertIn("policy CURVES, 0 running", process.stdout.readline())
        self.client.update_job("job", beta_knob=3.0, batch_sizes=[8, 16])
        self.client.void_trial(trial, REASON)
        self.client.delete_job("job")
        written = process.stdout.read()
        self.assertEqual(process.wait(60), 0)
        self.assertIn(
            f"trial 1 is void: batch size 16, converged; reason: {REASON}", written
        )
        self.assertRegex(
            written,
            r"job corrected: batch_sizes 8, 16, 32 -> 8, 16; beta_knob 2 -> 3\b",
        )


class ReportTest(CliCase):
    def page(self) -> str:
        with tempfile.TemporaryDirectory() as directory:
            path = Path(directory) / "report.html"
            self.said = self.output("report", "job", "-o", str(path))
            return path.read_text()

    def test_void_trials_do_not_count(self) -> None:
        self.client.register_job(make_spec(policy=Policy.CURVES))
        self.client.void_trial(self.train(cost=50), REASON)
        self.train(cost=100)
        page = self.page()
        self.assertIn("report.html, of 1 trial.", self.said)
        self.assertIn("1 trial: 1 converged", page)
        self.assertIn("Not counted, as void: 1 other trial.", page)
        self.assertIn("The cheapest was trial 2,", page)
        self.assertIn("1 that are void are left out", page)

    def test_trials_at_sizes_that_were_removed(self) -> None:
        self.client.register_job(make_spec(policy=Policy.CURVES))
        self.train()
        self.client.update_job("job", batch_sizes=[8, 32], default_batch_size=8)
        page = self.page()
        self.assertRegex(page, r"<td>16</td><td>1</td><td>1</td>.*removed from the job")


def make_job(**fields: Any) -> Job:
    return convert.job_from_proto(
        resources.Job(
            spec=resources.JobSpec(job_id="job", eta_knob=0.5, max_power=100.0),
            stage=resources.STAGE_NONE,
            **fields,
        )
    )


def make_trial(**fields: Any) -> Trial:
    values: dict[str, Any] = {"job_id": "job", "trial_number": 5, "batch_size": 16}
    return convert.trial_from_proto(resources.Trial(**{**values, **fields}))


TIMED_OUT = make_trial(
    status=resources.TRIAL_STATUS_FAILED, failure=resources.TRIAL_FAILURE_TIMED_OUT
)
LATE = make_trial(
    status=resources.TRIAL_STATUS_SUCCEEDED,
    converged=True,
    time_seconds=1.0,
    energy_joules=100.0,
    late=True,
)
VOID = make_trial(
    status=resources.TRIAL_STATUS_SUCCEEDED,
    converged=True,
    late=True,
    voided=resources.TrialVoid(reason=REASON),
)


class EventsTest(unittest.TestCase):
    """What is shown of events that a server sends only now and then."""

    def test_outcomes(self) -> None:
        self.assertEqual(outcome(TIMED_OUT), "failed: TIMED_OUT")
        self.assertEqual(outcome(LATE), "converged (late)")
        self.assertEqual(outcome(VOID), f"converged (late, void: {REASON})")
        long = make_trial(voided=resources.TrialVoid(reason="x" * 61))
        self.assertEqual(outcome(long), f"unknown (void: {'x' * 59}…)")

    def test_lines_of_learning_anew(self) -> None:
        lines = WatchLines()
        shown: list[str] = []
        for job in (
            make_job(),
            make_job(is_learning_anew=True, num_corrections=1),
            make_job(num_corrections=2),
            make_job(num_corrections=3),
        ):
            event = events.JobUpdated(1, 2, job) if shown else None
            state = events.PresentState(1, 1, job, (), missed_changes=False)
            shown += list(lines.of(event or state))
        self.assertEqual(
            shown[1:],
            [
                "     2  job corrected: the policy learns anew",
                "     2  job corrected: the policy has learned anew",
                "     2  job corrected",
            ],
        )
        anew = events.PresentState(1, 1, make_job(is_learning_anew=True), (), False)
        (line,) = WatchLines().of(anew)
        self.assertTrue(line.endswith(", learning anew"))

    def test_a_table(self) -> None:
        table = WatchTable(Output(False))
        job = make_job(num_running_trials=2)  # Of which one times out.
        table.add(events.PresentState(1, 1, job, (), missed_changes=False))
        table.add(events.TrialEnded(1, 2, TIMED_OUT))
        table.add(events.TrialEnded(1, 3, LATE))  # It did not run any more.
        shown = self.shown(table)
        self.assertRegex(shown, r"(?m)^running +1 *$")
        self.assertIn("converged (late)", shown)
        self.assertNotIn("TIMED_OUT", shown)
        table.add(events.TrialVoided(1, 4, VOID))
        job = make_job(num_running_trials=1, is_learning_anew=True)
        table.add(events.JobUpdated(1, 4, job))
        shown = self.shown(table)
        self.assertIn(f"converged (late, void: {REASON})", shown)
        self.assertRegex(shown, r"(?m)^beliefs +old ones, until")
        self.assertNotIn("least cost", shown)

    def shown(self, table: WatchTable) -> str:
        console = Console(file=io.StringIO(), width=200)
        with console.capture() as capture:
            console.print(table.render())
        return capture.get()


if __name__ == "__main__":
    unittest.main()
