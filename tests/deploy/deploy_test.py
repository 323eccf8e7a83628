"""The alerts and the dashboard of deploy/, and the metrics that they use."""

import json
import re
import subprocess
import unittest
from typing import Iterator

from http_server import BINARY, HttpServer, spec
from promtool import PROMTOOL, ROOT

DEPLOY = ROOT / "deploy"
ALERTS = DEPLOY / "prometheus" / "alerts.yml"
DASHBOARD = DEPLOY / "grafana" / "zeus-bso.json"
METRIC = re.compile(r"\b(?:zeus_bso|grpc_server|http_server|process)_[a-z_]+")


def expressions() -> Iterator[str]:
    """Every expression of the dashboard."""
    for panel in json.loads(DASHBOARD.read_text())["panels"]:
        for target in panel.get("targets", []):
            yield target["expr"]


def used() -> set[str]:
    """The names of the metrics that are used."""
    return set(METRIC.findall(ALERTS.read_text() + "\n".join(expressions())))


def names(page: str) -> set[str]:
    """The names of the series in a page."""
    return set(re.findall(r"^(\w+)[{ ]", page, re.MULTILINE))


@unittest.skipUnless(PROMTOOL.exists(), f"no {PROMTOOL}")
class PromtoolTest(unittest.TestCase):
    def check(self, *arguments: str) -> None:
        outcome = subprocess.run(
            [PROMTOOL, *arguments],
            cwd=ALERTS.parent,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            check=False,
            text=True,
        )
        self.assertEqual(outcome.returncode, 0, outcome.stdout)

    def test_the_alerts_are_valid(self) -> None:
        self.check("check", "rules", "alerts.yml")

    def test_the_alerts_fire(self) -> None:
        self.check("test", "rules", "alerts_test.yml")


class AlertsTest(unittest.TestCase):
    def test_each_alert_is_tested_and_documented(self) -> None:
        tests = (ALERTS.parent / "alerts_test.yml").read_text()
        docs = (ROOT / "docs" / "metrics.md").read_text()
        for alert in re.findall(r"- alert: (\w+)", ALERTS.read_text()):
            self.assertRegex(tests, rf"alertname: {alert}\n +exp_alerts:\n")
            self.assertIn(f"`{alert}`", docs)


@unittest.skipUnless(BINARY, "ZEUS_BSO_SERVER_BINARY is not set")
class UsedMetricsTest(unittest.TestCase):
    def test_each_metric_exists_and_is_documented(self) -> None:
        with HttpServer("--http_listen=127.0.0.1:0") as server:
            server.ask("POST", "/jobs", spec())
            page = ""
            while "\nzeus_bso_running_trials" not in page:
                page = server.ask("GET", "/metrics").body.decode()
        # The histogram of a method appears with its first call.
        exist = names(page) | {
            each.replace("http_", "grpc_", 1) for each in names(page)
        }
        self.assertEqual(used() - exist, set())
        docs = (ROOT / "docs" / "metrics.md").read_text()
        families = set(re.findall(r"^# TYPE (\w+)", page, re.MULTILINE))
        self.assertEqual({each for each in families if f"`{each}" not in docs}, set())

    def test_the_dashboard_has_panels(self) -> None:
        self.assertGreater(len(list(expressions())), 20)


if __name__ == "__main__":
    unittest.main()
