"""Tests of the command line: what it changes. Registering, ending, deleting."""

import json
import tempfile
import unittest
from datetime import timedelta
from pathlib import Path
from typing import Any

from cli_case import CliCase
from server_case import make_spec
from zeus_bso.types import TrialFailure, TrialStatus

SPEC: dict[str, Any] = {
    "job_id": "job",
    "batch_sizes": [8, 16, 32],
    "default_batch_size": 16,
    "max_power": 100,
    "number_of_gpus": 1,
    "gpu_model": "none",
}


class RegisterTest(CliCase):
    def setUp(self) -> None:
        super().setUp()
        self.directory = Path(self.enterContext(tempfile.TemporaryDirectory()))

    def write(self, contents: str) -> str:
        path = self.directory / "spec.json"
        path.write_text(contents)
        return str(path)

    def spec_file(self, **changes: Any) -> str:
        return self.write(json.dumps({**SPEC, **changes}))

    def refusal(self, path: str) -> str:
        """What it says of a file that is wrong. Nothing is registered."""
        done = self.run_cli("register", path, code=2)
        self.assertEqual(done.stdout, "")
        self.assertEqual(list(self.client.list_jobs()), [])
        return done.stderr

    def test_a_file(self) -> None:
        path = self.spec_file(trial_timeout="1h30m", beta_knob=3, mab_seed=7)
        self.assertEqual(self.output("register", path), "Registered job (CURVES).\n")
        self.assertIn("registered before", self.output("register", path))
        job = self.client.get_job("job")
        assert job is not None
        self.assertEqual(job.spec.trial_timeout, timedelta(minutes=90))
        self.assertEqual((job.spec.beta_knob, job.spec.mab_seed), (3.0, 7))

    def test_policies(self) -> None:
        def registered(*options: str, **changes: Any) -> str:
            return self.output("register", self.spec_file(**changes), *options)

        self.assertEqual(registered(job_id="a"), "Registered a (CURVES).\n")
        for policy in ("zeus", "ZEUS", "POLICY_ZEUS"):
            said = registered(job_id=f"b-{policy}", policy=policy)
            self.assertEqual(said, f"Registered b-{policy} (ZEUS).\n")
        said = registered("--policy=zeus", job_id="c", policy="curves")
        self.assertEqual(said, "Registered c (ZEUS).\n")
        self.assertEqual(
            registered(job_id="c"),  # Which matches any policy.
            "c (ZEUS) was registered before, with the same specification.\n",
        )
        path = self.spec_file(job_id="c")
        said = self.run_cli("register", path, "--policy", "CURVES", code=1).stderr
        self.assertRegex(said, r"(?m)^  fields: policy$")
        self.run_cli("register", path, "--policy", "thompson", code=2)

    def test_standard_input_and_json(self) -> None:
        spec = json.dumps({**SPEC, "job_id": "", "job_id_prefix": "night"})
        first = self.run_cli("register", "-", "--json", stdin=spec).stdout
        registration = json.loads(first)
        self.assertTrue(registration["created"])
        job_id = registration["job"]["spec"]["job_id"]
        self.assertTrue(job_id.startswith("night-"))
        self.assertIsNotNone(self.client.get_job(job_id))

    def test_what_job_writes_can_be_registered(self) -> None:
        self.client.register_job(
            make_spec(trial_timeout=timedelta(seconds=90.5), mab_seed=2**64 - 1)
        )
        spec = json.dumps(self.document("job", "job")["spec"])
        again = json.loads(self.run_cli("--json", "register", "-", stdin=spec).stdout)
        self.assertFalse(again["created"])

    def test_unknown_fields_are_named(self) -> None:
        said = self.refusal(self.spec_file(max_powr=3, colour="red"))
        self.assertIn("'max_powr', perhaps 'max_power'", said)
        self.assertIn("'colour'", said)

    def test_what_is_no_specification(self) -> None:
        for contents, says in (
            ('{"job_id": ', "not JSON"),
            ("[1, 2]", "not a JSON object"),
            ('{"job_id": "a", "job_id": "b"}', "'job_id' is there twice"),
            ("\udcff", "not JSON"),
        ):
            path = self.directory / "wrong.json"
            path.write_bytes(contents.encode(errors="surrogateescape"))
            self.assertIn(says, self.refusal(str(path)))

    def test_values_of_the_wrong_type(self) -> None:
        for name, value in (
            ("batch_sizes", "many"),
            ("max_power", [1]),
            ("trial_timeout", "soon"),
            ("trial_timeout", True),
            ("default_batch_size", 1.5),
            ("policy", "thompson"),
            ("policy", 2),
        ):
            with self.subTest(name=name, value=value):
                said = self.refusal(self.spec_file(**{name: value}))
                self.assertIn(name, said)
                self.assertNotIn("Traceback", said)

    def test_files_that_cannot_be_read(self) -> None:
        self.assertIn("No such file", self.refusal(str(self.directory / "none")))
        self.assertIn("directory", self.refusal(str(self.directory)))

    def test_each_wrong_field_is_told(self) -> None:
        path = self.spec_file(max_power=-1, number_of_gpus=0)
        said = self.run_cli("register", path, code=1).stderr
        self.assertIn("Error: INVALID_FIELD: ", said)
        self.assertRegex(said, r"(?m)^  spec\.max_power: must be ")
        self.assertRegex(said, r"(?m)^  spec\.number_of_gpus: must be ")

    def test_a_job_id_that_is_taken(self) -> None:
        self.run_cli("register", self.spec_file())
        said = self.run_cli("register", self.spec_file(max_power=5), code=1).stderr
        self.assertIn("Error: JOB_EXISTS: ", said)
        self.assertRegex(said, r"(?m)^  fields: max_power$")


class EndTest(CliCase):
    def setUp(self) -> None:
        super().setUp()
        self.client.register_job(make_spec())

    def test_looks_the_batch_size_up(self) -> None:
        self.client.start_trial("job")
        trial = self.client.start_trial("job")
        said = self.output("end", "job", "2")
        self.assertIn("has ended: failed: CANCELLED", said)
        ended = self.client.get_trial("job", trial.batch_size, 2)
        assert ended is not None
        self.assertEqual(ended.failure, TrialFailure.CANCELLED)
        self.assertIn("had ended before", self.output("end", "job", "2"))
        first = self.client.get_trial("job", 16, 1)
        assert first is not None
        self.assertEqual(first.status, TrialStatus.DISPATCHED)

    def test_each_failure(self) -> None:
        for failure in ("CANCELLED", "FAILED", "not_converged", "infeasible"):
            trial = self.client.start_trial("job")
            ended = self.document(
                "end",
                "job",
                str(trial.trial_number),
                f"--batch-size={trial.batch_size}",
                f"--failure={failure}",
            )
            self.assertEqual(ended["status"], "FAILED")
            self.assertEqual(ended["failure"], failure.upper())

    def test_what_is_not_there(self) -> None:
        self.client.start_trial("job")
        for arguments in (
            ("job", "2"),
            ("job", "1", "--batch-size=8"),
            ("none", "1"),
            ("none", "1", "--batch-size=8"),
        ):
            said = self.run_cli("end", *arguments, code=4).stderr
            self.assertIn("_NOT_FOUND: ", said)

    def test_wrong_usage(self) -> None:
        self.run_cli("end", "job", "one", code=2)
        self.run_cli("end", "job", "0", code=2)
        self.run_cli("end", "job", "1", "--failure=TIMED_OUT", code=2)


class DeleteTest(CliCase):
    def setUp(self) -> None:
        super().setUp()
        self.client.register_job(make_spec())

    def exists(self) -> bool:
        return self.client.get_job("job") is not None

    def test_without_a_terminal(self) -> None:
        self.assertIn("--yes", self.run_cli("delete", "job", code=2, stdin="y").stderr)
        self.assertTrue(self.exists())
        self.assertEqual(self.output("delete", "job", "--yes"), "Deleted job.\n")
        self.assertFalse(self.exists())
        self.run_cli("delete", "job", "--yes", code=4)

    def test_as_json(self) -> None:
        self.assertEqual(self.document("delete", "job", "--yes"), {"deleted": True})

    def test_does_not_ask_where_there_are_no_trials(self) -> None:
        terminal = self.on_terminal("delete", "job")
        self.assertEqual(terminal.wait(), 0)
        self.assertFalse(self.exists())
        self.assertEqual(self.on_terminal("delete", "job").wait(), 4)

    def test_asks_on_a_terminal(self) -> None:
        self.client.end_trial(self.client.start_trial("job"))
        self.client.start_trial("job")
        for answer, code in (("n\n", 1), ("\n", 1), ("\x03", 130), ("y\n", 0)):
            with self.subTest(answer=answer):
                terminal = self.on_terminal("delete", "job")
                question = "Delete job with 2 trials, 1 of them running? [y/N]: "
                terminal.read_until(question)
                self.assertTrue(self.exists())
                terminal.write(answer)
                self.assertEqual(terminal.wait(), code)
                self.assertEqual(self.exists(), code != 0)
                self.assertNotIn("Traceback", terminal.text)


if __name__ == "__main__":
    unittest.main()
