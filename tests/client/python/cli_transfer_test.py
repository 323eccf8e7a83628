"""Tests of `export` and `import`, and of what is below them in both clients."""

import asyncio
import dataclasses
import itertools
import json
import os
import re
import tempfile
import unittest
from datetime import timedelta
from pathlib import Path
from typing import Any, Callable, Iterable

from cli_case import CliCase
from server_case import await_summary, make_spec
from tcp_proxy import TcpProxy
from zeus_bso import errors
from zeus_bso.async_client import AsyncClient
from zeus_bso.client import Client
from zeus_bso.job_transfer import JobRecord
from zeus_bso.types import (
    EndReason,
    Policy,
    Trial,
    TrialFailure,
    TrialStatus,
    TrialType,
    Verdict,
)


def without_uids(trials: Iterable[Trial]) -> list[Trial]:
    """The trials without the uid of their job, of which each server gives its own."""
    return [dataclasses.replace(trial, job_uid=0) for trial in trials]


def without_uids_in_json(exported: str) -> str:
    return re.sub(r'"job_uid": "\d+"', '"job_uid": "0"', exported)


def train(client: Client, num_trials: int) -> list[int]:
    """Runs trainings one after the other; their batch sizes."""
    sizes = []
    for _ in range(num_trials):
        with client.trial("job") as trial:
            energy = 100.0 + trial.batch_size + 7.0 * (trial.trial.trial_number % 5)
            trial.report(0.9, epoch=1, time_seconds=1.0, energy_joules=energy)
            sizes.append(trial.batch_size)
    return sizes


class TransferCase(CliCase):
    def setUp(self) -> None:
        super().setUp()
        self.client.register_job(make_spec(mab_seed=7))
        train(self.client, 15)
        await_summary(self.client)  # It is part of an export.
        self.other_address = self.start_server().address
        self.other = self.connect(self.other_address)
        self.directory = Path(self.enterContext(tempfile.TemporaryDirectory()))

    def trials(self, client: Client) -> list[Trial]:
        return without_uids(client.list_trials("job"))


class CommandTest(TransferCase):
    def test_a_job_moves_and_goes_on(self) -> None:
        path = self.directory / "job.jsonl"
        done = self.run_cli("export", "job", "-o", str(path))
        self.assertEqual(done.stdout, f"Wrote {path}, of 15 trials.\n")
        done = self.run_cli(
            "import", str(path), env={"ZEUS_BSO_SERVER": self.other_address}
        )
        self.assertEqual(done.stdout, "Imported job, 15 trials.\n")
        self.assertEqual(self.trials(self.other), self.trials(self.client))
        self.assertEqual(self.other.get_job("job"), self.client.get_job("job"))
        self.assertEqual(train(self.other, 20), train(self.client, 20))
        self.assertEqual(self.other.get_arms("job"), self.client.get_arms("job"))

    def test_through_a_pipe(self) -> None:
        exported = self.run_cli("export", "job").stdout
        lines = [json.loads(line) for line in exported.splitlines()]
        self.assertEqual(lines[0]["job"]["spec"]["job_id"], "job")
        self.assertEqual(lines[-1], {"end": {"num_records": str(len(lines) - 1)}})
        env = {"ZEUS_BSO_SERVER": self.other_address}
        done = self.run_cli("import", "-", "--json", stdin=exported, env=env)
        self.assertEqual(json.loads(done.stdout)["spec"]["job_id"], "job")

    def test_what_cannot_be_exported(self) -> None:
        path = self.directory / "job.jsonl"
        done = self.run_cli("export", "none", "-o", str(path), code=4)
        self.assertIn("JOB_NOT_FOUND", done.stderr)
        self.assertEqual(list(self.directory.iterdir()), [])
        for unwritable in ("/nowhere/job.jsonl", "/dev/full"):
            done = self.run_cli("export", "job", "-o", unwritable, code=2)
            self.assertIn(f"Error: {unwritable}: No s", done.stderr)
        done = self.run_cli("report", "job", "-o", "/nowhere/job.html", code=2)
        self.assertIn("Error: /nowhere/job.html: No such file", done.stderr)

    def test_where_it_is_written(self) -> None:
        exported = self.run_cli("export", "job", "-o", "-").stdout
        self.assertEqual(exported, self.run_cli("export", "job", "--json").stdout)
        file, link, fifo = (self.directory / name for name in ("file", "link", "fifo"))
        file.write_text("old")
        file.chmod(0o640)
        link.symlink_to(file.name)
        written = self.run_cli("export", "job", "-o", str(link), "--json").stdout
        self.assertEqual(json.loads(written), {"path": str(link), "num_trials": 15})
        self.assertTrue(link.is_symlink())
        self.assertEqual(file.read_text(), exported)
        self.assertEqual(file.stat().st_mode & 0o777, 0o640)
        os.mkfifo(fifo)
        process = self.start_cli("export", "job", "-o", str(fifo))
        self.assertEqual(fifo.read_text(), exported)
        self.assertEqual(process.wait(60), 0)
        self.assertTrue(fifo.is_fifo())

    def test_what_cannot_be_imported(self) -> None:
        lines = self.run_cli("export", "job").stdout.splitlines(keepends=True)
        env = {"ZEUS_BSO_SERVER": self.other_address}
        for contents, code, error in (
            ("".join(lines[:-1]), 1, "end: must be the last record"),
            ("".join(lines[1:]), 1, "job: must be the first record"),
            ("".join(lines[:3] + lines[4:]), 1, "INVALID_FIELD"),
            (lines[0] + "{\n", 2, "line 2: not JSON"),
            (lines[0] + "[]\n", 2, "line 2: not a JSON object"),
            (lines[0] + '{"trail": {}}\n', 2, 'record 2: .* "trail"'),
            ("", 1, "end: must be the last record"),
        ):
            with self.subTest(error):
                done = self.run_cli("import", "-", stdin=contents, env=env, code=code)
                self.assertRegex(" ".join(done.stderr.split()), error)
                self.assertIsNone(self.other.get_job("job"))
        self.run_cli("import", "/nowhere/job.jsonl", code=2)
        done = self.run_cli("import", "-", stdin="".join(lines), code=1)
        self.assertIn("JOB_EXISTS", done.stderr)


class CurvesTest(CliCase):
    """A job of curves with trials of every kind."""

    SIZES = (8, 16, 32, 64, 128, 256, 512)

    def report(
        self, client: Client, trial: Trial, epoch: int, joules: float, converges: bool
    ) -> Verdict:
        return client.report_result(
            trial,
            metric=0.9 if converges else 0.1,
            epoch=epoch,
            time_seconds=joules / 100,
            energy_joules=joules,
        )

    def run_trial(
        self, client: Client, factor: float = 1.0, epochs: int | None = None
    ) -> tuple[Any, ...]:
        """Trains until the server says stop; what it decided.

        Args:
            client: Of the server.
            factor: What an epoch costs, times as much as usual.
            epochs: How many are needed. None: as many as usual.
        """
        trial = client.start_trial("job")
        needed = epochs or self.needed_epochs(trial.batch_size)
        noise = 1 + 0.1 * (7 * trial.trial_number % 5 - 2)
        joules = factor * noise * (20 + 800 / trial.batch_size)
        for epoch in itertools.count(1):
            reached = epoch >= needed
            verdict = self.report(client, trial, epoch, joules * epoch, reached)
            if verdict.stop_train:
                break
        return trial.batch_size, trial.type, trial.curves_ticket, verdict

    def setUp(self) -> None:
        super().setUp()
        self.needed_epochs: Callable[[int], int] = lambda size: 4 + size // 32
        client = self.client
        client.register_job(
            make_spec(
                batch_sizes=self.SIZES,
                default_batch_size=64,
                policy=Policy.CURVES,
                mab_seed=7,
                max_epochs=40,
                trial_timeout=timedelta(hours=1),
            )
        )
        slow = client.start_trial("job")
        self.report(client, slow, 1, 10_000, False)
        self.run_trial(client)
        self.report(client, slow, 2, 20_000, False)
        for _ in range(8):
            self.run_trial(client)
        for factor, epochs in ((1.0, 1000), (1.8, None), (2.2, 20)):
            self.run_trial(client, factor, epochs)
        self.report(client, client.start_trial("job"), 40, 500, False)
        self.report(client, client.start_trial("job"), 30, 30 * 100, False)
        for failure in (
            TrialFailure.FAILED,
            TrialFailure.INFEASIBLE,
            TrialFailure.CANCELLED,
            TrialFailure.NOT_CONVERGED,
        ):
            trial = client.start_trial("job")
            self.report(client, trial, 1, 40, False)
            client.end_trial(trial, failure)
        for known in (None, 5):
            client.update_trial(
                client.start_trial("job"),
                TrialStatus.SUCCEEDED,
                time_seconds=2,
                energy_joules=200,
                converged=True,
                epochs=known,
            )
        client.start_trial("job")
        await_summary(client)  # It is part of an export.
        self.other_address = self.start_server().address
        self.other = self.connect(self.other_address)

    def test_it_moves_and_goes_on_draw_for_draw(self) -> None:
        trials = list(self.client.list_trials("job"))
        self.assertLessEqual(set(EndReason), {each.end_reason for each in trials})
        self.assertEqual(
            {each.failure for each in trials},
            {*TrialFailure} - {TrialFailure.TIMED_OUT},
        )
        self.assertEqual(
            {each.type for each in trials},
            {TrialType.FIRST, TrialType.BEST, TrialType.EXPLORE},
        )

        exported = self.run_cli("export", "job").stdout
        kinds = [next(iter(json.loads(line))) for line in exported.splitlines()]
        before = ["job", "curves_job", *["curves_size"] * len(self.SIZES)]
        self.assertEqual(kinds, [*before, *["trial"] * len(trials), "end"])
        env = {"ZEUS_BSO_SERVER": self.other_address}
        said = self.run_cli("import", "-", stdin=exported, env=env).stdout
        self.assertEqual(said, f"Imported job, {len(trials)} trials.\n")

        await_summary(self.other)
        again = self.run_cli("export", "job", env=env).stdout
        self.assertEqual(without_uids_in_json(again), without_uids_in_json(exported))
        self.assertEqual(
            without_uids(self.other.list_trials("job")), without_uids(trials)
        )
        self.assertEqual(self.other.get_job("job"), self.client.get_job("job"))
        # What they believe is wrong now, so that they explore.
        self.needed_epochs = lambda size: 4 + 512 // size
        decided = [self.run_trial(self.client) for _ in range(30)]
        self.assertEqual([self.run_trial(self.other) for _ in range(30)], decided)
        self.assertGreater(len({size for size, *_ in decided}), 2)
        for client in (self.client, self.other):
            verdict = self.report(client, trials[-1], 3, 100.0, True)
            self.assertTrue(verdict.converged)
        self.assertEqual(self.run_trial(self.other), self.run_trial(self.client))

    def test_without_its_beliefs_it_does_not(self) -> None:
        lines = self.run_cli("export", "job").stdout.splitlines(keepends=True)
        env = {"ZEUS_BSO_SERVER": self.other_address}
        for left_out in (1, 2):
            contents = "".join(lines[:left_out] + lines[slice(left_out + 1, None)])
            done = self.run_cli("import", "-", stdin=contents, env=env, code=1)
            self.assertIn("INVALID_FIELD", done.stderr)
            self.assertIsNone(self.other.get_job("job"))


class ClientTest(TransferCase):
    def test_running_trials_go_on(self) -> None:
        with self.client.trial("job") as trial:
            self.other.import_job(self.client.export_job("job"))
            verdict = self.other.report_result(
                trial.trial, metric=0.9, epoch=1, time_seconds=1, energy_joules=100
            )
            self.assertTrue(verdict.converged)

    def test_errors(self) -> None:
        with self.assertRaises(errors.JobNotFoundError):
            list(self.client.export_job("none"))
        records = list(self.client.export_job("job"))
        with self.assertRaises(errors.JobExistsError):
            self.client.import_job(records)
        with self.assertRaises(errors.InvalidFieldError) as caught:
            self.other.import_job(records[:-1])
        self.assertEqual(caught.exception.field_violations[0].field, "end")
        with self.assertRaisesRegex(ValueError, "record 1: "):
            self.other.import_job([{"jobs": {}}])

    def test_an_export_is_repeated_before_its_first_record(self) -> None:
        records = list(self.client.export_job("job"))
        with TcpProxy(self.address) as proxy:
            proxy.lose_answer(b"gpu")
            client = self.connect(proxy.address)
            self.assertEqual(list(client.export_job("job")), records)
            self.assertTrue(proxy.has_lost)

        async def export() -> list[JobRecord]:
            async with AsyncClient(proxy.address) as client:
                return [record async for record in client.export_job("job")]

        with TcpProxy(self.address) as proxy:
            proxy.lose_answer(b"gpu")
            self.assertEqual(asyncio.run(export()), records)
            self.assertTrue(proxy.has_lost)

    def test_asyncio(self) -> None:
        async def move() -> tuple[Any, list[JobRecord]]:
            async with AsyncClient(self.address) as source:
                records = [record async for record in source.export_job("job")]
                with self.assertRaises(errors.JobNotFoundError):
                    async for _ in source.export_job("none"):
                        pass
                with self.assertRaises(errors.JobExistsError):
                    await source.import_job(records)
            async with AsyncClient(self.other_address) as target:
                return await target.import_job(records), records

        job, records = asyncio.run(move())
        self.assertEqual(job, self.client.get_job("job"))
        self.assertEqual(records, list(self.client.export_job("job")))


if __name__ == "__main__":
    unittest.main()
