"""Tests of the client on a server that knows neither policies nor NOT_CONVERGED nor
corrections."""

import unittest
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Callable

import grpc

from server_case import AsyncServerCase, make_spec
from zeus_bso import errors
from zeus_bso.client import Client
from zeus_bso.monitor import FixedPowerMonitor
from zeus_bso.optimizer.batch_size import BatchSizeOptimizer
from zeus_bso.types import Trial, TrialFailure, TrialStatus, TrialType
from zeus_bso.v1 import batch_size_optimizer_pb2 as api
from zeus_bso.v1 import batch_size_optimizer_pb2_grpc as optimizer_grpc
from zeus_bso.v1 import resources_pb2 as resources
from zeus_bso.v1 import zeus_service_pb2 as service_api
from zeus_bso.v1 import zeus_service_pb2_grpc as service_grpc

_ENDED = resources.TRIAL_STATUS_FAILED


class OlderOptimizer(optimizer_grpc.BatchSizeOptimizerServicer):  # type: ignore[misc]
    """Registers any job as it is, and starts the same trial each time."""

    def __init__(self) -> None:
        self.failures: list[int] = []
        """As it was asked to end trials, in order."""
        self.requests: list[Any] = []
        """Reports and heartbeats."""

    def RegisterJob(self, request: Any, context: Any) -> Any:
        job = resources.Job(spec=request.spec, stage=resources.STAGE_PRUNING)
        return api.RegisterJobResponse(job=job, created=True)

    def StartTrial(self, request: Any, context: Any) -> Any:
        trial = resources.Trial(
            job_id=request.job_id,
            trial_number=1,
            batch_size=16,
            type=resources.TRIAL_TYPE_EXPLORATION,
            status=resources.TRIAL_STATUS_DISPATCHED,
        )
        return api.StartTrialResponse(trial=trial)

    def ReportResult(self, request: Any, context: Any) -> Any:
        self.requests.append(request)
        return api.ReportResultResponse()

    def Heartbeat(self, request: Any, context: Any) -> Any:
        self.requests.append(request)
        trial = resources.Trial(status=resources.TRIAL_STATUS_DISPATCHED)
        return api.HeartbeatResponse(trial=trial)

    def EndTrial(self, request: Any, context: Any) -> Any:
        self.failures.append(request.failure)
        if not request.job_id or request.failure > resources.TRIAL_FAILURE_CANCELLED:
            context.abort(grpc.StatusCode.INVALID_ARGUMENT, "a field is wrong")
        trial = resources.Trial(status=_ENDED, failure=request.failure)
        return api.EndTrialResponse(trial=trial)


class OlderService(service_grpc.ZeusServiceServicer):  # type: ignore[misc]
    def GetJob(self, request: Any, context: Any) -> Any:
        return service_api.GetJobResponse(job=resources.Job())


class OlderServerTest(AsyncServerCase):
    BOTH = [TrialFailure.NOT_CONVERGED.value, TrialFailure.FAILED.value]

    def setUp(self) -> None:
        server = grpc.server(ThreadPoolExecutor(2))
        self.optimizer = OlderOptimizer()
        optimizer_grpc.add_BatchSizeOptimizerServicer_to_server(self.optimizer, server)
        service_grpc.add_ZeusServiceServicer_to_server(OlderService(), server)
        self.address = f"127.0.0.1:{server.add_insecure_port('127.0.0.1:0')}"
        server.start()
        self.addCleanup(server.stop, None)
        self.client = self.connect(self.address)

    def taken_failures(self) -> list[int]:
        failures, self.optimizer.failures = self.optimizer.failures, []
        return failures

    def test_a_loop_that_ends_by_itself(self) -> None:
        with self.client.trial("job") as trial:
            self.assertEqual(trial.batch_size, 16)
        self.assertEqual(self.taken_failures(), self.BOTH)
        job = make_spec(policy=None)
        monitor = FixedPowerMonitor(watts=100)
        with BatchSizeOptimizer(monitor, self.address, job) as optimizer:
            optimizer.get_batch_size()
        self.assertEqual(self.taken_failures(), self.BOTH)

    async def test_a_loop_in_asyncio(self) -> None:
        async with await self.connect_async(self.address) as client:
            async with client.trial("job"):
                pass
            self.assertEqual(self.taken_failures(), self.BOTH)
            ended = await client.end_trial(
                await client.start_trial("job"), TrialFailure.NOT_CONVERGED
            )
            self.assertEqual(ended.failure, TrialFailure.FAILED)

    def test_other_failures_are_sent_once(self) -> None:
        with self.assertRaises(MemoryError), self.client.trial("job"):
            raise MemoryError
        self.assertEqual(self.taken_failures(), [TrialFailure.INFEASIBLE.value])

    def test_falls_back_once(self) -> None:
        trial = no_trial(self.client)
        with self.assertRaises(errors.InvalidArgumentError):
            self.client.end_trial(trial, TrialFailure.NOT_CONVERGED)
        self.assertEqual(self.taken_failures(), self.BOTH)
        with self.assertRaises(errors.InvalidArgumentError):
            self.client.end_trial(trial, TrialFailure.CANCELLED)
        self.assertEqual(self.taken_failures(), [TrialFailure.CANCELLED.value])

    def test_what_it_leaves_out(self) -> None:
        job = self.client.register_job(make_spec(policy=None)).job
        self.assertIsNone(job.spec.policy)
        self.assertEqual(job.warnings, ())
        self.assertIsNone(job.latest_results)
        self.assertIsNone(job.summary)
        trial = self.client.start_trial("job")
        self.assertEqual(trial.type, TrialType.EXPLORATION)
        self.assertEqual(trial.status, TrialStatus.DISPATCHED)
        self.assertIsNone(trial.progress)
        self.assertIsNone(trial.end_revision)
        self.assertIsNone(trial.curves_ticket)
        self.assertIsNone(trial.voided)
        self.assertIsNone(trial.heartbeat_interval)
        self.assertEqual((trial.job_uid, trial.late), (0, False))
        self.assertEqual((job.num_corrections, job.is_learning_anew), (0, False))

    def test_a_trial_of_an_unknown_registration(self) -> None:
        with self.client.trial("job", client_id="node-7") as trial:
            self.assertIsNone(trial.resumed_from)
            trial.report(0.1, epoch=1, time_seconds=1, energy_joules=2)
            self.client.heartbeat(trial.trial)
            self.assertTrue(trial.running)
        self.assertGreaterEqual(len(self.optimizer.requests), 2)
        for request in self.optimizer.requests:
            self.assertFalse(request.HasField("job_uid"))

    def test_corrections(self) -> None:
        calls: list[Callable[[], object]] = [
            lambda: self.client.update_job("job", beta_knob=3.0),
            lambda: self.client.void_trial(("job", 16, 1), "bad data"),
            lambda: self.client.reset_batch_size("job", 16),
        ]
        for call in calls:
            with self.assertRaises(errors.ZeusBsoError) as caught:
                call()
            self.assertIs(caught.exception.code, grpc.StatusCode.UNIMPLEMENTED)

    def test_a_registration_that_may_update(self) -> None:
        registration = self.client.register_job(make_spec(), if_exists="update")
        self.assertEqual(registration.differing_fields, ())
        self.assertEqual(registration.changes, ())


def no_trial(client: Client) -> Trial:
    """One that the server refuses, whatever its failure is."""
    return client.start_trial("")


if __name__ == "__main__":
    unittest.main()
