"""Tests of the command line: what it shows of jobs, trials and arms."""

import json
import re
import sys
import unittest
from datetime import datetime, timedelta

from cli_case import CliCase, Terminal, environment
from server_case import await_summary, make_spec
from zeus_bso.types import Policy, TrialFailure


class JobsTest(CliCase):
    def test_jobs(self) -> None:
        for name in ("night-1", "night-2", "[red]day[/red]"):
            self.client.register_job(make_spec(name))
        self.train("night-2", cost=2000)
        await_summary(self.client, "night-2")
        rows = self.output("jobs").splitlines()
        self.assertEqual(len(rows), 4)
        self.assertRegex(rows[0], r"^job +policy +stage .*warnings +least cost/J")
        self.assertTrue(rows[1].startswith("[red]day[/red]"))
        self.assertRegex(rows[2], r"^night-1 +ZEUS +PRUNING +3 +16 +- +- +- +0 +0 +- ")
        self.assertRegex(
            rows[3], r"^night-2 +ZEUS +PRUNING +3 +16 +- +- +- +0 +0 +2,000 "
        )
        self.assertEqual(len(self.output("jobs", "--prefix", "night").splitlines()), 3)

    def test_jobs_as_json_lines(self) -> None:
        for name in ("a-1", "a-2", "b"):
            self.client.register_job(make_spec(name))
        jobs = self.json_lines("jobs", "--prefix=a")
        self.assertEqual([job["spec"]["job_id"] for job in jobs], ["a-1", "a-2"])
        self.assertEqual(self.json_lines("jobs", "--prefix=none"), [])

    def test_a_job(self) -> None:
        self.client.register_job(
            make_spec(gpu_model="V\x1b[31m100", trial_timeout=timedelta(hours=2))
        )
        self.client.end_trial(self.client.start_trial("job"), TrialFailure.FAILED)
        shown = self.output("job", "job")
        self.assertRegex(shown, r"(?m)^policy +ZEUS *$")
        self.assertRegex(shown, r"(?m)^stage +PRUNING *$")
        self.assertRegex(shown, r"(?m)^window_size +0 *$")
        self.assertRegex(shown, r"(?m)^batch_sizes +8, 16, 32 *$")
        self.assertRegex(shown, r"(?m)^gpu_model +V\\x1b\[31m100 *$")
        self.assertRegex(shown, r"(?m)^trial_timeout +7200s *$")
        self.assertRegex(shown, r"(?m)^batch size 16 +failed 1 time since")

    def test_a_job_as_json(self) -> None:
        self.client.register_job(
            make_spec(mab_seed=2**64 - 1, trial_timeout=timedelta(seconds=90.5))
        )
        job = self.document("job", "job")
        self.assertEqual(job["stage"], "PRUNING")
        self.assertIsNone(job["min_cost"])
        self.assertEqual(job["spec"]["batch_sizes"], [8, 16, 32])
        self.assertEqual(job["spec"]["mab_seed"], str(2**64 - 1))
        again = self.run_cli("register", "-", stdin=json.dumps(job["spec"]))
        self.assertIn("was registered before", again.stdout)
        self.assertEqual(job["spec"]["trial_timeout"], "90.500s")
        self.assertTrue(job["create_time"].endswith("Z"))
        known = self.client.get_job("job")
        assert known is not None and known.generator_state is not None
        self.assertEqual(datetime.fromisoformat(job["create_time"]), known.create_time)
        state = job["generator_state"]
        halves = int(state["state_high"]) << 64 | int(state["state_low"])
        self.assertEqual(halves, known.generator_state.state)

    def test_warnings_of_a_job(self) -> None:
        self.client.register_job(make_spec(beta_knob=1.1))
        self.assertNotIn("ended last", self.output("job", "job"))
        for _ in range(3):
            self.client.end_trial(self.client.start_trial("job"), TrialFailure.FAILED)
        shown = self.output("job", "job")
        self.assertRegex(
            shown,
            r"(?m)^ended last \(UTC\) +trial 3 at .*; the latest 3 results did not",
        )
        *_, first, advice, rests, _, beta, _ = shown.splitlines()
        self.assertRegex(first, r"^Warning NOT_CONVERGING, since 20\S+ \S+: The last 3")
        self.assertRegex(advice, r"^  See in the list of trials ")
        self.assertTrue(rests.startswith("Warning SIZE_RESTS of batch size 16, since"))
        self.assertTrue(beta.startswith("Warning BETA_TOO_LOW, since"))
        self.assertRegex(self.output("jobs").splitlines()[1], r" - +0 +3 +- +20")
        for job in (self.document("job", "job"), *self.json_lines("jobs")):
            self.assertEqual(
                [each["reason"] for each in job["warnings"]],
                ["NOT_CONVERGING", "SIZE_RESTS", "BETA_TOO_LOW"],
            )
            self.assertEqual(job["warnings"][1]["batch_size"], 16)
            self.assertIsNone(job["warnings"][0]["batch_size"])
            self.assertTrue(job["warnings"][0]["since"].endswith("Z"))
            self.assertEqual(job["latest_results"]["num_not_converged"], 3)

    def test_json_after_the_command(self) -> None:
        self.client.register_job(make_spec())
        after = self.run_cli("job", "job", "--json").stdout
        self.assertEqual(after, self.run_cli("--json", "job", "job").stdout)


class CurvesTest(CliCase):
    """What is shown of a job that follows the policy CURVES."""

    def setUp(self) -> None:
        super().setUp()
        self.client.register_job(make_spec(policy=Policy.CURVES, mab_seed=7))
        self.train()
        with self.client.trial("job") as trial:
            trial.report(0.1, epoch=1, time_seconds=0.001, energy_joules=0.1)
        self.client.start_trial("job")

    def test_a_job(self) -> None:
        await_summary(self.client)
        row = self.output("jobs").splitlines()[1]
        self.assertRegex(row, r"^job +CURVES +- +3 +16 +16 +\S.* % +- +1 +0 +100 ")
        shown = self.output("job", "job")
        self.assertRegex(shown, r"(?m)^policy +CURVES *$")
        self.assertRegex(shown, r"(?m)^mab_seed +7 *$")
        for ignored in ("stage", "window_size", "mab_prior_mean", "num_pruning_rounds"):
            self.assertNotRegex(shown, rf"(?m)^{ignored} ")
        job = self.document("job", "job")
        self.assertEqual((job["stage"], job["spec"]["policy"]), ("NONE", "CURVES"))
        again = self.run_cli("register", "-", stdin=json.dumps(job["spec"]))
        self.assertIn("job (CURVES) was registered before", again.stdout)

    def test_trials(self) -> None:
        rows = self.output("trials", "job").splitlines()
        self.assertRegex(rows[1], r"^ +1 +16 +FIRST +converged +100 +1 +100 +100 ")
        self.assertRegex(rows[2], r"(BEST|EXPLORE) +failed: NOT_CONVERGED +1 +- +- +- ")
        self.assertRegex(rows[3], r"(BEST|EXPLORE) +running +- +- +- +- ")
        first, second, last = self.json_lines("trials", "job")
        self.assertIsNone(first["limit_batch_size"])
        self.assertEqual(second["progress"]["epochs"], 1)
        self.assertEqual(second["progress"]["energy_joules"], 0.1)
        self.assertLess(first["end_revision"], second["end_revision"])
        self.assertGreater(last["curves_ticket"]["reference_cost"], 0)

    def test_arms(self) -> None:
        self.assertEqual(
            self.output("arms", "job"),
            "No arms: the job follows the policy CURVES.\n",
        )
        self.assertEqual(self.document("arms", "job"), [])


class SummaryTest(CliCase):
    def setUp(self) -> None:
        super().setUp()
        self.client.register_job(make_spec(policy=Policy.CURVES, mab_seed=1))
        for _ in range(12):
            trial = self.client.start_trial("job")
            joules = 100.0 * trial.batch_size
            self.client.report_result(
                trial,
                metric=1.0,
                epoch=10,
                time_seconds=joules / 100,
                energy_joules=joules,
            )
        await_summary(self.client)

    def test_what_a_job_saves(self) -> None:
        row = self.output("jobs").splitlines()[1]
        self.assertRegex(row, r"^job +CURVES +- +3 +16 +8 +> 99 % +\d+ % +0 +0 +800 ")
        shown = self.output("job", "job")
        self.assertRegex(
            shown,
            r"(?m)^best +batch size 8 with a probability of > 99 %, as of trial 12",
        )
        self.assertRegex(shown, r"(?m)^cost saved +\d+ %, between .+ % and .+ % with")
        self.assertRegex(shown, r"(?m)^ended last \(UTC\) +trial 12 at 20\S+ \S+ *$")

    def test_as_json(self) -> None:
        for job in (self.document("job", "job"), *self.json_lines("jobs")):
            summary = job["summary"]
            self.assertEqual(summary["last_trial_number"], 12)
            self.assertEqual(summary["best_batch_size"], 8)
            self.assertGreater(summary["best_probability"], 0.9)
            self.assertLess(summary["cost_saving"]["low"], 0.5)
            self.assertEqual(summary["num_warnings"], 0)

    def test_a_narrow_terminal_shows_what_is_best(self) -> None:
        terminal = self.on_terminal("jobs", columns=80)
        self.assertEqual(terminal.wait(), 0)
        for head in ("best", "probability", "cost saved", "running", "warnings"):
            self.assertIn(head, terminal.text)
        self.assertNotIn("created", terminal.text)


class TrialsTest(CliCase):
    def setUp(self) -> None:
        super().setUp()
        self.client.register_job(make_spec())
        self.train(cost=1234)
        self.train(cost=200, converges=False)
        self.client.end_trial(self.client.start_trial("job"), TrialFailure.CANCELLED)
        self.client.start_trial("job")

    def test_trials(self) -> None:
        rows = self.output("trials", "job").splitlines()
        self.assertEqual(len(rows), 5)
        self.assertRegex(
            rows[1], r"^ +1 +16 +EXPLORATION +converged +100 +12\.34 +1,234 +1,234 "
        )
        self.assertIn("not converged: MAX_EPOCHS_DONE", rows[2])
        self.assertRegex(rows[3], r"failed: CANCELLED +- +- +- +- ")
        self.assertIn("running", rows[4])

    def test_filters(self) -> None:
        def numbers(*options: str) -> list[int]:
            trials = self.json_lines("trials", "job", *options)
            return [trial["trial_number"] for trial in trials]

        self.assertEqual(numbers(), [1, 2, 3, 4])
        self.assertEqual(numbers("--status", "succeeded"), [1, 2])
        self.assertEqual(numbers("--status=FAILED"), [3])
        self.assertEqual(numbers("--status=DISPATCHED"), [4])
        of_size = [
            each.trial_number
            for each in self.client.list_trials("job")
            if each.batch_size == 16
        ]
        self.assertEqual(numbers("--batch-size=16"), of_size)
        self.assertEqual(numbers("--batch-size=16", "--status=SUCCEEDED"), [1])

    def test_as_json_lines(self) -> None:
        first, *_, last = self.json_lines("trials", "job")
        self.assertEqual(
            (first["status"], first["converged"], first["energy_joules"]),
            ("SUCCEEDED", True, 1234.0),
        )
        self.assertEqual(first["end_reason"], "TARGET_REACHED")
        self.assertEqual(
            (last["end_reason"], last["last_metric"]), ("UNSPECIFIED", None)
        )
        self.assertEqual((last["end_time"], last["failure"]), (None, "UNSPECIFIED"))

    def test_columns_give_way_on_a_narrow_terminal(self) -> None:
        heads = {}
        for columns in (160, 78):
            terminal = self.on_terminal("trials", "job", columns=columns)
            self.assertEqual(terminal.wait(), 0)
            heads[columns] = terminal.lines_from("trial ")[0]
        self.assertIn("client", heads[160])
        self.assertNotIn("client", heads[78])
        self.assertIn("cost/J", heads[78])


class LongTableTest(CliCase):
    def test_its_parts_are_aligned(self) -> None:
        self.client.register_job(make_spec(max_failures_per_batch_size=0))
        for _ in range(250):  # It is drawn in parts of 200 rows.
            self.client.end_trial(self.client.start_trial("job"))
        self.train(cost=1234567)
        terminal = self.on_terminal("trials", "job", columns=160)
        self.assertEqual(terminal.wait(), 0)
        heads, _, *rows = terminal.lines_from("trial ")
        self.assertEqual(len(rows), 251)
        edge = heads.index("cost/J") + len("cost/J")
        for row in rows:
            self.assertRegex(row[:edge], r"[-\d]$")
            self.assertEqual(row[edge], " ")
        self.assertIn("1,234,567 ", rows[-1])


class SlowListingTest(CliCase):
    def test_its_heads_are_found(self) -> None:
        program = """
import time
from zeus_bso.cli.progress import progress
with progress("Listing trials") as advance:
    for _ in range(15):
        time.sleep(0.1)
        advance()
print("  trial   batch size\\n1  16")
"""
        command = [sys.executable, "-c", program]
        terminal = self.enterContext(Terminal(command, environment(), columns=80))
        self.assertEqual(terminal.wait(), 0)
        self.assertIn("Listing trials", terminal.text)
        lines = terminal.lines_from("trial ")
        self.assertEqual(lines, ["  trial   batch size", "1  16"])


class ArmsTest(CliCase):
    def test_before_there_are_any(self) -> None:
        self.client.register_job(make_spec())
        self.assertIn("stage PRUNING", self.output("arms", "job"))
        self.assertEqual(self.document("arms", "job"), [])

    def test_all_kinds(self) -> None:
        self.client.register_job(
            make_spec(num_pruning_rounds=0, mab_num_explorations=2)
        )
        costs = {8: [300.0, 300.0], 16: [200.0, 220.0]}
        while any(costs.values()):
            trial = self.client.start_trial("job")
            if trial.batch_size == 32:
                self.client.end_trial(trial, TrialFailure.INFEASIBLE)
                continue
            self.client.report_result(
                trial,
                metric=1,
                epoch=1,
                time_seconds=0,
                energy_joules=2 * costs[trial.batch_size].pop(),
            )
        rows = self.output("arms", "job").splitlines()
        self.assertRegex(rows[1], r"^ +8 +300 ± 0 +2 *$")
        self.assertRegex(rows[2], r"^ +16 +210 ± [\d.]+ +2 +best$")
        self.assertRegex(rows[3], r"^ +32 +nothing yet +0 *$")
        arms = {arm["batch_size"]: arm for arm in self.document("arms", "job")}
        self.assertEqual(arms[8]["param_precision"], "Infinity")
        self.assertEqual(arms[16]["param_mean"], -210.0)
        self.assertEqual(arms[32]["param_precision"], 0.0)


class TerminalTest(CliCase):
    def test_colours_only_where_they_are_wanted(self) -> None:
        self.client.register_job(make_spec())
        terminal = self.on_terminal("jobs")
        self.assertEqual(terminal.wait(), 0)
        self.assertIn("\x1b[", terminal.raw)
        self.assertIn("─", terminal.text)
        plain = self.on_terminal("jobs", NO_COLOR="1")
        self.assertEqual(plain.wait(), 0)
        self.assertIsNone(re.search(r"\x1b\[[0-9;]*3[0-9]m", plain.raw))
        piped = self.run_cli("jobs", env={"FORCE_COLOR": "1"}).stdout
        self.assertNotIn("─", piped)


if __name__ == "__main__":
    unittest.main()
