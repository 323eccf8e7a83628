"""Tests of the heartbeats of trials: when they are sent, what they say, what stops them."""

import asyncio
import contextlib
import subprocess
import sys
import textwrap
import threading
import time
import unittest
from datetime import timedelta
from typing import Any, Callable

import grpc

from fake_optimizer import JOB_UID, FakeServerCase
from tcp_proxy import TcpProxy
from trial_case import TrialCase
from zeus_bso import errors
from zeus_bso.async_client import AsyncClient
from zeus_bso.trial_state import default_heartbeat_interval
from zeus_bso.types import Trial, TrialFailure, TrialStatus
from zeus_bso.v1 import batch_size_optimizer_pb2 as api
from zeus_bso.v1 import resources_pb2 as resources

_NAME = "zeus-bso-heartbeat"

_PRELUDE = """
import os, sys, threading, time
from zeus_bso.client import Client

def hearts():
    return [each for each in threading.enumerate() if each.name == "zeus-bso-heartbeat"]

client = Client(sys.argv[1])
"""


def heartbeat_threads() -> list[threading.Thread]:
    return [each for each in threading.enumerate() if each.name == _NAME]


class SentTest(FakeServerCase):
    def await_heartbeats(self, count: int) -> list[Any]:
        return self.optimizer.await_requests(api.HeartbeatRequest, count)

    def test_the_first_one_is_sent_at_once(self) -> None:
        with self.client.trial("job"):
            (request,) = self.await_heartbeats(1)
        self.assertEqual(request.interval.ToTimedelta(), timedelta(seconds=30))
        self.assertEqual((request.job_id, request.trial_number), ("job", 1))
        self.assertEqual(request.job_uid, JOB_UID)

    def test_others_follow(self) -> None:
        with self.client.trial("job", heartbeat_interval=0.05):
            requests = self.await_heartbeats(4)
        milliseconds = [each.interval.ToMilliseconds() for each in requests]
        self.assertEqual(set(milliseconds), {50})

    def test_a_short_trial_timeout_has_three(self) -> None:
        self.service.trial_timeout = timedelta(seconds=6)
        with self.client.trial("job"):
            (request,) = self.await_heartbeats(1)
        self.assertEqual(request.interval.ToTimedelta(), timedelta(seconds=2))

    def test_none_are_sent(self) -> None:
        with self.client.trial("job", heartbeat_interval=0):
            self.await_true(lambda: heartbeat_threads() == [])
            time.sleep(0.2)
        self.assertEqual(self.optimizer.requests_of(api.HeartbeatRequest), [])

    def test_bounds(self) -> None:
        for interval in (-1.0, 0.0001, 1e9, float("nan"), float("inf")):
            with self.assertRaises(ValueError):
                self.client.trial("job", heartbeat_interval=interval)
        for interval in (0, 0.001, 3650 * 86400.0):
            self.client.trial("job", heartbeat_interval=interval)

    def test_they_outlast_errors_of_the_server(self) -> None:
        self.optimizer.heartbeat_errors = [
            grpc.StatusCode.UNAVAILABLE,
            grpc.StatusCode.INTERNAL,
            grpc.StatusCode.UNIMPLEMENTED,
            grpc.StatusCode.INVALID_ARGUMENT,
        ]
        with self.assertLogs("zeus_bso.trial") as logs:
            with self.client.trial("job", heartbeat_interval=0.02) as trial:
                self.await_heartbeats(6)
                self.assertTrue(trial.running)
        self.assertEqual(len(logs.output), 4)

    def test_they_outlast_any_exception(self) -> None:
        heartbeat = self.client._call
        calls: list[object] = []

        def fail(call: Any, within: float | None = None) -> Any:
            if call.method == "Heartbeat":
                calls.append(call)
                if len(calls) == 1:
                    raise RuntimeError("no more threads")
            return heartbeat(call, within)

        self.client._call = fail  # type: ignore[assignment]
        with self.assertLogs("zeus_bso.trial"):
            with self.client.trial("job", heartbeat_interval=0.02) as trial:
                self.await_heartbeats(2)
                self.assertTrue(trial.running)

    def test_an_end_is_noted_and_never_raised(self) -> None:
        self.optimizer.trial.status = resources.TRIAL_STATUS_FAILED
        with self.client.trial("job", heartbeat_interval=0.02) as trial:
            self.await_true(lambda: not trial.running)
        self.assertEqual(len(self.optimizer.requests_of(api.HeartbeatRequest)), 1)
        self.assertEqual(self.optimizer.requests_of(api.EndTrialRequest), [])

    def test_a_job_that_is_gone(self) -> None:
        self.optimizer.heartbeat_errors = [grpc.StatusCode.NOT_FOUND]
        with self.client.trial("job", heartbeat_interval=0.02) as trial:
            self.await_true(lambda: not trial.running)

    def test_they_stop_when_the_block_is_left(self) -> None:
        with contextlib.suppress(ValueError):
            with self.client.trial("job", heartbeat_interval=0.02):
                self.await_heartbeats(1)
                raise ValueError
        self.await_true(lambda: heartbeat_threads() == [])
        count = len(self.optimizer.requests_of(api.HeartbeatRequest))
        time.sleep(0.2)
        self.assertEqual(len(self.optimizer.requests_of(api.HeartbeatRequest)), count)

    def run_script(self, script: str) -> str:
        done = subprocess.run(
            [sys.executable, "-c", _PRELUDE + textwrap.dedent(script), self.address],
            capture_output=True,
            text=True,
            timeout=60,
        )
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        return done.stdout

    def test_they_keep_no_process_alive(self) -> None:
        self.run_script(
            """
            client.trial("job").__enter__()
            assert hearts()
            """
        )

    def test_a_forked_child_has_none(self) -> None:
        output = self.run_script(
            """
            with client.trial("job", heartbeat_interval=0.01) as trial:
                time.sleep(0.1)
                child = os.fork()
                if not child:
                    print(len(hearts()), trial.running, flush=True)
                    sys.exit(0)
                print(os.waitpid(child, 0)[1], len(hearts()))
            """
        )
        self.assertEqual(output, "0 True\n0 1\n")

    def test_default(self) -> None:
        self.assertEqual(default_heartbeat_interval(None), 30.0)


class AsyncSentTest(FakeServerCase):
    async def asyncSetUp(self) -> None:
        self.async_client = await self.enterAsyncContext(AsyncClient(self.address))

    async def await_heartbeats(self, count: int) -> list[Any]:
        wait = self.optimizer.await_requests
        return await asyncio.to_thread(wait, api.HeartbeatRequest, count)

    async def test_the_first_one_is_sent_at_once(self) -> None:
        async with self.async_client.trial("job"):
            (request,) = await self.await_heartbeats(1)
        self.assertEqual(request.interval.ToTimedelta(), timedelta(seconds=30))
        self.assertEqual(request.job_uid, JOB_UID)

    async def test_none_are_sent(self) -> None:
        async with self.async_client.trial("job", heartbeat_interval=0):
            await asyncio.sleep(0.2)
        self.assertEqual(self.optimizer.requests_of(api.HeartbeatRequest), [])

    async def test_they_outlast_errors_of_the_server(self) -> None:
        self.optimizer.heartbeat_errors = [
            grpc.StatusCode.INTERNAL,
            grpc.StatusCode.INVALID_ARGUMENT,
        ]
        with self.assertLogs("zeus_bso.async_trial"):
            async with self.async_client.trial("job", heartbeat_interval=0.02) as trial:
                await self.await_heartbeats(4)
                self.assertTrue(trial.running)

    async def test_an_end_is_noted_and_never_raised(self) -> None:
        self.optimizer.trial.status = resources.TRIAL_STATUS_FAILED
        async with self.async_client.trial("job", heartbeat_interval=0.02) as trial:
            async with asyncio.timeout(30.0):
                while trial.running:
                    await asyncio.sleep(0.01)
        self.assertEqual(self.optimizer.requests_of(api.EndTrialRequest), [])


class HeartbeatTest(TrialCase):
    def test_the_server_knows_how_often_they_come(self) -> None:
        self.register()
        for given, stated in ((None, 20.0), (7.5, 7.5)):
            with self.client.trial("job", heartbeat_interval=given):
                end = time.monotonic() + 30
                while (interval := self.last_trial().heartbeat_interval) is None:
                    self.assertLess(time.monotonic(), end)
                    time.sleep(0.01)
                self.assertEqual(interval, timedelta(seconds=stated))

    def test_a_single_one(self) -> None:
        self.register()
        trial = self.client.start_trial("job")
        self.assertIsNone(trial.heartbeat_interval)
        heard = self.client.heartbeat(trial, interval=90.5)
        self.assertEqual(heard.heartbeat_interval, timedelta(seconds=90.5))
        again = self.client.heartbeat(trial)
        self.assertEqual(again.heartbeat_interval, timedelta(seconds=90.5))
        with self.assertRaises(errors.InvalidFieldError):
            self.client.heartbeat(trial, interval=0.0)

    def test_an_epoch_may_take_longer_than_the_timeout(self) -> None:
        self.register(timeout=5.0)
        with self.client.trial("job") as trial:
            time.sleep(7.0)
            self.assertTrue(trial.running)
            trial.report(0.9, epoch=1, time_seconds=3, energy_joules=2)
        self.assertEqual(self.last_trial().status, TrialStatus.SUCCEEDED)

    def test_without_heartbeats_it_does_not(self) -> None:
        self.register(timeout=1.0)
        with self.assertRaises(errors.TrialFailedError) as caught:
            with self.client.trial("job", heartbeat_interval=0) as trial:
                self.wait_until_ended()
                trial.report(0.1, epoch=1, time_seconds=3, energy_joules=2)
        self.assertEqual(caught.exception.metadata["failure"], "TIMED_OUT")
        self.assertFalse(self.last_trial().late)

    def test_a_result_may_come_after_the_timeout(self) -> None:
        self.register(timeout=1.0)
        with self.client.trial("job", heartbeat_interval=0) as trial:
            timed_out = self.wait_until_ended()
            self.assertEqual(timed_out.failure, TrialFailure.TIMED_OUT)
            verdict = trial.report(0.9, epoch=1, time_seconds=3, energy_joules=2)
        self.assertTrue(verdict.stop_train and verdict.converged)
        ended = self.last_trial()
        self.assertEqual(ended.status, TrialStatus.SUCCEEDED)
        self.assertTrue(ended.late)

    def test_they_learn_of_an_end(self) -> None:
        self.register()
        ends: list[Callable[[Trial], object]] = [
            lambda trial: self.client.end_trial(trial, TrialFailure.CANCELLED),
            lambda trial: self.client.delete_job("job"),
        ]
        for end in ends:
            with self.client.trial("job", heartbeat_interval=0.05) as run:
                end(run.trial)
                deadline = time.monotonic() + 30
                while run.running and time.monotonic() < deadline:
                    time.sleep(0.05)
                self.assertFalse(run.running)

    def test_one_that_hangs_does_not_hold_up_the_next(self) -> None:
        self.register()
        with TcpProxy(self.server.address) as proxy:
            client = self.connect(proxy.address, timeout=600.0)
            with client.trial("job", heartbeat_interval=0.05):
                proxy.delay_answer(b"job", 600.0)
                while not proxy.has_lost():
                    time.sleep(0.01)
                self.assertTrue(proxy.await_request(b"job").wait(60.0))
                proxy.break_connections()


if __name__ == "__main__":
    unittest.main()
