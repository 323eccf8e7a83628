"""Tests of reading traces."""

import tempfile
import unittest
from pathlib import Path

from simulation_case import CIFAR, POWER, TRAIN
from zeus_bso.simulation.csv_lines import TraceError
from zeus_bso.simulation.traces import (
    PowerRow,
    TrainRow,
    read_power_trace,
    read_train_trace,
)

_TRAIN_HEADER = (
    "dataset,network,batch_size,optimizer,learning_rate,run,target_metric,target_epoch"
)
_POWER_HEADER = (
    "dataset,network,batch_size,optimizer,power_limit,time_per_epoch,average_power"
)


class TracesTest(unittest.TestCase):
    def setUp(self) -> None:
        directory = self.enterContext(tempfile.TemporaryDirectory())
        self.path = Path(directory) / "trace.csv"

    def write(self, *lines: str) -> Path:
        self.path.write_text("\n".join(lines) + "\n")
        return self.path

    def assert_wrong_train(self, message: str, *lines: str) -> None:
        with self.assertRaises(TraceError) as caught:
            read_train_trace(self.write(*lines))
        self.assertEqual(str(caught.exception), f"{self.path}{message}")

    def assert_wrong_power(self, message: str, *lines: str) -> None:
        with self.assertRaises(TraceError) as caught:
            read_power_trace(self.write(*lines))
        self.assertEqual(str(caught.exception), f"{self.path}{message}")

    def test_traces_of_the_paper(self) -> None:
        train = read_train_trace(TRAIN)
        self.assertEqual(len(train), 63)
        self.assertEqual(train[0], TrainRow(CIFAR, 1024, ("1e-1", "1"), 0.55, 29))
        self.assertEqual(train[2], TrainRow(CIFAR, 1024, ("1e-1", "1"), 0.65, None))
        power = read_power_trace(POWER)
        self.assertEqual(len(power), 21)
        self.assertEqual(
            power[0], PowerRow(CIFAR, 128, 100.0, 17.30666666666667, 83.95331645523709)
        )

    def test_columns_in_any_order_and_more_of_them(self) -> None:
        rows = read_power_trace(
            self.write(
                "average_power,note,dataset,network,optimizer,batch_size,power_limit,"
                "time_per_epoch",
                '50.5,"a, b",d,n,o,8,100,2',
                "",
                "60.5,,d,n,o,16,100,3",
            )
        )
        self.assertEqual(rows[0], PowerRow("d/n/o", 8, 100.0, 2.0, 50.5))
        self.assertEqual(rows[1], PowerRow("d/n/o", 16, 100.0, 3.0, 60.5))

    def test_epochs_as_pandas_writes_them_beside_a_nan(self) -> None:
        rows = read_train_trace(
            self.write(_TRAIN_HEADER, "d,n,8,o,1,1,0.5,7.0", "d,n,8,o,1,1,0.6,NaN")
        )
        self.assertEqual([row.epoch for row in rows], [7, None])

    def test_wrong_cells_are_named(self) -> None:
        for cells, message in (
            (
                "d,n,eight,o,1,1,0.5,7",
                "column 'batch_size' must be a whole number above" " 0, not 'eight'",
            ),
            (
                "d,n,0,o,1,1,0.5,7",
                "column 'batch_size' must be a whole number above 0," " not '0'",
            ),
            (
                "d,n,inf,o,1,1,0.5,7",
                "column 'batch_size' must be a whole number above" " 0, not 'inf'",
            ),
            (
                "d,n,8,o,1,1,nan,7",
                "column 'target_metric' must be a finite number, not" " 'nan'",
            ),
            (
                "d,n,8,o,1,1,0.5,7.5",
                "column 'target_epoch' must be a whole number above"
                " 0 or 'nan', not '7.5'",
            ),
            ("d,n,8,o,1,,0.5,7", "column 'run' is empty"),
            (" ,n,8,o,1,1,0.5,7", "column 'dataset' is empty"),
        ):
            with self.subTest(cells):
                good = "d,n,16,o,1,1,0.5,7"
                self.assert_wrong_train(f":3: {message}", _TRAIN_HEADER, good, cells)
        for cells, message in (
            (
                "d,n,8,o,-1,2,50",
                "column 'power_limit' must be a finite number above 0," " not '-1'",
            ),
            (
                "d,n,8,o,100,0,50",
                "column 'time_per_epoch' must be a finite number above" " 0, not '0'",
            ),
            (
                "d,n,8,o,100,2,watts",
                "column 'average_power' must be a finite number"
                " above 0, not 'watts'",
            ),
        ):
            with self.subTest(cells):
                self.assert_wrong_power(f":2: {message}", _POWER_HEADER, cells)

    def test_the_same_twice(self) -> None:
        self.assert_wrong_train(
            ":4: column 'target_metric' is that of line 2 again",
            _TRAIN_HEADER,
            "d,n,8,o,1,1,0.5,7",
            "d,n,8,o,1,2,0.5,7",
            "d,n,8,o,1,1,0.50,8",
        )
        self.assert_wrong_power(
            ":3: column 'power_limit' is that of line 2 again",
            _POWER_HEADER,
            "d,n,8,o,100,2,50",
            "d,n,8,o,100.0,3,50",
        )

    def test_wrong_headers_and_lengths(self) -> None:
        self.assert_wrong_power(": has no rows", "")
        self.assert_wrong_power(": has no rows", _POWER_HEADER)
        self.assert_wrong_power(
            ":1: column 'average_power' is not there",
            "dataset,network,batch_size,optimizer,power_limit,time_per_epoch",
        )
        self.assert_wrong_power(
            ":1: column 'batch_size' is twice there", f"{_POWER_HEADER},batch_size"
        )
        self.assert_wrong_power(
            ":2: has 6 columns where the header has 7", _POWER_HEADER, "d,n,8,o,100,2"
        )

    def test_what_is_not_text(self) -> None:
        self.path.write_bytes(_POWER_HEADER.encode() + b"\nd,n,8,o,\xff,2,50\n")
        with self.assertRaisesRegex(TraceError, "trace.csv:.*utf-8"):
            read_power_trace(self.path)
        with self.assertRaises(FileNotFoundError):
            read_train_trace(self.path.with_name("missing.csv"))


if __name__ == "__main__":
    unittest.main()
