"""Tests of what a workload costs, of the best choices, and of making one of traces."""

import unittest
from dataclasses import replace

import simulation_case
from simulation_case import CIFAR, LIBRISPEECH, POWER, TRAIN
from zeus_bso.simulation.csv_lines import TraceError
from zeus_bso.simulation.job import Overrides, make_workload, workload_names
from zeus_bso.simulation.knobs import (
    Knobs,
    best_fixed,
    best_power_limit,
    choices,
    profiling_epoch,
)
from zeus_bso.simulation.traces import PowerRow, read_power_trace, read_train_trace
from zeus_bso.simulation.workload import Choice, Cost, Usage


class CostTest(unittest.TestCase):
    """By hand. An epoch of 8 costs 0.5 * 80 + 0.5 * 100 = 90 J at 100 W."""

    def setUp(self) -> None:
        self.cost = Cost(0.5, 100.0)
        self.workload = simulation_case.make_workload(
            {8: (2, 4), 16: (3, None), 32: (None, 11)},
            {
                (8, 50.0): (2.0, 60.0),  # 130 J.
                (8, 75.0): (1.0, 70.0),  # 85 J: the best.
                (8, 100.0): (1.0, 80.0),  # 90 J.
                (16, 50.0): (1.0, 20.0),  # 60 J, as is the next: the greater is taken.
                (16, 75.0): (0.5, 70.0),  # 60 J.
                (16, 100.0): (0.6, 90.0),  # 75 J.
                (32, 100.0): (0.1, 10.0),  # 10 J.
            },
            default_batch_size=16,
        )

    def test_cost(self) -> None:
        usage = Usage(seconds=3.0, joules=240.0)
        self.assertEqual(Cost(0.5, 100.0).of(usage), 270.0)
        self.assertEqual(Cost(1.0, 100.0).of(usage), 240.0)
        self.assertEqual(Cost(0.0, 100.0).of(usage), 300.0)
        self.assertEqual(Cost(0.25, 200.0).of(usage), 510.0)

    def test_best_power_limit(self) -> None:
        for size, limit in ((8, 75.0), (16, 75.0), (32, 100.0)):
            self.assertEqual(
                best_power_limit(self.workload, self.cost, size), Choice(size, limit)
            )
        self.assertEqual(
            best_power_limit(self.workload, Cost(1.0, 100.0), 8), Choice(8, 50.0)
        )

    def test_choices(self) -> None:
        self.assertEqual(
            choices(self.workload, self.cost, Knobs.BATCH_SIZE),
            [Choice(8, 100.0), Choice(16, 100.0), Choice(32, 100.0)],
        )
        self.assertEqual(
            choices(self.workload, self.cost, Knobs.BOTH),
            [Choice(8, 75.0), Choice(16, 75.0), Choice(32, 100.0)],
        )

    def test_expected_usage(self) -> None:
        # Both runs of 8 converge: (2 + 4) / 2 epochs.
        self.assertEqual(
            self.workload.expected_usage(Choice(8, 100.0)), Usage(3.0, 240.0)
        )
        # One of two runs of 16: 3 epochs, and 10 for each failure, of which one is
        # expected before a success.
        self.assertEqual(
            self.workload.expected_usage(Choice(16, 50.0)), Usage(13.0, 260.0)
        )
        self.assertIsNone(self.workload.expected_usage(Choice(32, 100.0)))
        longer = replace(self.workload, max_epochs=11)
        self.assertEqual(
            longer.expected_usage(Choice(32, 100.0)), Usage(0.1 * 22, 10.0 * 22)
        )

    def test_best_fixed(self) -> None:
        # 8: 3 * 90 = 270 J. 16: 13 * 75 J. 32 never converges.
        self.assertEqual(
            best_fixed(self.workload, self.cost, Knobs.BATCH_SIZE), Choice(8, 100.0)
        )
        self.assertEqual(
            best_fixed(self.workload, self.cost, Knobs.BOTH), Choice(8, 75.0)
        )
        # 32: 22 * 10 = 220 J.
        longer = replace(self.workload, max_epochs=11)
        self.assertEqual(
            best_fixed(longer, self.cost, Knobs.BATCH_SIZE), Choice(32, 100.0)
        )

    def test_profiling_epoch(self) -> None:
        usage = profiling_epoch(self.workload, 8)
        self.assertAlmostEqual(usage.seconds, (2 + 1 + 1) / 3)
        self.assertAlmostEqual(usage.joules, (60 + 70 + 80) / 3)
        self.assertEqual(profiling_epoch(self.workload, 32), Usage(0.1, 10.0))


class MakeWorkloadTest(unittest.TestCase):
    def setUp(self) -> None:
        self.train = read_train_trace(TRAIN)
        self.power = read_power_trace(POWER)

    def assert_refused(
        self, name: str, message: str, overrides: Overrides = Overrides()
    ) -> None:
        with self.assertRaises(TraceError) as caught:
            make_workload(name, "V100", self.train, self.power, overrides)
        self.assertIn(message, str(caught.exception))

    def test_names(self) -> None:
        self.assertEqual(workload_names(self.train, self.power), [CIFAR, LIBRISPEECH])
        power = [row for row in self.power if row.workload == CIFAR]
        self.assertEqual(workload_names(self.train, power), [CIFAR])

    def test_as_in_the_paper(self) -> None:
        cifar = make_workload(CIFAR, "V100", self.train, self.power)
        self.assertEqual(cifar.batch_sizes, (128, 256, 1024, 2048))
        self.assertEqual(cifar.power_limits, (100.0, 175.0, 250.0))
        self.assertEqual(cifar.default, Choice(1024, 250.0))
        self.assertEqual((cifar.target_metric, cifar.max_epochs), (0.6, 100))
        self.assertTrue(cifar.higher_is_better)
        self.assertEqual(cifar.runs[128], (18, 22, 19))
        self.assertEqual(cifar.runs[2048], (191, 276, 151))
        epoch = cifar.epochs[Choice(128, 100.0)]
        self.assertEqual(epoch.seconds, 17.30666666666667)
        self.assertAlmostEqual(epoch.joules, 1452.952, places=3)
        speech = make_workload(LIBRISPEECH, "V100", self.train, self.power)
        self.assertEqual(speech.default, Choice(192, 250.0))
        self.assertEqual((speech.target_metric, speech.max_epochs), (40.0, 16))
        self.assertFalse(speech.higher_is_better)

    def test_a_smaller_gpu_takes_the_next_smaller_default(self) -> None:
        power = [row for row in self.power if row.batch_size not in (1024, 2048)]
        workload = make_workload(CIFAR, "V100", self.train, power)
        self.assertEqual(workload.batch_sizes, (128, 256))
        self.assertEqual(workload.default_batch_size, 256)

    def test_a_workload_that_is_not_of_the_paper(self) -> None:
        train = [replace(row, workload="d/n/o") for row in self.train]
        power = [replace(row, workload="d/n/o") for row in self.power]
        cifar_train = train[:36]
        workload = make_workload("d/n/o", "V100", cifar_train, power[:12])
        self.assertEqual(workload.default_batch_size, 2048)
        self.assertEqual((workload.target_metric, workload.max_epochs), (0.55, 100))
        workload = make_workload("d/n/o", "V100", train[36:], power[12:])
        self.assertEqual(workload.default_batch_size, 192)
        self.assertEqual((workload.target_metric, workload.max_epochs), (40.0, 100))
        workload = make_workload(
            "d/n/o", "V100", cifar_train, power[:12], Overrides(128)
        )
        self.assertEqual(workload.target_metric, 0.65)

    def test_overrides(self) -> None:
        workload = make_workload(
            CIFAR, "V100", self.train, self.power, Overrides(128, 0.65, 300)
        )
        self.assertEqual(workload.default, Choice(128, 250.0))
        self.assertEqual((workload.target_metric, workload.max_epochs), (0.65, 300))
        self.assertEqual(workload.runs[256], (252, 218, 130))

    def test_what_the_traces_do_not_allow(self) -> None:
        self.assert_refused(CIFAR, "no batch size 64", Overrides(default_batch_size=64))
        self.assert_refused(
            CIFAR,
            "0.7 is not a metric of the trace: 0.55, 0.6, 0.65",
            Overrides(target_metric=0.7),
        )
        self.assert_refused(
            CIFAR,
            "no run of the default batch size 1024 reaches 0.6 in 70 epochs",
            Overrides(max_epochs=70),
        )
        self.assert_refused("d/n/o", "no batch size is in both traces")

    def test_each_batch_size_needs_the_greatest_power_limit(self) -> None:
        self.power.remove(
            PowerRow(CIFAR, 256, 250.0, 10.056666666666665, 178.30724680750953)
        )
        self.assert_refused(CIFAR, "nothing for batch size 256 at the greatest power")

    def test_a_run_without_the_target(self) -> None:
        self.train = [
            row
            for row in self.train
            if (row.batch_size, row.run[1], row.metric) != (256, "2", 0.6)
        ]
        self.assert_refused(CIFAR, "when run 2 of batch size 256 reached 0.6")


if __name__ == "__main__":
    unittest.main()
