"""Tests of the digits example: a trainer's duties, and the honesty of its sums."""

import itertools
import unittest
from typing import Any, Sequence
from unittest import mock

from zeus_bso.energy import FixedPowerMeter
from zeus_bso.v1 import batch_size_optimizer_pb2 as api
from zeus_bso.v1 import resources_pb2 as resources

import digits
import digits_report as report
from digits_report import Training


def fake_server(stop_after: int, converged: bool) -> Any:
    """A server whose one trial is stopped after so many reports."""
    server = mock.Mock()
    server.StartTrial.return_value = api.StartTrialResponse(
        trial=resources.Trial(
            trial_number=7, batch_size=32, type=resources.TRIAL_TYPE_MAB
        )
    )
    goes_on = [api.ReportResultResponse()] * (stop_after - 1)
    stops = api.ReportResultResponse(stop_train=True, converged=converged)
    server.ReportResult.side_effect = [*goes_on, stops]
    return server


class TrainingTest(unittest.TestCase):
    def setUp(self) -> None:
        clock = itertools.count()
        self.meter = FixedPowerMeter(10.0, clock=lambda: float(next(clock)))

    def test_reports_totals_until_it_is_stopped(self) -> None:
        server = fake_server(3, converged=True)
        with mock.patch.object(digits, "train_digits", return_value=itertools.count()):
            training = digits.train_with_server(server, "job", self.meter, 1)
        reports = [call.args[0] for call in server.ReportResult.call_args_list]
        self.assertEqual([each.current_epoch for each in reports], [1, 2, 3])
        self.assertEqual([each.energy_joules for each in reports], [10.0, 20.0, 30.0])
        self.assertEqual([each.metric for each in reports], [0.0, 1.0, 2.0])
        self.assertEqual(
            {(each.batch_size, each.trial_number) for each in reports}, {(32, 7)}
        )
        self.assertEqual((training.epochs, training.kind), (3, "mab"))
        self.assertTrue(training.converged)
        server.EndTrial.assert_not_called()

    def test_ends_the_trial_when_the_training_raises(self) -> None:
        server = fake_server(9, converged=False)
        broken = mock.Mock(side_effect=KeyboardInterrupt)
        with mock.patch.object(digits, "train_digits", broken):
            with self.assertRaises(KeyboardInterrupt):
                digits.train_with_server(server, "job", self.meter, 1)
        server.EndTrial.assert_called_once_with(
            api.EndTrialRequest(job_id="job", batch_size=32, trial_number=7)
        )


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
        spec = resources.JobSpec(
            default_batch_size=512, eta_knob=1.0, max_power=1.0, max_epochs=60
        )
        arms = [
            resources.GaussianTsArm(batch_size=size, param_mean=-1.0 - (size != best))
            for size in (32, 512)
        ]
        return report.savings(resources.Job(spec=spec), arms, runs, defaults)

    def test_settled_and_whole_run(self) -> None:
        runs = trainings("exploration", 512, 100.0, 60.0) + trainings("mab", 32, 20.0)
        self.assertEqual(
            self.savings(32, runs, trainings("baseline", 512, 90.0, 110.0)),
            "The default, 512, costs 100.0 J for each training that converges; "
            "the last 1 trainings with the server's choices cost 20.0 J, 80 % less; "
            "all 3, exploration included, cost 60.0 J, 40 % less.",
        )

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
