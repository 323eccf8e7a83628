"""Tests of AsyncClient: each method, retries, and cancelled and closed calls."""

import asyncio
import unittest
from typing import Any

from server_case import AsyncServerCase, free_port, make_spec
from tcp_proxy import TcpProxy
from zeus_bso import errors, events
from zeus_bso.async_client import AsyncClient
from zeus_bso.retry import RetryPolicy
from zeus_bso.types import (
    Arm,
    Stage,
    TrialFailure,
    TrialResult,
    TrialStatus,
    TrialType,
)

REPORT: dict[str, Any] = {"time_seconds": 1.0, "energy_joules": 20.0}


class MethodsTest(AsyncServerCase):
    def setUp(self) -> None:
        self.address = self.start_server().address

    async def asyncSetUp(self) -> None:
        self.client = await self.connect_async(self.address)

    async def test_life_of_a_trial(self) -> None:
        client = self.client
        self.assertTrue((await client.register_job(make_spec())).created)
        self.assertFalse((await client.register_job(make_spec())).created)
        trial = await client.start_trial("job")
        self.assertEqual((trial.trial_number, trial.batch_size), (1, 16))
        self.assertEqual(await client.heartbeat(trial), trial)
        verdict = await client.report_result(trial, metric=0.1, epoch=1, **REPORT)
        self.assertFalse(verdict.stop_train)
        verdict = await client.report_result(trial, metric=0.6, epoch=2, **REPORT)
        self.assertTrue(verdict.stop_train and verdict.converged)
        ended = await client.get_trial("job", 16, 1)
        assert ended is not None
        self.assertEqual(ended.energy_joules, 20.0)
        failed = await client.end_trial(
            await client.start_trial("job"), TrialFailure.CANCELLED
        )
        self.assertEqual(failed.failure, TrialFailure.CANCELLED)
        await client.delete_job("job")
        self.assertIsNone(await client.get_job("job"))
        with self.assertRaises(errors.JobNotFoundError):
            await client.delete_job("job")

    async def test_client_ids(self) -> None:
        await self.client.register_job(make_spec())
        first = await self.client.start_trial("job")
        second = await self.client.start_trial("job")
        self.assertNotEqual(first.client_id, second.client_id)
        node = await self.connect_async(self.address, client_id="node-7")
        trial = await node.start_trial("job")
        self.assertEqual(trial.client_id, "node-7")
        self.assertEqual(await node.start_trial("job"), trial)

    async def test_lists_go_over_all_pages(self) -> None:
        names = [f"job-{number}" for number in range(5)]
        for name in [*names, "other"]:
            await self.client.register_job(make_spec(name))
        jobs = [each async for each in self.client.list_jobs("job-", page_size=2)]
        self.assertEqual([each.spec.job_id for each in jobs], names)
        for _ in range(5):
            await self.client.start_trial("job-3")
        trials = [each async for each in self.client.list_trials("job-3", page_size=2)]
        self.assertEqual([each.trial_number for each in trials], [1, 2, 3, 4, 5])
        with self.assertRaises(errors.JobNotFoundError):
            await anext(self.client.list_trials("none"))

    async def test_the_service(self) -> None:
        client = self.client
        job = await client.create_job(make_spec(mab_seed=1, eta_knob=1.0))
        self.assertEqual(await client.get_job("job"), job)
        explored = await client.create_trial("job", 8, TrialType.EXPLORATION)
        self.assertEqual(await client.get_explorations("job"), {8: [explored]})
        ended = await client.update_trial(
            explored,
            TrialStatus.SUCCEEDED,
            time_seconds=1.0,
            energy_joules=20.0,
            converged=True,
        )
        self.assertEqual(await client.get_trial("job", 8, 1), ended)
        self.assertEqual(
            await client.get_trial_results("job", 8), [TrialResult(1, 1.0, 20.0, True)]
        )
        job = await client.update_exp_default_batch_size("job", 32)
        self.assertEqual((job.exp_default_batch_size, job.min_cost), (32, 20.0))
        job = await client.update_job_stage("job", Stage.MAB)
        self.assertEqual(job.stage, Stage.MAB)

    async def test_arms(self) -> None:
        client = self.client
        await client.create_job(make_spec())
        await client.create_arms("job", [Arm("job", 8), Arm("job", 16, -1.0)])
        self.assertEqual(await client.get_arm("job", 8), Arm("job", 8))
        trial = await client.create_trial("job", 8, TrialType.MAB)
        await client.update_arm_state(trial.trial_number, Arm("job", 8, -3.0))
        arms = [Arm("job", 8, -3.0), Arm("job", 16, -1.0)]
        self.assertEqual(await client.get_arms("job"), arms)

    async def test_draws(self) -> None:
        draws: list[Any] = []
        for job_id in ("one", "other"):
            await self.client.create_job(make_spec(job_id, mab_seed=1))
            draws.append(await self.client.get_random_choices(job_id, range(100)))
            draws.append(await self.client.get_normal(job_id, 5.0, 2.0))
        self.assertEqual(sorted(draws[0]), list(range(100)))
        self.assertEqual(draws[:2], draws[2:])
        self.assertEqual(await self.client.get_normal("one", 5.0, 0.0), 5.0)

    async def test_fields_that_are_wrong(self) -> None:
        with self.assertRaises(errors.InvalidFieldError) as caught:
            await self.client.register_job(make_spec(max_power=-1))
        (violation,) = caught.exception.field_violations
        self.assertEqual(violation.field, "spec.max_power")

    async def test_many_tasks(self) -> None:
        await self.client.register_job(make_spec())
        starts = [self.client.start_trial("job") for _ in range(20)]
        trials = await asyncio.gather(*starts)
        numbers = sorted(each.trial_number for each in trials)
        self.assertEqual(numbers, list(range(1, 21)))


class EndsOfCallsTest(AsyncServerCase):
    def setUp(self) -> None:
        server = self.start_server()
        self.direct = self.connect(server.address)
        self.direct.register_job(make_spec("nightly"))
        self.proxy = self.enterContext(TcpProxy(server.address))

    async def asyncSetUp(self) -> None:
        self.client = await self.connect_async(self.proxy.address)

    def trial_numbers(self) -> list[int]:
        return [each.trial_number for each in self.direct.list_trials("nightly")]

    async def test_start_trial_is_not_doubled(self) -> None:
        self.proxy.lose_answer(b"nightly")
        trial = await self.client.start_trial("nightly")
        self.assertTrue(self.proxy.has_lost())
        self.assertEqual(self.trial_numbers(), [trial.trial_number])

    async def test_creations_are_not_repeated(self) -> None:
        self.proxy.lose_answer(b"nightly")
        with self.assertRaises(errors.UnavailableError) as caught:
            await self.client.create_trial("nightly", 8, TrialType.MAB)
        self.assertEqual(caught.exception.reason, "")
        self.assertEqual(self.trial_numbers(), [1])

    async def test_a_late_answer(self) -> None:
        client = await self.connect_async(self.proxy.address, timeout=0.5)
        await client.get_job("other")  # So that the timeout is not that of connecting.
        self.proxy.delay_answer(b"nightly", 1.0)
        trial = await client.start_trial("nightly")
        self.assertTrue(self.proxy.has_lost())
        self.assertEqual(self.trial_numbers(), [trial.trial_number])

    async def test_deadline(self) -> None:
        client = await self.connect_async(
            self.proxy.address, timeout=2.0, retry=RetryPolicy(total=0.0)
        )
        await client.get_job("other")
        self.proxy.delay_answer(b"nightly", 60.0)
        with self.assertRaises(errors.DeadlineExceededError):
            await client.get_job("nightly")

    async def test_nobody_answers(self) -> None:
        client = await self.connect_async(
            f"127.0.0.1:{free_port()}", retry=RetryPolicy(total=0.5)
        )
        with self.assertRaises(errors.UnavailableError):
            await client.get_job("job")

    async def begin(self, job_id: str) -> "asyncio.Task[Any]":
        """A call in progress, which will not be answered."""
        await self.client.get_job("other")
        self.proxy.delay_answer(job_id.encode(), 60.0)
        call = asyncio.create_task(self.client.get_job(job_id))
        while not self.proxy.has_lost():
            await asyncio.sleep(0.01)
        return call

    async def test_a_task_that_is_cancelled(self) -> None:
        call = await self.begin("nightly")
        call.cancel()
        with self.assertRaises(asyncio.CancelledError):
            await call
        self.assertTrue(call.cancelled())

    async def test_close_during_a_call(self) -> None:
        call = await self.begin("nightly")
        await self.client.close()
        with self.assertRaises(errors.CallCancelledError):
            await call

    async def test_closed(self) -> None:
        await self.client.close()
        await self.client.close()
        with self.assertRaises(errors.CallCancelledError):
            await self.client.get_job("job")


class LoopTest(unittest.TestCase):
    def test_needs_an_event_loop(self) -> None:
        with self.assertRaises(RuntimeError):
            AsyncClient("127.0.0.1:1")


class WatchTest(AsyncServerCase):
    def setUp(self) -> None:
        self.server = self.start_server(flags=["--max_watchers=1"])
        self.direct = self.connect(self.server.address)
        self.direct.register_job(make_spec())

    async def test_every_event_until_the_job_is_deleted(self) -> None:
        client = await self.connect_async(self.server.address)
        watch_job = client.watch_job("job")
        state = await anext(watch_job)
        assert isinstance(state, events.PresentState)
        self.assertEqual(state.job, await client.get_job("job"))
        trial = await client.start_trial("job")
        self.assertEqual((await anext(watch_job)).revision, state.revision + 1)
        await client.end_trial(trial)
        await client.delete_job("job")
        seen = [each async for each in watch_job]
        self.assertIsInstance(seen[0], events.TrialEnded)
        self.assertIsInstance(seen[-1], events.JobDeleted)

    async def test_no_such_job(self) -> None:
        client = await self.connect_async(self.server.address)
        with self.assertRaises(errors.JobNotFoundError):
            await anext(client.watch_job("none"))

    async def test_can_be_left(self) -> None:
        client = await self.connect_async(self.server.address)
        for _ in range(3):
            await self.watch_once(client)

    async def watch_once(self, client: AsyncClient) -> None:
        """Begins to watch, once the server has noticed that others are gone."""
        loop = asyncio.get_running_loop()
        end = loop.time() + 30
        while True:
            watch_job = client.watch_job("job")
            try:
                await anext(watch_job)
                return
            except errors.TooManyWatchersError:
                self.assertLess(loop.time(), end)
                await asyncio.sleep(0.05)
            finally:
                await watch_job.aclose()

    async def test_close_ends_it(self) -> None:
        client = await self.connect_async(self.server.address)
        watch_job = client.watch_job("job")
        await anext(watch_job)
        await client.close()
        with self.assertRaises(errors.CallCancelledError):
            await anext(watch_job)

    async def test_goes_on_when_the_connection_breaks(self) -> None:
        with TcpProxy(self.server.address) as proxy:
            client = await self.connect_async(proxy.address)
            watch_job = client.watch_job("job")
            await anext(watch_job)
            proxy.break_connections()
            self.direct.start_trial("job")
            event = await anext(watch_job)
            if isinstance(event, events.PresentState):
                self.assertEqual(event.job.num_running_trials, 1)
            else:  # The watcher was back before the trial was started.
                self.assertIsInstance(event, events.TrialStarted)
            await client.close()

    async def test_gives_up(self) -> None:
        with TcpProxy(self.server.address) as proxy:
            retry = RetryPolicy(total=0.5)
            client = await self.connect_async(proxy.address, retry=retry)
            watch_job = client.watch_job("job")
            await anext(watch_job)
        with self.assertRaises(errors.UnavailableError):
            await anext(watch_job)


if __name__ == "__main__":
    unittest.main()
