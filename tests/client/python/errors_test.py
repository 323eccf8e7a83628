"""Tests of the exceptions: every reason that can be provoked comes from a server."""

import dataclasses
import pickle
import re
import unittest
import uuid
from pathlib import Path
from typing import Any, Callable
from unittest import mock

import grpc
from google.protobuf.any_pb2 import Any as AnyMessage

from server_case import ServerCase, make_spec
from zeus_bso import errors, status_details
from zeus_bso.client import Client
from zeus_bso.types import TrialFailure

MODEL = Path(__file__).parents[3] / "model"

# Of the server's start only: no call ends with it.
NOT_OF_CALLS = {"STORE_REFUSED"}


def of_reason(reason: str) -> type[errors.CallError]:
    return errors.from_rpc_error(FakeError(grpc.StatusCode.UNKNOWN, reason)).__class__


class FakeError(grpc.RpcError):  # type: ignore[misc]
    """What a stub raises."""

    def __init__(
        self, code: grpc.StatusCode, reason: str = "", trailer: bytes | None = None
    ) -> None:
        super().__init__()
        self._code = code
        self._trailer = serialized(reason) if reason else trailer

    def code(self) -> grpc.StatusCode:
        return self._code

    def details(self) -> str:
        return "for people"

    def trailing_metadata(self) -> Any:
        if self._trailer is None:
            return None
        return (("other", "x"), ("grpc-status-details-bin", self._trailer))


def serialized(reason: str) -> bytes:
    info = status_details._ErrorInfo(reason=reason, metadata={"key": "value"})
    detail = AnyMessage(
        type_url="type.googleapis.com/google.rpc.ErrorInfo",
        value=info.SerializeToString(),
    )
    status = status_details._Status()
    status.details.add().MergeFromString(detail.SerializeToString())
    value: bytes = status.SerializeToString()
    return value


class MappingTest(unittest.TestCase):
    def test_every_reason_of_the_server_has_a_class(self) -> None:
        source = (MODEL / "error.cc").read_text()
        pairs = re.findall(r'StatusCode::k(\w+), "([A-Z_]+)"', source)
        self.assertGreater(len(pairs), 30)
        for code, reason in pairs:
            if reason in NOT_OF_CALLS:
                continue
            with self.subTest(reason):
                kind = of_reason(reason)
                name = "".join(part.title() for part in reason.split("_")) + "Error"
                self.assertEqual(kind.__name__, name)
                base = {"Cancelled": "CallCancelled"}.get(code, code) + "Error"
                self.assertTrue(issubclass(kind, getattr(errors, base)))

    def test_details(self) -> None:
        fake = FakeError(grpc.StatusCode.NOT_FOUND, "JOB_NOT_FOUND")
        error = errors.from_rpc_error(fake)
        self.assertIs(type(error), errors.JobNotFoundError)
        self.assertEqual(error.code, grpc.StatusCode.NOT_FOUND)
        self.assertEqual(error.reason, "JOB_NOT_FOUND")
        self.assertEqual(error.message, "for people")
        self.assertEqual(error.metadata, {"key": "value"})
        self.assertEqual(error.field_violations, ())
        self.assertEqual(str(error), "JOB_NOT_FOUND: for people")

    def test_without_details(self) -> None:
        code = grpc.StatusCode
        for number, kind in {
            code.UNAVAILABLE: errors.UnavailableError,
            code.DEADLINE_EXCEEDED: errors.DeadlineExceededError,
            code.CANCELLED: errors.CallCancelledError,
            code.RESOURCE_EXHAUSTED: errors.ResourceExhaustedError,
            code.UNIMPLEMENTED: errors.CallError,
        }.items():
            error = errors.from_rpc_error(FakeError(number))
            self.assertIs(type(error), kind)
            self.assertEqual((error.reason, error.metadata), ("", {}))
            self.assertEqual(str(error), f"{number.name}: for people")

    def test_a_reason_of_a_newer_server(self) -> None:
        error = errors.from_rpc_error(FakeError(grpc.StatusCode.ABORTED, "ON_STRIKE"))
        self.assertIs(type(error), errors.AbortedError)
        self.assertEqual(error.reason, "ON_STRIKE")

    def test_details_that_are_no_status(self) -> None:
        fake = FakeError(grpc.StatusCode.NOT_FOUND, trailer=b"\xff\xff")
        self.assertIs(type(errors.from_rpc_error(fake)), errors.NotFoundError)


def every_class(base: type[Any]) -> list[type[Any]]:
    below = [each for kind in base.__subclasses__() for each in every_class(kind)]
    return [base, *below]


class PickleTest(unittest.TestCase):
    def test_every_class(self) -> None:
        violation = status_details.FieldViolation("spec.max_power", "must be positive")
        for kind in every_class(errors.CallError):
            with self.subTest(kind.__name__):
                error = kind(
                    grpc.StatusCode.NOT_FOUND,
                    "for people",
                    reason="ANY",
                    metadata={"key": "value"},
                    field_violations=(violation,),
                )
                error.add_note("in epoch 3")
                other = pickle.loads(pickle.dumps(error))
                self.assertIs(type(other), kind)
                self.assertEqual(str(other), "ANY: for people")
                self.assertEqual(vars(other), vars(error))
                self.assertEqual(other.args, error.args)


class ServerErrorTest(ServerCase):
    def error(
        self, kind: type[errors.CallError], call: Callable[[], Any]
    ) -> errors.CallError:
        """What the call raises: of this class, and made from its reason."""
        with self.assertRaises(kind) as caught:
            call()
        self.assertIs(type(caught.exception), kind)
        self.assertIs(of_reason(caught.exception.reason), kind)
        return caught.exception

    def client_with_job(self, *flags: str, **changes: Any) -> Client:
        client = self.new_client(*flags)
        client.register_job(make_spec(**changes))
        return client

    def test_invalid_field(self) -> None:
        client = self.client_with_job()
        error = self.error(
            errors.InvalidFieldError,
            lambda: client.register_job(make_spec(max_power=-1, batch_sizes=[0, 16])),
        )
        fields = [each.field for each in error.field_violations]
        self.assertEqual(fields, ["spec.batch_sizes[0]", "spec.max_power"])
        self.assertIn("must be in", error.field_violations[0].description)

    def test_wrong_type(self) -> None:
        client = self.client_with_job()
        with self.assertRaises(TypeError):
            client.register_job(make_spec(max_power="much"))

    def test_not_found(self) -> None:
        client = self.client_with_job()
        trial = client.start_trial("job")
        self.error(errors.JobNotFoundError, lambda: client.start_trial("none"))
        self.error(errors.JobNotFoundError, lambda: list(client.list_trials("none")))
        self.error(errors.JobNotFoundError, lambda: next(client.watch_job("none")))
        other = dataclasses.replace(trial, trial_number=2)
        self.error(errors.TrialNotFoundError, lambda: client.heartbeat(other))
        self.error(errors.TrialNotFoundError, lambda: client.end_trial(other))

    def test_job_exists(self) -> None:
        client = self.client_with_job()
        spec = make_spec(gpu_model="other", max_epochs=7)
        error = self.error(errors.JobExistsError, lambda: client.register_job(spec))
        self.assertEqual(
            set(error.metadata["fields"].split(",")), {"gpu_model", "max_epochs"}
        )

    def test_request_id_reused(self) -> None:
        client = self.client_with_job()
        with mock.patch.object(uuid, "uuid4", return_value=uuid.UUID(int=1 << 76)):
            client.register_job(make_spec("first"))
            self.error(
                errors.RequestIdReusedError,
                lambda: client.register_job(make_spec("second")),
            )

    def test_trial_failed(self) -> None:
        client = self.client_with_job()
        trial = client.start_trial("job")
        client.end_trial(trial, TrialFailure.CANCELLED)
        error = self.error(
            errors.TrialFailedError,
            lambda: client.report_result(
                trial, metric=1, epoch=1, time_seconds=1, energy_joules=1
            ),
        )
        self.assertEqual(error.metadata["failure"], "CANCELLED")

    def test_nothing_converged(self) -> None:
        client = self.client_with_job(batch_sizes=[16], max_epochs=1)
        trial = client.start_trial("job")
        client.report_result(trial, metric=0, epoch=1, time_seconds=1, energy_joules=1)
        error = self.error(
            errors.NothingConvergedError, lambda: client.start_trial("job")
        )
        self.assertEqual(error.metadata["batch_sizes"], "16")

    def test_no_batch_size_left(self) -> None:
        client = self.client_with_job(num_pruning_rounds=0)

        def run_out_of_memory() -> None:
            for _ in range(20):
                client.end_trial(client.start_trial("job"), TrialFailure.INFEASIBLE)

        error = self.error(errors.NoBatchSizeLeftError, run_out_of_memory)
        # Nothing rules out the smallest size at once.
        self.assertEqual(error.metadata["infeasible_batch_sizes"], "16,32")
        self.assertEqual(error.metadata["failed_batch_sizes"], "8")

    def test_corrections(self) -> None:
        client = self.client_with_job()
        error = self.error(
            errors.FieldFixedError,
            lambda: client.update_job(
                "job", mab_seed=1, batch_sizes=[8, 16], max_epochs=7
            ),
        )
        fields = set(error.metadata["fields"].split(","))
        self.assertEqual(fields, {"mab_seed", "batch_sizes"})
        trial = client.start_trial("job")
        self.error(
            errors.TrialRunningError, lambda: client.void_trial(trial, "bad data")
        )
        self.error(
            errors.BatchSizeNotInJobError, lambda: client.reset_batch_size("job", 7)
        )

    def test_limits(self) -> None:
        client = self.client_with_job(
            "--max_jobs=1", "--max_running_trials=1", "--max_watchers=1"
        )
        self.error(
            errors.TooManyJobsError, lambda: client.register_job(make_spec("more"))
        )
        client.start_trial("job")
        self.error(errors.TooManyRunningTrialsError, lambda: client.start_trial("job"))
        watch = client.watch_job("job")
        next(watch)
        self.error(errors.TooManyWatchersError, lambda: next(client.watch_job("job")))


if __name__ == "__main__":
    unittest.main()
