"""Tests of the digits example: a trainer's duties, and the honesty of its sums."""

import contextlib
import io
import itertools
import unittest
from typing import Any, Iterator, Sequence
from unittest import mock

import digits
import digits_report as report
from digits_report import Training
from server_case import SERVER_BINARY, ServerCase, free_port
from zeus_bso.energy import FixedPowerMeter
from zeus_bso.types import (
    JobSpec,
    Policy,
    Trial,
    TrialFailure,
    TrialStatus,
    TrialType,
)

CONVERGES = (0.2, 0.5, digits.TARGET_ACCURACY)
NEVER_CONVERGES = itertools.repeat(0.1)


def interrupted() -> Iterator[float]:
    """A training that Ctrl-C ends in its second epoch."""
    yield 0.1
    raise KeyboardInterrupt


class DigitsCase(ServerCase):
    """A server, and trainings that are made up."""

    def setUp(self) -> None:
        self.address = self.start_server().address
        self.client = self.connect(self.address)

    def made_up(self, *trainings: Any) -> mock.Mock:
        """Stands in for train_digits: the accuracies of each training, in their order."""
        fake = mock.patch.object(digits, "train_digits", side_effect=trainings)
        return self.enterContext(fake)


class TrainingTest(DigitsCase):
    def setUp(self) -> None:
        super().setUp()
        spec = digits.job_spec(max_power=10.0, seed=1, policy=Policy.ZEUS)
        self.spec = self.client.register_job(spec).job.spec
        self.job_id = self.spec.job_id
        clock = itertools.count()  # 10 J from each look at the meter to the next.
        self.meter = FixedPowerMeter(10.0, clock=lambda: float(next(clock)))

    def train(self) -> Training:
        return digits.train_with_server(self.client, self.job_id, self.meter, 5)

    def cost(self, training: Training) -> float:
        return report.cost(self.spec, training.seconds, training.joules)

    def last_trial(self) -> Trial:
        return list(self.client.list_trials(self.job_id))[-1]

    def test_reports_totals_until_it_converges(self) -> None:
        train_digits = self.made_up([*CONVERGES, 0.99])
        training = self.train()
        train_digits.assert_called_once_with(512, 5)
        self.assertEqual((training.kind, training.batch_size), ("exploration", 512))
        self.assertEqual((training.epochs, training.joules), (3, 30.0))
        self.assertEqual(training.accuracy, digits.TARGET_ACCURACY)
        trial = self.last_trial()
        self.assertEqual(trial.status, TrialStatus.SUCCEEDED)
        self.assertEqual((trial.batch_size, trial.energy_joules), (512, 30.0))
        self.assertEqual(trial.time_seconds, training.seconds)
        self.assertTrue(trial.converged and training.converged)

    def test_counts_its_epochs(self) -> None:
        self.made_up(NEVER_CONVERGES)
        training = self.train()
        self.assertEqual(training.epochs, digits.MAX_EPOCHS)
        trial = self.last_trial()
        self.assertEqual(trial.status, TrialStatus.SUCCEEDED)
        self.assertEqual(trial.energy_joules, 10.0 * digits.MAX_EPOCHS)
        self.assertFalse(trial.converged or training.converged)

    def test_stops_when_it_is_too_costly(self) -> None:
        self.made_up(CONVERGES, NEVER_CONVERGES)
        cheap, training = self.train(), self.train()
        self.assertGreater(self.cost(training), digits.BETA_KNOB * self.cost(cheap))
        self.assertLess(training.epochs, digits.MAX_EPOCHS)
        trial = self.last_trial()
        self.assertEqual(trial.status, TrialStatus.SUCCEEDED)
        self.assertEqual(trial.batch_size, training.batch_size)
        self.assertEqual(trial.energy_joules, training.joules)
        self.assertFalse(trial.converged or training.converged)

    def test_ends_the_trial_when_the_training_raises(self) -> None:
        self.made_up(interrupted(), ValueError("bad data"))
        for error, failure in (
            (KeyboardInterrupt, TrialFailure.CANCELLED),
            (ValueError, TrialFailure.FAILED),
        ):
            with self.assertRaises(error):
                self.train()
            trial = self.last_trial()
            self.assertEqual(trial.status, TrialStatus.FAILED)
            self.assertEqual(trial.failure, failure)


class MainTest(DigitsCase):
    def run_main(self, *arguments: str) -> tuple[int, list[str], str]:
        """The exit status, the lines of the output, and the errors."""
        with (
            contextlib.redirect_stdout(io.StringIO()) as output,
            contextlib.redirect_stderr(io.StringIO()) as errors,
        ):
            status = digits.main(arguments)
        return status, output.getvalue().splitlines(), errors.getvalue()

    def trials(self) -> list[Trial]:
        """Of the only job."""
        (job,) = self.client.list_jobs("digits-")
        return list(self.client.list_trials(job.spec.job_id))

    def explained(self, lines: Sequence[str]) -> list[list[str]]:
        """The rows of the table of what the server believes, in words."""
        heads = next(
            i for i, line in enumerate(lines) if line.startswith("batch size ")
        )
        return [line.split() for line in lines[slice(heads + 1, -2)]]

    def test_whole_run(self) -> None:
        missing = digits.BASELINE_TRAININGS - 1
        train_digits = self.made_up(*[CONVERGES] * (2 + missing))
        with mock.patch.object(digits, "BETA_KNOB", 1e9):  # Their times are random.
            status, lines, errors = self.run_main(
                "--server", self.address, "--recurrences", "2", "--policy", "zeus"
            )
        self.assertEqual((status, errors), (0, ""))
        trials = self.trials()  # The server knows nothing of the baseline.
        self.assertEqual([each.batch_size for each in trials], [512, 256])
        self.assertTrue(all(each.converged for each in trials))
        self.assertEqual(
            [call.args for call in train_digits.call_args_list],
            [(512, 1_000_001), (256, 1_000_002)]
            + [(512, 1_000_003 + number) for number in range(missing)],
        )
        kinds = [line.split()[1] for line in lines if line.endswith("  converged")]
        self.assertEqual(kinds, ["exploration"] * 2 + ["baseline"] * missing)
        summary = "Batch sizes are tried one by one: 2 of 2 trials have converged."
        self.assertIn(summary, lines)
        rows = self.explained(lines)
        tried = {row[0]: row[1:3] for row in rows if row[1] != "0"}
        self.assertEqual(tried, {"256": ["1", "1"], "512": ["1", "1"]})
        self.assertEqual({row[3] for row in rows}, {"-"})
        self.assertRegex(
            lines[-1], "^The default, 512, .*; all 2, exploration included"
        )

    def test_whole_run_of_curves(self) -> None:
        self.made_up(*[CONVERGES] * (6 + digits.BASELINE_TRAININGS))
        with mock.patch.object(digits, "BETA_KNOB", None):  # Their times are random.
            status, lines, errors = self.run_main(
                "--server", self.address, "--recurrences", "6"
            )
        self.assertEqual((status, errors), (0, ""))
        trials = self.trials()
        self.assertEqual(trials[0].type, TrialType.FIRST)
        kinds = [line.split()[1] for line in lines if line.endswith("  converged")]
        self.assertEqual(kinds[:6], [each.type.name.lower() for each in trials])
        self.assertEqual(set(kinds[6:]) | {"baseline"}, {"baseline"})
        rows = self.explained(lines)
        self.assertEqual([int(row[0]) for row in rows], list(digits.BATCH_SIZES))
        self.assertEqual(sum(int(row[1]) for row in rows), 6)
        self.assertEqual(sum(int(row[2]) for row in rows), 6)
        (job,) = self.client.list_jobs("digits-")
        best = self.client.explain_job(job.spec.job_id).best_batch_size
        known = [int(row[0]) for row in rows if "the best size known" in " ".join(row)]
        self.assertEqual(known, [best])
        self.assertTrue(any(line.startswith(f"Batch size {best} is") for line in lines))
        self.assertIn("the last 2 trainings with the server's choices", lines[-1])
        self.assertIn("all 6, exploration included,", lines[-1])

    def test_a_server_of_its_own(self) -> None:
        self.made_up(*[CONVERGES] * digits.BASELINE_TRAININGS)
        status, lines, errors = self.run_main(
            "--server_binary", SERVER_BINARY, "--recurrences", "1"
        )
        self.assertEqual((status, errors), (0, ""))
        self.assertEqual(list(self.client.list_jobs()), [])
        self.assertIn("all 1, exploration included,", lines[-1])

    def test_ctrl_c(self) -> None:
        self.made_up(interrupted())
        status, _, errors = self.run_main("--server", self.address)
        self.assertEqual((status, errors), (130, "digits: interrupted\n"))
        (trial,) = self.trials()
        self.assertEqual(trial.failure, TrialFailure.CANCELLED)

    def test_no_server(self) -> None:
        address = f"127.0.0.1:{free_port()}"
        with mock.patch.object(digits, "RETRY_SECONDS", 0.5):
            status, lines, errors = self.run_main("--server", address)
        self.assertEqual((status, lines), (1, []))
        self.assertEqual(errors, f"digits: no server at {address}\n")

    def test_a_call_that_fails(self) -> None:
        status, lines, errors = self.run_main(
            "--server", self.address, "--watts", "inf"
        )
        self.assertEqual((status, lines), (1, []))
        self.assertRegex(errors, r"^digits: INVALID_ARGUMENT: .*max_power.*\n$")


def trainings(kind: str, batch_size: int, *costs: float) -> list[Training]:
    """Trainings of 1 W and eta 1, so that the cost is the energy; negative: failed."""
    return [
        Training(kind, batch_size, 5, 0.9, 1.0, abs(cost), converged=cost > 0)
        for cost in costs
    ]


class SavingsTest(unittest.TestCase):
    def savings(
        self, best: int, runs: Sequence[Training], defaults: Sequence[Training]
    ) -> str:
        spec = JobSpec(
            batch_sizes=[32, 512],
            default_batch_size=512,
            eta_knob=1.0,
            max_power=1.0,
            max_epochs=60,
        )
        return report.savings(spec, best, runs, defaults)

    def test_settled_and_whole_run(self) -> None:
        runs = trainings("exploration", 512, 100.0, 60.0) + trainings("mab", 32, 20.0)
        self.assertEqual(
            self.savings(32, runs, trainings("baseline", 512, 90.0, 110.0)),
            "The default, 512, costs 100.0 J for each training that converges; "
            "the last 1 trainings with the server's choices cost 20.0 J, 80 % less; "
            "all 3, exploration included, cost 60.0 J, 40 % less.",
        )

    def test_settled_with_curves(self) -> None:
        runs = trainings("first", 512, 100.0) + trainings("explore", 64, 30.0)
        runs += trainings("best", 32, 20.0)
        line = self.savings(32, runs, trainings("baseline", 512, 100.0))
        self.assertIn(
            "the last 1 trainings with the server's choices cost 20.0 J, 80 % less",
            line,
        )
        line = self.savings(32, runs[:1], trainings("baseline", 512, 100.0))
        self.assertIn("has not finished exploring", line)

    def test_failed_trainings_count(self) -> None:
        runs = trainings("mab", 32, 90.0, -30.0, -30.0)
        line = self.savings(32, runs, trainings("baseline", 512, 100.0))
        self.assertIn(
            "the last 1 trainings with the server's choices never converg", line
        )
        self.assertIn("cost 150.0 J, 50 % more", line)

    def test_still_exploring(self) -> None:
        runs = trainings("exploration", 32, 10.0)
        line = self.savings(32, runs, trainings("baseline", 512, 100.0))
        self.assertIn("has not finished exploring", line)
        self.assertNotIn("the server's choices", line)

    def test_default_is_best(self) -> None:
        runs = trainings("mab", 512, 100.0)
        line = self.savings(512, runs, trainings("baseline", 512, 100.0))
        self.assertIn("The default, 512, is the best size found; it costs", line)

    def test_nothing_to_compare_with(self) -> None:
        runs = trainings("mab", 32, 10.0)
        line = self.savings(32, runs, trainings("baseline", 512, -100.0))
        self.assertEqual(
            line,
            "The default, 512, never converged: there is nothing to compare with.",
        )


if __name__ == "__main__":
    unittest.main()
