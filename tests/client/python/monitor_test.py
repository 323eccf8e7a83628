"""Tests of the monitors. NVML and RAPL are read as they are documented."""

import os
import sys
import tempfile
import unittest
from pathlib import Path
from unittest import mock

from zeus_bso.energy import Hardware, RaplMeter
from zeus_bso.monitor import FixedPowerMonitor, NvmlMonitor, RaplMonitor
from zeus_bso.nvml import NvmlError, NvmlMeter

HOST_LIBRARIES = str(Path(__file__).parent / "host_libraries")


class WindowTest(unittest.TestCase):
    def setUp(self) -> None:
        self.monitor = FixedPowerMonitor(watts=200.0)

    def test_energy_is_power_times_time(self) -> None:
        self.monitor.begin_window("epoch")
        measured = self.monitor.end_window("epoch")
        self.assertGreater(measured.time, 0.0)
        self.assertAlmostEqual(measured.total_energy, 200 * measured.time, delta=1.0)
        self.assertIn("200 W", self.monitor.description)

    def test_windows_may_overlap(self) -> None:
        self.monitor.begin_window("training")
        self.monitor.begin_window("epoch")
        epoch = self.monitor.end_window("epoch")
        self.assertGreater(self.monitor.end_window("training").time, epoch.time)

    def test_a_window_is_open_once(self) -> None:
        self.monitor.begin_window("epoch")
        with self.assertRaisesRegex(ValueError, "'epoch' is open already"):
            self.monitor.begin_window("epoch")
        self.monitor.end_window("epoch")
        with self.assertRaisesRegex(ValueError, "'epoch' is not open"):
            self.monitor.end_window("epoch")
        self.monitor.begin_window("epoch")


class RaplMonitorTest(unittest.TestCase):
    def test_a_counter_may_wrap_within_a_window(self) -> None:
        directory = self.enterContext(tempfile.TemporaryDirectory())
        package = Path(directory, "intel-rapl:0")
        package.mkdir()
        (package / "name").write_text("package-0\n")
        (package / "max_energy_range_uj").write_text("1000000\n")
        counter = package / "energy_uj"
        counter.write_text("600000\n")
        monitor = RaplMonitor(RaplMeter(Path(directory)))
        monitor.begin_window("epoch")
        for microjoules in (100_000, 900_000):
            counter.write_text(f"{microjoules}\n")
            monitor.read()
        self.assertAlmostEqual(monitor.end_window("epoch").total_energy, 1.3)
        self.assertIn("RAPL", monitor.description)


class NvmlTest(unittest.TestCase):
    def setUp(self) -> None:
        self.enterContext(mock.patch.object(sys, "path", [HOST_LIBRARIES, *sys.path]))
        self.addCleanup(lambda: sys.modules.pop("pynvml", None))

    def see(self, devices: str) -> None:
        self.enterContext(
            mock.patch.dict(os.environ, {"CUDA_VISIBLE_DEVICES": devices})
        )

    def use(self, gpu: str, joules: int) -> None:
        sys.modules["pynvml"].energy[gpu] += 1000 * joules

    def test_the_energy_of_a_window_is_that_of_its_gpus(self) -> None:
        monitor = NvmlMonitor([0, 1])
        self.assertEqual(monitor.hardware, Hardware(550.0, 2, "Tesla V100"))
        self.assertIn("2 GPU(s)", monitor.description)
        monitor.begin_window("epoch")
        self.use("GPU-aaaa", 5)
        self.use("GPU-bbbb", 7)
        self.assertEqual(monitor.end_window("epoch").total_energy, 12.0)

    def test_indices_are_those_of_cuda(self) -> None:
        for devices in ("1", "GPU-bbbb", "1,0"):
            self.see(devices)
            meter = NvmlMeter([0])
            self.use("GPU-bbbb", 7)
            self.use("GPU-aaaa", 5)
            self.assertEqual(meter.joules(), 7.0)
        self.see("0,1")
        self.assertIn("2 GPU(s)", NvmlMeter().description)

    def test_what_cannot_be_measured(self) -> None:
        for devices, indices, error in (
            ("2", None, "no energy counter: Not Supported"),
            ("7", None, "Invalid Argument"),
            ("0,1", [2], r"CUDA sees 2 GPUs, not \[2\]"),
            ("", None, "there is no GPU"),
        ):
            self.see(devices)
            with self.subTest(devices), self.assertRaisesRegex(NvmlError, error):
                NvmlMeter(indices)

    def test_without_pynvml(self) -> None:
        with mock.patch.dict(sys.modules, {"pynvml": None}):
            with self.assertRaisesRegex(NvmlError, "pip install nvidia-ml-py"):
                NvmlMonitor()


if __name__ == "__main__":
    unittest.main()
