"""A server of the API in this process, which records requests and has preset answers."""

import threading
import time
import unittest
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any, Callable

import grpc

from zeus_bso.client import Client
from zeus_bso.retry import RetryPolicy
from zeus_bso.v1 import batch_size_optimizer_pb2 as api
from zeus_bso.v1 import batch_size_optimizer_pb2_grpc as optimizer_grpc
from zeus_bso.v1 import resources_pb2 as resources
from zeus_bso.v1 import zeus_service_pb2 as service_api
from zeus_bso.v1 import zeus_service_pb2_grpc as service_grpc

JOB_UID = 2**63 + 7


class FakeOptimizer(optimizer_grpc.BatchSizeOptimizerServicer):  # type: ignore[misc]
    """Starts the same trial each time. Safe for threads."""

    def __init__(self) -> None:
        self.trial = resources.Trial(
            job_id="job",
            trial_number=1,
            batch_size=16,
            type=resources.TRIAL_TYPE_FIRST,
            status=resources.TRIAL_STATUS_DISPATCHED,
            job_uid=JOB_UID,
        )
        self.resume_from: resources.TrialProgress | None = None
        self.report_errors: list[grpc.StatusCode] = []
        """The codes of the next reports, in order; those after them succeed."""
        self.heartbeat_errors: list[grpc.StatusCode] = []
        """The same, of heartbeats."""
        self.requests: list[Any] = []
        self._changed = threading.Condition()

    def requests_of(self, kind: type[Any]) -> list[Any]:
        """The requests of this kind so far, in order."""
        with self._changed:
            return [each for each in self.requests if isinstance(each, kind)]

    def await_requests(self, kind: type[Any], count: int) -> list[Any]:
        """The same, once at least `count` have come."""
        end = time.monotonic() + 30
        with self._changed:
            while True:
                found = [each for each in self.requests if isinstance(each, kind)]
                if len(found) >= count:
                    return found
                if not self._changed.wait(end - time.monotonic()):
                    raise AssertionError(f"{len(found)} of {count} requests came")

    def RegisterJob(self, request: Any, context: Any) -> Any:
        self._note(request)
        return api.RegisterJobResponse(job=resources.Job(spec=request.spec))

    def StartTrial(self, request: Any, context: Any) -> Any:
        self._note(request)
        response = api.StartTrialResponse(trial=self.trial)
        if self.resume_from is not None:
            response.resume_from.CopyFrom(self.resume_from)
        return response

    def ReportResult(self, request: Any, context: Any) -> Any:
        self._note(request)
        if self.report_errors:
            context.abort(self.report_errors.pop(0), "a preset error")
        return api.ReportResultResponse()

    def Heartbeat(self, request: Any, context: Any) -> Any:
        self._note(request)
        if self.heartbeat_errors:
            context.abort(self.heartbeat_errors.pop(0), "a preset error")
        return api.HeartbeatResponse(trial=self.trial)

    def EndTrial(self, request: Any, context: Any) -> Any:
        self._note(request)
        return api.EndTrialResponse(trial=self.trial)

    def _note(self, request: Any) -> None:
        with self._changed:
            self.requests.append(request)
            self._changed.notify_all()


class FakeService(service_grpc.ZeusServiceServicer):  # type: ignore[misc]
    """Answers the job and the trial of a FakeOptimizer."""

    def __init__(self, optimizer: FakeOptimizer) -> None:
        self._optimizer = optimizer
        self.trial_timeout: timedelta | None = None

    def GetJob(self, request: Any, context: Any) -> Any:
        job = resources.Job()
        if self.trial_timeout is not None:
            job.spec.trial_timeout.FromTimedelta(self.trial_timeout)
        return service_api.GetJobResponse(job=job)

    def GetTrial(self, request: Any, context: Any) -> Any:
        return service_api.GetTrialResponse(trial=self._optimizer.trial)


class FakeServerCase(unittest.IsolatedAsyncioTestCase):
    """Each test has a server, and a client that does not retry."""

    def setUp(self) -> None:
        server = grpc.server(ThreadPoolExecutor(4))
        self.optimizer = FakeOptimizer()
        self.service = FakeService(self.optimizer)
        optimizer_grpc.add_BatchSizeOptimizerServicer_to_server(self.optimizer, server)
        service_grpc.add_ZeusServiceServicer_to_server(self.service, server)
        self.address = f"127.0.0.1:{server.add_insecure_port('127.0.0.1:0')}"
        server.start()
        self.addCleanup(server.stop, None)
        self.client = self.enterContext(
            Client(self.address, retry=RetryPolicy(total=0.0))
        )

    def await_true(self, condition: Callable[[], bool]) -> None:
        end = time.monotonic() + 30
        while not condition():
            self.assertLess(time.monotonic(), end)
            time.sleep(0.01)
