"""Tests of trainers that were killed and continue their trials."""

import subprocess
import sys
import textwrap
import unittest
from typing import Any

import grpc

from fake_optimizer import FakeServerCase
from server_case import AsyncServerCase, make_spec
from trial_case import TrialCase
from zeus_bso import errors
from zeus_bso.async_client import AsyncClient
from zeus_bso.monitor import FixedPowerMonitor
from zeus_bso.optimizer.batch_size import BatchSizeOptimizer
from zeus_bso.resumption import Resumption
from zeus_bso.types import ReportBase, StartedTrial, TrialProgress
from zeus_bso.v1 import batch_size_optimizer_pb2 as api
from zeus_bso.v1 import resources_pb2 as resources

PROGRESS = TrialProgress(epochs=5, time_seconds=50.0, energy_joules=500.0)
COUNTS_AGAIN = ReportBase(5, 50.0, 500.0)
GOES_ON = ReportBase(0, 50.0, 500.0)


class ResumptionTest(unittest.TestCase):
    def check(self, epochs: list[int], base: ReportBase) -> None:
        resumption = Resumption(PROGRESS)
        self.assertEqual([resumption.base(each) for each in epochs], [base] * 3)

    def test_a_training_that_counts_again(self) -> None:
        self.check([1, 2, 3], COUNTS_AGAIN)

    def test_a_training_that_goes_on_counting(self) -> None:
        self.check([6, 7, 8], GOES_ON)

    def test_the_first_report_decides(self) -> None:
        self.check([0, 6, 7], COUNTS_AGAIN)
        self.check([6, 1, 2], GOES_ON)

    def test_a_checkpoint_that_is_older_than_the_last_report(self) -> None:
        self.check([2, 3, 4], GOES_ON)


class ReportsTest(FakeServerCase):
    """What reports state of a trial that is resumed."""

    def setUp(self) -> None:
        super().setUp()
        self.optimizer.resume_from = resources.TrialProgress(
            epochs=5, time_seconds=50.0, energy_joules=500.0, metric=0.25
        )

    def bases(self) -> list[ReportBase | None]:
        """Of each report."""
        return [
            ReportBase(
                request.base.epochs,
                request.base.time_seconds,
                request.base.energy_joules,
            )
            if request.HasField("base")
            else None
            for request in self.optimizer.requests_of(api.ReportResultRequest)
        ]

    def train(self, *epochs: int) -> None:
        with self.client.trial("job") as trial:
            self.assertEqual(
                trial.resumed_from, TrialProgress(5, 50.0, 500.0, metric=0.25)
            )
            for epoch in epochs:
                trial.report(0.1, epoch=epoch, time_seconds=1, energy_joules=2)

    def test_a_training_that_counts_again(self) -> None:
        self.train(1, 2, 2, 3)
        self.assertEqual(self.bases(), [COUNTS_AGAIN] * 4)

    def test_a_training_that_goes_on_counting(self) -> None:
        self.train(6, 7)
        self.assertEqual(self.bases(), [GOES_ON] * 2)

    def test_a_report_that_fails_decides_as_well(self) -> None:
        self.optimizer.report_errors = [grpc.StatusCode.UNAVAILABLE]
        with self.client.trial("job") as trial:
            with self.assertRaises(errors.UnavailableError):
                trial.report(0.1, epoch=1, time_seconds=1, energy_joules=2)
            trial.report(0.1, epoch=6, time_seconds=2, energy_joules=4)
        self.assertEqual(self.bases(), [COUNTS_AGAIN] * 2)

    def test_a_new_trial(self) -> None:
        self.optimizer.resume_from = None
        with self.client.trial("job") as trial:
            self.assertIsNone(trial.resumed_from)
            trial.report(0.1, epoch=1, time_seconds=1, energy_joules=2)
        self.assertEqual(self.bases(), [None])

    def test_who_starts_the_trial(self) -> None:
        for client_id in ("node-7", None):
            with self.client.trial("job", client_id=client_id):
                pass
        self.client.start_trial("job", client_id="node-8")
        first, second, third = self.optimizer.requests_of(api.StartTrialRequest)
        self.assertEqual((first.client_id, third.client_id), ("node-7", "node-8"))
        self.assertNotIn(second.client_id, ("", "node-7"))

    def test_by_hand(self) -> None:
        started = self.client.start_or_resume("job", client_id="node-7")
        self.assertEqual(started.trial, self.client.start_trial("job"))
        assert started.resume_from is not None
        self.assertEqual(started.resume_from.epochs, 5)
        self.client.report_result(
            started.trial,
            metric=0.1,
            epoch=1,
            time_seconds=1,
            energy_joules=2,
            base=COUNTS_AGAIN,
        )
        self.assertEqual(self.bases(), [COUNTS_AGAIN])

    async def test_in_asyncio(self) -> None:
        async with AsyncClient(self.address) as client:
            async with client.trial("job", client_id="node-7") as trial:
                assert trial.resumed_from is not None
                self.assertEqual(trial.resumed_from.energy_joules, 500.0)
                for epoch in (6, 7):
                    await trial.report(0, epoch=epoch, time_seconds=1, energy_joules=2)
        self.assertEqual(self.bases(), [GOES_ON] * 2)
        (start,) = self.optimizer.requests_of(api.StartTrialRequest)
        self.assertEqual(start.client_id, "node-7")

    def optimize(self, **options: Any) -> BatchSizeOptimizer:
        optimizer = BatchSizeOptimizer(
            FixedPowerMonitor(watts=100), self.client, make_spec(), **options
        )
        self.addCleanup(optimizer.close)
        return optimizer

    def test_a_batch_size_optimizer(self) -> None:
        optimizer = self.optimize(client_id="node-7", heartbeat_interval=7.0)
        optimizer.get_batch_size()
        self.assertEqual(optimizer.cur_epoch, 0)
        assert optimizer.resumed_from is not None
        self.assertEqual(optimizer.resumed_from.epochs, 5)
        optimizer.on_train_begin()
        for _ in range(7):
            optimizer.on_evaluate(0.1)
        self.assertEqual(self.bases(), [COUNTS_AGAIN] * 7)
        (start,) = self.optimizer.requests_of(api.StartTrialRequest)
        self.assertEqual(start.client_id, "node-7")
        (heartbeat,) = self.optimizer.await_requests(api.HeartbeatRequest, 1)
        self.assertEqual(heartbeat.interval.ToSeconds(), 7)
        with self.assertRaises(ValueError):
            self.optimize(heartbeat_interval=-1.0)

    def test_another_rank_without_broadcast(self) -> None:
        optimizer = self.optimize(rank=1)
        optimizer.current_batch_size, optimizer.trial_number = 16, 1
        optimizer.resumed_from = PROGRESS
        optimizer.on_train_begin()
        for _ in range(6):
            optimizer.on_evaluate(0.1)
        self.assertEqual(self.bases(), [COUNTS_AGAIN] * 6)
        # Ranks measure different energies, which the server would refuse.
        for request in self.optimizer.requests_of(api.ReportResultRequest):
            self.assertFalse(request.HasField("job_uid"))


class KilledTest(TrialCase, AsyncServerCase):
    """Against the real server."""

    def train_and_be_killed(self, *epochs: int) -> None:
        """A process of node-7 reports 10 s and 100 J per epoch, and is killed."""
        script = f"""
        import sys, time
        from zeus_bso.client import Client
        with Client(sys.argv[1], client_id="node-7") as client:
            with client.trial("job") as trial:
                for number, epoch in enumerate({epochs}, start=1):
                    trial.report(0.1, epoch=epoch, time_seconds=10 * number,
                                 energy_joules=100 * number)
                print("reported", flush=True)
                time.sleep(600)
        """
        trainer = subprocess.Popen(
            [sys.executable, "-c", textwrap.dedent(script), self.server.address],
            stdout=subprocess.PIPE,
            text=True,
        )
        with trainer:
            assert trainer.stdout is not None
            line = trainer.stdout.readline()
            trainer.kill()
        self.assertEqual(line, "reported\n")

    def check(self, epochs: int, seconds: float, joules: float) -> None:
        """Of the only trial."""
        (trial,) = self.client.list_trials("job")
        self.assertTrue(trial.converged)
        self.assertEqual(trial.epochs, epochs)
        self.assertEqual((trial.time_seconds, trial.energy_joules), (seconds, joules))

    def test_a_training_that_counts_again(self) -> None:
        self.register()
        self.train_and_be_killed(1, 2)
        with self.client.trial("job", client_id="node-7") as trial:
            before = trial.resumed_from
            assert before is not None
            self.assertEqual((before.epochs, before.metric), (2, 0.1))
            self.assertEqual((before.time_seconds, before.energy_joules), (20, 200))
            for _ in range(3):  # Repeated reports add nothing.
                trial.report(0.2, epoch=1, time_seconds=5, energy_joules=50)
            trial.report(0.9, epoch=2, time_seconds=11, energy_joules=110)
        self.check(epochs=4, seconds=31, joules=310)

    def test_a_training_that_goes_on_counting(self) -> None:
        self.register()
        self.train_and_be_killed(1, 2)
        with self.client.trial("job", client_id="node-7") as trial:
            trial.report(0.2, epoch=3, time_seconds=5, energy_joules=50)
            trial.report(0.9, epoch=4, time_seconds=11, energy_joules=110)
        self.check(epochs=4, seconds=31, joules=310)

    def test_killed_twice(self) -> None:
        self.register()
        self.train_and_be_killed(1, 2)
        self.train_and_be_killed(1, 2, 3)
        with self.client.trial("job", client_id="node-7") as trial:
            before = trial.resumed_from
            assert before is not None
            self.assertEqual((before.epochs, before.time_seconds), (5, 50))
            trial.report(0.9, epoch=1, time_seconds=1, energy_joules=2)
        self.check(epochs=6, seconds=51, joules=502)

    async def test_in_asyncio(self) -> None:
        self.register()
        self.train_and_be_killed(1, 2)
        client = await self.connect_async(self.server.address, client_id="node-7")
        async with client.trial("job") as trial:
            assert trial.resumed_from is not None
            await trial.report(0.9, epoch=1, time_seconds=5, energy_joules=50)
        self.check(epochs=3, seconds=25, joules=250)

    def test_a_batch_size_optimizer(self) -> None:
        self.register()
        self.train_and_be_killed(1, 2)
        (running,) = self.client.list_jobs()
        monitor = FixedPowerMonitor(watts=100.0)
        with BatchSizeOptimizer(
            monitor, self.client, running.spec, client_id="node-7"
        ) as optimizer:
            optimizer.get_batch_size()
            optimizer.on_train_begin()
            optimizer.on_evaluate(0.1)
            optimizer.on_evaluate(0.9)
        (trial,) = self.client.list_trials("job")
        self.assertEqual(trial.epochs, 4)
        assert trial.time_seconds is not None and trial.energy_joules is not None
        self.assertAlmostEqual(trial.time_seconds, 20 + optimizer.running_time)
        self.assertAlmostEqual(trial.energy_joules, 200 + optimizer.consumed_energy)

    def test_a_batch_size_optimizer_with_a_checkpoint(self) -> None:
        for epochs_kept, last in ((0, 3), (1, 4), (2, 5)):
            with self.subTest(epochs_kept):
                self.register()
                self.train_and_be_killed(1, 2)
                (running,) = self.client.list_jobs()
                with BatchSizeOptimizer(
                    FixedPowerMonitor(watts=100.0),
                    self.client,
                    running.spec,
                    client_id="node-7",
                ) as optimizer:
                    optimizer.get_batch_size()
                    optimizer.on_train_begin(epoch=epochs_kept)
                    optimizer.on_evaluate(0.1)
                    optimizer.on_evaluate(0.2)
                    optimizer.on_evaluate(0.9)
                (trial,) = self.client.list_trials("job")
                self.assertEqual(trial.epochs, last)
                assert trial.time_seconds is not None
                spent = 20 + optimizer.running_time
                self.assertAlmostEqual(trial.time_seconds, spent)
                self.client.delete_job("job")

    def test_nothing_was_reported(self) -> None:
        self.register()
        self.train_and_be_killed()
        with self.client.trial("job", client_id="node-7") as trial:
            self.assertIsNone(trial.resumed_from)
            trial.report(0.9, epoch=1, time_seconds=5, energy_joules=50)
        self.check(epochs=1, seconds=5, joules=50)

    def test_another_trainer_starts_its_own(self) -> None:
        self.register()
        self.train_and_be_killed(1)
        started = self.client.start_or_resume("job", client_id="node-8")
        self.assertEqual(started, StartedTrial(started.trial, None))
        self.assertEqual(started.trial.trial_number, 2)
        resumed = self.client.start_or_resume("job", client_id="node-7")
        self.assertEqual(resumed.trial.trial_number, 1)
        assert resumed.resume_from is not None
        self.assertEqual(resumed.resume_from.epochs, 1)


if __name__ == "__main__":
    unittest.main()
