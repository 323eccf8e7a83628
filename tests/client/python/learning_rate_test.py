"""Tests of learning rates that are scaled with the batch size."""

import unittest

from server_case import ServerCase, make_spec
from zeus_bso.learning_rate import scale_lr
from zeus_bso.monitor import FixedPowerMonitor
from zeus_bso.optimizer.batch_size import BatchSizeOptimizer, exceptions


class ScaleTest(unittest.TestCase):
    def test_rules(self) -> None:
        self.assertEqual(scale_lr(0.1, 256, 1024), 0.4)
        self.assertEqual(scale_lr(0.1, 256, 64, "linear"), 0.025)
        self.assertEqual(scale_lr(0.001, 16, 64, "sqrt"), 0.002)
        self.assertEqual(scale_lr(0.5, 8, 8, "sqrt"), 0.5)

    def test_bounds(self) -> None:
        for arguments in ((0.0, 1, 1), (-1.0, 1, 1), (1.0, 0, 1), (1.0, 1, 0)):
            with self.assertRaises(ValueError):
                scale_lr(*arguments)
        with self.assertRaisesRegex(ValueError, "'cubic'"):
            scale_lr(1.0, 1, 1, "cubic")  # type: ignore[arg-type]


class OptimizerTest(ServerCase):
    def test_of_a_training(self) -> None:
        monitor = FixedPowerMonitor(watts=100.0)
        address = self.start_server().address
        with BatchSizeOptimizer(monitor, address, make_spec()) as optimizer:
            with self.assertRaises(exceptions.ZeusBSOOperationOrderError):
                optimizer.scale_lr(0.1, 8)
            optimizer.get_batch_size()
            self.assertEqual(optimizer.scale_lr(0.1, 8), 0.2)
            self.assertEqual(optimizer.scale_lr(0.1, 4, "sqrt"), 0.2)


if __name__ == "__main__":
    unittest.main()
