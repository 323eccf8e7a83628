"""Tests of the command line: what the policy believes, and what a job starts with."""

import json
import unittest

from cli_case import CliCase
from server_case import make_spec
from zeus_bso.cli.text import estimate, probability
from zeus_bso.explanation import Estimate
from zeus_bso.types import Policy, TrialFailure

TABLE_HEAD = "batch size  trials  converged  failed"


class ExplainTest(CliCase):
    def train_by_size(self, job_id: str, times: int) -> None:
        """Ten epochs each, which cost more the larger the batch size."""
        for _ in range(times):
            trial = self.client.start_trial(job_id)
            joules = 100.0 * trial.batch_size
            self.client.report_result(
                trial,
                metric=1.0,
                epoch=10,
                time_seconds=joules / 100,
                energy_joules=joules,
            )

    def explained(self, job_id: str = "job") -> tuple[list[str], list[str]]:
        """The lines above the table, and its rows."""
        lines = self.output("explain", job_id).splitlines()
        heads = next(i for i, line in enumerate(lines) if line.startswith(TABLE_HEAD))
        return [line.rstrip() for line in lines[:heads]], lines[slice(heads + 1, None)]

    def test_before_the_first_trial(self) -> None:
        for policy in (Policy.CURVES, Policy.ZEUS):
            name = policy.name.lower()
            self.client.register_job(make_spec(name, policy=policy))
            above, rows = self.explained(name)
            self.assertEqual(above[0], "No trial has been started yet.")
            self.assertIn("next trial  batch size 16", above)
            self.assertNotIn("saved", "".join(above))
            self.assertNotIn("Warning", "".join(above))
            self.assertRegex(rows[0], r"^ +8 +0 +0 +0 +- +- +- ")

    def test_what_is_believed(self) -> None:
        for policy in (Policy.CURVES, Policy.ZEUS):
            name = policy.name.lower()
            self.client.register_job(make_spec(name, policy=policy, mab_seed=1))
            self.train_by_size(name, 20)
            above, rows = self.explained(name)
            self.assertTrue(above[0].startswith("Batch size 8 is the best with a prob"))
            self.assertRegex("\n".join(above), rf"\npolicy +{policy.name}\n")
            saved = (
                r"\n{} saved +\d+ %, between .+ % and .+ % with a probability of 90 %"
            )
            for what in ("cost", "time", "energy"):
                self.assertRegex("\n".join(above), saved.format(what))
            self.assertRegex(
                rows[0], r"^ +8 +\d+ +\d+ +0 +[78]\d\d.* ± .* \d+ %  the bes"
            )
            self.assertRegex(rows[0], r"the best size known \(trial \d+\)$")

    def test_the_default_is_the_best(self) -> None:
        self.client.register_job(make_spec(policy=Policy.CURVES, default_batch_size=8))
        self.train_by_size("job", 12)
        above, _ = self.explained()
        self.assertTrue(above[0].endswith(", and is the default."))
        self.assertNotIn("saved", "".join(above))

    def test_when_no_trial_can_start(self) -> None:
        self.client.register_job(make_spec(batch_sizes=[16]))
        for _ in range(3):
            self.client.end_trial(self.client.start_trial("job"), TrialFailure.FAILED)
        above, rows = self.explained()
        self.assertIn("next trial  none can start", above)
        self.assertRegex(rows[0], r" 3 +0 +3 +- .*ruled out.*\(trial 3\)$")
        text = "\n".join(above)
        self.assertRegex(text, r"Warning NOTHING_LEFT, since .*: No batch size is")
        self.assertIn("\n  Find out from the list of trials why they failed", text)
        job = self.document("explain", "job")["job"]
        reasons = [warning["reason"] for warning in job["warnings"]]
        self.assertIn("NOTHING_LEFT", reasons)

    def test_as_json(self) -> None:
        self.client.register_job(make_spec(policy=Policy.CURVES))
        self.train_by_size("job", 12)
        explanation = self.document("explain", "job")
        self.assertEqual(explanation["job"]["spec"]["job_id"], "job")
        self.assertEqual(explanation["best_batch_size"], 8)
        self.assertLess(explanation["cost_saving"]["low"], 0.5)
        size = explanation["batch_sizes"][0]
        self.assertEqual((size["batch_size"], size["standing"]), (8, "BEST"))
        self.assertAlmostEqual(size["cost"]["value"], 800.0, delta=80.0)
        self.assertGreater(size["cost"]["relative_sd"], 0.0)
        self.assertGreater(size["trial_number"], 0)

    def test_no_such_job(self) -> None:
        said = self.run_cli("explain", "job", code=4).stderr
        self.assertIn("JOB_NOT_FOUND", said)

    def test_a_narrow_terminal_shows_why(self) -> None:
        self.client.register_job(make_spec(policy=Policy.CURVES))
        terminal = self.on_terminal("explain", "job", columns=100)
        self.assertEqual(terminal.wait(), 0)
        self.assertIn("no size has converged yet", terminal.text)
        self.assertNotIn("cost per epoch", terminal.text)


class WarmStartTest(CliCase):
    def test_register(self) -> None:
        self.client.register_job(make_spec("source", policy=Policy.CURVES))
        self.train("source")
        spec = {**self.document("job", "source")["spec"], "job_id": "new"}

        def register(start: str, code: int = 0) -> str:
            options = ("--warm-start", start) if start else ()
            stdin = json.dumps(spec)
            done = self.run_cli("register", "-", *options, stdin=stdin, code=code)
            return done.stdout + done.stderr

        self.assertIn("JOB_NOT_FOUND", register("none", code=4))
        self.client.register_job(make_spec("empty"))
        self.assertIn("WARM_START_EMPTY", register("empty", code=1))
        self.assertEqual(
            register("source"),
            "Registered new (CURVES), which starts with what source knows.\n",
        )
        self.assertIn("was registered before", register("source"))
        self.assertRegex(self.output("job", "new"), r"(?m)^started from +source *$")
        self.assertRegex(self.output("explain", "new"), r"(?m)^started from +source *$")
        self.assertEqual(self.document("job", "new")["warm_start"], "source")
        self.assertNotIn("started from", self.output("job", "source"))


class ProfileTest(CliCase):
    def setUp(self) -> None:
        super().setUp()
        self.client.register_job(make_spec(policy=Policy.CURVES))

    def epoch_costs(self) -> list[float]:
        """By batch size; 0 where nothing is believed."""
        sizes = self.document("explain", "job")["batch_sizes"]
        costs = [each["epoch_cost"] for each in sizes]
        return [cost["value"] if cost else 0.0 for cost in costs]

    def test_epochs(self) -> None:
        options = ("--epoch", "8:8:800", "--epoch=32:3.2e1:3200")
        said = self.output("profile", "job", *options)
        self.assertIn("of 2 batch sizes. Sizes that had been timed before stay", said)
        costs = self.epoch_costs()
        self.assertAlmostEqual(costs[0], 800.0, delta=80.0)
        self.assertAlmostEqual(costs[2], 3200.0, delta=320.0)
        job = self.document("profile", "job", "--epoch", "8:1:1")
        self.assertEqual(job["spec"]["job_id"], "job")
        self.assertEqual(self.epoch_costs(), costs)

    def test_refused(self) -> None:
        before = self.epoch_costs()
        cases: list[tuple[int, list[str], str]] = [
            (2, [], "Missing option '--epoch'"),
            (2, ["--epoch", "8:8"], "'8:8' is not SIZE:SECONDS:JOULES such as"),
            (2, ["--epoch", "8:8:much"], "is not SIZE:SECONDS:JOULES"),
            (1, ["--epoch", "9:8:800"], "BATCH_SIZE_NOT_IN_JOB"),
            (1, ["--epoch", "8:-8:800"], "profiles[0].seconds"),
        ]
        for code, options, says in cases:
            with self.subTest(options):
                said = self.run_cli("profile", "job", *options, code=code).stderr
                self.assertIn(says, said)
        self.assertEqual(self.epoch_costs(), before)


class TextTest(unittest.TestCase):
    def test_estimates(self) -> None:
        for value, relative_sd, shown in (
            (57403.4, 0.0926, "57,403 ± 5,316"),
            (4.8484, 0.0271, "4.85 ± 0.13"),
            (5.0, 0.0, "5 ± 0"),
            (5.0, 1.0, "5.0 ± 5.0"),
            (5.0, 1.01, "-"),
            (0.0, float("inf"), "-"),
            (100.0, 1e-12, "100 ± 1e-10"),
            (2e30, 0.1, "2e+30 ± 2e+29"),
        ):
            self.assertEqual(estimate(Estimate(value, relative_sd)), shown)
        self.assertEqual(estimate(None), "-")

    def test_probabilities(self) -> None:
        shown = {
            0.0: "0 %",
            0.004: "< 1 %",
            0.25: "25 %",
            0.996: "> 99 %",
            1.0: "100 %",
        }
        for value, text in shown.items():
            self.assertEqual(probability(value), text)


if __name__ == "__main__":
    unittest.main()
