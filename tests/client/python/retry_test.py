"""Tests of retries: over restarts, answers that are lost and answers that are late."""

import tempfile
import threading
import unittest
from pathlib import Path
from unittest import mock

import grpc

from server_case import SERVER_BINARY, ServerCase, free_port, make_spec
from tcp_proxy import TcpProxy
from zeus_bso import errors
from zeus_bso.local_server import LocalServer
from zeus_bso.retry import NOTHING_CHANGED, RetryPolicy, call_with_retries

NO_RETRIES = RetryPolicy(total=0.0)
CODE = grpc.StatusCode


class PolicyTest(unittest.TestCase):
    def test_backoff_doubles_up_to_its_bound(self) -> None:
        policy = RetryPolicy(first_backoff=1.0, max_backoff=5.0)
        with mock.patch("random.uniform", side_effect=lambda low, high: high):
            bounds = [policy.backoff(attempts) for attempts in (1, 2, 3, 4, 5000)]
        self.assertEqual(bounds, [1.0, 2.0, 4.0, 5.0, 5.0])

    def test_backoff_has_full_jitter(self) -> None:
        waits = [RetryPolicy(first_backoff=1.0).backoff(1) for _ in range(200)]
        self.assertLess(min(waits), 0.2)
        self.assertGreater(max(waits), 0.8)
        self.assertLessEqual(max(waits), 1.0)

    def attempts(self, policy: RetryPolicy, *codes: grpc.StatusCode) -> list[float]:
        """The timeouts of the attempts that these codes answer, and then a success."""
        timeouts: list[float] = []

        def attempt(timeout: float) -> None:
            timeouts.append(timeout)
            if len(timeouts) <= len(codes):
                error = grpc.RpcError()
                error.code = lambda: codes[len(timeouts) - 1]
                error.details = lambda: ""
                error.trailing_metadata = tuple
                raise error

        try:
            call_with_retries(
                attempt, timeout=2.0, policy=policy, retried=NOTHING_CHANGED
            )
        except errors.ZeusBsoError as error:
            self.assertEqual(error.code, codes[len(timeouts) - 1])
        return timeouts

    def test_stops_at_success_and_at_other_codes(self) -> None:
        policy = RetryPolicy(total=60.0, first_backoff=0.001, max_backoff=0.001)
        self.assertEqual(len(self.attempts(policy, CODE.ABORTED, CODE.ABORTED)), 3)
        self.assertEqual(len(self.attempts(policy, CODE.ABORTED, CODE.UNAVAILABLE)), 2)
        self.assertEqual(len(self.attempts(policy, CODE.NOT_FOUND)), 1)

    def test_an_attempt_that_was_cut_short_hides_no_error(self) -> None:
        codes = iter([CODE.UNAVAILABLE, CODE.DEADLINE_EXCEEDED])

        def attempt(timeout: float) -> None:
            error = grpc.RpcError()
            code = next(codes)
            error.code = lambda: code
            error.details = lambda: ""
            error.trailing_metadata = tuple
            raise error

        with self.assertRaises(errors.UnavailableError):
            call_with_retries(
                attempt,
                timeout=600.0,
                policy=RetryPolicy(total=60.0, first_backoff=0.0),
                retried=frozenset({CODE.UNAVAILABLE}),
            )

    def test_is_bounded(self) -> None:
        policy = RetryPolicy(total=0.05, first_backoff=0.01, max_backoff=0.01)
        timeouts = self.attempts(policy, *[CODE.ABORTED] * 10_000)
        self.assertLess(len(timeouts), 10_000)
        self.assertEqual(timeouts[0], 2.0)
        self.assertLess(max(timeouts[1:]), 0.05)


class LostAnswerTest(ServerCase):
    def setUp(self) -> None:
        server = self.start_server()
        self.direct = self.connect(server.address)
        self.direct.register_job(make_spec("nightly"))
        self.proxy = self.enterContext(TcpProxy(server.address))

    def trial_numbers(self) -> list[int]:
        return [each.trial_number for each in self.direct.list_trials("nightly")]

    def test_start_trial_is_not_doubled(self) -> None:
        client = self.connect(self.proxy.address)
        self.proxy.lose_answer(b"nightly")
        trial = client.start_trial("nightly")
        self.assertTrue(self.proxy.has_lost())
        self.assertEqual(self.trial_numbers(), [trial.trial_number])

    def test_register_job_is_not_doubled(self) -> None:
        client = self.connect(self.proxy.address)
        self.proxy.lose_answer(b"weekly")
        spec = make_spec(job_id="", job_id_prefix="weekly")
        registration = client.register_job(spec)
        self.assertTrue(self.proxy.has_lost())
        self.assertTrue(registration.created)
        self.assertEqual(list(self.direct.list_jobs("weekly")), [registration.job])

    def test_end_trial_is_repeated(self) -> None:
        client = self.connect(self.proxy.address)
        trial = client.start_trial("nightly")
        self.proxy.lose_answer(b"nightly")
        client.end_trial(trial)
        self.assertTrue(self.proxy.has_lost())

    def test_report_result_is_repeated(self) -> None:
        client = self.connect(self.proxy.address)
        trial = client.start_trial("nightly")
        self.proxy.lose_answer(b"reached 0.5")
        verdict = client.report_result(
            trial, metric=1, epoch=1, time_seconds=1, energy_joules=1
        )
        self.assertTrue(self.proxy.has_lost())
        self.assertTrue(verdict.stop_train and verdict.converged)

    def test_delete_job_is_not_repeated(self) -> None:
        client = self.connect(self.proxy.address)
        self.proxy.lose_answer(b"grpc-status")
        with self.assertRaises(errors.UnavailableError):
            client.delete_job("nightly")
        self.assertTrue(self.proxy.has_lost())
        self.assertIsNone(self.direct.get_job("nightly"))

    def test_without_retries_the_error_is_seen(self) -> None:
        client = self.connect(self.proxy.address, retry=NO_RETRIES)
        self.proxy.lose_answer(b"nightly")
        with self.assertRaises(errors.UnavailableError) as caught:
            client.start_trial("nightly")
        self.assertEqual(caught.exception.reason, "")
        self.assertEqual(self.trial_numbers(), [1])

    def test_a_late_answer(self) -> None:
        client = self.connect(self.proxy.address, timeout=0.5)
        client.get_job("other")  # So that the timeout is not that of connecting.
        self.proxy.delay_answer(b"nightly", 1.0)
        trial = client.start_trial("nightly")
        self.assertTrue(self.proxy.has_lost())
        self.assertEqual(self.trial_numbers(), [trial.trial_number])

    def test_deadline(self) -> None:
        client = self.connect(self.proxy.address, timeout=2.0, retry=NO_RETRIES)
        client.get_job("other")
        self.proxy.delay_answer(b"nightly", 60.0)
        with self.assertRaises(errors.DeadlineExceededError):
            client.get_job("nightly")


class RestartTest(ServerCase):
    def test_calls_outlast_a_restart(self) -> None:
        address = f"127.0.0.1:{free_port()}"
        data = Path(self.enterContext(tempfile.TemporaryDirectory())) / "data"
        client = self.connect(address)
        with LocalServer(SERVER_BINARY, data, listen=[address]):
            client.register_job(make_spec())
            trial = client.start_trial("job")
        again = LocalServer(SERVER_BINARY, data, listen=[address])
        self.addCleanup(again.stop)
        starter = threading.Timer(0.5, again.start)
        starter.start()
        try:
            self.assertEqual(client.heartbeat(trial), trial)
        finally:
            starter.join()

    def test_nobody_answers(self) -> None:
        client = self.connect(f"127.0.0.1:{free_port()}", retry=RetryPolicy(total=0.5))
        with self.assertRaises(errors.UnavailableError):
            client.get_job("job")


if __name__ == "__main__":
    unittest.main()
