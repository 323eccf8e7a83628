"""Tests that errors of ZeusService, whose stubs a policy calls, become exceptions."""

import threading
import unittest
from typing import Any, Callable, Iterator

import grpc

from server_case import ServerCase, make_spec
from zeus_bso import errors
from zeus_bso.v1 import resources_pb2 as records
from zeus_bso.v1 import zeus_service_pb2 as api
from zeus_bso.v1.zeus_service_pb2_grpc import ZeusServiceStub

TRIAL: dict[str, Any] = {"job_id": "job", "batch_size": 16, "trial_number": 1}
ARM = records.GaussianTsArm(job_id="job", batch_size=16)


class ServiceErrorTest(ServerCase):
    def setUp(self) -> None:
        flags = ["--max_sessions=1", "--session_timeout=2s"]
        self.server = self.start_server(flags=flags)
        self.client = self.connect(self.server.address)
        self.client.register_job(make_spec())
        channel = grpc.insecure_channel(self.server.address)
        self.stub = ZeusServiceStub(self.enterContext(channel))

    def check(self, kind: type[errors.ZeusBsoError], call: Callable[[], Any]) -> None:
        with self.assertRaises(grpc.RpcError) as caught:
            call()
        self.assertIs(type(errors.from_rpc_error(caught.exception)), kind)

    def test_arms(self) -> None:
        create = api.CreateArmsRequest(job_id="job", arms=[ARM])
        update = api.UpdateArmStateRequest(trial_number=1, arm=ARM)
        self.client.start_trial("job")
        self.check(errors.ArmNotFoundError, lambda: self.stub.UpdateArmState(update))
        self.stub.CreateArms(create)
        self.check(errors.ArmExistsError, lambda: self.stub.CreateArms(create))
        self.check(errors.TrialNotMabError, lambda: self.stub.UpdateArmState(update))

    def test_trials(self) -> None:
        self.client.end_trial(self.client.start_trial("job"))
        size = api.UpdateExpDefaultBatchSizeRequest(job_id="job", batch_size=5)
        self.check(
            errors.BatchSizeNotInJobError,
            lambda: self.stub.UpdateExpDefaultBatchSize(size),
        )
        failed = api.UpdateTrialRequest(**TRIAL, status=records.TRIAL_STATUS_FAILED)
        self.check(errors.TrialEndedError, lambda: self.stub.UpdateTrial(failed))

    def test_a_stage_without_arms(self) -> None:
        forward = api.UpdateJobStageRequest(job_id="job", stage=records.STAGE_MAB)
        self.stub.UpdateJobStage(forward)
        with self.assertRaises(errors.NoArmsError):
            self.client.start_trial("job")

    def session(self, **request: Any) -> list[Any]:
        """The answers of a session of one request, which is not committed."""
        return list(self.stub.Session(iter([api.SessionRequest(**request)])))

    def test_sessions(self) -> None:
        size = api.UpdateExpDefaultBatchSizeRequest(job_id="job", batch_size=8)
        self.check(
            errors.JobNotFetchedError,
            lambda: self.session(update_exp_default_batch_size=size),
        )
        self.client.start_trial("job")
        failed = api.UpdateTrialRequest(**TRIAL, status=records.TRIAL_STATUS_FAILED)
        with self.assertRaises(grpc.RpcError) as caught:
            self.session(update_trial=failed)
        error = errors.from_rpc_error(caught.exception)
        self.assertIsInstance(error, errors.FailedPreconditionError)
        self.assertTrue(error.reason.endswith("_NOT_FETCHED"))

    def test_bounds_of_sessions(self) -> None:
        never = threading.Event()
        self.addCleanup(never.set)

        def requests() -> Iterator[api.SessionRequest]:
            yield api.SessionRequest(get_job=api.GetJobRequest(job_id="job"))
            never.wait()  # Neither commits nor ends.

        session = self.stub.Session(requests())
        next(session)
        job = api.GetJobRequest(job_id="job")
        self.check(errors.TooManySessionsError, lambda: self.session(get_job=job))
        self.check(errors.SessionTimeoutError, lambda: next(session))


if __name__ == "__main__":
    unittest.main()
