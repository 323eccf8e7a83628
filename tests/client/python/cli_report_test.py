"""Tests of the command line: reports, as files of each kind."""

import re
import tempfile
import unittest
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree

from cli_case import CliCase
from server_case import await_summary, make_spec
from zeus_bso.types import EndReason, Policy, TrialFailure

_VOID = {"meta", "br"}


class _Page(HTMLParser):
    """Checks that elements are nested properly, and gathers what a page has."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[str] = []
        self.ids: list[str] = []
        self.references: list[str] = []
        self.text = ""
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        if tag not in _VOID:
            self.open.append(tag)
        self._note(attrs)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self._note(attrs)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] != "style":
            self.text += data

    def _note(self, attrs: list[tuple[str, str | None]]) -> None:
        for name, value in attrs:
            if name == "id":
                self.ids.append(value or "")
            if name.rpartition(":")[2] in ("href", "src", "action", "data"):
                self.references.append(value or "")
            self.references += re.findall(r"url\((.*?)\)", value or "")


class ReportTest(CliCase):
    def setUp(self) -> None:
        super().setUp()
        self.directory = Path(self.enterContext(tempfile.TemporaryDirectory()))

    def report(self, kind: str, job_id: str = "job") -> bytes:
        """What it writes into a file of this kind. Leaves nothing else behind."""
        path = self.directory / f"report.{kind}"
        said = self.output("report", job_id, "-o", str(path))
        self.assertIn(f"Wrote {path}", said)
        self.assertEqual(list(self.directory.iterdir()), [path])
        contents = path.read_bytes()
        path.unlink()
        return contents

    def page(self, job_id: str = "job", pictures: int = 4) -> _Page:
        """A page, after checks that hold for all of them."""
        contents = self.report("html", job_id).decode()
        page = _Page(contents)
        self.assertEqual(page.open, [])
        self.assertEqual(page.tags.count("figure"), pictures)
        self.assertEqual(page.tags.count("svg"), pictures)
        self.assertEqual(page.tags.count("figcaption"), pictures)
        self.assertNotIn("script", page.tags)
        self.assertEqual(len(page.ids), len(set(page.ids)))
        for reference in page.references:
            if not reference.startswith("data:image/png;base64,"):
                self.assertTrue(reference.startswith("#"), reference)
                self.assertIn(reference[1:], page.ids)
        for svg in re.findall(r"<svg.*?</svg>", contents, flags=re.DOTALL):
            ElementTree.fromstring(svg)
        return page

    def run_job(self, trials: int = 24, policy: Policy = Policy.ZEUS) -> None:
        self.client.register_job(make_spec(mab_seed=1, policy=policy))
        for number in range(trials):
            trial = self.client.start_trial("job")
            if number % 7 == 3:
                self.client.end_trial(trial, TrialFailure.CANCELLED)
                continue
            self.client.report_result(
                trial,
                metric=0.4 if number % 7 == 5 else 0.6,
                epoch=100,
                time_seconds=trial.batch_size + number % 3,
                energy_joules=3000 - 10 * trial.batch_size + 40 * (number % 5),
            )
        self.client.start_trial("job")

    def test_pictures(self) -> None:
        self.run_job()
        png, pdf = self.report("png"), self.report("pdf")
        self.assertTrue(png.startswith(b"\x89PNG\r\n\x1a\n"))
        self.assertTrue(png.endswith(b"IEND\xaeB`\x82"))
        self.assertTrue(pdf.startswith(b"%PDF-"))
        self.assertTrue(pdf.rstrip().endswith(b"%%EOF"))

    def test_a_page(self) -> None:
        self.run_job()
        page = self.page()
        self.assertIn("25 trials: ", page.text)
        self.assertIn("always", self.report("html").decode())
        for size in ("8", "16", "32"):
            self.assertIn(size, page.text)
        self.assertIn("CANCELLED", page.text)
        self.assertIn("The dashed line is an estimate", page.text)
        self.assertIn("1 without an end yet", page.text)
        self.assertRegex(page.text, r"Cost = 0\.5 × energy \+ 0\.5 × 100 W × time")

    def test_a_job_of_curves(self) -> None:
        self.run_job(policy=Policy.CURVES)
        page = self.page(pictures=3)
        self.assertIn("25 trials: ", page.text)
        self.assertNotIn("The line is the limit", page.text)  # No trial recorded one.
        self.assertIn("CURVES", page.text)
        for absent in ("believed", "Posterior", "arm", "PRUNING", "stage"):
            self.assertNotIn(absent, page.text)
        self.assertTrue(self.report("png").startswith(b"\x89PNG"))

    def test_the_limits_of_a_job_of_curves(self) -> None:
        self.client.register_job(make_spec(policy=Policy.CURVES, max_epochs=1000))
        self.train(cost=100)
        verdict = self.client.report_result(
            self.client.start_trial("job"),
            metric=0.1,
            epoch=300,
            time_seconds=3,
            energy_joules=300,
        )
        self.assertIs(verdict.end_reason, EndReason.COST_OVER_LIMIT)
        self.assertIn("The line is the limit", self.page(pictures=3).text)
        self.assertIn("early-stop bound", self.report("html").decode())

    def test_the_same_job_gives_the_same_page(self) -> None:
        self.run_job()
        await_summary(self.client)
        self.assertEqual(self.report("html"), self.report("html"))

    def test_no_trial(self) -> None:
        self.client.register_job(make_spec())
        self.assertIn("0 trials", self.page().text)
        self.report("png")

    def test_one_trial(self) -> None:
        self.client.register_job(make_spec())
        self.train()
        self.assertIn("1 trial:", self.page().text)
        self.report("pdf")

    def test_warnings(self) -> None:
        self.client.register_job(make_spec())
        self.assertNotIn("Warnings", self.page().text)
        for _ in range(3):
            self.client.end_trial(self.client.start_trial("job"), TrialFailure.FAILED)
        text = self.page().text
        self.assertRegex(text, r"NOT_CONVERGING, since .* \(UTC\): The last 3 results")
        self.assertIn("SIZE_RESTS of batch size 16", text)

    def test_only_failures(self) -> None:
        self.client.register_job(make_spec())
        self.client.end_trial(self.client.start_trial("job"), TrialFailure.INFEASIBLE)
        self.assertIn("infeasible", self.page().text)

    def test_nothing_of_the_default_converged(self) -> None:
        self.client.register_job(make_spec())
        self.train(converges=False)
        self.train()
        self.assertIn("nothing to compare with", self.page().text)

    def test_arms_that_are_certain_and_arms_that_are_not(self) -> None:
        self.client.register_job(make_spec(num_pruning_rounds=0, eta_knob=0.0))
        self.client.start_trial("job")
        self.assertIn("Nothing is known yet of 8, 16, 32.", self.page().text)
        for number in range(8):
            trial = self.client.start_trial("job")
            varies = number if trial.batch_size == 8 else 0
            self.client.report_result(
                trial,
                metric=1,
                epoch=1,
                time_seconds=10 * trial.batch_size + varies,
                energy_joules=0,
            )
        self.assertIn("Posterior of each arm", self.page().text)

    def test_costs_far_apart(self) -> None:
        self.client.register_job(make_spec(beta_knob=None, num_pruning_rounds=1))
        for number in range(12):
            trial = self.client.start_trial("job")
            factor = 1 + number % 3
            self.client.report_result(
                trial,
                metric=1,
                epoch=1,
                time_seconds=factor * 1000 ** (trial.batch_size // 16),
                energy_joules=factor * 100 * 1000 ** (trial.batch_size // 16),
            )
        self.assertIn("Trials are not stopped for their cost", self.page().text)

    def test_many_sizes(self) -> None:
        sizes = list(range(1, 1025))
        self.client.register_job(
            make_spec(batch_sizes=sizes, default_batch_size=7, num_pruning_rounds=0)
        )
        for number in range(30):
            self.train(cost=100 + number)
        self.page()

    def test_an_arm_for_each_of_twenty_sizes(self) -> None:
        sizes = [2**number for number in range(20)]
        self.client.register_job(
            make_spec(batch_sizes=sizes, default_batch_size=1, num_pruning_rounds=0)
        )
        self.train()
        self.assertIn("524288", self.page().text)

    def test_names_that_are_markup(self) -> None:
        name = "$x_1$ <script>alert(1)</script> & [bold] $"
        self.client.register_job(make_spec(name, gpu_model='"><img src=x>'))
        self.train(name)
        page = self.page(name)
        self.assertIn(name, page.text)
        self.assertNotIn("img", page.tags)
        self.report("png", name)

    def test_as_json(self) -> None:
        self.client.register_job(make_spec())
        path = self.directory / "a.PNG"
        answer = self.document("report", "job", "-o", str(path))
        self.assertEqual(answer, {"path": str(path), "num_trials": 0})
        self.assertTrue(path.read_bytes().startswith(b"\x89PNG"))

    def test_wrong_usage(self) -> None:
        self.client.register_job(make_spec())
        said = self.run_cli("report", "job", "-o", "report.gif", code=2).stderr
        self.assertIn("report.gif must end in one of .html, .png, .pdf", said)
        self.run_cli("report", "job", code=2)
        path = str(self.directory / "none" / "a.html")
        said = self.run_cli("report", "job", "-o", path, code=2).stderr
        self.assertIn("No such file", said)


class ManyTrialsTest(CliCase):
    def test_points_become_an_image(self) -> None:
        self.client.register_job(make_spec(max_failures_per_batch_size=0))
        for number in range(2100):
            self.train(cost=100 + number % 10)
        directory = Path(self.enterContext(tempfile.TemporaryDirectory()))
        path = directory / "many.html"
        self.run_cli("report", "job", "-o", str(path))
        contents = path.read_text()
        self.assertIn("data:image/png;base64,", contents)
        self.assertLess(len(contents), 3_000_000)


if __name__ == "__main__":
    unittest.main()
