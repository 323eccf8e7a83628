"""Tests of the trial context of AsyncClient: its ends, above all those by a cancel."""

import asyncio
import signal
import subprocess
import sys
import unittest
from datetime import timedelta
from pathlib import Path
from typing import Awaitable, Callable

from server_case import AsyncServerCase, make_spec
from tcp_proxy import TcpProxy
from zeus_bso import errors
from zeus_bso.async_client import AsyncClient
from zeus_bso.retry import RetryPolicy
from zeus_bso.types import Trial, TrialFailure, TrialStatus

TRAINER = Path(__file__).parent / "async_trainer.py"


class AsyncTrialCase(AsyncServerCase):
    def setUp(self) -> None:
        self.server = self.start_server()
        self.direct = self.connect(self.server.address)
        self.proxy = self.enterContext(TcpProxy(self.server.address))

    async def asyncSetUp(self) -> None:
        self.client = await self.connect_async(self.server.address)

    def register(self, timeout: float = 60.0) -> None:
        trial_timeout = timedelta(seconds=timeout)
        self.direct.register_job(
            make_spec(trial_timeout=trial_timeout, max_failures_per_batch_size=0)
        )

    def last_trial(self) -> Trial:
        return list(self.direct.list_trials("job"))[-1]


class EndTest(AsyncTrialCase):
    async def test_with_a_result(self) -> None:
        self.register()
        async with self.client.trial("job") as trial:
            self.assertEqual(trial.batch_size, 16)
            diverges = await trial.report(
                float("nan"), epoch=0, time_seconds=0, energy_joules=0
            )
            self.assertFalse(diverges.stop_train)
            goes_on = await trial.report(0.1, epoch=1, time_seconds=1, energy_joules=2)
            self.assertFalse(goes_on.stop_train)
            self.assertTrue(trial.running)
            stops = await trial.report(0.9, epoch=2, time_seconds=2, energy_joules=4)
            self.assertTrue(stops.stop_train)
            self.assertFalse(trial.running)
        ended = self.last_trial()
        self.assertEqual(ended.status, TrialStatus.SUCCEEDED)
        self.assertEqual((ended.time_seconds, ended.energy_joules), (2.0, 4.0))

    async def test_exceptions_go_on_to_the_caller(self) -> None:
        self.register()
        exceptions: dict[Exception, TrialFailure] = {
            ValueError("bad data"): TrialFailure.FAILED,
            MemoryError(): TrialFailure.INFEASIBLE,
        }
        for exception, failure in exceptions.items():
            with self.assertRaises(type(exception)) as caught:
                async with self.client.trial("job"):
                    raise exception
            self.assertIs(caught.exception, exception)
            self.assertEqual(self.last_trial().failure, failure)

    async def test_without_a_result(self) -> None:
        self.register()
        async with self.client.trial("job"):
            pass
        self.assertEqual(self.last_trial().failure, TrialFailure.NOT_CONVERGED)

    async def test_the_trial_was_ended_by_somebody_else(self) -> None:
        self.register()
        with self.assertRaises(errors.TrialFailedError):
            async with self.client.trial("job") as trial:
                self.direct.end_trial(trial.trial, TrialFailure.CANCELLED)
                await trial.report(0.1, epoch=1, time_seconds=1, energy_joules=2)
        self.assertFalse(trial.running)

    async def test_no_such_job(self) -> None:
        with self.assertRaises(errors.JobNotFoundError):
            async with self.client.trial("none"):
                self.fail("entered")

    async def test_the_exception_outlives_the_server(self) -> None:
        self.register()
        with self.assertLogs("zeus_bso.async_trial"), self.assertRaises(ValueError):
            async with self.client.trial("job"):
                await self.client.close()
                raise ValueError("bad data")

    async def test_is_for_one_with_statement(self) -> None:
        self.register()
        run = self.client.trial("job")
        with self.assertRaises(RuntimeError):
            run.batch_size
        async with run:
            pass
        with self.assertRaises(RuntimeError):
            await run.__aenter__()


class CancelTest(AsyncTrialCase):
    async def train(
        self, client: AsyncClient, inside: asyncio.Event | None = None
    ) -> None:
        # Without heartbeats, whose answers the proxy might take away.
        async with client.trial("job", heartbeat_interval=0):
            if inside is not None:
                inside.set()
            await asyncio.sleep(60.0)

    async def cancelled(self, task: "asyncio.Task[None]") -> None:
        with self.assertRaises(asyncio.CancelledError):
            await task

    async def test_inside(self) -> None:
        self.register()
        inside = asyncio.Event()
        task = asyncio.create_task(self.train(self.client, inside))
        await inside.wait()
        task.cancel()
        await self.cancelled(task)
        self.assertEqual(self.last_trial().failure, TrialFailure.CANCELLED)

    async def test_by_a_timeout(self) -> None:
        self.register()
        with self.assertRaises(TimeoutError):
            async with asyncio.timeout(1.0):
                await self.train(self.client)
        self.assertEqual(self.last_trial().failure, TrialFailure.CANCELLED)

    async def test_again_before_the_end_is_sent(self) -> None:
        self.register()
        inside = asyncio.Event()
        task = asyncio.create_task(self.train(self.client, inside))
        await inside.wait()
        for _ in range(10):
            task.cancel()
            await asyncio.sleep(0)
        await self.cancelled(task)
        self.assertEqual(self.last_trial().failure, TrialFailure.CANCELLED)

    async def test_while_the_end_is_sent_after_an_exception(self) -> None:
        self.register()
        client = await self.connect_async(self.proxy.address)

        async def fail() -> None:
            async with client.trial("job", heartbeat_interval=0):
                self.proxy.delay_answer(b"job", 0.5)
                raise MemoryError

        task = asyncio.create_task(fail())
        while not self.proxy.has_lost():
            await asyncio.sleep(0.01)
        task.cancel()
        await self.cancelled(task)
        self.assertEqual(self.last_trial().failure, TrialFailure.INFEASIBLE)

    async def test_is_not_held_up_by_a_server_that_does_not_answer(self) -> None:
        self.register()
        client = await self.connect_async(self.proxy.address, timeout=600.0)
        inside = asyncio.Event()
        task = asyncio.create_task(self.train(client, inside))
        await inside.wait()
        self.proxy.delay_answer(b"job", 600.0)
        task.cancel()
        while not self.proxy.has_lost():
            await asyncio.sleep(0.01)
        task.cancel()
        async with asyncio.timeout(60.0):  # The call itself would take far longer.
            await self.cancelled(task)

    async def test_while_it_is_started(self) -> None:
        self.register()
        client = await self.connect_async(self.proxy.address, client_id="node-7")
        self.proxy.delay_answer(b"node-7", 1.0)
        task = asyncio.create_task(self.train(client))
        while not self.proxy.has_lost():
            await asyncio.sleep(0.01)
        task.cancel()
        await self.cancelled(task)
        self.assertEqual(self.last_trial().failure, TrialFailure.CANCELLED)

    async def test_a_closed_client_is_no_cancel(self) -> None:
        self.register()
        retry = RetryPolicy(total=0.0)
        client = await self.connect_async(self.server.address, retry=retry)
        with self.assertRaises(errors.CallCancelledError):
            async with client.trial("job"):
                await client.close()


class HeartbeatTest(AsyncTrialCase):
    async def test_an_epoch_may_take_longer_than_the_timeout(self) -> None:
        self.register(timeout=5.0)
        async with self.client.trial("job") as trial:
            await asyncio.sleep(7.0)
            self.assertTrue(trial.running)
            await trial.report(0.9, epoch=1, time_seconds=3, energy_joules=2)
        self.assertEqual(self.last_trial().status, TrialStatus.SUCCEEDED)

    async def test_one_that_hangs_does_not_hold_up_the_next(self) -> None:
        self.register()
        with TcpProxy(self.server.address) as proxy:
            client = await self.connect_async(proxy.address, timeout=600.0)
            async with client.trial("job", heartbeat_interval=0.05):
                proxy.delay_answer(b"job", 600.0)
                while not proxy.has_lost():
                    await asyncio.sleep(0.01)
                asked = proxy.await_request(b"job")
                self.assertTrue(await asyncio.to_thread(asked.wait, 60.0))
                proxy.break_connections()

    async def test_they_learn_of_an_end(self) -> None:
        self.register()
        ends: list[Callable[[Trial], Awaitable[object]]] = [
            lambda trial: self.client.end_trial(trial, TrialFailure.CANCELLED),
            lambda trial: self.client.delete_job("job"),
        ]
        for end in ends:
            async with self.client.trial("job", heartbeat_interval=0.05) as run:
                await end(run.trial)
                async with asyncio.timeout(30.0):
                    while run.running:
                        await asyncio.sleep(0.05)

    async def test_the_task_ends_with_the_trial(self) -> None:
        self.register()
        before = asyncio.all_tasks()
        async with self.client.trial("job"):
            self.assertGreater(asyncio.all_tasks(), before)
        self.assertEqual(asyncio.all_tasks(), before)


class SignalTest(AsyncTrialCase):
    def start_trainer(self, where: str) -> "subprocess.Popen[str]":
        trainer = subprocess.Popen(
            [sys.executable, str(TRAINER), self.server.address, "job", where],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        self.addCleanup(trainer.wait)
        self.addCleanup(trainer.kill)
        assert trainer.stdout is not None
        self.addCleanup(trainer.stdout.close)
        self.assertEqual(trainer.stdout.readline(), "training\n")
        return trainer

    def wait(self, trainer: "subprocess.Popen[str]") -> int:
        """Its exit status.

        A loop that is about to wait sees a signal only when it wakes up: at the latest
        for the next heartbeat.
        """
        return trainer.wait(90)

    def test_sigterm(self) -> None:
        self.register()
        for where in ("TASK", "THREAD"):
            with self.subTest(where):
                trainer = self.start_trainer(where)
                trainer.terminate()
                self.assertEqual(self.wait(trainer), 143)
                self.assertEqual(self.last_trial().failure, TrialFailure.CANCELLED)

    def test_ctrl_c(self) -> None:
        self.register()
        trainer = self.start_trainer("THREAD")
        trainer.send_signal(signal.SIGINT)
        self.assertNotEqual(self.wait(trainer), 0)
        self.assertEqual(self.last_trial().failure, TrialFailure.CANCELLED)


if __name__ == "__main__":
    unittest.main()
