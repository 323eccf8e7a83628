"""Tests of sessions of AsyncClient, and of its transact."""

import asyncio
import unittest

from server_case import AsyncServerCase, make_spec
from tcp_proxy import TcpProxy
from zeus_bso import errors
from zeus_bso import service_changes as changes
from zeus_bso import service_reads as reads
from zeus_bso.async_session import AsyncSession
from zeus_bso.retry import RetryPolicy
from zeus_bso.types import Arm, Trial, TrialType


class AsyncSessionCase(AsyncServerCase):
    def setUp(self) -> None:
        self.server = self.start_server()
        self.direct = self.connect(self.server.address)
        self.direct.register_job(make_spec())

    async def asyncSetUp(self) -> None:
        self.client = await self.connect_async(self.server.address)

    async def start(self, session: AsyncSession) -> Trial:
        await session.get_job("job")
        return await session.create_trial("job", 8, TrialType.MAB)

    def trial_numbers(self) -> list[int]:
        return [each.trial_number for each in self.direct.list_trials("job")]


class SessionTest(AsyncSessionCase):
    async def test_changes_take_effect_at_the_commit(self) -> None:
        async with self.client.session() as session:
            trial = await self.start(session)
            await session.create_arms("job", [Arm("job", 8)])
            self.assertEqual(await session.get_arm("job", 8), Arm("job", 8))
            self.assertEqual(self.trial_numbers(), [])
            await session.commit()
            self.assertEqual(list(self.direct.list_trials("job")), [trial])
            with self.assertRaises(RuntimeError):
                await session.get_job("job")
        self.assertEqual(self.direct.get_arms("job"), [Arm("job", 8)])
        with self.assertRaises(RuntimeError):
            await session.__aenter__()

    async def test_a_sequence(self) -> None:
        async with self.client.session() as session:
            job, trial = await session.sequence(
                reads.get_job("job"),
                changes.create_trial("job", 8, TrialType.CONCURRENT),
                commit=True,
            )
            self.assertEqual(job.spec.job_id, "job")
            with self.assertRaises(RuntimeError):
                await session.commit()
        self.assertEqual(list(self.direct.list_trials("job")), [trial])

    async def test_without_a_commit_nothing_is_changed(self) -> None:
        async with self.client.session() as session:
            await self.start(session)
        with self.assertRaises(RuntimeError):
            await session.commit()
        async with self.client.session() as session:
            self.assertEqual((await self.start(session)).trial_number, 1)

    async def test_the_server_notices_that_one_was_left(self) -> None:
        flags = ["--max_sessions=1"]
        server = await asyncio.to_thread(self.start_server, flags=flags)
        client = await self.connect_async(server.address)
        async with client.session() as left:
            await left.get_job("job")
        async with asyncio.timeout(30.0):
            while True:
                async with client.session() as session:
                    try:
                        await session.get_job("job")
                        return
                    except errors.TooManySessionsError:
                        pass
                await asyncio.sleep(0.05)

    async def test_delete_job(self) -> None:
        async with self.client.session() as session:
            self.assertTrue(await session.delete_job("job"))
            self.assertFalse(await session.delete_job("none"))
            await session.commit()
        self.assertIsNone(self.direct.get_job("job"))

    async def test_a_lost_race(self) -> None:
        async with self.client.session() as session:
            await self.start(session)
            other = self.direct.start_trial("job")
            with self.assertRaises(errors.LostRaceError):
                await session.commit()
        self.assertEqual(list(self.direct.list_trials("job")), [other])

    async def test_an_error_is_the_end(self) -> None:
        async with self.client.session() as session:
            await self.start(session)
            for _ in range(2):
                with self.assertRaises(errors.BatchSizeNotInJobError):
                    await session.create_trial("job", 5, TrialType.MAB)
            with self.assertRaises(errors.BatchSizeNotInJobError):
                await session.commit()
        self.assertEqual(self.trial_numbers(), [])

    async def test_an_end_between_two_requests(self) -> None:
        flags = ["--session_timeout=1s"]
        server = await asyncio.to_thread(self.start_server, flags=flags)
        client = await self.connect_async(server.address)
        async with client.session() as session:
            await session.get_job("job")
            await asyncio.sleep(2.0)
            with self.assertRaises(errors.SessionTimeoutError):
                await session.get_job("job")

    async def test_its_timeout(self) -> None:
        async with self.client.session(timeout=0.5) as session:
            with self.assertRaises(errors.DeadlineExceededError):
                while True:
                    await session.get_job("job")
                    await asyncio.sleep(0.01)

    async def test_a_task_that_is_cancelled_changes_nothing(self) -> None:
        begun = asyncio.Event()

        async def work() -> None:
            async with self.client.session() as session:
                await self.start(session)
                begun.set()
                await asyncio.sleep(60.0)
                await session.commit()

        task = asyncio.create_task(work())
        await begun.wait()
        task.cancel()
        with self.assertRaises(asyncio.CancelledError):
            await task
        self.assertEqual(self.trial_numbers(), [])

    async def test_close_ends_it(self) -> None:
        async with self.client.session() as session:
            await session.get_job("job")
            await self.client.close()
            with self.assertRaises(errors.CallCancelledError):
                await session.get_job("job")
        with self.assertRaises(errors.CallCancelledError):
            async with self.client.session():
                self.fail("entered")


class TransactTest(AsyncSessionCase):
    async def test_begins_again_after_lost_races(self) -> None:
        others: list[int] = []

        async def body(session: AsyncSession) -> Trial:
            trial = await self.start(session)
            if len(others) < 3:
                others.append(self.direct.start_trial("job").trial_number)
            return trial

        trial = await self.client.transact(body)
        self.assertEqual((others, trial.trial_number), ([1, 2, 3], 4))
        self.assertEqual(self.trial_numbers(), [1, 2, 3, 4])

    async def test_tasks_that_race(self) -> None:
        bodies = [self.client.transact(self.start) for _ in range(8)]
        trials = await asyncio.gather(*bodies)
        numbers = sorted(each.trial_number for each in trials)
        self.assertEqual(numbers, list(range(1, 9)))

    async def test_others_wait_for_a_session_that_reserves_the_job(self) -> None:
        others: list[asyncio.Task[Trial]] = []

        async def body(session: AsyncSession) -> Trial:
            await session.get_job("job")
            others.append(asyncio.create_task(self.client.start_trial("job")))
            await asyncio.sleep(0.2)
            self.assertFalse(others[0].done())
            return await session.create_trial("job", 8, TrialType.MAB)

        trial = await self.client.transact(body, reserve=["job"])
        self.assertEqual((len(others), trial.trial_number), (1, 1))
        self.assertEqual((await others[0]).trial_number, 2)

    async def test_gives_up(self) -> None:
        client = await self.connect_async(
            self.server.address, retry=RetryPolicy(total=0.0)
        )

        async def body(session: AsyncSession) -> None:
            await self.start(session)
            self.direct.start_trial("job")

        with self.assertRaises(errors.LostRaceError):
            await client.transact(body)
        self.assertEqual(self.trial_numbers(), [1])

    async def test_exceptions_of_the_body_change_nothing(self) -> None:
        runs: list[Trial] = []

        async def body(session: AsyncSession) -> None:
            runs.append(await self.start(session))
            raise ValueError

        with self.assertRaises(ValueError):
            await self.client.transact(body)
        self.assertEqual(len(runs), 1)
        self.assertEqual(self.trial_numbers(), [])

    async def test_begins_again_when_the_connection_breaks(self) -> None:
        with TcpProxy(self.server.address) as proxy:
            client = await self.connect_async(proxy.address)
            proxy.lose_answer(b"job")
            trial = await client.transact(self.start)
            self.assertTrue(proxy.has_lost())
            await client.close()
        self.assertEqual(list(self.direct.list_trials("job")), [trial])


if __name__ == "__main__":
    unittest.main()
