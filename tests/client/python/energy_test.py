"""Tests of the energy meters, on a powercap directory of our own."""

import tempfile
import unittest
from pathlib import Path

from zeus_bso.energy import FixedPowerMeter, RaplMeter, best_meter


class RaplMeterTest(unittest.TestCase):
    def setUp(self) -> None:
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        self.root = Path(directory.name)

    def domain(self, directory: str, name: str, microjoules: int) -> Path:
        """Makes a counter that wraps after 1 J; returns the file of its value."""
        path = self.root / directory
        path.mkdir()
        (path / "name").write_text(f"{name}\n")
        (path / "max_energy_range_uj").write_text("1000000\n")
        (path / "energy_uj").write_text(f"{microjoules}\n")
        return path / "energy_uj"

    def test_sums_packages_only(self) -> None:
        first = self.domain("intel-rapl:0", "package-0", 100_000)
        second = self.domain("intel-rapl:1", "package-1", 200_000)
        core = self.domain("intel-rapl:0:0", "core", 0)
        system = self.domain("intel-rapl:2", "psys", 0)
        meter = RaplMeter(self.root)
        self.assertEqual(meter.joules(), 0.0)
        for counter in (first, second, core, system):
            counter.write_text("500000\n")
        self.assertAlmostEqual(meter.joules(), 0.4 + 0.3)
        self.assertIn("2 processor package(s)", meter.description)

    def test_wraps(self) -> None:
        counter = self.domain("intel-rapl:0", "package-0", 900_000)
        meter = RaplMeter(self.root)
        for value, joules in ((100_000, 0.2), (50_000, 1.15), (50_000, 1.15)):
            counter.write_text(f"{value}\n")
            self.assertAlmostEqual(meter.joules(), joules)

    def test_best_meter_measures_where_it_can(self) -> None:
        counter = self.domain("intel-rapl:0", "package-0", 0)
        self.assertIsInstance(best_meter(65.0, self.root), RaplMeter)
        counter.unlink()  # Root may read any file, so unreadable is tested as missing.
        self.assertIsInstance(best_meter(65.0, self.root), FixedPowerMeter)

    def test_no_counters(self) -> None:
        self.domain("intel-rapl:0", "psys", 0)
        with self.assertRaises(OSError):
            RaplMeter(self.root)
        self.assertIsInstance(best_meter(65.0, self.root / "missing"), FixedPowerMeter)


class FixedPowerMeterTest(unittest.TestCase):
    def test_counts_time_at_the_stated_power(self) -> None:
        now = [100.0]
        meter = FixedPowerMeter(50.0, clock=lambda: now[0])
        self.assertEqual(meter.joules(), 0.0)
        now[0] = 102.5
        self.assertEqual(meter.joules(), 125.0)
        self.assertIn("50 W", meter.description)

    def test_refuses_no_power(self) -> None:
        for watts in (0.0, -1.0, float("nan")):
            with self.subTest(watts), self.assertRaises(ValueError):
                FixedPowerMeter(watts)


if __name__ == "__main__":
    unittest.main()
