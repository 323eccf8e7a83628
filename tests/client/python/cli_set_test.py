"""Tests of the command line: changing the fields of a job."""

import unittest
from datetime import timedelta
from typing import Any
from unittest import mock

from cli_case import CliCase
from server_case import make_spec
from zeus_bso.cli.assignments import CHANGEABLE, Assignment, parse_assignment
from zeus_bso.client import Client
from zeus_bso.types import JobSpec, Policy


class AssignmentTest(unittest.TestCase):
    def test_values(self) -> None:
        for text, value in (
            ("beta_knob=3", 3.0),
            ("target_metric=-1e-3", -0.001),
            ("max_epochs=50", 50),
            ("batch_sizes=8,16", (8, 16)),
            ("default_batch_size=8", 8),
            ("disable_early_stop=True", True),
            ("higher_is_better_metric=false", False),
            ("trial_timeout=10m", timedelta(minutes=10)),
            ("trial_timeout=0", timedelta(0)),
            ("policy=curves", Policy.CURVES),
            ("policy=POLICY_ZEUS", Policy.ZEUS),
            ("gpu_model=A = B, 80 GB", "A = B, 80 GB"),
            ("mab_seed=18446744073709551615", 2**64 - 1),
            ("max_epochs=", None),
            ("policy=", None),
        ):
            field = text.partition("=")[0]
            expected = Assignment(field, "=", value)
            self.assertEqual(parse_assignment(text), expected)
            self.assertIs(type(parse_assignment(text).value), type(value))

    def test_sizes_to_add_and_to_remove(self) -> None:
        for operator in ("+=", "-="):
            self.assertEqual(
                parse_assignment(f"batch_sizes{operator}8,64"),
                Assignment("batch_sizes", operator, (8, 64)),
            )

    def test_what_is_no_assignment(self) -> None:
        for text, says in (
            ("beta_knob", "'beta_knob' is not FIELD=VALUE, such as beta_knob=3"),
            ("beta_knb=3", "there is no field 'beta_knb', perhaps 'beta_knob'"),
            ("=3", "there is no field ''"),
            ("job_id=other", "job_id: the ID of a job cannot change"),
            ("beta_knob+=1", "beta_knob: only batch_sizes takes +="),
            ("batch_sizes+=", "batch_sizes: give the sizes"),
            ("batch_sizes=8,", "batch_sizes: '' is not an integer"),
            ("batch_sizes-=1_6", "batch_sizes: '1_6' is not an integer"),
            ("beta_knob=high", "beta_knob: 'high' is not a number"),
            ("max_epochs=1.5", "max_epochs: '1.5' is not an integer"),
            ("max_epochs=9223372036854775808", "max_epochs: "),
            ("gpu_model=\udcff", "gpu_model: "),
            ("policy=thompson", "policy: 'thompson' is not one of ZEUS, CURVES"),
            ("policy=unspecified", "policy: "),
            ("disable_early_stop=1", "disable_early_stop: '1' is neither true nor"),
            ("trial_timeout=soon", "trial_timeout: 'soon' is not a duration"),
            ("trial_timeout=99999999999d", "trial_timeout: "),
        ):
            with self.subTest(text), self.assertRaises(ValueError) as raised:
                parse_assignment(text)
            self.assertIn(says, str(raised.exception))

    def test_what_is_offered_can_be_parsed(self) -> None:
        for name in CHANGEABLE:
            self.assertEqual(parse_assignment(f"{name}=").field, name)


class SetTest(CliCase):
    def setUp(self) -> None:
        super().setUp()
        self.client.register_job(make_spec(policy=Policy.CURVES))

    def spec(self, job_id: str = "job") -> JobSpec:
        job = self.client.get_job(job_id)
        assert job is not None
        return job.spec

    def refusal(self, *assignments: str, code: int, job_id: str = "job") -> str:
        """What it says. The job does not change."""
        before = self.client.get_job(job_id)
        done = self.run_cli("set", job_id, *assignments, code=code)
        self.assertEqual(done.stdout, "")
        self.assertNotIn("Traceback", done.stderr)
        self.assertEqual(self.client.get_job(job_id), before)
        return done.stderr

    def test_fields(self) -> None:
        changes = ("beta_knob=3", "trial_timeout=10m", "eta_knob=0.25", "gpu_model=A B")
        before = self.spec()
        *rows, last = self.output("set", "job", *changes, "--dry-run").splitlines()
        self.assertRegex(rows[0], r"^field +before +after +meaning$")
        self.assertEqual(
            sorted(row.split()[0] for row in rows[1:]),
            ["beta_knob", "eta_knob", "gpu_model", "trial_timeout"],
        )
        for expected in (
            r"(?m)^beta_knob +2 +3 +\S+ ",
            r"(?m)^eta_knob +0\.5 +0\.25 +\S+ ",
            r"(?m)^gpu_model +none +A B +\S+ ",
            r"(?m)^trial_timeout +- +600s +\S+ ",
        ):
            self.assertRegex("\n".join(rows), expected)
        self.assertEqual(last, "Nothing was changed: this is a dry run.")
        self.assertEqual(self.spec(), before)
        said = self.output("set", "job", *changes).splitlines()
        self.assertEqual(said[: len(rows) + 1], [*rows, "Changed job."])
        self.assertEqual(
            (self.spec().beta_knob, self.spec().trial_timeout),
            (3.0, timedelta(minutes=10)),
        )
        said = self.output("set", "job", *changes).splitlines()
        self.assertEqual(said, ["job has these values already."])

    def test_batch_sizes(self) -> None:
        for changes, sizes in (
            (["batch_sizes+=128,64"], (8, 16, 32, 64, 128)),
            (["batch_sizes+=64,256", "batch_sizes-=8,128"], (16, 32, 64, 256)),
            (["batch_sizes=16,4"], (4, 16)),
            (["batch_sizes=8", "batch_sizes+=16", "default_batch_size=8"], (8, 16)),
        ):
            said = self.output("set", "job", *changes)
            self.assertRegex(said, r"(?m)^Changed job\.$")
            self.assertEqual(self.spec().batch_sizes, sizes)
        said = self.output("set", "job", "batch_sizes+=16")
        self.assertEqual(said, "job has these values already.\n")
        # Of the two, only the other field is sent.
        self.output("set", "job", "batch_sizes+=16", "max_epochs=7")
        self.assertEqual(self.spec().max_epochs, 7)

    def test_defaults_and_early_stop(self) -> None:
        self.output("set", "job", "disable_early_stop=true", "max_epochs=7")
        self.assertIsNone(self.spec().beta_knob)
        self.output("set", "job", "beta_knob=3")
        self.assertEqual(self.spec().beta_knob, 3.0)
        self.output("set", "job", "disable_early_stop=true")
        self.output("set", "job", "max_epochs=", "disable_early_stop=false")
        self.assertEqual((self.spec().beta_knob, self.spec().max_epochs), (2.0, 100))

    def test_another_policy(self) -> None:
        self.client.register_job(make_spec("zeus"))
        self.output("set", "zeus", "policy=curves", "batch_sizes+=64")
        self.assertEqual(self.spec("zeus").policy, Policy.CURVES)
        self.assertIn(64, self.spec("zeus").batch_sizes)

    def test_as_json(self) -> None:
        document = self.document("set", "job", "batch_sizes-=8", "policy=curves")
        (change,) = document["changes"]
        self.assertGreater(len(change.pop("meaning")), 0)
        self.assertEqual(
            change,
            {"field": "batch_sizes", "before": [8, 16, 32], "after": [16, 32]},
        )
        self.assertEqual(document["job"]["spec"]["batch_sizes"], [16, 32])
        self.assertEqual(document["job"]["num_corrections"], 1)
        self.assertEqual(self.document("set", "job", "batch_sizes+=16")["changes"], [])

    def test_wrong_usage(self) -> None:
        cases: list[tuple[list[str], str]] = [
            ([], "Missing argument 'FIELD=VALUE...'"),
            (["beta_knb=3", "max_epochs=7"], "perhaps 'beta_knob'"),
            (["max_epochs=7", "beta_knob=high"], "beta_knob: 'high' is not a number"),
            (["beta_knob=3", "beta_knob=4"], "beta_knob: the field is there twice"),
            (["batch_sizes+=4", "batch_sizes=4"], "batch_sizes: the field is there"),
            (["max_epochs=7", "batch_sizes-=61"], "61 is not one of 8, 16, 32"),
        ]
        for assignments, says in cases:
            with self.subTest(assignments):
                self.assertIn(says, self.refusal(*assignments, code=2))

    def test_refused_by_the_server(self) -> None:
        self.client.register_job(make_spec("zeus"))
        said = self.refusal("batch_sizes+=64", "beta_knob=3", code=1, job_id="zeus")
        self.assertIn("Error: FIELD_FIXED: ", said)
        self.assertRegex(said, r"(?m)^  fields: batch_sizes$")
        said = self.refusal("window_size=3", "beta_knob=3", code=1)
        self.assertRegex(said, r"(?m)^  fields: window_size$")
        said = self.refusal("batch_sizes-=16", "beta_knob=-3", code=1)
        self.assertIn("Error: INVALID_FIELD: ", said)
        self.assertIn("beta_knob", said)
        self.assertIn("JOB_NOT_FOUND", self.refusal("max_epochs=", code=4, job_id="x"))

    def test_a_lost_change_of_the_batch_sizes_is_reported(self) -> None:
        original: Any = Client.update_job

        def race(client: Client, job_id: str, **fields: Any) -> Any:
            original(self.client, job_id, batch_sizes=[8, 16, 32, 64])
            return original(client, job_id, **fields)

        with mock.patch.object(Client, "update_job", race):
            done = self.run_cli("set", "job", "batch_sizes+=128", code=1)
        self.assertIn("Changed job.", done.stdout)
        self.assertIn("job was corrected by another call at the same time", done.stderr)
        self.assertIn("the sizes are 8, 16, 32, 128 now", done.stderr)


if __name__ == "__main__":
    unittest.main()
