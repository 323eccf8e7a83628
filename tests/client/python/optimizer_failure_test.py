"""Tests of BatchSizeOptimizer where something fails, or is a child of another process."""

import math
import multiprocessing
import os
import subprocess
import sys
import tempfile
import time
import unittest
from datetime import timedelta
from typing import Any, Callable
from unittest import mock

import grpc
from server_case import SERVER_BINARY, ServerCase, free_port, make_spec
from zeus_bso.client import Client
from zeus_bso.errors import CallError
from zeus_bso.local_server import LocalServer
from zeus_bso.monitor import FixedPowerMonitor
from zeus_bso.optimizer.batch_size import BatchSizeOptimizer, callback, exceptions
from zeus_bso.retry import RetryPolicy
from zeus_bso.types import JobSpec, Trial, TrialFailure, TrialProgress

LOG = "zeus_bso.optimizer.batch_size.outage"

# A training that lasts until a signal comes. Not signal.pause(), which would miss one
# that comes just before, for good.
LAST = "while True: __import__('time').sleep(0.01)"


class FailureTest(ServerCase):
    def setUp(self) -> None:
        self.monitor = FixedPowerMonitor(watts=100.0)
        folder = self.enterContext(tempfile.TemporaryDirectory())
        variables = {"ZEUS_BSO_PENDING_DIR": folder}
        self.enterContext(mock.patch.dict(os.environ, variables))

    def test_goes_on_after_a_server_that_was_away(self) -> None:
        folder = self.enterContext(tempfile.TemporaryDirectory())
        address = f"127.0.0.1:{free_port()}"
        with LocalServer(SERVER_BINARY, folder, listen=[address]):
            retry = RetryPolicy(total=0.0)
            client = self.connect(address, retry=retry, timeout=2.0)
            optimizer = BatchSizeOptimizer(self.monitor, client, make_spec())
            self.addCleanup(optimizer.close)
            optimizer.get_batch_size()
            optimizer.on_train_begin()
            optimizer.on_evaluate(0.1)
        with self.assertLogs(LOG, "WARNING") as logs:
            for _ in range(2):
                optimizer.on_evaluate(0.2)
        self.assertEqual(len(logs.records), 1)
        first = optimizer.running_time
        with LocalServer(SERVER_BINARY, folder, listen=[address]) as server:
            client = self.connect(server.address)
            optimizer.on_evaluate(0.9)
            self.assertTrue(optimizer.training_finished)
            self.assertTrue(optimizer.converged)
            self.assertEqual(optimizer.cur_epoch, 4)
            self.assertGreater(optimizer.running_time, first)
            (trial,) = client.list_trials("job")
            self.assertTrue(trial.converged)
            self.assertEqual(trial.time_seconds, optimizer.running_time)
            self.assertEqual(trial.energy_joules, optimizer.consumed_energy)

    def start_then_lose_the_server(self, **options: Any) -> BatchSizeOptimizer:
        """An optimizer whose server never comes back."""
        server = self.start_server()
        client = self.connect(server.address, retry=RetryPolicy(total=0.0), timeout=2.0)
        optimizer = BatchSizeOptimizer(
            self.monitor, client, make_spec(max_epochs=5), finish_timeout=0.1, **options
        )
        self.addCleanup(optimizer.close)
        optimizer.get_batch_size()
        optimizer.on_train_begin()
        server.stop()
        return optimizer

    def test_a_server_that_never_comes_back(self) -> None:
        for metrics, converged in (([0.1, 0.2, 0.5 - 4e-7], True), ([0.1] * 5, False)):
            with self.subTest(converged=converged):
                optimizer = self.start_then_lose_the_server()
                remaining = iter(metrics)
                with self.assertLogs(LOG, "WARNING") as logs:
                    while not optimizer.training_finished:
                        optimizer.on_evaluate(next(remaining))
                self.assertEqual(list(remaining), [])
                self.assertIs(optimizer.converged, converged)
                levels = [record.levelname for record in logs.records]
                self.assertEqual(levels, ["WARNING", "ERROR"])

    def test_a_server_that_is_not_there_at_the_start(self) -> None:
        client = self.connect("127.0.0.1:1", retry=RetryPolicy(total=0.0))
        with self.assertRaises(exceptions.ZeusBSORuntimError):
            BatchSizeOptimizer(self.monitor, client, make_spec())
        with self.assertLogs("zeus_bso", "WARNING") as logs:
            with BatchSizeOptimizer(
                self.monitor, client, make_spec(), if_unreachable="default"
            ) as optimizer:
                self.assertEqual(optimizer.get_batch_size(), 16)
                optimizer.on_train_begin()
                optimizer.on_evaluate(0.1)
                self.assertFalse(optimizer.training_finished)
                optimizer.on_evaluate(0.9)
        self.assertTrue(optimizer.training_finished)
        self.assertTrue(optimizer.converged)
        self.assertIn("default batch size 16, and without a trial", logs.output[0])
        self.assertEqual(os.listdir(os.environ["ZEUS_BSO_PENDING_DIR"]), [])

    def test_a_server_that_goes_before_the_trial_starts(self) -> None:
        server = self.start_server()
        client = self.connect(server.address, retry=RetryPolicy(total=0.0))
        optimizer = BatchSizeOptimizer(
            self.monitor, client, make_spec(), if_unreachable="default"
        )
        server.stop()
        with self.assertLogs("zeus_bso", "WARNING"):
            self.assertEqual(optimizer.get_batch_size(), 16)
        optimizer.close()

    def test_a_loop_that_ends_by_itself_while_the_server_is_away(self) -> None:
        with self.assertLogs("zeus_bso", "WARNING") as logs:
            with self.start_then_lose_the_server() as optimizer:
                optimizer.on_evaluate(0.1)
        self.assertIn("was not ended, and will time out", logs.output[-1])

    def test_other_ranks_go_on_as_well(self) -> None:
        server = self.start_server()
        client = self.connect(server.address, retry=RetryPolicy(total=0.0))
        spec = make_spec(max_epochs=12)
        first = BatchSizeOptimizer(self.monitor, client, spec, 0)
        first.get_batch_size()
        other = BatchSizeOptimizer(self.monitor, client, spec, 1)
        other.current_batch_size = first.current_batch_size
        other.trial_number = first.trial_number
        other.resumed_from = TrialProgress(
            epochs=5, metric=0.1, time_seconds=1.0, energy_joules=1.0
        )
        other.on_train_begin(epoch=5)
        other.on_evaluate(0.1)
        server.stop()
        with self.assertLogs(LOG, "WARNING"):
            while not other.training_finished:
                other.on_evaluate(0.1)
        self.assertEqual(other.cur_epoch, 7)
        other.close()
        first.close()

    def test_other_ranks_without_a_trial(self) -> None:
        client = self.connect("127.0.0.1:1", retry=RetryPolicy(total=0.0))
        other = BatchSizeOptimizer(
            self.monitor, client, make_spec(), 1, if_unreachable="default"
        )
        other.current_batch_size = 16
        other.on_train_begin()
        with self.assertLogs(LOG, "WARNING"):
            other.on_evaluate(0.9)
        self.assertTrue(other.converged)

    def test_a_refusal_at_the_end_is_told_to_all_ranks(self) -> None:
        told: list[Any] = []
        server = self.start_server()
        client = self.connect(server.address, retry=RetryPolicy(total=0.0))
        optimizer = BatchSizeOptimizer(
            self.monitor, client, make_spec(), 0, broadcast=told.append
        )
        optimizer.get_batch_size()
        optimizer.on_train_begin()

        def lose_then_refuse(call: Any, within: float | None) -> Any:
            code = grpc.StatusCode.NOT_FOUND if told[-1] == "away" else None
            told.append("away")
            raise CallError(code or grpc.StatusCode.UNAVAILABLE, "no answer")

        with mock.patch.object(client, "_call", lose_then_refuse):
            with self.assertRaises(exceptions.ZeusBSORuntimError):
                optimizer.on_evaluate(0.9)
        value, error = told[-1]
        self.assertIsNone(value)
        self.assertIn("no answer", error)
        self.assertEqual(os.listdir(os.environ["ZEUS_BSO_PENDING_DIR"]), [])
        optimizer.close()

    def test_arguments_out_of_their_bounds(self) -> None:
        options: tuple[dict[str, Any], ...] = (
            {"finish_timeout": -1.0},
            {"finish_timeout": math.nan},
            {"if_unreachable": "defualt"},
        )
        for each in options:
            with self.assertRaisesRegex(ValueError, next(iter(each))):
                BatchSizeOptimizer(self.monitor, "unix:/a", make_spec(), **each)

    def test_what_a_server_refuses_is_no_outage(self) -> None:
        client = self.new_client()
        spec = make_spec(default_batch_size=7)
        with self.assertRaises(exceptions.ZeusBSORuntimError):
            BatchSizeOptimizer(self.monitor, client, spec, if_unreachable="default")

    def test_a_timeout_while_the_server_is_away_costs_nothing(self) -> None:
        client = self.new_client()
        spec = make_spec(trial_timeout=timedelta(seconds=1))
        optimizer = BatchSizeOptimizer(
            self.monitor, client, spec, heartbeat_interval=0.0
        )
        optimizer.get_batch_size()
        optimizer.on_train_begin()
        self.await_failure(client, TrialFailure.TIMED_OUT)
        with self.assertLogs(LOG, "WARNING"):
            optimizer.on_evaluate(0.1)
        self.assertFalse(optimizer.training_finished)
        optimizer.on_evaluate(0.9)
        self.assertTrue(optimizer.converged)
        (trial,) = client.list_trials("job")
        self.assertTrue(trial.converged)
        self.assertEqual(trial.epochs, 2)

    def test_what_ends_a_training(self) -> None:
        client = self.new_client()
        ends: tuple[Callable[[Trial], object], ...] = (
            lambda trial: client.end_trial(trial, TrialFailure.CANCELLED),
            lambda trial: client.delete_job("job"),
        )
        for end in ends:
            optimizer = BatchSizeOptimizer(self.monitor, client, make_spec())
            optimizer.get_batch_size()
            optimizer.on_train_begin()
            end(next(client.list_trials("job")))
            with self.assertRaises(exceptions.ZeusBSORuntimError):
                optimizer.on_evaluate(0.1)
            optimizer.close()

    def await_failure(self, client: Client, failure: TrialFailure) -> None:
        end = time.monotonic() + 60
        while next(client.list_trials("job")).failure is not failure:
            self.assertLess(time.monotonic(), end)
            time.sleep(0.02)

    def test_a_monitor_serves_the_next_training_after_one_that_broke_off(self) -> None:
        address = self.start_server().address
        with self.assertRaises(ValueError):
            with BatchSizeOptimizer(self.monitor, address, make_spec()) as optimizer:
                optimizer.get_batch_size()
                optimizer.on_train_begin()
                raise ValueError
        with BatchSizeOptimizer(self.monitor, address, make_spec()) as optimizer:
            optimizer.get_batch_size()
            optimizer.on_train_begin()
            optimizer.on_train_begin()  # As by a second call of a Trainer's train().
            optimizer.on_evaluate(0.9)
        self.assertTrue(optimizer.training_finished)

    def test_a_loop_that_ends_by_itself(self) -> None:
        client = self.new_client()
        with BatchSizeOptimizer(self.monitor, client, make_spec()) as optimizer:
            optimizer.get_batch_size()
            optimizer.on_train_begin()
            for _ in range(3):
                optimizer.on_evaluate(0.1)
        (trial,) = client.list_trials("job")
        self.assertEqual(trial.failure, TrialFailure.NOT_CONVERGED)
        assert trial.progress is not None
        self.assertEqual(trial.progress.epochs, 3)

    def test_a_constructor_that_fails_leaves_no_client(self) -> None:
        address = self.start_server().address
        clients: list[Client] = []

        def open_client(server: str) -> Client:
            clients.append(Client(server))
            return clients[-1]

        unknown = JobSpec(job_id="job", batch_sizes=[8], default_batch_size=8)
        with mock.patch.object(callback, "open_client", open_client):
            with self.assertRaises(exceptions.ZeusBSOConfigError):
                BatchSizeOptimizer(self.monitor, address, unknown)
            self.assertEqual(clients, [])
            with self.assertRaises(exceptions.ZeusBSORuntimError):
                BatchSizeOptimizer(
                    self.monitor, address, make_spec(default_batch_size=7)
                )
        (client,) = clients
        with self.assertRaisesRegex(Exception, "the client is closed"):
            client.get_job("job")

    def test_a_callers_client_stays_open_when_the_constructor_fails(self) -> None:
        client = self.new_client()
        with self.assertRaises(exceptions.ZeusBSORuntimError):
            BatchSizeOptimizer(self.monitor, client, make_spec(default_batch_size=7))
        self.assertIsNone(client.get_job("job"))

    def test_targets_of_grpc(self) -> None:
        folder = self.enterContext(tempfile.TemporaryDirectory())
        port = free_port()
        self.start_server(listen=[f"127.0.0.1:{port}", f"unix:{folder}/socket"])
        for server in (
            f"unix:{folder}/socket",
            f"unix://{folder}/socket",
            f"dns:///localhost:{port}",
            f"ipv4:127.0.0.1:{port}",
        ):
            with BatchSizeOptimizer(self.monitor, server, make_spec()) as optimizer:
                optimizer.on_instruction_begin("forward")
                optimizer.on_instruction_end("forward")


def train(address: str, how: str, trains: Callable[[], object]) -> None:
    """A trainer in a process of multiprocessing, without a `with` statement."""
    optimizer = BatchSizeOptimizer(FixedPowerMonitor(100.0), address, make_spec())
    optimizer.get_batch_size()
    trains()
    exec(how)


def main() -> None:
    """ADDRESS METHOD HOW: such a process."""
    address, method, how = sys.argv[1:]
    context: Any = multiprocessing.get_context(method)
    trains = context.Event()
    child = context.Process(target=train, args=(address, how, trains.set))
    child.start()
    trains.wait(60)
    if how == LAST:
        child.terminate()
    child.join()


class MultiprocessingTest(ServerCase):
    def test_the_trial_ends_with_the_child(self) -> None:
        server = self.start_server()
        client = self.connect(server.address)
        for method in ("fork", "spawn", "forkserver"):
            for how, failure in (
                ("pass", TrialFailure.NOT_CONVERGED),
                ("raise KeyboardInterrupt", TrialFailure.CANCELLED),
                ("raise MemoryError", TrialFailure.INFEASIBLE),
                (LAST, TrialFailure.CANCELLED),
            ):
                with self.subTest(method=method, how=how):
                    done = subprocess.run(
                        [sys.executable, __file__, server.address, method, how],
                        env={**os.environ, "ZEUS_BSO_TRAIN": "1"},
                        capture_output=True,
                        text=True,
                        timeout=60,
                    )
                    trials: list[Trial] = list(client.list_trials("job"))
                    self.assertEqual(len(trials), 1, done.stderr)
                    self.assertEqual(trials[0].failure, failure, done.stderr)
                    client.delete_job("job")


if __name__ == "__main__":
    if "ZEUS_BSO_TRAIN" in os.environ:
        main()
    else:
        unittest.main()
